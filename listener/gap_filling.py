"""Reads back what sources had to leave out: each open gap of the ledger, step by step, until it is filled."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

import msgspec
from msgspec import Struct

from listener.delivery.next_attempt import next_attempt
from listener.engine.contract import Engine
from listener.standing_in import who_does
from listener.store import Store, Tx, gaps, jobs
from listener.store import mentions as kept
from listener.store import sources as states
from listener.store.gaps import KeptGap
from listener.taking_in import take_in
from sources.abilities import Charging, Filling
from sources.contract import Cursor, Gap, Page, Source, SourceBusy, SourceError, SourceRefused, SourceUnavailable

log = logging.getLogger("listener.gaps")

TASK = "fill"
MOST_STEPS = 10
"""Steps of one turn: the polls of the same credential go first, and wait for no more than these."""

MOST_TRIES = 12
"""Failed tries without a step forward before a gap is given up. While the source itself fails, none is made."""

MOST_LOOKED_AT = 500
REFUSED_PAUSE = timedelta(hours=24)
NOBODY_CAN = "no configured source can read it back"
COSTS = "it is not read back, since its service charges for what it shows"
NOT_ASKED = "no brand asks for it any more"
NO_STEP_FORWARD = "the service shows no more of it"


class Walk(Struct, frozen=True):
    """How far a gap has been read: the asks that are left, and where the first of them stands."""

    asks: tuple[str, ...]
    cursor: Cursor | None = None


class GapFiller:
    """Fills gaps in the turn of the credential that reads them, so that each service's limits are kept."""

    def __init__(
        self,
        *,
        store: Store,
        engine: Engine,
        sources: Mapping[str, Source],
        asks: Callable[[Source], Sequence[str]],
        retention: timedelta,
        clock: Callable[[], datetime],
        jitter: Random,
    ) -> None:
        self._store = store
        self._engine = engine
        self._sources = sources
        self._plan = asks
        self._planned: dict[str, Sequence[str]] = {}  # planning takes milliseconds, and hundreds of gaps may wait
        self._retention = retention
        self._clock = clock
        self._jitter = jitter
        self._fillers = who_does(sources, lambda source: isinstance(source, Filling))

    def start(self) -> None:
        """Opens gaps again for which the configuration now has a source that can read them back."""
        with self._store.write() as tx:
            gaps.reconsider(tx, self._fillers, self._clock())

    def queue(self, only: Collection[str] | None = None) -> None:
        """One job for each credential that has a gap to fill; what nothing can fill is told in the ledger."""
        now = self._clock()
        with self._store.read() as tx:
            due = self._due(tx, now, only)
            if not due:
                return
            hopeless = {gap.id: why for gap in due if (why := self._why_not(gap, now))}
            known = jobs.busy_keys(tx, TASK)
        ready = [gap for gap in due if gap.id not in hopeless]
        credentials = dict.fromkeys(self._sources[self._fillers[gap.source]].credential for gap in ready)
        with self._store.write() as tx:
            for gap in due:
                if gap.id in hopeless:
                    gaps.put_off(tx, gap, gap.tries, None, hopeless[gap.id])
            for credential in credentials:
                if f"drain:{credential}" not in known:
                    args = {"credential": credential, "only": None if only is None else list(only)}
                    # the key of the credential's polls: never both at once
                    self._engine.enqueue(tx, TASK, args, key=f"drain:{credential}", priority=-1)

    async def run(self, args: Mapping[str, Any]) -> None:
        """The engine's handler of TASK: a few steps of the credential's gaps, the newest gap first."""
        credential, only = str(args["credential"]), args.get("only")
        for _ in range(MOST_STEPS):
            gap = self._take(credential, only)
            if gap is None:
                return
            await self._step(gap)

    def _take(self, credential: str, only: Collection[str] | None) -> KeptGap | None:
        now = self._clock()
        with self._store.write() as tx:
            for gap in self._due(tx, now, only):
                if self._credential_of(gap) == credential and not self._why_not(gap, now):
                    again_at = next_attempt(gap.tries + 1, None, now, self._jitter)
                    return gap if gaps.begin_try(tx, gap, again_at) else None
        return None

    async def _step(self, gap: KeptGap) -> None:
        filler = self._sources[self._fillers[gap.source]]
        walk = msgspec.json.decode(gap.cursor, type=Walk) if gap.cursor else Walk(tuple(self._asks_of(gap)))
        try:
            page = await self._fill(filler, walk, gap)
        except SourceBusy as busy:
            self._wait(gap, filler, busy)
        except SourceError as error:
            self._failed(gap, str(error), REFUSED_PAUSE if isinstance(error, SourceRefused) else None)
        else:
            self._keep(gap, filler, walk, page)

    async def _fill(self, filler: Source, walk: Walk, gap: KeptGap) -> Page:
        """Asks; a defect of a source fails like its service, as a poll does."""
        assert isinstance(filler, Filling)
        stretch = Gap(since=gap.since, until=gap.until or gap.noticed_at, why=gap.why)
        try:
            return await filler.fill(walk.asks[0], stretch, walk.cursor, self._clock())
        except SourceError:
            raise
        except Exception as error:
            log.error("a source broke its contract", extra={"source": filler.name}, exc_info=True)
            raise SourceUnavailable(f"reading it failed with {type(error).__name__}; the log has more") from error

    def _keep(self, gap: KeptGap, filler: Source, walk: Walk, page: Page) -> None:
        """Keeps what a step brought with how far it came, or neither."""
        now = self._clock()
        stands = page.more and page.cursor == (walk.cursor or "")
        if stands and page.next_check and not (page.posts or page.gaps):  # the source keeps a pause, and did not ask
            with self._store.write() as tx:
                gaps.put_off(tx, gap, gap.tries, now + page.next_check, gap.trouble)
            return
        narrower = [one for one in page.gaps if not _as_wide(one, gap)]
        stuck = len(narrower) < len(page.gaps) or stands
        if stuck:
            why = next((one.why for one in page.gaps if _as_wide(one, gap)), NO_STEP_FORWARD)
            self._failed(gap, why, None, filler, page)
            return
        left = Walk(walk.asks, page.cursor) if page.more else Walk(walk.asks[1:])
        with self._store.write() as tx:
            if left.asks:
                cursor = msgspec.json.encode(left).decode()
                moved = gaps.go_on(tx, gap, cursor, now + (page.next_check or timedelta(0)))
            else:
                moved = gaps.close(tx, gap, now)
            if moved:
                self._put(tx, filler, page, now)
                gaps.put_gaps(tx, gap.source, gap.ask, narrower, now, but=gap.id)

    def _put(self, tx: Tx, filler: Source, page: Page, now: datetime) -> None:
        take_in(tx, self._engine, filler.name, page.posts, now, first_reading=False)
        kept.tombstone_posts(tx, [change.key for change in page.changes if change.deleted], now)

    def _failed(
        self, gap: KeptGap, why: str, pause: timedelta | None, filler: Source | None = None, page: Page | None = None
    ) -> None:
        """Tries again later, or gives the gap up for good, as people can see. What was read all the same is kept."""
        now, tries = self._clock(), gap.tries + 1
        given_up = tries >= MOST_TRIES
        again_at = now + pause if pause else next_attempt(tries, None, now, self._jitter)
        trouble = f"given up after {tries} tries: {why}" if given_up else why
        with self._store.write() as tx:
            if filler is not None and page is not None:
                self._put(tx, filler, page, now)
            gaps.put_off(tx, gap, tries, None if given_up else again_at, trouble)
        log.warning("a gap could not be filled", extra={"source": gap.source, "tries": tries, "error": why})

    def _wait(self, gap: KeptGap, filler: Source, busy: SourceBusy) -> None:
        """The service asks for patience, of polls too; that is no failure of the gap."""
        now = self._clock()
        until = next_attempt(gap.tries + 1, busy.retry_after, now, self._jitter)
        with self._store.write() as tx:
            states.block_credential(tx, filler.credential, until)
            gaps.put_off(tx, gap, gap.tries, until, str(busy))

    def _credential_of(self, gap: KeptGap) -> str | None:
        filler = self._fillers.get(gap.source)
        return None if filler is None else self._sources[filler].credential

    def _due(self, tx: Tx, now: datetime, only: Collection[str] | None) -> list[KeptGap]:
        """The gaps to try now, but for those of sources that fail or wait: these keep no others back."""
        readers = {source: self._fillers[source] for source in gaps.due_sources(tx, now) if source in self._fillers}
        asked = {
            reader
            for reader in set(readers.values())
            if (only is None or reader in only) and states.may_ask(tx, reader, now)
        }
        return gaps.due(
            tx, now, MOST_LOOKED_AT, but=[source for source, reader in readers.items() if reader not in asked]
        )

    def _asks_of(self, gap: KeptGap) -> Sequence[str]:
        """The gap's own ask; where another source stands in, all of that one's."""
        filler = self._fillers[gap.source]
        return [gap.ask] if filler == gap.source else self._asks(filler)

    def _asks(self, filler: str) -> Sequence[str]:
        if filler not in self._planned:
            self._planned[filler] = self._plan(self._sources[filler])
        return self._planned[filler]

    def _why_not(self, gap: KeptGap, now: datetime) -> str:
        """Why nothing can read the gap back, "" where something can."""
        filler = self._fillers.get(gap.source)
        if filler is None:
            return NOBODY_CAN
        if isinstance(self._sources[filler], Charging):
            return COSTS
        if (gap.until or gap.noticed_at) <= now - self._retention:
            return f"it is older than what is kept ({self._retention.days} days)"
        asks = self._asks(filler)
        return "" if asks and (filler != gap.source or gap.ask in asks) else NOT_ASKED


def _as_wide(left: Gap, gap: KeptGap) -> bool:
    """Whether what stays unread is all of the gap: nothing was gained then."""
    since_too = left.since is None or (gap.since is not None and left.since <= gap.since)
    return since_too and (left.until is None or left.until >= (gap.until or gap.noticed_at))
