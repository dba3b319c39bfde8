"""Brings the spellings of a word to one."""

from __future__ import annotations

import re
import unicodedata

_SOFT = str.maketrans(
    {
        "’": "'",
        "\u200c": "",
        "\u200d": "",
        "\ufe0e": "",
        "\ufe0f": "",
        **{chr(tone): "" for tone in range(0x1F3FB, 0x1F400)},
    }
)
_ARABIC = str.maketrans(
    {"ـ": "", "أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ة": "ه", **{chr(mark): "" for mark in range(0x64B, 0x653)}}
)
# To look for a character that would be changed costs a tenth of what changing none of them costs.
_NONE_SOFT, _NONE_ARABIC = (frozenset(map(chr, changed)).isdisjoint for changed in (_SOFT, _ARABIC))
_ACCENTS = re.compile("[\u0300-\u036f]")
_REPEATED = re.compile(r"(.)\1{2,}", re.DOTALL)
_DRAWN_OUT = re.compile(r"(.)\1\1", re.DOTALL).search  # a tenth of the cost of replacing what is not there
_LATIN_ENDS = "\u0370"


def one_spelling(word: str) -> str:
    """Gives the word lowered, in NFKC, a letter at most twice in a row; accents and Arabic's optional signs dropped.

    "SOOOO" and "sóo" are "soo": people leave accents out as often as they write them.
    """
    if word.isascii():
        lowered = word.lower()
    else:
        plain = word if _NONE_SOFT(word) else word.translate(_SOFT)
        lowered = unicodedata.normalize("NFKC", plain).lower()
        if not _NONE_ARABIC(lowered):
            lowered = lowered.translate(_ARABIC)
        if lowered and lowered[0] < _LATIN_ENDS:
            lowered = _ACCENTS.sub("", unicodedata.normalize("NFKD", lowered))
    return _REPEATED.sub(r"\1\1", lowered) if _DRAWN_OUT(lowered) else lowered


def is_drawn_out(word: str) -> bool:
    """Whether a letter stands three times in a row: "sooo"."""
    return _DRAWN_OUT(word) is not None
