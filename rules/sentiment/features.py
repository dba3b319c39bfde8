"""The hashed features of a piece of text: its words, their letters, its emoji and marks.

A feature is a bucket of a table and how much it counts there. Everything about a piece alone is known once it has been
met, so that a text's sum costs one look-up a word; what stands beside it is told by two numbers more.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from zlib import crc32

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from rules.sentiment.letters import grams
from rules.sentiment.pieces import LONGEST, is_stretch
from rules.sentiment.spelling import is_drawn_out, one_spelling
from rules.sentiment.word_lists import NEGATIONS

NEGATES, PICTURES, ENDS_CLAUSE = 1, 2, 4
"""Bits of `Features.flags`: turns what follows, holds an emoji or emoticon, has a mark that ends a clause."""

_LONGEST_WORD = 24
_WORD_WORTH, _MARK_WORTH, _EMOJI_WORTH = 1.0, 0.5, 1.5
_EMOJI_MASS = 0.5

# Signs that Python's \w leaves out and words are spelt with: vowel signs, tones, joiners.
_SIGNS = (
    "\u0300-\u036f\u0591-\u05c7\u0610-\u065f\u0670\u06d6-\u06ed\u0900-\u0963\u0966-\u0dff\u0e00-\u0e4f\u1000-\u109f"
    "\u1780-\u17d3\u200c\u200d"
)
_PARTS = re.compile(rf"(?:[^\W_]|[{_SIGNS}]|(?<=\w)['’](?=\w))+|[!?]+|\.\.+|…|[^\s\w]")
_LETTER = re.compile(rf"[^\W\d_]|[{_SIGNS}]")
_DIGIT = re.compile(r"\d")
_EMOTICON_EYES = re.compile("[:;=<]")
_LETTERED_EMOTICONS = frozenset(
    [":D", ":P", ":p", ":d", "=D", "xD", "XD", "xd", ";P", ";p", ";D", ":O", ":o", ":S", ":s", "D:", ":c", ":C"]
)
_LONGEST_EMOTICON = 5
_HEARTS = frozenset(["<3", "<33", "<333", "</3", ":3", "=3", ">:3"])
_EMOJI = re.compile("[\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]")


class Features(Struct, frozen=True):
    """What one piece counts.

    `mass`: how many words it is worth; `core`: its last word's hash, 0 where it has none; `spelt`: its words between
    "<" and ">", of which `grams` tells the letters' hashes.
    """

    hashes: list[int]
    values: list[float]
    mass: float
    core: int
    flags: int
    spelt: list[str] = []


def features(piece: str) -> Features:
    """Gives the features of a piece, of which the first LONGEST characters count. Hashes have 32 bits."""
    piece = piece[:LONGEST]
    if piece.startswith(("http", "www.")):
        return Features([_hash("URL")], [_MARK_WORTH], 0.0, 0, 0)
    if piece[0] == "@" and len(piece) > 1:
        name = _hash("AT")
        return Features([name], [_MARK_WORTH], 0.0, name, 0)
    if _is_emoticon(piece):
        face = _hash("e" + piece.upper())
        return Features([face], [_EMOJI_WORTH], 1.0, face, PICTURES)
    return _Reader().read(piece)


def shown_letters(piece: str) -> bool:
    """Whether the piece holds a letter."""
    return _LETTER.search(piece) is not None


class _Reader:
    def __init__(self) -> None:
        self.found: dict[int, float] = {}
        self.mass = 0.0
        self.core = 0
        self.flags = 0
        self.spelt: list[str] = []

    def read(self, piece: str) -> Features:
        met: dict[str, int] = {}
        for part in _PARTS.findall(piece):
            if part.isalnum() or _LETTER.search(part):
                self._word(part)
            else:
                self._mark(part, met)
        return Features([*self.found], [*self.found.values()], self.mass, self.core, self.flags, self.spelt)

    def _word(self, part: str) -> None:
        word = one_spelling(part)
        if not word:
            return
        word = _DIGIT.sub("0", word)[:_LONGEST_WORD]
        self._add("w" + word, _WORD_WORTH)
        if len(word) > 1 and _LETTER.match(word) and not is_stretch(part):
            self.spelt.append(f"<{word}>")
        if is_drawn_out(part):
            self._add("LONG", _MARK_WORTH)
        self.mass += 1
        self.core = _hash(word)
        if word in NEGATIONS or word.endswith("n't"):
            self.flags |= NEGATES

    def _mark(self, part: str, met: dict[str, int]) -> None:
        mark = one_spelling(part)
        if not mark:
            return  # a skin tone or a joiner alone
        if mark[0] in "!?":
            mark = "!?" if "!" in mark and "?" in mark else mark[:2]
        elif mark[0] in ".…":
            mark = "…" if len(mark) > 1 or mark == "…" else "."
        if mark[0] in ",;.:!?…।۔،؟。":
            self.flags |= ENDS_CLAUSE
        met[mark] = times = met.get(mark, 0) + 1
        if times > 2:
            return  # ten angry faces are angrier than one, but not ten times
        drawn = _EMOJI.match(mark) is not None
        self._add("p" + mark, (_EMOJI_WORTH if drawn else _MARK_WORTH) / times)
        if drawn:
            self.mass += _EMOJI_MASS
            self.flags |= PICTURES
            self.core = self.core or _hash("p" + mark)

    def _add(self, name: str, value: float) -> None:
        hashed = _hash(name)
        self.found[hashed] = self.found.get(hashed, 0.0) + value


def _is_emoticon(piece: str) -> bool:
    if piece in _LETTERED_EMOTICONS:
        return True
    if len(piece) > _LONGEST_EMOTICON or _LETTER.search(piece) or not _EMOTICON_EYES.search(piece[:-1]):
        return False
    return piece in _HEARTS or not _DIGIT.search(piece)  # "10:30" is a time


def _hash(name: str) -> int:
    return crc32(name.encode("utf-8", "surrogatepass"))


class Gathered(Struct, frozen=True):
    """All features of pieces alone: which piece, hash and value."""

    owners: NDArray[np.int64]
    hashes: NDArray[np.uint64]
    values: NDArray[np.float32]


def gathered(found: Sequence[Features], letters_worth: float) -> Gathered:
    """Puts the features of pieces into one, those of their letters included, which count that much."""
    words = [word for one in found for word in one.spelt] if letters_worth else []
    speller = np.repeat(np.arange(len(found)), [len(one.spelt) if letters_worth else 0 for one in found])
    letters = grams(words)
    own = np.repeat(np.arange(len(found)), [len(one.hashes) for one in found])
    hashes = np.array([hashed for one in found for hashed in one.hashes], np.uint64)
    values = np.array([value for one in found for value in one.values], np.float32)
    return Gathered(
        np.concatenate([own, speller[letters.words]]),
        np.concatenate([hashes, letters.hashes]),
        np.concatenate([values, letters.values * np.float32(letters_worth)]),
    )
