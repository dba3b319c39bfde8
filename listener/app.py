"""The composition root: opens what the configuration names and puts the parts together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from listener.alerting.spike_watch import LOOK_EVERY as SPIKES_EVERY
from listener.analyse import Analysis
from listener.archiving import Archiving
from listener.asked_reading import AskedReading
from listener.config import Config
from listener.configuration.survey import SURVEY_CHANNEL
from listener.deletions import Deletions
from listener.delivery.telling import Telling
from listener.desk.clock import LOOK_EVERY, DeskClock
from listener.desk.opening import Desk
from listener.desk.rules import desk_rules
from listener.desk.telling import TICKET, ticket_maker
from listener.digests.queue import queue_digests
from listener.directories.reading import DirectoryReader
from listener.endpoint import Endpoint
from listener.endpoint_settings import EndpointSettings
from listener.engine.contract import Engine
from listener.engine.local import LocalEngine
from listener.engine.workers import Workers
from listener.handling.acting import Acting
from listener.handling.setup import HandlingSetup
from listener.health import Health
from listener.help_desks.handing_on import Desks
from listener.help_desks.round import DeskRound
from listener.poll import Poller, asks_of
from listener.reader_setup import ReaderSetup
from listener.reading_at_once import ReadingAtOnce
from listener.replies import Replies
from listener.running import patient, work_until
from listener.schedule import Schedule
from listener.store import Store, Tx, jobs, notices, outbox
from listener.store import sources as states
from listener.store.turns import schedule_all
from listener.streams import Streams
from listener.surveys.asking import Surveys
from listener.taking_in import is_behind
from listener.turns import Turns
from listener.upkeep import Upkeep
from listener.write_back import WriteBack
from rules.rejudging import StandingJudge
from sources.abilities import Receiving
from sources.contract import Source
from sources.query import parse

Clock = Callable[[], datetime]

TICK = timedelta(seconds=1)
CONCURRENT_JOBS = 64
DRAINS_AT_ONCE = 32  # services that do not answer leave room for reading and telling
MOST_CREDENTIALS_A_TICK = 500


def wall_clock() -> datetime:
    return datetime.now(UTC)


class App:
    """Everything that works on one configuration and its database, until closed.

    Only one App at a time works on a database (`Store.work_lock`); any number may read it.
    """

    def __init__(
        self,
        config: Config,
        store: Store,
        *,
        clock: Clock = wall_clock,
        jitter: Random | None = None,
        workers: int | None = None,
    ) -> None:
        jitter = jitter or Random()
        self.config = config
        self.store = store
        self.clock = clock
        self.sources: Mapping[str, Source] = {settings.name: settings.open() for settings in config.sources}
        self.told = {name for name, source in self.sources.items() if isinstance(source, Receiving)}
        self.workers = Workers(config.listener.workers if workers is None else workers)
        local = LocalEngine(store, clock, jitter)
        self.engine: Engine = local
        self._recover = local.recover
        self.setup = ReaderSetup(config, store, clock)
        health = Health(config.operator.notify, config.language_of)
        archiving = Archiving.of(config.sources)
        turns = Turns(store, health, jitter)
        queries = {brand.name: parse(brand.query) for brand in config.brands}
        self.poller = Poller(
            store=store,
            engine=self.engine,
            sources=self.sources,
            intervals={settings.name: settings.every for settings in config.sources},
            queries=queries,
            turns=turns,
            clock=clock,
            jitter=jitter,
        )
        self.asked: AskedReading | None = None
        if isinstance(config.reading, EndpointSettings):
            self.asked = AskedReading(Endpoint(config.reading, clock), store, clock)
        self.replies = Replies(config, store=store, clock=clock)
        kinds = {name: source.kind for name, source in self.sources.items()}
        self.desks = Desks(config, store=store, kinds=kinds, clock=clock)
        self.desk_round = DeskRound(self.desks.opened, self.desks.settings, store=store, clock=clock, jitter=jitter)
        self.surveys = Surveys(config, store=store, clock=clock) if config.survey else None
        self.telling = Telling(
            config,
            store=store,
            engine=self.engine,
            health=health,
            kinds=kinds,
            clock=clock,
            jitter=jitter,
            outlets={
                **self.desks.senders,
                **self.replies.senders,
                **({SURVEY_CHANNEL: self.surveys} if self.surveys else {}),
            },
        )
        self.channels, self.notes = self.telling.channels, self.telling.notes
        self.deliverer = self.telling.deliverer
        self.analysis = Analysis(
            store=store,
            reader=self.workers,
            engine=self.engine,
            setup=lambda: self.setup.encoded,
            routes=config.routes(),
            standing=StandingJudge(config.rules_asked()),
            health=health,
            alerting=self.telling.alerting,
            max_age=config.listener.max_age,
            clock=clock,
            elsewhere=self.asked,
            write_back=WriteBack({one.name: one.write_back for one in config.writing_back}),
            desk=Desk(desk_rules(config)),
            desks=self.desks,
            archiving=archiving,
        )
        self.streams = Streams(
            store=store,
            engine=self.engine,
            sources=self.sources,
            queries=queries,
            turns=turns,
            clock=clock,
            jitter=jitter,
            at_once=None if self.asked else ReadingAtOnce(self.analysis, clock),  # others may take long
            archiving=archiving,
        )
        self.desk = DeskClock(store, desk_rules(config), clock)
        self.upkeep = Upkeep(
            config,
            store=store,
            engine=self.engine,
            sources=self.sources,
            asks=lambda source: [*asks_of(source, list(queries.values())), *self.streams.asks.get(source.name, ())],
            health=health,
            received=self.told,
            archiving=archiving,
            clock=clock,
            jitter=jitter,
        )
        self.directories = DirectoryReader(config.directories, store=store, health=health, clock=clock, jitter=jitter)
        self.telling.messages.kinds[TICKET] = ticket_maker(store, clock)
        self.handling = HandlingSetup(
            config,
            store=store,
            acting=Acting(),
            looking_again=self.upkeep.looking_again,
            clock=clock,
            jitter=jitter,
        )
        self.handling.makes(self.telling.messages)
        self.engine.task("drain", self._drain, timeout_seconds=900, at_once=DRAINS_AT_ONCE, can_stop=True)
        self.engine.task("analyse", self.analysis.run, timeout_seconds=600, at_once=self.workers.at_once)
        self.engine.task("delete", Deletions(store, self.engine, clock).run)

    def start(self) -> None:
        """Takes over from whatever ended here before: unfinished work is ready again, the directory is read."""
        with self.store.write() as tx:
            states.sync_sources(
                tx,
                [
                    (name, source.kind, source.credential, None if name in self.told else self.poller.interval(name))
                    for name, source in self.sources.items()
                ],
                self.clock(),
            )
            outbox.release_claims(tx, self.clock())
            notices.look_again(tx, self.clock())
        self._recover()
        self.upkeep.start()
        self.directories.start()
        self.handling.escalating.start()
        self.setup.renew()

    async def poll_once(self, names: list[str], *, mended: bool = True) -> None:
        """One round now: asks the named sources, due or not, and no others; reads what came, tells what is due.

        `mended`: a person named them, so those that were refused, or asked for patience, are asked all the same.
        """
        names = [name for name in names if name not in self.told]
        with self.store.write() as tx:
            for name in names if mended else ():
                states.enable(tx, name)
            schedule_all(tx, dict.fromkeys(names, self.clock()))
        await self._read_directories()
        everything = len(names) == len(self.sources) - len(self.told)
        if everything:
            self.upkeep.silence.at_work()
        self.queue_polls(None if everything else names, len(names))
        await self.engine.run_until_idle(CONCURRENT_JOBS)
        self.upkeep.queue_fills(names)
        await self.engine.run_until_idle(CONCURRENT_JOBS)
        await self.upkeep.watch()
        await self.upkeep.count_topics()
        await self.upkeep.count_health()
        await self.desk.round()
        await self._spikes()
        self.telling.decide(waits_are_over=True)
        await self.handling.escalating.look()
        while self.queue_deliveries():  # a turn of a channel tells a few; one that fails is held and no longer due
            await self.engine.run_until_idle(CONCURRENT_JOBS)

    async def run(self, stop: asyncio.Event) -> None:
        """Works by the clock until `stop` is set; what is under way is finished first.

        Raises OSError where the address of [web] cannot be taken.
        """
        schedule = Schedule(self.config.timezone)
        schedule.every(TICK, "tick", patient(self.tick))
        # the digest too: one that fell due while nothing ran, or the disk was full, is made up for
        schedule.every(timedelta(minutes=1), "customers", patient(self._renew_setup))
        schedule.every(timedelta(minutes=1), "digest made up", patient(self._digest))
        schedule.every(timedelta(minutes=1), "customer directories", patient(self.directories.read_due))
        schedule.every(SPIKES_EVERY, "spikes", patient(self._spikes))
        self.upkeep.by_the_clock(schedule, patient)
        schedule.every(LOOK_EVERY, "desk", patient(self.desk.round))
        self.handling.by_the_clock(schedule, patient)
        schedule.every(LOOK_EVERY, "desks", patient(self.desk_round.look_at_due))
        if self.surveys is not None:
            schedule.every(LOOK_EVERY, "surveys", patient(self.surveys.look))
        if self.config.digest is not None:
            schedule.daily(self.config.digest.at, "digest", patient(self._digest))
        async with self._served() as web, self.handling.sockets.open():
            self.poller.leave_to_streams(self.streams.asks)
            work = self.engine.run(CONCURRENT_JOBS)
            await work_until(stop, work=work, streams=self.streams, schedule=schedule, web=web)

    @asynccontextmanager
    async def _served(self) -> AsyncIterator[asyncio.Task[None] | None]:
        """The HTTP server, where the configuration asks for one."""
        if self.config.web is None:
            yield None
            return
        from listener.web.running import web_server

        async with web_server(
            self.config.web,
            store=self.store,
            engine=self.engine,
            sources=self.sources,
            clock=self.clock,
            rooms=(*self.handling.rooms(), *(self.surveys.rooms() if self.surveys else ())),
        ) as task:
            yield task

    async def tick(self) -> None:
        """Queues what is due by now; nothing more is asked of sources while too much that came in is unread.

        One transaction for all that is looked up, since most ticks find nothing: this is what an idle run costs.
        """
        with self.store.read() as tx:
            polls = [] if is_behind(tx) else self._polls_due(tx, MOST_CREDENTIALS_A_TICK, None)
            deliveries, decisions = self.telling.due(tx), self.telling.decisions_due(tx)
        self._queue_drains(polls)
        self._queue_turns(deliveries)
        if decisions:
            await asyncio.to_thread(self.telling.decide)

    def queue_polls(self, only: Sequence[str] | None = None, most: int = MOST_CREDENTIALS_A_TICK) -> None:
        """One job for each credential that has something due and none queued or running."""
        with self.store.read() as tx:
            free = self._polls_due(tx, most, only)
        self._queue_drains(free, {} if only is None else {"only": list(only)})

    def _polls_due(self, tx: Tx, most: int, only: Sequence[str] | None) -> list[str]:
        due = states.due_credentials(tx, self.clock(), most, only)
        known = jobs.busy_keys(tx, "drain") if due else ()
        return [credential for credential in due if f"drain:{credential}" not in known]

    def queue_deliveries(self) -> bool:
        """One job for each channel that has something to tell, so that none waits for another; False for none."""
        with self.store.read() as tx:
            wanted = self.telling.due(tx)
        self._queue_turns(wanted)
        return bool(wanted)

    def tells(self, channel: str) -> bool:
        """Whether what waits for this channel can be told: it, or the CRM of that name, is configured."""
        return self.telling.tells(channel)

    def queue_digest(self) -> list[str]:
        """Queues the newest whole period of each digest; gives the channels for which that had not been done."""
        return queue_digests(self.config.digests, self.store, self.clock())

    async def close(self) -> None:
        """Frees connections and processes."""
        self.workers.close()
        if self.asked is not None:
            await self.asked.close()
        for source in self.sources.values():
            await source.close()
        await self.telling.close()
        await self.replies.close()
        await self.directories.close()
        await self.desks.close()

    def _queue_drains(self, credentials: list[str], more: Mapping[str, Any] = {}) -> None:
        if credentials:
            with self.store.write() as tx:
                for one in credentials:
                    self.engine.enqueue(tx, "drain", {"credential": one, **more}, key=f"drain:{one}")

    def _queue_turns(self, channels: list[str]) -> None:
        if channels:
            with self.store.write() as tx:
                self.telling.queue(tx, channels)

    async def _drain(self, args: Mapping[str, Any]) -> None:
        await self.poller.drain(str(args["credential"]), args.get("only"))

    async def _spikes(self) -> None:
        await asyncio.to_thread(self.telling.spikes.look)

    async def _digest(self) -> None:
        self.queue_digest()

    async def _read_directories(self) -> None:
        """Asks the customer directories that are due, so that a single round knows who writes."""
        if self.config.directories:
            await self.directories.read_due()
            await self._renew_setup()

    async def _renew_setup(self) -> None:
        await asyncio.to_thread(self.setup.renew)  # 50,000 take two seconds


@asynccontextmanager
async def working(config: Config, **options: Any) -> AsyncIterator[App]:
    """An App that holds the database's work lock, started and closed. Raises StoreUnavailable, StoreBusy."""
    store = Store.open(config.database_url)
    try:
        with store.work_lock():
            app = App(config, store, **options)
            app.start()
            try:
                yield app
            finally:
                await app.close()
    finally:
        store.close()
