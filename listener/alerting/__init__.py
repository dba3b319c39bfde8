"""Decides who is told of which alert, when and in which message."""
