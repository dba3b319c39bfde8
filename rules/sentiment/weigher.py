"""Weighs texts by a table: what each piece speaks for, remembered from piece to piece.

All pieces of a batch are looked up in one go, and all that is summed or compared afterwards is arrays of numbers: a
word that was met before costs a look-up in Python and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, chain
from threading import Lock
from typing import TypeVar

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from rules.sentiment.features import is_address, is_handle
from rules.sentiment.gathering import gathered
from rules.sentiment.irony import hints
from rules.sentiment.memory import KNOWN, Memory
from rules.sentiment.neighbours import Pairs, pairs
from rules.sentiment.pieces import is_unspaced
from rules.sentiment.table import FEELING, POLARITY, Table
from rules.sentiment.vader_scorer import scorer

Bits = TypeVar("Bits", np.bool_, np.int8, np.uint16)
CUT = 255
"""No word's sign: the piece is of a script without spaces, and VADER knows only what stands between spaces."""

_ADDRESS, _HANDLE = "http", "@_"


class Weighed(Struct, frozen=True):
    """What the pieces of a batch of texts speak for.

    `texts`: which text each piece belongs to, ascending; `starts`: where each text's pieces begin, with the end of all.
    `weights`: polarity and feeling of each piece, half of what it counts beside its neighbours included. `mass`: how
    many words each piece is worth. `flags`: bits of Features. `hints`: bits for irony. `signs`: what VADER takes each
    piece for (`Scorer.sign`), CUT where it may have cut the text otherwise.
    """

    texts: NDArray[np.int64]
    starts: NDArray[np.int64]
    weights: NDArray[np.float32]
    mass: NDArray[np.float32]
    flags: NDArray[np.int8]
    hints: NDArray[np.uint16]
    signs: NDArray[np.uint8]

    def together(self, bits: NDArray[Bits]) -> NDArray[Bits]:
        """Gives for each text the bits of all its pieces, of an array that holds some for each piece of the batch."""
        starts, ends = self.starts[:-1], self.starts[1:]
        full = ends > starts
        if full.all():
            return np.asarray(np.bitwise_or.reduceat(bits, starts)) if len(starts) else np.zeros(0, bits.dtype)
        found = np.zeros(len(starts), bits.dtype)
        if len(bits):
            found[full] = np.bitwise_or.reduceat(bits, starts[full])
        return found


class Weigher:
    """Weighs by one table; usable from several threads."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self._scorer = scorer()
        self._no_word = self._scorer.sign(_HANDLE)
        self._memory = Memory(self._learn, self._alike)
        self._learning = Lock()

    def weigh(self, texts: Sequence[Sequence[str]]) -> Weighed:
        """Weighs a batch of texts, each given as its pieces."""
        return weigh_together([(self, texts)])

    def look_up(self, pieces: list[str]) -> NDArray[np.void]:
        """Gives a record of KNOWN for each piece."""
        with self._learning:
            return self._memory.look_up(pieces)

    def _alike(self, piece: str) -> str:
        """Addresses and handles are as good as one another, and hardly one in a hundred is ever met again."""
        if piece[0] not in "@hw":
            return piece
        alike = _HANDLE if is_handle(piece) else _ADDRESS if is_address(piece) else piece
        plain = alike is piece or (self._scorer.sign(piece) == self._no_word and not hints(piece))
        return alike if plain else piece

    def _learn(self, new: Sequence[str]) -> NDArray[np.void]:
        found = gathered(new, self.table.about.letters)
        weighted = self.table.weights(found.hashes) * found.values[:, None]
        known = np.zeros(len(new), KNOWN)
        for column in (POLARITY, FEELING):
            known["weights"][:, column] = np.bincount(found.owners, weighted[:, column], len(new))
        known["mass"], known["core"], known["flags"] = found.mass, found.cores, found.flags
        known["hints"] = list(map(hints, new))
        known["sign"] = [CUT if is_unspaced(piece) else self._scorer.sign(piece) for piece in new]
        return known


def weigh_together(parts: Sequence[tuple[Weigher, Sequence[Sequence[str]]]]) -> Weighed:
    """Weighs texts of several tables as one batch: of each table those that it reads, one table after the other.

    What is the same for all tables is worked out once for all of them. Most batches are small, and then each step costs
    the same for ten texts as for one.
    """
    known = [weigher.look_up(list(chain.from_iterable(texts))) for weigher, texts in parts]
    ends = list(accumulate(map(len, known)))
    together = known[0] if len(known) == 1 else np.concatenate(known)
    sizes = np.array([len(text) for _, texts in parts for text in texts], np.int64)
    starts = np.zeros(len(sizes) + 1, np.int64)
    np.cumsum(sizes, out=starts[1:])
    numbers = np.repeat(np.arange(len(sizes)), sizes)
    own, flags = together["weights"].copy(), together["flags"].copy()
    if len(numbers):
        both = _as_one(own)
        found = pairs(together["core"].astype(np.uint64), flags, numbers)
        weights = _weights(parts, ends, found)
        for beside, begun in zip(found, accumulate([len(one.first) for one in found], initial=0), strict=False):
            halves = _as_one(weights[begun : begun + len(beside.first)] * (beside.value / 2))
            both[beside.first] += halves  # a piece stands first once at most
            both[beside.second] += halves
    return Weighed(numbers, starts, own, together["mass"], flags, together["hints"], together["sign"])


def _weights(
    parts: Sequence[tuple[Weigher, Sequence[Sequence[str]]]], ends: Sequence[int], found: Sequence[Pairs]
) -> NDArray[np.float32]:
    """The weights of pairs, each by the table that reads its text; `ends`: where each table's pieces end."""
    hashes = np.concatenate([beside.hashes for beside in found])
    if len(parts) == 1:
        return parts[0][0].table.weights(hashes)
    read_by = np.searchsorted(ends, np.concatenate([beside.first for beside in found]), side="right")
    weights = np.empty((len(hashes), 2), np.float32)
    for number, (weigher, _) in enumerate(parts):
        own = np.flatnonzero(read_by == number)
        weights[own] = weigher.table.weights(hashes.take(own))
    return weights


def _as_one(rows: NDArray[np.float32]) -> NDArray[np.complex64]:
    """The same two weights a row as one number a row: to pick rows of numbers takes a tenth of the time."""
    return rows.view(np.complex64).ravel()
