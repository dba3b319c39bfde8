"""Keeps which rows stand under which keys, as sorted hashes in arrays: twelve bytes an entry."""

from __future__ import annotations

from array import array
from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int32]
_NONE: Rows = np.empty(0, dtype=np.int32)


class Postings:
    """Rows by keys, of which only the hash is kept: a row found may be another key's, so whoever asks looks again."""

    def __init__(self) -> None:
        self._added: tuple[array[int], array[int]] | None = (array("q"), array("i"))
        self._hashes: NDArray[np.int64] = np.empty(0, dtype=np.int64)
        self._rows: Rows = _NONE

    def add(self, key: Hashable, row: int) -> None:
        """Files the row under the key. Only before `freeze`."""
        assert self._added is not None
        self._added[0].append(hash(key))
        self._added[1].append(row)

    def freeze(self) -> None:
        """Makes what was added findable; rows of one key stand in the order in which they came."""
        assert self._added is not None
        hashes = np.frombuffer(self._added[0], dtype=np.int64) if self._added[0] else self._hashes
        order = np.argsort(hashes, kind="stable")
        self._hashes = hashes[order]
        self._rows = np.frombuffer(self._added[1], dtype=np.int32)[order] if len(order) else _NONE
        self._added = None

    def of(self, keys: Sequence[Hashable]) -> list[Rows]:
        """Gives for each key the rows that stand under it."""
        if not keys or not len(self._hashes):
            return [_NONE] * len(keys)
        wanted = np.array([hash(key) for key in keys], dtype=np.int64)
        starts = np.searchsorted(self._hashes, wanted, side="left")
        ends = np.searchsorted(self._hashes, wanted, side="right")
        return [self._rows[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]

    def counts(self, keys: Sequence[Hashable]) -> list[int]:
        """Gives for each key how many rows stand under it."""
        return [len(rows) for rows in self.of(keys)]

    @property
    def nbytes(self) -> int:
        """What the frozen postings take in memory."""
        return self._hashes.nbytes + self._rows.nbytes
