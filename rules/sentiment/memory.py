"""Remembers what is known of pieces, and forgets first those that were not met for longest.

A stream brings one or two new pieces a post for as long as it lasts, so that memory must end somewhere. What was met is
kept in two generations: when the younger is full, the older is dropped, and whatever of it is met until then moves on.
To begin anew instead would make everything new at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

ROOM = 4_000_000
"""Characters of pieces in a generation, each piece counted with what it takes besides: some 60,000 words, 12 MB."""

_BESIDES = 60
_GROWTH = 1.5
_ROWS = 1_024

KNOWN = np.dtype(
    [
        ("weights", np.float32, 2),
        ("mass", np.float32),
        ("core", np.uint32),
        ("hints", np.uint16),
        ("flags", np.int8),
        ("sign", np.uint8),
    ]
)
"""What is known of a piece, side by side in memory: to fetch a piece is to fetch one of the processor's cache lines."""


class _Generation(dict[str, int]):
    """The row of each piece. A piece that is asked for gets one if it has none; those are `new` until they are filled.

    `alike` names the piece that another is as good as, itself mostly: it alone is kept.
    """

    def __init__(self, alike: Callable[[str], str], room: int) -> None:
        super().__init__()
        self.known = np.zeros(_ROWS, KNOWN)
        self.new: list[str] = []
        self.room = room
        self._alike = alike

    def __missing__(self, piece: str) -> int:
        alike = self._alike(piece)
        if alike != piece:
            return self[alike]
        row = self[piece] = len(self)
        self.new.append(piece)
        return row


class Memory:
    """What is known of pieces, learnt when they are first asked for. For one thread at a time."""

    def __init__(
        self, learn: Callable[[Sequence[str]], NDArray[np.void]], alike: Callable[[str], str], room: int = ROOM
    ) -> None:
        self._learn = learn
        self._alike = alike
        self._room = room
        self._young = _Generation(alike, room)
        self._old = _Generation(alike, room)

    def __len__(self) -> int:
        """How many pieces are remembered, those of both generations twice."""
        return len(self._young) + len(self._old)

    def look_up(self, pieces: list[str]) -> NDArray[np.void]:
        """Gives a record of KNOWN for each piece, in their order. Raises what learning raises."""
        if self._young.room < 0:
            self._young, self._old = _Generation(self._alike, self._room), self._young
        young = self._young
        try:
            rows = np.fromiter(map(young.__getitem__, pieces), np.int64, len(pieces))
            if young.new:
                self._fill(young)
        except BaseException:
            self._young = _Generation(self._alike, self._room)  # rows without what belongs there would be taken for it
            raise
        return young.known.take(rows)  # a tenth of the time that [rows] takes

    def _fill(self, young: _Generation) -> None:
        new, young.new = young.new, []
        first = len(young) - len(new)
        _make_room(young, len(young))
        known = young.known[first : len(young)]
        if self._old:
            before = np.fromiter((self._old.get(piece, -1) for piece in new), np.int64, len(new))
            met = before >= 0
            known[met] = self._old.known[before[met]]
            unmet = np.flatnonzero(~met)
            if len(unmet):
                known[unmet] = self._learn([new[at] for at in unmet.tolist()])
        else:
            known[:] = self._learn(new)
        young.room -= sum(map(len, new)) + _BESIDES * len(new)


def _make_room(generation: _Generation, rows: int) -> None:
    if rows > len(generation.known):
        larger = np.zeros(int(rows * _GROWTH), KNOWN)
        larger[: len(generation.known)] = generation.known
        generation.known = larger
