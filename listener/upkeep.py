"""What listener does beside hearing and telling: fills gaps, looks again, hears silence, counts, forgets."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random

from listener.archiving import Archiving
from listener.config import Config
from listener.customer_health_watch import COUNT_EVERY as COUNT_HEALTH_EVERY
from listener.customer_health_watch import CustomerHealthWatch
from listener.engine.contract import Engine
from listener.gap_filling import TASK as FILL
from listener.gap_filling import GapFiller
from listener.health import Health
from listener.looking_again import TASK as RECHECK
from listener.looking_again import LookingAgain
from listener.schedule import Schedule
from listener.silence_watch import SilenceWatch
from listener.store import Store, heard, purge, requests
from listener.store.customer_health import thin
from listener.store.notes import forget_contacts
from listener.topic_watch import COUNT_EVERY, TopicWatch
from sources.contract import Source

Call = Callable[[], Awaitable[None]]

log = logging.getLogger("listener")

FILL_EVERY = timedelta(seconds=10)
LOOK_FOR_SILENCE_EVERY = timedelta(hours=1)
FILLS_AT_ONCE = 8


class Upkeep:
    """The work that keeps what was heard whole, lawful and of bounded size."""

    def __init__(
        self,
        config: Config,
        *,
        store: Store,
        engine: Engine,
        sources: Mapping[str, Source],
        asks: Callable[[Source], Sequence[str]],
        health: Health,
        received: Collection[str],
        archiving: Archiving,
        clock: Callable[[], datetime],
        jitter: Random,
    ) -> None:
        self._config = config
        self._store = store
        self._clock = clock
        self._archiving = archiving
        self.gaps = GapFiller(
            store=store,
            engine=engine,
            sources=sources,
            asks=asks,
            retention=config.listener.retention,
            clock=clock,
            jitter=jitter,
        )
        self.looking_again = LookingAgain(store=store, engine=engine, sources=sources, clock=clock, jitter=jitter)
        self.silence = SilenceWatch(
            store=store,
            health=health,
            brands=[brand.name for brand in config.brands],
            received=received,
            clock=clock,
        )
        self.topics = TopicWatch(store=store, brands=[brand.name for brand in config.brands], clock=clock)
        self.customer_health = CustomerHealthWatch(store=store, settings=config.customer_health, clock=clock)
        engine.task(FILL, self.gaps.run, timeout_seconds=900, at_once=FILLS_AT_ONCE, can_stop=True)
        engine.task(RECHECK, self.looking_again.run, timeout_seconds=900, at_once=FILLS_AT_ONCE, can_stop=True)

    def start(self) -> None:
        """Takes the configuration into account: gaps that a source can now read back are opened again."""
        self.gaps.start()

    def by_the_clock(self, schedule: Schedule, patient: Callable[[Call], Call]) -> None:
        """Puts its work on the schedule. `patient` makes a call wait for a database that fails."""
        schedule.every(FILL_EVERY, "gaps", patient(self._fill))
        schedule.every(LOOK_FOR_SILENCE_EVERY, "silence", patient(self.watch))
        schedule.every(COUNT_EVERY, "topics", patient(self.count_topics))
        schedule.every(COUNT_HEALTH_EVERY, "customer health", patient(self.count_health))
        schedule.daily(self._config.purge_at, "purge", patient(self._night))

    def queue_fills(self, only: Sequence[str] | None = None) -> None:
        """Queues what there is to read back."""
        self.gaps.queue(only)

    async def watch(self) -> None:
        """Looks for silence; reading weeks of counts takes a moment."""
        await asyncio.to_thread(self.silence.look)

    async def count_topics(self) -> None:
        """Counts what the brands' mentions talk about; reading thousands of them takes a second."""
        await asyncio.to_thread(self.topics.look)

    async def count_health(self) -> None:
        """Counts how customers are doing."""
        await asyncio.to_thread(self.customer_health.look)

    async def _fill(self) -> None:
        self.silence.at_work()
        self.queue_fills()

    async def _night(self) -> None:
        now = self._clock()
        with self._store.write() as tx:
            purged = purge.purge_older(tx, now - self._config.listener.retention)
            requests.forget_answers(tx, now - requests.KEPT)
            heard.forget(tx, now)
            forgotten = forget_contacts(tx, now - self._config.listener.retention)
            thin(tx, now)
        self.looking_again.queue()
        archived = await self._archiving.prune_beside(self._store, now)  # last: of a large archive it takes minutes
        told = {"purged": str(purged), "contacts": forgotten, "archived": archived}
        log.info("old mentions were purged", extra=told)
