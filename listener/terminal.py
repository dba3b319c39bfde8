"""Words from outside, made safe to print in a terminal."""

from __future__ import annotations

import unicodedata

_KEPT = {"\n", "\t", "\u200d", "\u200c"}  # joiners shape Bengali, Hindi and emoji, and move nothing
_BIDI = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def safe(text: str) -> str:
    """Gives `text` without what could move the cursor, colour, or reorder a line (ESC, C0, C1, bidi overrides)."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character
        if character in _KEPT or not (character in _BIDI or unicodedata.category(character) in ("Cc", "Cs"))
        else "\ufffd"
        for character in text
    )


def one_line(text: str) -> str:
    """`safe`, on a single line."""
    return " ".join(safe(text).split())


def cut(text: str, width: int) -> str:
    """`one_line`, at most `width` characters."""
    line = one_line(text)
    return line if len(line) <= width else line[: width - 1].rstrip() + "…"
