"""Weighs texts by a table: what each piece speaks for, remembered from piece to piece."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from rules.sentiment.features import Features, features, gathered
from rules.sentiment.neighbours import pairs
from rules.sentiment.table import Table

_ROOM = 4_000_000  # characters of pieces remembered, each counted with what it takes besides: some 15 MB
_BESIDES = 60
_GROWTH = 1.5


class Weighed(Struct, frozen=True):
    """What the pieces of a batch of texts speak for.

    `texts`: which text each piece belongs to, ascending. `weights`: polarity and feeling of each piece, half of what it
    counts beside its neighbours included. `mass`: how many words each piece is worth. `flags`: bits of Features.
    """

    texts: NDArray[np.int64]
    weights: NDArray[np.float32]
    mass: NDArray[np.float32]
    flags: NDArray[np.int8]


class _Known:
    """What is known of pieces: a row each."""

    def __init__(self, room: int) -> None:
        self.rows: dict[str, int] = {}
        self.weights = np.zeros((1_024, 2), np.float32)
        self.mass = np.zeros(1_024, np.float32)
        self.cores = np.zeros(1_024, np.uint64)
        self.flags = np.zeros(1_024, np.int8)
        self.room = room


class Weigher:
    """Weighs by one table; usable from several threads. Remembers pieces, and begins anew when they are too many."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self._known = _Known(_ROOM)
        self._learning = Lock()

    def weigh(self, texts: Sequence[Sequence[str]]) -> Weighed:
        """Weighs a batch of texts, each given as its pieces."""
        with self._learning:
            known, rows = self._rows([piece for text in texts for piece in text])
            own, mass = known.weights[rows], known.mass[rows]
            cores, flags = known.cores[rows], known.flags[rows]
        numbers = np.repeat(np.arange(len(texts)), [len(text) for text in texts])
        if len(rows):
            for beside in pairs(cores, flags, numbers):
                halves = self.table.weights(beside.hashes) * (beside.value / 2)
                own[beside.first] += halves  # a piece stands first once at most
                own[beside.second] += halves
        return Weighed(numbers, own, mass, flags)

    def _rows(self, pieces: list[str]) -> tuple[_Known, NDArray[np.int64]]:
        known = self._known
        new = {piece for piece in pieces if piece not in known.rows}
        if new:
            if known.room < 0:
                self._known = known = _Known(_ROOM)
                new = set(pieces)
            self._learn(known, sorted(new))
        return known, np.fromiter(map(known.rows.__getitem__, pieces), np.int64, len(pieces))

    def _learn(self, known: _Known, new: list[str]) -> None:
        found = [features(piece) for piece in new]
        first = len(known.rows)
        _make_room(known, first + len(new))
        last = first + len(new)
        known.weights[first:last] = self._sums(found)
        known.mass[first:last] = [one.mass for one in found]
        known.cores[first:last] = [one.core for one in found]
        known.flags[first:last] = [one.flags for one in found]
        for row, piece in enumerate(new, first):
            known.rows[piece] = row
            known.room -= len(piece) + _BESIDES

    def _sums(self, found: list[Features]) -> NDArray[np.float32]:
        sparse = gathered(found, self.table.about.letters)
        weighted = self.table.weights(sparse.hashes) * sparse.values[:, None]
        columns = [np.bincount(sparse.owners, weighted[:, column], len(found)) for column in (0, 1)]
        return np.stack(columns, axis=1).astype(np.float32)


def _make_room(known: _Known, rows: int) -> None:
    if rows <= len(known.mass):
        return
    size = int(rows * _GROWTH)
    for name in ("weights", "mass", "cores", "flags"):
        old = getattr(known, name)
        larger = np.zeros((size, *old.shape[1:]), old.dtype)
        larger[: len(old)] = old
        setattr(known, name, larger)
