"""Asks customers afterwards whether it helped."""
