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
    sizes = np.array([len(word) for word in spelt], np.int64)
    owner = np.repeat(np.arange(len(spelt)), sizes)
    owners, hashes = [], []
    running = letters
    for length in _LENGTHS:
        if len(letters) < length:
            break
        running = (running[: len(letters) - length + 1] * _PRIME + letters[length - 1 :]) & UINT32
        first, last = owner[: len(running)], owner[length - 1 :]
        whole = (first == last) & (sizes[first] > length)
        if length >= _LENGTHS.start:
            owners.append(first[whole])
            hashes.append(stirred((running[whole] * _PRIME + np.uint64(length)) & UINT32))
    if not owners:
        return Grams(np.zeros(0, np.int64), np.zeros(0, np.uint64), np.zeros(0, np.float32))
    of_word = np.concatenate(owners)
    number = np.bincount(of_word, minlength=len(spelt))
    return Grams(of_word, np.concatenate(hashes), (_WORTH / np.sqrt(number[of_word])).astype(np.float32))


def stirred(hashes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spreads the bits of 32-bit hashes, much as murmur3 ends (Appleby)."""
    hashes = hashes ^ (hashes >> np.uint64(15))
    hashes = (hashes * np.uint64(2246822519)) & UINT32
    return np.asarray(hashes ^ (hashes >> np.uint64(13)))
