"""Which of a million wordings may be near one of a batch's.

Each wording is filed under a few of its fingerprint's numbers, as one 64-bit entry a number: 32 bits of it, and 32 of
the wording's own. Entries lie in sorted arrays, small ones merged into larger ones as they come (log-structured merge:
O'Neil et al. 1996), so that a batch is looked up by a few binary searches. What is found is exact but for one
number in four thousand millions, and whoever asks compares the fingerprints anyway.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from msgspec import Struct

from rules.story.likeness import INSIDE
from rules.story.marks import FIGURES
from rules.story.sketch import SKETCH

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_HOLDERS = 64
"""Wordings found for one: the newest of a text that ten thousand people share, each in other words."""

_PARTS = 8  # in which what is remembered is forgotten, the oldest first
_GROWTH = 4  # of one array to the next in size: more take longer to be merged, fewer to be searched
_BITS_AN_ENTRY = 8  # or up to twice as many
_LOW = 2**32 - 1


class Filed(Struct, frozen=True):
    """The fingerprints of a batch in a row, and the numbers under which they are filed.

    Fingerprint i has `counts[i]` of `numbers`. `values[j]` is a number under which fingerprint `rows[j]` is filed.
    """

    numbers: NDArray[np.int64]
    counts: NDArray[np.int64]
    values: NDArray[np.uint64]
    rows: NDArray[np.int64]

    @classmethod
    def of(cls, fingerprints: Sequence[Sequence[int]]) -> Filed:
        """Files fingerprints as `rules.story.likeness.filed_under` says, all at once."""
        import numpy as np

        counts = np.fromiter(map(len, fingerprints), np.int64, len(fingerprints))
        return cls.of_numbers(np.fromiter(chain.from_iterable(fingerprints), np.int64, int(counts.sum())), counts)

    @classmethod
    def of_numbers(cls, numbers: NDArray[np.int64], counts: NDArray[np.int64]) -> Filed:
        """The same for fingerprints that are in a row already."""
        import numpy as np

        rows = np.repeat(np.arange(len(counts)), counts)
        is_mark = numbers < 0
        marks = np.bincount(rows[is_mark], minlength=len(counts))
        sizes = counts - marks
        most = np.where(sizes >= SKETCH, sizes // 2 + 2, np.maximum(1, sizes - INSIDE + 2))
        before = np.cumsum(counts) - counts + marks
        rank = np.arange(len(numbers)) - before[rows]
        taken = (numbers < FIGURES) | (~is_mark & (rank < most[rows]))
        return cls(numbers, counts, numbers[taken].view(np.uint64), rows[taken])

    def only(self, places: Sequence[int]) -> Filed:
        """Some of the fingerprints, by their ascending places; they are numbered anew."""
        import numpy as np

        kept = np.zeros(len(self.counts), np.bool_)
        kept[places] = True
        taken = kept[self.rows]
        rows = (np.cumsum(kept) - 1)[self.rows[taken]]
        return Filed(self.numbers[np.repeat(kept, self.counts)], self.counts[kept], self.values[taken], rows)

    def packed(self) -> list[bytes]:
        """Each fingerprint as bytes: eight for a number, the least significant first."""
        import numpy as np

        ends = (np.cumsum(self.counts) * 8).tolist()
        joined = self.numbers.astype("<i8").tobytes()
        return [joined[begin:end] for begin, end in zip([0, *ends], ends, strict=False)]

    def meeting(self) -> NDArray[np.int64]:
        """The rows that share a number with another row."""
        import numpy as np

        order = np.sort(self.values)
        twice = order[1:][order[1:] == order[:-1]]
        return np.unique(self.rows[np.isin(self.values, twice)]) if len(twice) else self.rows[:0]


def unpacked(numbers: bytes) -> tuple[int, ...]:
    """The fingerprint that `Filed.packed` gave as these bytes."""
    return struct.unpack(f"<{len(numbers) // 8}q", numbers)


class _Part:
    """The entries of wordings that came after each other."""

    def __init__(self, first: int = 0) -> None:
        self.runs: list[NDArray[np.uint64]] = []
        self.wordings = 0
        self.first = first
        self._present: NDArray[np.uint8] | None = None
        self._shift: np.uint64 | None = None

    def add(self, entries: NDArray[np.uint64], wordings: NDArray[np.int64]) -> None:
        if not self.wordings:
            self.first = int(wordings[0])
        self.wordings += len(wordings)
        self.runs.append(entries)
        while len(self.runs) > 1 and len(self.runs[-2]) < _GROWTH * len(self.runs[-1]):
            self._merge(2)

    @property
    def nbytes(self) -> int:
        return sum(run.nbytes for run in self.runs) + (0 if self._present is None else self._present.nbytes)

    def close(self) -> None:
        """Nothing more comes: what is not there can be told from a bit each."""
        import numpy as np

        self._merge(len(self.runs))
        (entries,) = self.runs
        bits = max((_BITS_AN_ENTRY * len(entries)).bit_length(), 3)
        self._shift = np.uint64(64 - bits)
        present = np.zeros(1 << bits, np.bool_)
        present[entries >> self._shift] = True
        self._present = np.packbits(present, bitorder="little")

    def may_hold(self, sought: NDArray[np.uint64]) -> NDArray[np.bool_] | slice:
        """Which of what is sought may be there."""
        import numpy as np

        if self._present is None or self._shift is None:
            return slice(None)
        at = sought >> self._shift
        present: NDArray[np.bool_] = self._present[at >> np.uint64(3)] >> (at & np.uint64(7)).astype(np.uint8) & 1 > 0
        return present

    def _merge(self, count: int) -> None:
        import numpy as np

        merged = np.concatenate(self.runs[-count:])
        merged.sort(kind="stable")  # which merges what is sorted in runs
        self.runs[-count:] = [merged]


class Candidates:
    """The newest `most` wordings, or up to an eighth fewer, in some 50 bytes a wording; older ones are forgotten."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._parts = [_Part()]
        self._newest = 0

    def __len__(self) -> int:
        return sum(part.wordings for part in self._parts)

    @property
    def nbytes(self) -> int:
        """The memory that the entries take."""
        return sum(part.nbytes for part in self._parts)

    @property
    def oldest(self) -> int:
        """The number of the oldest wording that is remembered."""
        return self._parts[0].first

    @property
    def ageing(self) -> int:
        """Wordings with numbers below are in the older half of what can be remembered."""
        half = len(self._parts) - _PARTS // 2
        return self._parts[half].first if half > 0 else 0

    def add(self, filed: Filed, wordings: NDArray[np.int64]) -> None:
        """Files wordings, given by their ascending numbers; row i of `filed` is wording i."""
        import numpy as np

        if not len(filed.values):
            return
        entries = (filed.values << np.uint64(32)) | (wordings[filed.rows].astype(np.uint64) & np.uint64(_LOW))
        entries.sort()
        self._newest = int(wordings[-1])
        self._parts[-1].add(entries, wordings)
        if self._parts[-1].wordings * _PARTS >= self._most:
            self._parts[-1].close()
            self._parts.append(_Part(self._newest + 1))
        while len(self) > self._most and len(self._parts) > 1:
            del self._parts[0]

    def find(self, filed: Filed) -> dict[int, list[int]]:
        """The wordings that have a number in common with each row, by row, MOST_HOLDERS of the newest at most."""
        import numpy as np

        order = np.argsort(filed.values & np.uint64(_LOW))
        sought, rows = filed.values[order] << np.uint64(32), filed.rows[order]
        pairs: list[tuple[NDArray[np.int64], NDArray[np.uint64]]] = []
        for part in self._parts:
            may = part.may_hold(sought)
            for run in part.runs:
                pairs += _found(run, sought[may], rows[may])
        if not pairs:
            return {}
        owners = np.concatenate([entries for _, entries in pairs]) & np.uint64(_LOW)
        # of a number 32 bits are kept: it is the newest that ends with them
        ages = (np.uint64(self._newest & _LOW) - owners) & np.uint64(_LOW)
        together = np.unique((np.concatenate([row for row, _ in pairs]).astype(np.uint64) << np.uint64(32)) | ages)
        found: dict[int, list[int]] = {}
        for row, age in zip((together >> np.uint64(32)).tolist(), (together & np.uint64(_LOW)).tolist(), strict=True):
            newest = found.setdefault(row, [])
            if len(newest) < MOST_HOLDERS:
                newest.append(self._newest - age)
        return found


def _found(
    run: NDArray[np.uint64], sought: NDArray[np.uint64], rows: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.uint64]]]:
    """The rows and the entries whose upper halves are sought; of one number the newest MOST_HOLDERS entries."""
    import numpy as np

    first = run.searchsorted(sought)
    there = np.flatnonzero(run[np.minimum(first, len(run) - 1)] >> np.uint64(32) == sought >> np.uint64(32))
    if not len(there):
        return
    last = run.searchsorted(sought[there] | np.uint64(_LOW), side="right")
    begin = np.maximum(first[there], last - MOST_HOLDERS)
    for step in range(int((last - begin).max())):
        at = begin + step
        inside = at < last
        yield rows[there][inside], run[at[inside]]
