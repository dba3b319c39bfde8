"""What VADER makes of texts, and which part each word has in it."""

from __future__ import annotations

from itertools import repeat
from typing import Protocol

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from rules.sentiment.vader_weighing import Weighing


class Words(Protocol):
    """The words of a batch of texts."""

    def of(self, text: int) -> tuple[list[str], list[str]]:
        """Gives those of one text: as VADER cut them, with the punctuation around them, and as their author wrote them.

        These differ where VADER reads an emoji's name.
        """
        ...

    def written(self, texts: NDArray[np.int64], places: NDArray[np.int64]) -> list[str]:
        """Gives the words at these places of these texts, as their author wrote them."""
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
        places: list[int] = self.batch.weighing.places[self._own].tolist()
        return places

    @property
    def valences(self) -> list[float]:
        """What each of these counts."""
        valences: list[float] = self.batch.weighing.valences[self._own].tolist()
        return valences

    @property
    def _own(self) -> slice:
        first, last = self.batch.weighing.bounds[self.number : self.number + 2].tolist()
        return slice(first, last)
