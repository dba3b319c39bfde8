"""Who must know, and how they are told."""
