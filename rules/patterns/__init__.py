"""What people write when something is up: patterns as data, and how they are found in a text."""
