"""Repairs text whose bytes somebody read in the wrong encoding ("CafÃ©" for "Café")."""

from __future__ import annotations

import re

# UTF-8 read as Latin-1 or Windows-1252, and written as UTF-8 again: a letter from U+00C2 to U+00F4, then what a second
# byte gives there: U+0080 to U+00BF, or one of the signs by which Windows-1252 differs.
_LATIN = re.compile(rb"\xc3[\x82-\xb4](?:\xc2[\x80-\xbf]|\xe2(?:\x80|\x82\xac|\x84\xa2)|\xc5|\xc6\x92|\xcb)")
# The same by way of Windows-1251: the letters а and е, which no Cyrillic text lacks.
_CYRILLIC = (b"\xd0\xa0\xc2\xb0", b"\xd0\xa0\xc2\xb5")


def shows_mojibake(encoded: bytes) -> bool:
    """Whether a text, given in UTF-8, holds what few texts hold that are whole."""
    if b"\xc3" in encoded and _LATIN.search(encoded) is not None:
        return True
    return b"\xd0" in encoded and any(sign in encoded for sign in _CYRILLIC)


def repaired(text: str) -> str:
    """Gives `text` as ftfy finds it was meant; the same text where nothing is wrong with its encoding. Never raises."""
    from ftfy import fix_encoding  # asked for seldom, and it takes a tenth of a second to be read

    return fix_encoding(text)
