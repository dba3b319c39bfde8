"""The hashed features of pieces of text beside each other."""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from rules.sentiment.features import ENDS_CLAUSE, NEGATES
from rules.sentiment.letters import UINT32, stirred

_SKIPPED_WORTH = 0.5
_SCOPE = 3  # words after a negation that it may turn


class Pairs(Struct, frozen=True):
    """Features of one kind: where the pieces stand (`first` <= `second`, each piece once at most), hash and value."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    hashes: NDArray[np.uint64]
    value: float


def pairs(cores: NDArray[np.uint64], flags: NDArray[np.int8], texts: NDArray[np.int64]) -> list[Pairs]:
    """Gives the pair features of a batch: neighbours, neighbours but one, and words that a negation turns.

    The arrays hold a number for each piece of the batch; `texts` says which text it belongs to, ascending.
    """
    found = []
    real = cores != 0
    for apart, seed, worth in ((1, 17, 1.0), (2, 99, _SKIPPED_WORTH)):
        first = np.flatnonzero((texts[:-apart] == texts[apart:]) & real[:-apart] & real[apart:])
        second = first + apart
        found.append(Pairs(first, second, _mixed(cores.take(first), cores.take(second), seed), worth))
    turned = np.flatnonzero(_turned(flags, texts) & real)
    found.append(Pairs(turned, turned, _mixed(cores.take(turned), np.full(len(turned), 7, np.uint64), 3), 1.0))
    return found


def _turned(flags: NDArray[np.int8], texts: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which pieces stand within _SCOPE pieces after a negation of their own clause."""
    turned = np.zeros(len(flags), bool)
    negates, ends = (flags & NEGATES) != 0, (flags & ENDS_CLAUSE) != 0
    for apart in range(1, min(_SCOPE, len(flags) - 1) + 1):
        reached = negates[:-apart] & (texts[:-apart] == texts[apart:])
        for between in range(apart):
            reached &= ~ends[between : len(flags) - apart + between]
        turned[apart:] |= reached
    return turned


def _mixed(one: NDArray[np.uint64], other: NDArray[np.uint64], seed: int) -> NDArray[np.uint64]:
    """32 bits of two hashes."""
    return stirred((one * np.uint64(2654435761) + other * np.uint64(40503) + np.uint64(seed)) & UINT32)
