"""Weighs the evidence for which known customer wrote a post, where no exact identity tells."""
