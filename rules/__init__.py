"""What a post means, whether it matters, and why."""
