"""Every word of a text, perhaps with some more, at the least cost: enough to refuse most posts.

Fast because nothing is looked at a character at a time by Python: text of Latin-1 (all of English, most of German,
French, Spanish) is encoded to bytes and lower-cased, stripped of accents and parted by one table look-up a byte; of
other text only the stretches beyond ASCII are folded, and those are remembered, since words and emoji repeat. Many
texts are cut at once by `words_of_each`: what the look-up costs to begin with is then paid once a batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import filterfalse

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
_LATIN_APART = b"\0" + _LATIN[1:]  # a NUL stands between the texts of a batch

_LONGEST_WORD = 48
"""Bytes; longer words are mostly whole sentences of a script without spaces: not worth remembering."""


def quick_words(text: str) -> list[bytes]:
    """Gives all words that `cut` finds, in UTF-8, and no others but those that stand in the hosts of handles."""
    return parted_words(text).split()


def words_of_each(texts: Sequence[str]) -> list[list[bytes]]:
    """Gives for each text all its `quick_words`, and no others but such as are not of ASCII.

    They stand in their order where all of the text is ASCII, else in any.
    """
    if not texts:
        return []
    joined = "\0".join(texts)
    if joined.count("\0") >= len(texts):  # a NUL of somebody's own; it parts words as a space does
        return words_of_each([text.replace("\0", " ") for text in texts])
    # What is beyond Latin-1 is left out: a text that has kept its length had nothing of it.
    parted = joined.encode("latin-1", "ignore").translate(_LATIN_APART).split(b"\0")
    return [
        part.split() if text.isascii() or (len(part) == len(text) and _UNSURE not in part) else _words_beyond(text)
        for text, part in zip(texts, parted, strict=True)
    ]


def _words_beyond(text: str) -> list[bytes]:
    """Words that are not of ASCII stay, and behind them come the words that they are folded to."""
    words = text.encode("utf-8", "surrogatepass").translate(_PLAIN).split()
    for word in [*filterfalse(bytes.isascii, words)]:
        words += _remembered_word(word) if len(word) <= _LONGEST_WORD else _folded_word(word)
    return words


def _folded_word(word: bytes) -> list[bytes]:
    return quick_words(word.decode("utf-8", "surrogatepass"))


_remembered_word = lru_cache(maxsize=20_000)(_folded_word)


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
