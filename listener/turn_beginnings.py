"""Begins turns with sources: which is due, and when it is due again, are settled before it is asked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random

from msgspec import Struct

from listener.delivery.next_attempt import spread
from listener.store import Tx
from listener.store import turns as kept
from sources.contract import Cursor, Source


class Next(Struct, frozen=True):
    """Asks for the credential's next due source; of `only` alone, where that is told."""

    credential: str
    only: Collection[str] | None


class Begun(Struct, frozen=True):
    """A turn that may begin. `stood`: the cursor and epoch of its first ask, None at first."""

    source: str
    stood: tuple[Cursor, int] | None


class Beginnings:
    """Begins the turns of many credentials in one transaction.

    The next check is set before the fetch: a source that kills the process is not asked for ever.
    """

    def __init__(
        self,
        *,
        sources: Mapping[str, Source],
        intervals: Mapping[str, timedelta],
        asks: Callable[[Source], Sequence[str]],
        clock: Callable[[], datetime],
        jitter: Random,
    ) -> None:
        self._sources = sources
        self._intervals = intervals
        self._asks = asks
        self._clock = clock
        self._jitter = jitter

    def begin(self, tx: Tx, wanted: Sequence[Next]) -> list[Begun | None]:
        """Begins a turn for each, in the caller's transaction; None where nothing of it is due."""
        now = self._clock()
        wishes: dict[tuple[str, ...] | None, list[str]] = {}
        for one in wanted:
            wishes.setdefault(None if one.only is None else tuple(one.only), []).append(one.credential)
        due = {
            (credential, only): name
            for only, credentials in wishes.items()
            for credential, name in kept.next_due(tx, credentials, now, only).items()
            if name in self._sources
        }
        names = set(due.values())
        kept.schedule_all(tx, {name: now + spread(self._intervals[name], self._jitter) for name in sorted(names)})
        asks = {name: asks[0] for name in names if (asks := self._asks(self._sources[name]))}
        stood = kept.get_cursors(tx, asks)
        found = (due.get((one.credential, None if one.only is None else tuple(one.only))) for one in wanted)
        return [None if name is None else Begun(name, stood.get(name)) for name in found]
