"""Weights learned from labelled posts, as the package ships them."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

POLARITY, FEELING = 0, 1
"""Columns of a weight: how much it speaks for positive against negative, and for either against neutral."""

VADER_FEATURES = 6
FORMAT = 1


class About(Struct, frozen=True, kw_only=True):
    """What belongs to a table beside its weights.

    `scale`: what the largest weight of each column is. `bias` and `vader`: weights of 1 and of VADER's view of the
    text (empty: not asked). `temperature` divides the logits, so that probabilities are what was counted on texts that
    were not trained on. `letters`: what runs of letters count beside whole words.
    """

    format: int
    scale: tuple[float, float]
    bias: tuple[float, float]
    vader: tuple[tuple[float, float], ...] = ()
    temperature: float = 1.0
    letters: float = 1.0


_COLUMNS = np.array([0, 256], np.uint16)  # where the sizes of each column begin


class Table:
    """One table: 2**n buckets of two weights, each kept in a byte as the square root of its size.

    It stays in bytes, which fit the processor's caches, and the 256 sizes of a weight are looked up: a quarter of the
    time and of the memory that the weights themselves would take.
    """

    def __init__(self, about: About, kept: NDArray[np.int8]) -> None:
        if about.format != FORMAT:
            raise ValueError(f"a table of format {about.format} cannot be read, only {FORMAT}")
        if kept.ndim != 2 or kept.shape[1] != 2 or kept.shape[0] & (kept.shape[0] - 1):
            raise ValueError(f"a table has 2**n rows of two weights, not {kept.shape}")
        self.about = about
        self.mask = kept.shape[0] - 1
        self.bias = np.array(about.bias, np.float32)
        self.vader = np.array(about.vader, np.float32).reshape(-1, 2)
        self._kept = np.ascontiguousarray(kept).view(np.uint16).ravel()
        steps = np.arange(256, dtype=np.uint8).view(np.int8).astype(np.float32) / 127
        sizes = np.sign(steps) * steps * steps
        self._sizes = np.concatenate([sizes * scale for scale in np.array(about.scale, np.float32)])

    def weights(self, hashes: NDArray[np.uint64]) -> NDArray[np.float32]:
        """Gives the two weights of each hash: a row each."""
        both = self._kept.take((hashes & np.uint64(self.mask)).astype(np.int64)).view(np.uint8).reshape(-1, 2)
        return np.asarray(self._sizes.take(both + _COLUMNS))


def kept_in_bytes(weights: NDArray[np.float32]) -> tuple[NDArray[np.int8], tuple[float, float]]:
    """Gives the bytes that `Table` reads as these weights, and the scale of each column."""
    scale = np.maximum(np.abs(weights).max(axis=0), 1e-9)
    steps = np.sign(weights) * np.sqrt(np.abs(weights) / scale)
    return np.round(steps * 127).astype(np.int8), (float(scale[0]), float(scale[1]))


@lru_cache(maxsize=8)
def shipped(name: str) -> Table:
    """The table of that name in the package, loaded once. Raises FileNotFoundError where there is none."""
    folder = files("rules.sentiment") / "tables"
    about = msgspec.json.decode((folder / f"{name}.json").read_bytes(), type=About)
    kept = np.frombuffer((folder / f"{name}.weights").read_bytes(), np.int8)
    return Table(about, kept.reshape(-1, 2))
