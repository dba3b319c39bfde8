"""Every word of a text, perhaps with some more, at the least cost: enough to refuse most posts.

Fast because nothing is looked at a character at a time by Python: text of Latin-1 (all of English, most of German,
French, Spanish) is encoded to bytes and lower-cased, stripped of accents and parted by one table look-up a byte; of
other text only the stretches beyond ASCII are folded, and those are remembered, since words and emoji repeat.
"""

from __future__ import annotations

from functools import lru_cache

from sources.query.folding import BEYOND_ASCII, LONGEST_REMEMBERED, normalise
from sources.query.words import spaced

_UNSURE = b"\xff"  # no character of the tables' other values


def _plain(code: int) -> int:
    character = chr(code).lower()
    return ord(character) if code < 128 and character.isalnum() else 0x20


def _latin(code: int) -> int:
    """What a character of Latin-1 folds to where that is one character of a word or none of any, else unsure."""
    if code < 128:
        return _plain(code)
    folded = spaced(normalise(chr(code)))
    if folded.isascii() and len(folded) == 1:
        return _plain(ord(folded))
    return _UNSURE[0]


_PLAIN = bytes(_plain(code) if code < 128 else code for code in range(256))
_LATIN = bytes(map(_latin, range(256)))


def quick_words(text: str) -> list[bytes]:
    """Gives all words that `cut` finds, in UTF-8, and no others but those that stand in the hosts of handles."""
    return parted_words(text).split()


def parted_words(text: str) -> bytes:
    """The `quick_words` in their order with spaces between, before they are cut apart."""
    try:
        parted = text.encode("latin-1").translate(_LATIN)
    except UnicodeEncodeError:
        parted = _UNSURE
    if _UNSURE in parted:
        folded = BEYOND_ASCII.sub(lambda piece: _piece(piece[0]), text)
        parted = folded.encode("utf-8", "surrogatepass").translate(_PLAIN)
    return parted


def words_within(key: str) -> list[bytes]:
    """The words of text that is folded already: of a hashtag's name, of neighbouring characters."""
    return spaced(key).encode("utf-8", "surrogatepass").translate(_PLAIN).split()


def _piece(piece: str) -> str:
    return _remembered(piece) if len(piece) <= LONGEST_REMEMBERED else _folded(piece)


def _folded(piece: str) -> str:
    return spaced(normalise(piece))


_remembered = lru_cache(maxsize=50_000)(_folded)
