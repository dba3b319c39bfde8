"""The built-in desk: tickets, who gets them, what was promised."""
