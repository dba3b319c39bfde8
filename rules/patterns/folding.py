"""Texts as phrases are looked for in them: in small letters, without apostrophes, addresses and handles."""

from __future__ import annotations

import re
from functools import lru_cache

from sources.query.words import normalise

_SIGNS = r"\u0900-\u0963\u0966-\u09fe"  # \w leaves out vowel signs of Bengali and Hindi
LETTER = rf"[\w{_SIGNS}]"
LINK = re.compile(r"(?:https?://|www\.)\S+|(?<!\w)@[\w.-]+(?:@[\w.-]+)?", re.IGNORECASE)
_APOSTROPHE = re.compile("['’‘`]")


def fold_anew(text: str) -> str:
    """Gives `text` as patterns see it: normalised, no apostrophes, a dot for each address or handle.

    It has the same words between the same spaces as `text`, so that a find can be shown in the author's spelling.
    """
    lowered = text.lower() if text.isascii() else ""  # most texts need no more than this
    if "@" in text or "://" in text or "www." in (lowered or text.lower()):
        text, lowered = LINK.sub("·", text), ""
    folded = lowered or normalise(text)
    return _APOSTROPHE.sub("", folded) if not folded.isascii() or "'" in folded or "`" in folded else folded


fold = lru_cache(maxsize=512)(fold_anew)
"""The same for a text that several ask for."""
