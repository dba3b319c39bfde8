"""The way of a post from its service into the inbox: what is asked, what is kept, what a failure means."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random

from msgspec import Struct

from listener.delivery.next_attempt import spread
from listener.engine.contract import Engine
from listener.gathered_writes import GatheredWrites
from listener.page_keeping import keep_page
from listener.purse import OverBudget, Purse, Reservation
from listener.resting import RestingAsks
from listener.store import Store, StoreUnavailable, Tx
from listener.store import sources as states
from listener.store.turns import GoodTurn
from listener.turn_beginnings import Beginnings, Begun, Next
from listener.turns import POLLS, Turns
from sources.abilities import Charging
from sources.contract import (
    EVERYTHING,
    Cursor,
    Page,
    Source,
    SourceBusy,
    SourceError,
    SourceRefused,
    SourceUnavailable,
)
from sources.query import Query

log = logging.getLogger("listener.poll")

MOST_PAGES = 60
"""Pages of one ask in one turn; a longer walk goes on at the next turn, so that no source holds the others up."""


class Asked(Struct, frozen=True, kw_only=True):
    """What one turn of one source came to."""

    source: str
    posts: int
    more: bool
    errors: Sequence[str]
    notes: Sequence[str]


class _Came(Struct, frozen=True):
    """A page that is to be kept, and where its source stood when it was read."""

    source: str
    ask: str
    stood: tuple[Cursor, int] | None
    page: Page
    held: Reservation | None


def asks_of(source: Source, queries: Sequence[Query]) -> list[str]:
    """What the source will be asked for the queries, each ask once: brands that need the same search share it."""
    if not source.searchable:
        return [EVERYTHING]
    return list(dict.fromkeys(ask for query in queries for ask in source.plan(query).asks))


class Poller:
    """Reads sources page by page; each page and the cursor that covers it are kept in one transaction."""

    def __init__(
        self,
        *,
        store: Store,
        engine: Engine,
        sources: Mapping[str, Source],
        intervals: Mapping[str, timedelta],
        queries: Mapping[str, Query],
        turns: Turns,
        clock: Callable[[], datetime],
        jitter: Random,
    ) -> None:
        self._store = store
        self._engine = engine
        self._purse = Purse(store, clock)
        self._sources = sources
        self._sharing = Counter(source.credential for source in sources.values())
        self._intervals = intervals
        self._queries = queries
        self._turns = turns
        self._streamed: Mapping[str, Collection[str]] = {}
        self._clock = clock
        self._jitter = jitter
        self._resting = RestingAsks(jitter)
        self._writes = GatheredWrites(store)
        self._beginnings = Beginnings(sources=sources, intervals=intervals, asks=self.asks, clock=clock, jitter=jitter)

    async def drain(self, credential: str, only: Collection[str] | None = None) -> list[Asked]:
        """Reads every source of the credential that is due, one after the other; of these alone, if `only` is told."""
        turns: list[Asked] = []
        with self._writes.writer():
            while (begun := await self._begin(credential, only)) is not None:
                source = self._sources[begun.source]
                try:
                    if self.asks(source) or source.name not in self._streamed:
                        turns.append(await self.poll(source, begun))
                except asyncio.CancelledError:
                    self._ask_first(source.name)
                    raise
                if self._sharing[credential] == 1 and turns and not turns[-1].more:
                    break  # nothing else can be due: a thousand feeds on hosts of their own need no second look
        return turns

    async def _begin(self, credential: str, only: Collection[str] | None) -> Begun | None:
        beginning = self._writes.ask(self._beginnings.begin, Next(credential, only))
        try:
            return await beginning
        except asyncio.CancelledError:
            if beginning.done() and not beginning.cancelled() and not beginning.exception():
                begun = beginning.result()
                if begun is not None:
                    self._ask_first(begun.source)
            raise

    def _ask_first(self, source: str) -> None:
        """A stop came in the middle of a turn, after its next check was set: the next start goes on with it."""
        with contextlib.suppress(StoreUnavailable), self._store.write() as tx:
            states.schedule_next(tx, source, self._clock())

    def asks(self, source: Source) -> list[str]:
        """What the source will be asked for all brands, but for what is streamed."""
        streamed = self._streamed.get(source.name, ())
        return [ask for ask in asks_of(source, list(self._queries.values())) if ask not in streamed]

    def leave_to_streams(self, streamed: Mapping[str, Collection[str]]) -> None:
        """From now on these asks (by source) are read as they come, and are not polled."""
        self._streamed = streamed

    def interval(self, source: str) -> timedelta:
        """How often the source is asked."""
        return self._intervals[source]

    async def poll(self, source: Source, begun: Begun | None = None) -> Asked:
        """One turn of one source: each ask read on from its cursor. A failing ask stops no other.

        `begun` holds where the first ask stands, as it was read a moment ago.
        """
        posts, more = 0, False
        went_well, stopped = False, False
        failed: dict[str, SourceError] = {}
        notes: list[str] = []
        wishes: list[timedelta] = []
        for place, ask in enumerate(self.asks(source)):
            resting = self._resting.error(source.name, ask, self._clock())
            if resting is not None:
                failed[ask] = resting
                continue
            try:
                read, unfinished, wish = await self._read_on(source, ask, notes, begun if place == 0 else None)
                posts += read
                went_well = True
                more = more or unfinished
                wishes += [wish] if wish else []
            except (SourceBusy, OverBudget) as error:
                failed[ask] = error
                stopped = True
                break  # the credential is asked to be patient: its other asks would only be refused too
            except SourceError as error:
                failed[ask] = error
        errors = list(failed.values())
        partly = went_well and not stopped
        self._resting.take_in(source.name, failed, partly, self._clock())
        await self._record(source, posts, more, errors, notes, max(wishes, default=None), partly)
        return Asked(source=source.name, posts=posts, more=more, errors=[str(error) for error in errors], notes=notes)

    async def _read_on(
        self, source: Source, ask: str, notes: list[str], begun: Begun | None
    ) -> tuple[int, bool, timedelta | None]:
        posts = 0
        wish: timedelta | None = None
        for place in range(MOST_PAGES):
            stood = begun.stood if begun and place == 0 else self._cursor(source, ask)
            page, held = await self._fetch(source, ask, stood[0] if stood is not None else None)
            if not await self._keep(source, ask, stood, page, held):
                log.warning("another process reads this source", extra={"source": source.name})
                return posts, False, wish
            posts += len(page.posts)
            notes.extend(page.notes)
            wish = page.next_check or wish
            if not page.more:
                return posts, False, wish
            if page.next_check:
                return posts, True, wish  # there is more, and the service wants a pause before it gives it
        return posts, True, wish

    def _cursor(self, source: Source, ask: str) -> tuple[Cursor, int] | None:
        with self._store.read() as tx:
            return states.get_cursor(tx, source.name, ask)

    async def _keep(
        self, source: Source, ask: str, stood: tuple[Cursor, int] | None, page: Page, held: Reservation | None
    ) -> bool:
        brings = page.posts or page.changes or page.departures or page.gaps
        unchanged = stood is not None and page.cursor == stood[0] and not brings
        if unchanged and held is None:
            return True  # a feed that has not changed: nothing is there to be written
        return await self._writes.surely(self._keep_all, _Came(source.name, ask, stood, page, held))

    def _keep_all(self, tx: Tx, came: Sequence[_Came]) -> list[bool]:
        kept = []
        for one in came:
            self._purse.settle(tx, one.held, one.page.usd)  # it was paid for, whoever keeps it
            kept.append(keep_page(tx, self._engine, one.source, one.ask, one.stood, one.page, self._clock()))
        return kept

    async def _fetch(self, source: Source, ask: str, cursor: Cursor | None) -> tuple[Page, Reservation | None]:
        """Asks, where the service takes money only after setting it aside; gives what is set aside, too.

        A defect of a source fails like its service, so that it is told and stops no other.
        """
        held: Reservation | None = None
        try:
            if isinstance(source, Charging):
                held = self._purse.reserve(source, source.budget, source.most_usd(ask, cursor))
            return await source.fetch(ask, cursor, self._clock()), held
        except SourceError as error:
            self._purse.failed(held, error)
            raise
        except StoreUnavailable:
            raise
        except Exception as error:
            log.error("a source broke its contract", extra={"source": source.name}, exc_info=True)
            raise SourceUnavailable(f"reading it failed with {type(error).__name__}; the log has more") from error

    async def _record(
        self,
        source: Source,
        posts: int,
        more: bool,
        errors: Sequence[SourceError],
        notes: Sequence[str],
        wish: timedelta | None,
        partly: bool,
    ) -> None:
        now = self._clock()
        every = self._intervals[source.name]
        next_at = now + (wish or timedelta(0)) if more else now + spread(max(every, wish or every), self._jitter)
        if errors:
            self._turns.failed(source, POLLS, now, posts, next_at, errors, self._refused(source, errors), partly=partly)
        else:
            told = "; ".join(dict.fromkeys(notes))
            turn = GoodTurn(source=source.name, at=now, posts=posts, next_at=next_at, notes=told)
            await self._writes.surely(self._turns.polls_went_well, turn)

    def _refused(self, source: Source, errors: Sequence[SourceError]) -> SourceRefused | None:
        """The refusal, where nothing else came of the turn: one closed instance of three is trouble and no refusal."""
        held = next((error for error in errors if isinstance(error, OverBudget)), None)
        if held is not None:
            return held  # whatever else came of the turn: nothing more is asked
        refusals = [error for error in errors if isinstance(error, SourceRefused)]
        return refusals[0] if refusals and len(refusals) == len(self.asks(source)) else None
