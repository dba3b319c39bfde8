"""What VADER makes of texts, and which part each word has in it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat
from typing import Protocol

from msgspec import Struct

from rules.sentiment.vader_weighing import Weighing


class Words(Protocol):
    """The words of a batch of texts."""

    def of(self, text: int) -> tuple[list[str], list[str]]:
        """Gives those of one text: as VADER cut them, with the punctuation around them, and as their author wrote them.

        These differ where VADER reads an emoji's name.
        """
        ...

    def all_in_capitals(self, text: int) -> bool:
        """Tells whether nothing but words in capitals stands in a text."""
        ...

    def written(self, words: Sequence[int], texts: Sequence[int]) -> list[str]:
        """Gives some of the words of all texts, as their author wrote them; `texts`: the one that each stands in."""
        ...


class Batch(Struct, frozen=True):
    """VADER's own view of many texts: the compound of each, from -1 to 1, and what words count."""

    compounds: list[float]
    weighing: Weighing
    words: Words

    def each(self) -> list[Scored]:
        """Gives the same text by text."""
        numbers = range(len(self.compounds))
        return list(map(Scored, self.compounds, numbers, repeat(self)))


class Scored(Struct, frozen=True, gc=False):
    """VADER's own view of a text: text `number` of a batch. What is asked for besides its compound is made then."""

    compound: float
    number: int
    batch: Batch

    @property
    def words(self) -> list[str]:
        """As VADER cut them."""
        return self.batch.words.of(self.number)[0]

    @property
    def places(self) -> list[int]:
        """Which of the words count by themselves; all others count nothing."""
        weighing = self.batch.weighing
        first = weighing.firsts[self.number]
        return [word - first for word in weighing.words[self._own]]

    @property
    def valences(self) -> list[float]:
        """What each of these counts."""
        return self.batch.weighing.valences[self._own]

    @property
    def _own(self) -> slice:
        return slice(*self.batch.weighing.bounds[self.number : self.number + 2])
