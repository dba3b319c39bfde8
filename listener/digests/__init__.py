"""Digests: when one is due, what goes into it, for whom."""
