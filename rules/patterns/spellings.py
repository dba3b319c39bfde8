"""Remembers of the spellings that posts are made of what the index of patterns asks about them.

Fast because a token costs a look-up that gives its number, and what the numbers of a batch mean stands in arrays. A
token is taken apart once: folded, cut and looked up among the words and stems of phrases.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from rules.patterns.folding import LINK

Whole = NDArray[np.intp]

FILLS_NOTHING, WORDLESS = 0, 1
"""The rows of tokens whose words fill no element of a phrase, and of those that have no words."""

_NO_WORDS = 0  # the number of an address or a handle
_BESIDES = 100  # characters that count for what a spelling takes besides
_ROWS = 4_096


class Lists:
    """Lists of whole numbers, one a row, end to end in one array."""

    def __init__(self) -> None:
        self.ends: Whole = np.zeros(1, np.intp)
        self.items: Whole = np.zeros(0, np.intp)

    def add(self, rows: Sequence[Sequence[int]]) -> None:
        """Puts these rows behind those that are there. What readers hold of the arrays stays as it is."""
        sizes = np.fromiter(map(len, rows), np.intp, len(rows))
        items = np.fromiter(chain.from_iterable(rows), np.intp, int(sizes.sum()))
        self.items = np.concatenate([self.items, items])
        self.ends = np.concatenate([self.ends, self.ends[-1] + np.cumsum(sizes)])

    def of(self, rows: Whole) -> tuple[Whole, Whole]:
        """Gives all items of `rows` one after the other, and for each to which place of `rows` it belongs."""
        begun = self.ends.take(rows)
        sizes = self.ends.take(rows + 1) - begun
        places = np.repeat(np.arange(len(rows)), sizes)
        within = np.arange(len(places)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        return places, self.items.take(np.repeat(begun, sizes) + within)


class _Numbers(dict[str, int]):
    """The number of each token; a new one gets the next, but all addresses and handles are one: they have no words."""

    def __init__(self) -> None:
        super().__init__({"": _NO_WORDS})
        self.fresh: list[str] = []

    def __missing__(self, token: str) -> int:
        if token[0] in "@hHwW" and LINK.fullmatch(token):  # and is seldom met again
            return _NO_WORDS
        number = self[token] = len(self)
        self.fresh.append(token)
        return number


class Spellings:
    """What is known of the tokens met so far, for one thread at a time.

    `elements_in` tells the elements that each word of a token fills, `filed` the patterns under an element, `seconds`
    the column of an element that is asked for beside that. `filling` has the tokens that fill each element. `room`: how
    many characters may still be remembered.
    """

    def __init__(
        self,
        room: int,
        elements: int,
        elements_in: Callable[[str], Sequence[Sequence[int]]],
        filed: Callable[[int], Sequence[int]],
        seconds: Callable[[int], Sequence[int]],
    ) -> None:
        self.room = room
        self.filling: list[set[str]] = [set() for _ in range(elements)]
        self.filed, self.seconds = Lists(), Lists()
        self.filed.add([(), ()])
        self.seconds.add([(), ()])
        self._elements_in, self._filed_under, self._seconds_of = elements_in, filed, seconds
        self._numbers = _Numbers()
        self._rows: Whole = np.zeros(_ROWS, np.intp)
        self._rows[_NO_WORDS] = WORDLESS

    def rows(self, tokens: Sequence[str]) -> Whole:
        """Gives for each token its row in `filed` and `seconds`. Raises what learning does."""
        numbers = np.fromiter(map(self._numbers.__getitem__, tokens), np.intp, len(tokens))
        if self._numbers.fresh:
            self._learn(self._numbers.fresh)
            self._numbers.fresh = []
        return self._rows.take(numbers)

    def _learn(self, fresh: Sequence[str]) -> None:
        first = len(self._numbers) - len(fresh)
        if len(self._numbers) > len(self._rows):
            more = max(len(self._numbers), 2 * len(self._rows)) - len(self._rows)
            self._rows = np.concatenate([self._rows, np.zeros(more, np.intp)])
        filed: list[list[int]] = []
        seconds: list[list[int]] = []
        known = len(self.filed.ends) - 1
        for number, token in enumerate(fresh, first):
            words = self._elements_in(token)
            if not words:
                self._rows[number] = WORDLESS
            elif any(words):
                elements = set(chain.from_iterable(words))
                self._rows[number] = known + len(filed)
                filed.append([pattern for element in elements for pattern in self._filed_under(element)])
                seconds.append([column for element in elements for column in self._seconds_of(element)])
                for element in elements:
                    self.filling[element].add(token)
        if filed:
            self.filed.add(filed)
            self.seconds.add(seconds)
        self.room -= sum(map(len, fresh)) + _BESIDES * len(fresh)
