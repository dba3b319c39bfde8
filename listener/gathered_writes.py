"""Gathers the small writes of many turns into one transaction, since each commit waits for the disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from msgspec import Struct

from listener.store import Store, StoreUnavailable, Tx

LONGEST_WAIT = 0.01
"""Seconds that a write waits for others: about what a disk takes for a commit."""

Wish = TypeVar("Wish")
Result = TypeVar("Result")


class _Waiting(Struct, frozen=True, eq=False):
    act: Callable[[Tx, Sequence[Any]], Sequence[Any]]
    wish: Any
    written: asyncio.Future[Any]


class GatheredWrites:
    """One transaction for the writes of many that are asked for within a few milliseconds.

    Whoever asks goes on when the transaction that holds the write is committed, and not before. A write that fails
    takes no other with it: where the transaction fails each write is tried again in one of its own, and each gets its
    own error. All belongs to one event loop.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: list[_Waiting] = []
        self._timer: asyncio.TimerHandle | None = None
        self._writers = 0

    @contextmanager
    def writer(self) -> Iterator[None]:
        """Around whoever writes one thing after the other: when all of them wait, nobody is waited for."""
        self._writers += 1
        try:
            yield
        finally:
            self._writers -= 1

    def ask(self, act: Callable[[Tx, Sequence[Wish]], Sequence[Result]], wish: Wish) -> asyncio.Future[Result]:
        """Has `act(tx, wishes)` called soon with this wish and others of the same `act`, in the order of asking.

        `act` gives one result a wish and may run twice. The future holds the result once it is committed, or the
        error; cancelled before that, the write is not made. Its errors: StoreUnavailable, and what `act` raises.
        """
        loop = asyncio.get_running_loop()
        written: asyncio.Future[Result] = loop.create_future()
        if not self._waiting:
            self._timer = loop.call_later(LONGEST_WAIT, self.write)
        self._waiting.append(_Waiting(act, wish, written))
        if len(self._waiting) >= self._writers:
            loop.call_soon(self.write)
        return written

    async def surely(self, act: Callable[[Tx, Sequence[Wish]], Sequence[Result]], wish: Wish) -> Result:
        """As `ask`, for what is written even where the one who asks is cancelled."""
        written = self.ask(act, wish)
        try:
            return await asyncio.shield(written)
        except asyncio.CancelledError:
            self.write()
            if not written.cancelled():
                written.exception()  # seen: nobody is left to be told
            raise

    def write(self) -> None:
        """Writes down at once what is waiting."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        waiting = [one for one in self._waiting if not one.written.done()]
        self._waiting = []
        try:
            self._together(waiting)
        except StoreUnavailable as error:
            for one in waiting:
                one.written.set_exception(error)
        except Exception:  # noqa: BLE001 - each is told its own below
            for one in waiting:
                self._alone(one)

    def _together(self, waiting: Sequence[_Waiting]) -> None:
        if not waiting:
            return
        acts = list(dict.fromkeys(one.act for one in waiting))
        with self._store.write() as tx:
            results = []
            for act in acts:
                same = [one for one in waiting if one.act == act]
                results += list(zip(same, act(tx, [one.wish for one in same]), strict=True))
        for one, result in results:
            one.written.set_result(result)

    def _alone(self, one: _Waiting) -> None:
        try:
            self._together([one])
        except Exception as error:  # noqa: BLE001 - it is raised where it was asked for
            one.written.set_exception(error)
