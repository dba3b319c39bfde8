"""How services count the length of a text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

LINK = re.compile(r"https?://[^\s<>\"'\u0000-\u001f]+[^\s<>\"'\u0000-\u001f.,;:!?)\]}…।]")
"""A web address in a text, without the sign that ends its sentence."""

_MENTION = re.compile(r"(?<![\w/])@([A-Za-z0-9_][A-Za-z0-9_.-]*)@[A-Za-z0-9.-]+[A-Za-z0-9]")
_LINK_WEIGHT = 23
_JOINER = "\u200d"
_ONE_EACH = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))


def graphemes(text: str) -> int:
    """How many letters a reader sees (UAX #29, extended grapheme clusters), or a few more: never fewer.

    Marks, joiners and variation selectors belong to what they follow; flags, skin tones and joined emoji are one.
    Conjuncts of Indic scripts count by their parts, as before Unicode 15.1: not every service counts by the new rule.
    https://www.unicode.org/reports/tr29/
    """
    return sum(1 for _ in _letters(text))


def mastodon_length(text: str, warning: str = "") -> int:
    """How Mastodon counts: letters; a link as 23 however long it is; of a mention only the name before its host.

    https://docs.joinmastodon.org/user/posting/#text
    """
    counted = _MENTION.sub(r"@\1", LINK.sub("x" * _LINK_WEIGHT, text))
    return graphemes(counted) + graphemes(warning)


def x_length(text: str) -> int:
    """How X counts: Latin and most alphabets of Europe, Asia and Africa one, other signs and each emoji two, a link 23.

    Version 3 of its configuration: https://github.com/twitter/twitter-text/blob/master/config/v3.json,
    https://docs.x.com/fundamentals/counting-characters
    """
    counted = unicodedata.normalize("NFC", text)
    rest, links = LINK.subn("", counted)
    return _LINK_WEIGHT * links + sum(map(_x_weight, _letters(rest)))


def _x_weight(letter: str) -> int:
    if any(map(_is_emoji, letter)) or "\u20e3" in letter:
        return 2
    return sum(1 if any(low <= ord(one) <= high for low, high in _ONE_EACH) else 2 for one in letter)


def _letters(text: str) -> Iterator[str]:
    """The text by letters, each with all that belongs to it."""
    letter = ""
    flags = 0
    for character in text:
        if letter and not _belongs(letter[-1], character, flags):
            yield letter
            letter = ""
        letter += character
        flags = flags + 1 if _is_flag_letter(character) else 0
    if letter:
        yield letter


def _belongs(before: str, character: str, flags: int) -> bool:
    """Whether a character continues the letter that `before` ends; `flags`: flag letters in a row up to there."""
    if character in "\r\n" or before in "\r\n":
        return before == "\r" and character == "\n"
    if character == _JOINER or unicodedata.category(character) in ("Mn", "Me", "Mc"):
        return True
    if "\U0001f3fb" <= character <= "\U0001f3ff" or "\U000e0020" <= character <= "\U000e007f":
        return True  # skin tones, and the letters that tell a region's flag
    if before == _JOINER:
        return _is_emoji(character)
    return flags % 2 == 1 and _is_flag_letter(character)


def _is_flag_letter(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _is_emoji(character: str) -> bool:
    return bool(character) and (character >= "\U0001f000" or "\u2190" <= character <= "\u2bff" or character == "\u3030")
