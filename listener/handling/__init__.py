"""What people do about alerts, and who is told where nobody does anything."""
