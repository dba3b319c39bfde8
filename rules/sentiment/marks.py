"""What the pieces of a text are to what is said of a brand in it, remembered: most are met again and again."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_

from rules.sentiment.comparisons import COMPARING, changes
from rules.sentiment.deeds import DEEDS
from rules.sentiment.phrases import PHRASING
from rules.sentiment.word_lists import CONTRASTS, GRIEF

ENDS, TURNS, COMPARES, CHANGES, PHRASES, ACTS, GRIEVES = (1 << bit for bit in range(7))
"""Bits of a piece: a clause may end behind it; it is a word of contrast; one that stands in comparisons, that begins as
words of a change do, that stands in phrases of praise or blame; a deed; one of grief."""

STANDS = COMPARES | CHANGES | PHRASES | ACTS

HARD_STOPS = ".!?…।۔؟"
STOPS = HARD_STOPS + ";:,—–،"
PICTURES = "\u2190"  # from here on: arrows, signs, emoji, and letters, which are alphanumeric
_AROUND = ".,!?;:…।۔،؟()[]{}\"'“”‘’«»*_~#@"
_MOST = 50_000
_LONGEST = 100  # characters of a piece that is remembered


def bare(piece: str) -> str:
    """The piece without the marks around it, case folded."""
    return piece.strip(_AROUND).casefold()


def bare_words(pieces: Sequence[str]) -> list[str]:
    """Each piece, bare."""
    return list(map(_BARE.__getitem__, pieces))


def marks_of(pieces: Sequence[str]) -> list[int]:
    """The bits of each piece."""
    return list(map(_MARKS.__getitem__, pieces))


def together(marks: Sequence[int]) -> int:
    """The bits that some of them have."""
    return reduce(or_, marks, 0)


class _Bare(dict[str, str]):
    def __missing__(self, piece: str) -> str:
        found = bare(piece)
        if len(piece) <= _LONGEST:
            if len(self) >= _MOST:
                self.clear()  # most posts bring a new word or two, so that all can be forgotten at once
            self[piece] = found
        return found


class _Marks(dict[str, int]):
    def __missing__(self, piece: str) -> int:
        word = _BARE[piece]
        last = piece[-1:]
        found = ENDS if last in STOPS or (last > PICTURES and not last.isalnum()) else 0
        found |= CHANGES if changes(word) else 0
        found |= sum(bit for bit, words in _LISTED if word in words)
        if len(piece) <= _LONGEST:
            if len(self) >= _MOST:
                self.clear()
            self[piece] = found
        return found


_LISTED = ((TURNS, CONTRASTS), (COMPARES, COMPARING), (PHRASES, PHRASING), (ACTS, DEEDS), (GRIEVES, GRIEF))
_BARE, _MARKS = _Bare(), _Marks()
