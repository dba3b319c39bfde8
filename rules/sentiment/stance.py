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
    """A pattern that says something, `toward` the brand or not, and the words of which one stands wherever it fits."""

    toward: int
    cues: frozenset[str]
    pattern: re.Pattern[str]


def sign(toward: int, cues: str, pattern: str) -> Sign:
    """A Sign; spaces of the pattern say nothing, and case neither."""
    return Sign(toward, frozenset(cues.split()), re.compile(pattern, re.IGNORECASE | re.VERBOSE))


def first_sign(signs: Sequence[Sign], clause: str, words: Set[str]) -> tuple[int, re.Match[str]] | None:
    """The first of these that stands in the clause, and which way it speaks; `words`: those of the clause, bare."""
    for one in signs:
        if not one.cues.isdisjoint(words):
            found = one.pattern.search(clause)
            if found:
                return one.toward, found
    return None


_ENDS = re.compile(r"instead|rather|wish|used", re.IGNORECASE)
_WHY: dict[How, tuple[str, str]] = {
    "comparison": ("compares in its favour", "compares against it"),
    "phrase": ("is meant as praise", "is meant as blame"),
    "deed": ("is what it did for somebody", "is what it did to somebody"),
}
