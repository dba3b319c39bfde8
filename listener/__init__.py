"""The application: keeps, schedules, shows."""
