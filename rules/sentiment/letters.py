"""Hashes the runs of letters within words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

UINT32 = np.uint64(0xFFFFFFFF)
_LENGTHS = range(2, 6)
_WORTH = 1.0
_PRIME = np.uint64(16777619)
_EACH = np.array(_LENGTHS)[:, None]
_SALTS = np.array(_LENGTHS, np.uint64)


class Grams(Struct, frozen=True):
    """Hashes of runs of letters within words, what each counts, and which word it belongs to."""

    words: NDArray[np.int64]
    hashes: NDArray[np.uint64]
    values: NDArray[np.float32]


def grams(spelt: Sequence[str]) -> Grams:
    """Gives every run of two to five letters within each word, hashed as a polynomial of its code points.

    A word's runs count one over the square root of their number, so that a long word has no louder letters than a
    short one.
    """
    letters = np.frombuffer("".join(spelt).encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    count = len(letters)
    sizes = np.fromiter(map(len, spelt), np.int64, len(spelt))
    ends = sizes.cumsum()
    owner = np.repeat(np.arange(len(spelt)), sizes)
    runs = np.zeros((len(_LENGTHS), count), np.uint64)  # a row for each length: the run that begins at each letter
    running = letters
    for row, length in enumerate(_LENGTHS[:count]):
        running = (running[: count - length + 1] * _PRIME + letters[length - 1 :]) & UINT32
        runs[row, : len(running)] = running
    left = (ends.take(owner) - np.arange(count))[None, :]
    whole = (left >= _EACH) & (sizes.take(owner)[None, :] > _EACH)
    rows, begun = whole.nonzero()
    of_word = owner.take(begun)
    number = np.bincount(of_word, minlength=len(spelt))
    hashes = stirred((runs[rows, begun] * _PRIME + _SALTS.take(rows)) & UINT32)
    return Grams(of_word, hashes, (_WORTH / np.sqrt(number.take(of_word))).astype(np.float32))


def stirred(hashes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spreads the bits of 32-bit hashes, much as murmur3 ends (Appleby)."""
    hashes = hashes ^ (hashes >> np.uint64(15))
    hashes = (hashes * np.uint64(2246822519)) & UINT32
    return np.asarray(hashes ^ (hashes >> np.uint64(13)))
