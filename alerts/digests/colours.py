"""The colours of a digest: the same in its pictures and in the words that explain them."""

from __future__ import annotations

COLOURS = {
    "negative": "#c8501e",
    "neutral": "#a9b4c0",
    "positive": "#2878b5",
    "unsure": "#d6c9a8",
    "unread": "#d3d9e0",
}
"""Orange against blue stays apart for every kind of colour blindness; grey is what says neither."""
