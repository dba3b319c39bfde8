"""The wordings that a database remembers, as this process finds them: in memory, by the numbers they are filed under.

The database is the truth. What is held here only says which of its rows are worth reading, and may hold more than there
is: a row that is gone is not found. It must never hold less, so it is brought up to date at the beginning of each
transaction that looks, from the rows that were committed since, whichever process wrote them. A transaction that
is rolled back leaves nothing here, since its own rows are read only after it has ended.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary, ref

from sqlalchemy import Connection, Pool, RootTransaction, bindparam, func, select

from listener.store.statements import driver_of
from listener.store.tables import TELLING
from rules.story.candidates import Candidates, Filed

MOST = 1_000_000
"""Wordings of a database that posts are compared with: the newest, in some 46 MB."""

_AT_ONCE = 50_000  # rows that are read together
_AFTER = select(TELLING.c.id, TELLING.c.numbers).where(TELLING.c.id > bindparam("last")).order_by(TELLING.c.id)
_AFTER_ON_SQLITE = f"SELECT id, numbers FROM {TELLING.name} WHERE id > ? ORDER BY id"  # noqa: S608 - a name of ours


class Wordings:
    """The wordings of one database. Used only by whoever holds the lock on its stories."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._candidates = Candidates(most)
        self._last: int | None = None  # the newest row that is held; None: nothing was read yet
        self._looked: ref[RootTransaction] | None = None  # the transaction that looked last
        self._own: Candidates | None = None  # its own wordings, where it looks a second time

    @property
    def ageing(self) -> int:
        """Wordings with numbers below will be forgotten before long."""
        return self._candidates.ageing

    def find(self, filed: Filed) -> dict[int, list[int]]:
        """The wordings that may be near each fingerprint, by its place; the newest first."""
        found = self._candidates.find(filed)
        if self._own is not None:
            for place, numbers in self._own.find(filed).items():
                found[place] = [*numbers, *found.get(place, ())]
        return found

    def catch_up(self, tx: Connection) -> None:
        """Reads what was committed since the last transaction that looked."""
        transaction = tx.get_transaction()
        assert isinstance(transaction, RootTransaction)
        if self._last is None:
            newest = int(tx.execute(select(func.max(TELLING.c.id))).scalar() or 0)
            self._last = max(newest - self._most, 0)
        if self._looked is not None and self._looked() is transaction:
            self._own = Candidates(self._most)  # what it has written itself may yet be rolled back
            for _ in _read(tx, self._last, self._own):
                pass
            return
        self._looked, self._own = ref(transaction), None
        for last in _read(tx, self._last, self._candidates):
            self._last = last  # at once: where reading stops half-way, none is filed a second time


def _read(tx: Connection, last: int, into: Candidates) -> Iterator[int]:
    """Files the rows after `last`, some at a time; gives the last of each time."""
    import numpy as np

    for some in _rows_after(tx, last):
        numbers = np.frombuffer(b"".join([row[1] for row in some]), "<i8")
        counts = np.array([len(row[1]) for row in some]) // 8
        into.add(Filed.of_numbers(numbers, counts), np.array([row[0] for row in some]))
        yield int(some[-1][0])


def _rows_after(tx: Connection, last: int) -> Iterator[Sequence[Any]]:
    """The wordings after `last`, some at a time. Asked with each batch: of the driver itself where that is quicker."""
    if tx.dialect.name != "sqlite":
        yield from tx.execute(_AFTER, {"last": last}, execution_options={"yield_per": _AT_ONCE}).partitions()
        return
    rows = driver_of(tx).execute(_AFTER_ON_SQLITE, (last,))
    while some := rows.fetchmany(_AT_ONCE):
        yield some


_of_pool: WeakKeyDictionary[Pool, Wordings] = WeakKeyDictionary()
_looking = Lock()


def known_wordings(tx: Connection) -> Wordings:
    """The wordings of a transaction's database, up to date. Whoever asks holds the lock on its stories until it ends.

    The first time, the newest are read: a second for a million.
    """
    with _looking:
        wordings = _of_pool.setdefault(tx.engine.pool, Wordings(MOST))
    wordings.catch_up(tx)
    return wordings
