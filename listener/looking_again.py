"""Looks at kept posts again some days later: what was deleted is wiped here too, what was edited is read anew."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any, cast

from msgspec import Struct

from listener.delivery.next_attempt import next_attempt
from listener.engine.contract import Engine
from listener.purse import Purse, Reservation
from listener.standing_in import who_does
from listener.store import Store, jobs, rechecking
from listener.store import mentions as kept
from listener.store import sources as states
from listener.store.rechecking import AGES, ON_REQUEST, Stretch
from listener.taking_in import take_in
from sources.abilities import Charging, Rechecking, RecheckingByLink
from sources.contract import Page, Source, SourceBusy, SourceError, SourceUnavailable
from sources.post import PostKey

log = logging.getLogger("listener.recheck")

TASK = "recheck"
MOST_STEPS = 10
"""Requests of one turn: the polls of the same credential go first, and wait for no more than these."""

MOST_TRIES = 8
"""Failed tries in a row before the rest is left to the next night."""

STUCK_FOR = timedelta(hours=40)
"""After so long without a step, posts that will not be shown are passed over, so that those behind them need not wait:
a second night. The next age looks at them again.
"""

ONE_SECONDS = 20.0
"""For the last look before somebody is woken: longer is not waited."""

SLOW_FOR = timedelta(minutes=2)
"""A service that did not answer such a look is not waited for again so soon: others are to be woken, too."""


class Looked(Struct, frozen=True, kw_only=True):
    """What a walk over kept posts came to. `trouble`: why it ended before its end."""

    source: str
    posts: int = 0
    deleted: int = 0
    edited: int = 0
    trouble: str = ""


class LookingAgain:
    """Walks over kept posts through the sources that can look at them again, each in its credential's turn."""

    def __init__(
        self,
        *,
        store: Store,
        engine: Engine,
        sources: Mapping[str, Source],
        clock: Callable[[], datetime],
        jitter: Random,
    ) -> None:
        self._store = store
        self._engine = engine
        self._sources = sources
        self._clock = clock
        self._jitter = jitter
        self._purse = Purse(store, clock)
        self._slow_until: dict[str, datetime] = {}
        self._unshown: set[str] = set()  # the sources whose last step failed, and these posts may be why
        self._seen_by: dict[str, list[str]] = {}
        for name, by in who_does(sources, lambda source: isinstance(source, Rechecking | RecheckingByLink)).items():
            self._seen_by.setdefault(by, []).append(name)

    @property
    def able(self) -> tuple[str, ...]:
        """The names of the sources that look at posts again, for themselves or for others too."""
        return tuple(self._seen_by)

    def queue(self) -> None:
        """One job for each source that can look again and has none; each goes on until nothing of any age is left."""
        with self._store.write() as tx:
            busy = {args["source"] for args in jobs.waiting_args(tx, TASK)}
            for name in self._seen_by:
                if name not in busy:
                    self._enqueue(tx, name, 0, self._clock())

    async def run(self, args: Mapping[str, Any]) -> None:
        """The engine's handler of TASK: some steps of one source; it queues itself again while more is left."""
        name, tries = str(args["source"]), int(args["tries"])
        if name not in self._seen_by:
            return
        now = self._clock()
        with self._store.read() as tx:
            well = states.may_ask(tx, name, now)
        for _ in range(MOST_STEPS):
            looked = await self._any_age(name) if well else Looked(source=name, trouble="the source is not well now")
            if looked is None:
                return
            tries = tries + 1 if looked.trouble else 0
            if looked.trouble:
                log.warning("posts could not be looked at again", extra={"source": name, "error": looked.trouble})
                break
        if tries >= MOST_TRIES and well and name in self._unshown:
            tries = 0 if self._pass_over(name) else tries
        if tries < MOST_TRIES:
            again_at = next_attempt(tries, None, self._clock(), self._jitter) if tries else self._clock()
            with self._store.write() as tx:
                self._enqueue(tx, name, tries, again_at)

    async def one_now(self, key: PostKey, link: str, seen_by: Collection[str]) -> bool | None:
        """Looks at one kept post, because somebody is about to be woken for it; whether it is still there.

        None where that could not be asked: no source can, it is not well, its turn is running, or it is too slow.
        """
        now = self._clock()
        name = next((name for name, sources in self._seen_by.items() if not set(sources).isdisjoint(seen_by)), "")
        if not name or self._slow_until.get(name, now) > now:
            return None
        source = self._sources[name]
        assert isinstance(source, Rechecking | RecheckingByLink)
        with self._store.read() as tx:
            if not states.may_ask(tx, name, now) or f"drain:{source.credential}" in jobs.busy_keys(tx, "drain"):
                return None
        try:
            async with asyncio.timeout(ONE_SECONDS):
                page, held = await self._look(source, Stretch(links={key: link}, after=0, until=0, last=True))
        except (SourceError, TimeoutError) as error:
            self._slow_until[name] = self._clock() + SLOW_FOR
            if isinstance(error, SourceBusy):
                until = next_attempt(1, error.retry_after, self._clock(), self._jitter)
                with self._store.write() as tx:
                    states.block_credential(tx, source.credential, until)
            log.warning("a post could not be looked at", extra={"source": name, "error": str(error) or "too slow"})
            return None
        gone = [change.key for change in page.changes if change.deleted and change.key == key]
        with self._store.write() as tx:
            self._purse.settle(tx, held, page.usd)
            kept.tombstone_posts(tx, gone, now)
        return not gone

    async def all_now(self, only: Collection[str]) -> list[Looked]:
        """Looks at all that is kept, of any age, because a person asked; one Looked a source that can."""
        found = []
        for name in [name for name in self._seen_by if name in only]:
            with self._store.write() as tx:
                rechecking.begin_anew(tx, name, self._clock())
            total = Looked(source=name)
            while True:
                step, last = await self._step(name, ON_REQUEST)
                total = Looked(
                    source=name,
                    posts=total.posts + step.posts,
                    deleted=total.deleted + step.deleted,
                    edited=total.edited + step.edited,
                    trouble=step.trouble,
                )
                if last or step.trouble:
                    break
            found.append(total)
        return found

    async def _any_age(self, name: str) -> Looked | None:
        """One request of the youngest age that has posts left; None where none has."""
        for age in AGES:
            looked, _ = await self._step(name, age)
            if looked.posts or looked.trouble:
                return looked
        return None

    async def _step(self, name: str, age: int) -> tuple[Looked, bool]:
        """Looks at the next posts of an age; what came of it and how far it went are kept together, or neither."""
        now = self._clock()
        source = self._sources[name]
        assert isinstance(source, Rechecking | RecheckingByLink)
        with self._store.read() as tx:
            stretch = rechecking.next_stretch(tx, name, self._seen_by[name], age, now, source.recheck_at_once)
        page, held = Page(), None
        self._unshown.discard(name)
        if stretch.keys:
            try:
                page, held = await self._look(source, stretch)
            except SourceBusy as busy:
                until = next_attempt(1, busy.retry_after, self._clock(), self._jitter)
                with self._store.write() as tx:
                    states.block_credential(tx, source.credential, until)
                return Looked(source=name, trouble=str(busy)), False
            except SourceError as error:
                if isinstance(error, SourceUnavailable):
                    self._unshown.add(name)
                return Looked(source=name, trouble=str(error)), False
        with self._store.write() as tx:
            self._purse.settle(tx, held, page.usd)
            if not rechecking.move(tx, name, age, stretch, now):
                return Looked(source=name), False
            wanted = set(stretch.keys)
            gone = [change.key for change in page.changes if change.deleted and change.key in wanted]
            deleted = kept.tombstone_posts(tx, gone, now)
            alive, edited = rechecking.note_edits(tx, [post for post in page.posts if post.key in wanted])
            take_in(tx, self._engine, name, alive, now, first_reading=False, looked_again=True)
        return Looked(source=name, posts=len(stretch.keys), deleted=deleted, edited=edited), stretch.last

    def _pass_over(self, name: str) -> bool:
        """Leaves the next posts of the youngest age that has some, if they have been in the way for long."""
        now = self._clock()
        at_once = cast(Rechecking | RecheckingByLink, self._sources[name]).recheck_at_once
        with self._store.write() as tx:
            went_on = {state.age_days: state.done_at for state in rechecking.states(tx) if state.source == name}
            for age in AGES:
                stretch = rechecking.next_stretch(tx, name, self._seen_by[name], age, now, at_once)
                if stretch.keys:
                    if now - went_on.get(age, now) < STUCK_FOR:
                        return False
                    log.warning("posts were passed over", extra={"source": name, "posts": len(stretch.keys)})
                    return rechecking.move(tx, name, age, stretch, now)
        return False

    async def _look(self, source: Rechecking | RecheckingByLink, stretch: Stretch) -> tuple[Page, Reservation | None]:
        """Asks, with the money set aside that it may cost; a defect fails like the service, as in a poll."""
        held = None
        if isinstance(source, Source) and isinstance(source, Charging):
            held = self._purse.reserve(source, source.budget, source.most_usd_again(len(stretch.keys)))
        try:
            if isinstance(source, RecheckingByLink):
                return await source.recheck_by_link(stretch.links, self._clock()), held
            return await source.recheck(stretch.keys, self._clock()), held
        except SourceError as error:
            self._purse.failed(held, error)
            raise
        except Exception as error:
            log.error("a source broke its contract", extra={"source": getattr(source, "name", "")}, exc_info=True)
            raise SourceUnavailable(f"reading it failed with {type(error).__name__}; the log has more") from error

    def _enqueue(self, tx: Any, name: str, tries: int, run_after: datetime) -> None:
        # the key of the credential's polls: never both at once
        key = f"drain:{self._sources[name].credential}"
        args = {"source": name, "tries": tries}
        self._engine.enqueue(tx, TASK, args, key=key, priority=-2, run_after=run_after)
