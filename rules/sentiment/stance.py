"""What a clause says of a brand by how it is put, whatever its words are worth one by one."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from typing import Literal

from msgspec import Struct

NAME = "\x00"
"""Stands for the brand in a clause that is searched for a stance."""

How = Literal["comparison", "phrase", "deed"]


class Stance(Struct, frozen=True):
    """Where a clause stands, from -1 (against the brand) to 1 (for it); `text`: the words that say so.

    `start`, `end`: the pieces of the clause that these words are; `turns`: whether the clause praises another.
    """

    toward: float
    text: str
    how: How
    start: int = 0
    end: int = 0
    turns: bool = False

    @property
    def why(self) -> str:
        """The reason, in a reader's words."""
        for_it, against = _WHY[self.how]
        return for_it if self.toward > 0 else against

    @property
    def goes_on(self) -> bool:
        """Whether what follows a comparison is about the other side; not after "I asked Acme instead of Bolt, ..."."""
        return not _ENDS.match(self.text)


class Sign(Struct, frozen=True):
    """A pattern that says something, `toward` the brand or not, and the words of which one stands wherever it fits.

    `parts`: what else a clause holds one of, in small letters; to look for them is ten times as fast.
    """

    toward: int
    cues: frozenset[str]
    pattern: re.Pattern[str]
    parts: tuple[str, ...]


def sign(toward: int, cues: str, pattern: str, parts: str = "") -> Sign:
    """A Sign; spaces of the pattern say nothing, and case neither. `parts`: with | between them."""
    compiled = re.compile(pattern, re.IGNORECASE | re.VERBOSE)
    return Sign(toward, frozenset(cues.split()), compiled, tuple(filter(None, parts.split("|"))))


class Signs:
    """Signs, the first of which counts. `cues`: the words of which one stands where any of them does."""

    def __init__(self, *signs: Sign) -> None:
        self._signs = signs
        self._by_cue: dict[str, list[int]] = {}
        for number, one in enumerate(signs):
            for cue in one.cues:
                self._by_cue.setdefault(cue, []).append(number)
        self.cues = frozenset(self._by_cue)

    def first(self, clause: str, words: Set[str]) -> tuple[int, re.Match[str]] | None:
        """The first that stands in the clause, and which way it speaks; `words`: those of the clause, bare."""
        met = self.cues & words
        if not met:
            return None
        plain = (clause.isascii() or not _LIKE_ASCII.search(clause)) and "  " not in clause
        lowered = clause.lower() if plain else ""
        for number in sorted({number for cue in met for number in self._by_cue[cue]}):
            one = self._signs[number]
            if one.parts and lowered and not _holds(lowered, one.parts):
                continue
            found = one.pattern.search(clause)
            if found:
                return one.toward, found
        return None


def _holds(lowered: str, parts: Sequence[str]) -> bool:
    for part in parts:  # noqa: SIM110 — a generator would take several times as long
        if part in lowered:
            return True
    return False


_LIKE_ASCII = re.compile("[ſ\u212aıİ]")  # letters that IGNORECASE takes for some of ASCII, and `lower` does not
_ENDS = re.compile(r"instead|rather|wish|used", re.IGNORECASE)
_WHY: dict[How, tuple[str, str]] = {
    "comparison": ("compares in its favour", "compares against it"),
    "phrase": ("is meant as praise", "is meant as blame"),
    "deed": ("is what it did for somebody", "is what it did to somebody"),
}
