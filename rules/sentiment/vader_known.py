"""Looks up many words at once among those that VADER's rules name.

A word's first sixteen letters are two numbers. Where they would stand in a table is worked out from them, for a whole
batch in a few operations: no word has to be a string of its own to be refused.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

HALF = 8
TOLD = 2 * HALF
"""How many letters are compared. A longer word that begins like one of the rules' is not known to be that word."""

_SLOTS_BITS = 18
"""A quarter of a million places for 7,700 words: of these, three in a hundred share theirs and are looked up by
themselves; of all other words, three in a hundred meet a place that is taken, and are compared."""

_UNUSED_BITS = np.uint64(64 - _SLOTS_BITS)
_FIRST_ODD, _SECOND_ODD = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)  # any odd ones that mix well
_SHARED = 1  # the number of no word: several words stand at this place


def _mask(letters: int) -> int:
    return (1 << (8 * max(0, min(letters, HALF)))) - 1


_FIRST_HALF = np.array([_mask(size) for size in range(TOLD + 1)], np.uint64)
_SECOND_HALF = np.array([_mask(size - HALF) for size in range(TOLD + 1)], np.uint64)


class Met(Struct, frozen=True):
    """Which of the words that were asked for are known, ascending, and the number of each.

    `unsure`: of which of all that cannot be told.
    """

    at: NDArray[np.int64]
    numbers: NDArray[np.uint16]
    unsure: NDArray[np.int64]


class KnownWords:
    """Words in lowered ASCII. Each has a number: 2 for the first of them."""

    def __init__(self, words: Iterable[str]) -> None:
        coded = [b"", b"", *(word.encode("ascii") for word in words)]
        halves = np.frombuffer(b"".join(word[:TOLD].ljust(TOLD, b"\0") for word in coded), "<u8").reshape(-1, 2)
        self._first, self._second = np.ascontiguousarray(halves.T, np.uint64)
        self._sizes = np.array([-1, -1, *map(len, coded[2:])], np.int64)
        self._slots = np.zeros(1 << _SLOTS_BITS, np.uint16)
        for number, slot in enumerate(_slots(self._first, self._second).tolist()[2:], 2):
            self._slots[slot] = _SHARED if self._slots[slot] else number

    def look_up(self, letters: NDArray[np.uint8], starts: NDArray[np.int64], sizes: NDArray[np.int64]) -> Met:
        """Looks up the words that start at these places of `letters`, of which TOLD more follow behind the last."""
        eight = np.ndarray((len(letters) - HALF + 1,), "<u8", letters, 0, (1,))  # the letters from each place on
        first = eight.take(starts) & _FIRST_HALF.take(sizes, mode="clip")
        second = eight.take(starts + HALF) & _SECOND_HALF.take(sizes, mode="clip")
        numbers = self._slots.take(_slots(first, second))
        at = np.flatnonzero(numbers)
        numbers = numbers.take(at)
        met = self._first.take(numbers) == first.take(at)
        met &= self._second.take(numbers) == second.take(at)
        met &= self._sizes.take(numbers) == sizes.take(at)  # "good\0" is not "good"
        unsure = np.flatnonzero((numbers == _SHARED) | (met & (sizes.take(at) > TOLD)))
        return Met(at[met], numbers[met], at.take(unsure))


def _slots(first: NDArray[np.uint64], second: NDArray[np.uint64]) -> NDArray[np.int64]:
    return ((first * _FIRST_ODD + second * _SECOND_ODD) >> _UNUSED_BITS).view(np.int64)
