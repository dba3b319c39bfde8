"""What a team's own marks taught, as weights on top of the shipped sentiment.

The log-odds that the shipped reader gives are kept; what is learned is added to them: for each part (the whole team,
a brand) and each table that reads (English, Bengali, the rest) a bias and a share of the log-odds themselves, and for
each hashed feature of the text's words three weights. All weights 0: nothing changes.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Feeling = Literal["negative", "neutral", "positive"]
FEELINGS: tuple[Feeling, ...] = ("negative", "neutral", "positive")

FORMAT = 1
DENSE = 3
"""Numbers of a text beside its words: 1, and the log-odds of negative and of positive against neutral."""


class TableShift(Struct, frozen=True):
    """What is added where this table reads: DENSE rows of a weight for negative, neutral and positive."""

    table: str
    weights: tuple[tuple[float, float, float], ...]


class Part(Struct, frozen=True, kw_only=True):
    """What the marks about one brand taught, or those of the whole team (`brand` is "").

    `hashes`: 32-bit hashes of features, ascending, little-endian; `weights`: three half-precision numbers each, for
    negative, neutral and positive.
    """

    brand: str = ""
    marks: int
    shifts: tuple[TableShift, ...] = ()
    hashes: bytes = b""
    weights: bytes = b""


class Correction(Struct, frozen=True, kw_only=True):
    """All that was learned from so many marks on top of one reader; it travels with whatever reading depends on."""

    format: int = FORMAT
    marks: int = 0
    parts: tuple[Part, ...] = ()
    reader: str = "built-in"


def learned_on(correction: Correction | None, reader: str) -> Correction | None:
    """The correction where it was learned on top of this reader, else None: what mends one reader misleads another."""
    return correction if correction is not None and correction.reader == reader else None


class Lexicon:
    """The word weights of a part, ready to be looked up."""

    def __init__(self, part: Part) -> None:
        """Raises ValueError for bytes that are no weights."""
        hashes = np.frombuffer(part.hashes, "<u4")
        weights = np.frombuffer(part.weights, "<f2").astype(np.float64)
        if len(weights) != 3 * len(hashes):
            raise ValueError(f"{len(hashes)} features have {len(weights)} weights, must have three each")
        rows = weights.reshape(-1, 3).tolist()
        self._of: dict[int, list[float]] = dict(zip(hashes.tolist(), rows, strict=True))

    def __len__(self) -> int:
        return len(self._of)

    def sum_of(self, hashes: list[int], values: list[float]) -> tuple[float, float, float]:
        """What these features add for negative, neutral and positive."""
        negative = neutral = positive = 0.0
        for hashed, value in zip(hashes, values, strict=True):
            found = self._of.get(hashed)
            if found is not None:
                negative += found[0] * value
                neutral += found[1] * value
                positive += found[2] * value
        return negative, neutral, positive


def packed(hashes: NDArray[np.uint32], weights: NDArray[np.float64]) -> tuple[bytes, bytes]:
    """Gives the bytes that Lexicon reads as these weights, without features whose weights are all 0."""
    halves = weights.astype("<f2")
    told = np.flatnonzero(np.abs(halves).max(axis=1, initial=0.0) > 0)
    order = told[np.argsort(hashes[told], kind="stable")]
    return hashes[order].astype("<u4").tobytes(), halves[order].tobytes()
