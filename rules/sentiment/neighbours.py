"""The hashed features of pieces of text beside each other."""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from rules.sentiment.features import ENDS_CLAUSE, NEGATES
from rules.sentiment.letters import UINT32, stirred

_SKIPPED_WORTH = 0.5
_SEEDS = np.array([17, 99, 3], np.uint64)  # of neighbours, of neighbours but one, of what is turned
_TURNED = 7  # stands for the negation
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
    real = cores != 0
    turned = np.flatnonzero(_turned(flags, texts) & real)
    firsts, seconds = [], []
    for apart in (1, 2):
        first = np.flatnonzero((texts[:-apart] == texts[apart:]) & real[:-apart] & real[apart:])
        firsts.append(first)
        seconds.append(first + apart)
    ends = [len(firsts[0]), len(firsts[0]) + len(firsts[1])]
    ones, others = cores.take(np.concatenate([*firsts, turned])), cores.take(np.concatenate([*seconds, turned]))
    others[ends[1] :] = _TURNED
    hashes = np.split(_mixed(ones, others, np.repeat(_SEEDS, [*map(len, firsts), len(turned)])), ends)
    return [
        Pairs(first, second, hashed, value)
        for first, second, hashed, value in zip(
            (*firsts, turned), (*seconds, turned), hashes, (1.0, _SKIPPED_WORTH, 1.0), strict=True
        )
    ]


def _turned(flags: NDArray[np.int8], texts: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which pieces stand within _SCOPE pieces after a negation of their own clause."""
    turned = np.zeros(len(flags), bool)
    negations = np.flatnonzero(flags & NEGATES)
    if not len(negations):
        return turned
    clauses = texts.copy()
    clauses[1:] += np.cumsum((flags[:-1] & ENDS_CLAUSE) != 0)  # both ascend, so that neither hides what the other tells
    for apart in range(1, _SCOPE + 1):
        behind = negations[negations < len(flags) - apart] + apart
        turned[behind[clauses.take(behind) == clauses.take(behind - apart)]] = True
    return turned


def _mixed(one: NDArray[np.uint64], other: NDArray[np.uint64], seeds: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """32 bits of two hashes."""
    return stirred((one * np.uint64(2654435761) + other * np.uint64(40503) + seeds) & UINT32)
