"""Help desks elsewhere: what they are told, and how tickets stand there."""
