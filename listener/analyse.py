"""The way of a batch from the inbox to mentions, alerts, tickets and deliveries, in one transaction."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from alerts.alert import AlertIntent, ReadMention
from alerts.policy import Route, alert_intents
from listener.alerting.deciding import Alerting
from listener.archiving import NOTHING, Archiving
from listener.desk.opening import Desk
from listener.desk.rules import DeskRules
from listener.engine.contract import Engine, GiveUp
from listener.health import Health
from listener.help_desks.handing_on import Desks
from listener.judging_again import judged_again
from listener.store import Store, StoreUnavailable, Tx, alerts, archive, heard, inbox, mentions, outbox
from listener.write_back import WriteBack
from rules.analysis import Read
from rules.rejudging import StandingJudge
from sources.post import Post

log = logging.getLogger("listener.analyse")

MOST_TRIES = 3
"""Failed tries of one batch before it is halved and its halves tried, so that one poisonous post stops no other."""

MOST_STARTS = 20
"""Tries whose end nobody saw: a program may be killed often in the middle of a batch that is not to blame."""


FOUND_LATER = "its author edited it; that was found when it was looked at again"
"""Why nobody is told of a mention that an edit made."""


class Reader(Protocol):
    """Whoever runs the functions of rules.batch: this process or another."""

    async def analyse(self, posts: bytes, setup: bytes, seen_by: str, now_iso: str) -> bytes: ...

    async def judge(self, reads: bytes, setup: bytes, seen_by: str, now_iso: str) -> bytes: ...


class Elsewhere(Protocol):
    """Whoever reads the sentiment of mentions anew, outside this machine; None where nothing changes."""

    async def read(self, reads: Sequence[Read]) -> list[Read] | None: ...


class Outcome(Struct, frozen=True, kw_only=True):
    """What a batch came to."""

    new: int
    updated: int
    alerts: int
    held: int


class Analysis:
    """Reads batches and keeps what they mean. The same batch twice changes nothing the second time."""

    def __init__(
        self,
        *,
        store: Store,
        reader: Reader,
        engine: Engine,
        setup: Callable[[], bytes],
        routes: Mapping[str, Route],
        standing: StandingJudge,
        health: Health,
        alerting: Alerting,
        max_age: timedelta,
        clock: Callable[[], datetime],
        elsewhere: Elsewhere | None = None,
        write_back: WriteBack | None = None,
        desk: Desk | None = None,
        desks: Desks | None = None,
        archiving: Archiving = NOTHING,
    ) -> None:
        self._archiving = archiving
        self._desk = desk or Desk(DeskRules())
        self._desks = desks
        self._write_back = write_back or WriteBack()
        self._elsewhere = elsewhere
        self._store = store
        self._reader = reader
        self._engine = engine
        self._setup = setup
        self._routes = routes
        self._standing = standing
        self._health = health
        self._alerting = alerting
        self._max_age = max_age
        self._clock = clock

    async def run(self, args: Mapping[str, Any]) -> None:
        """The engine's handler of task "analyse": {"batch": id}."""
        with self._store.write() as tx:
            batch = inbox.take(tx, int(args["batch"]))
        if batch is None:
            return  # done before: the job was only not yet ended
        now = self._clock()
        if batch.tries > MOST_STARTS:
            raise self._put_apart(batch, "the program ended in it each time", now)
        try:
            reads = await self._read(batch, now)
            unwanted = await self._unwanted(batch, reads, now)
            with self._store.write() as tx:
                if inbox.remove_batch(tx, batch.id):
                    self.keep(tx, reads, batch.source, batch.first_reading, now, looked_again=batch.looked_again)
                    archive.put_posts(tx, unwanted, batch.source, now)
        except StoreUnavailable:
            raise  # that is the database's trouble, and no fault of the batch
        except Exception as error:
            if batch.tries < MOST_TRIES:
                raise
            raise self._put_apart(batch, f"{type(error).__name__}: {error}", now) from error

    async def read_at_once(self, posts: Sequence[Post], seen_by: str, now: datetime) -> list[Read] | None:
        """Reads posts that are in no inbox, and keeps nothing; None where others are asked, who may take long.

        Raises what the reader raises: the inbox is where a batch has its tries.
        """
        if self._elsewhere is not None:
            return None
        return await self._read_here(msgspec.json.encode(posts), seen_by, self._setup(), now)

    async def _read_here(self, posts: bytes, seen_by: str, setup: bytes, now: datetime) -> list[Read]:
        answer = await self._reader.analyse(posts, setup, seen_by, now.isoformat())
        return msgspec.json.decode(answer, type=list[Read])

    async def _read(self, batch: inbox.Batch, now: datetime) -> list[Read]:
        setup = self._setup()
        reads = await self._read_here(batch.posts, batch.source, setup, now)
        changed = None if self._elsewhere is None else await self._elsewhere.read(reads)
        if changed is None:
            return reads
        answer = await self._reader.judge(msgspec.json.encode(changed), setup, batch.source, now.isoformat())
        return msgspec.json.decode(answer, type=list[Read])

    async def _unwanted(self, batch: inbox.Batch, reads: Sequence[Read], now: datetime) -> Sequence[archive.Unwanted]:
        """What of the batch no brand wants, for the archive; nothing where its source has none."""
        if batch.looked_again or not self._archiving.keeps(batch.source):
            return ()
        wanted = {read.post.key for read in reads}
        return await asyncio.to_thread(self._archiving.left_over, batch.posts, wanted, batch.source, now)

    def _put_apart(self, batch: inbox.Batch, why: str, now: datetime) -> GiveUp:
        """Halves a batch that cannot be read, until the post that is to blame lies alone and is set aside."""
        try:
            posts = msgspec.json.decode(batch.posts, type=list[msgspec.Raw])
        except msgspec.DecodeError:
            posts = []
        middle = len(posts) // 2
        with self._store.write() as tx:
            if not middle:
                inbox.set_aside(tx, batch.id, why, now)
                self._health.tell_set_aside(tx, batch.source, batch.id, why, now)
                fate = "set aside"
            elif inbox.remove_batch(tx, batch.id):
                for half in (posts[:middle], posts[middle:]):
                    encoded = msgspec.json.encode(half)
                    number = inbox.put_batch(
                        tx,
                        batch.source,
                        encoded,
                        len(half),
                        batch.first_reading,
                        batch.received_at,
                        looked_again=batch.looked_again,
                    )
                    self._engine.enqueue(tx, "analyse", {"batch": number}, key=f"analyse:{batch.source}")
                fate = "halved"
            else:
                fate = "read meanwhile"
        return GiveUp(f"batch {batch.id} of {batch.source} was {fate} after {batch.tries} tries: {why}")

    def keep(
        self,
        tx: Tx,
        reads: Sequence[Read],
        seen_by: str,
        first_reading: bool,
        now: datetime,
        *,
        looked_again: bool = False,
    ) -> Outcome:
        """Keeps readings and what they call for, in the caller's transaction.

        `looked_again`: what is new in posts that are kept already is kept too, and nobody is told of it.
        """
        reads = judged_again(tx, self._standing, reads, seen_by, now)
        log_troubles(reads)
        result = mentions.put_results(tx, reads, seen_by, first_reading, now, known_only=looked_again, spoken_only=True)
        if looked_again:
            held = {mention.id: FOUND_LATER for mention in result.new}
            mentions.hold(tx, held)
            return Outcome(new=len(result.brands), updated=len(result.updated), alerts=0, held=len(held))
        if not first_reading:
            heard.count_mentions(tx, seen_by, result.brands, now)
        intents, held = alert_intents(result.new, self._routes, now, self._max_age)
        mentions.hold(tx, held)
        self._tell(tx, intents, {mention.id: mention for mention in result.new}, now)
        return Outcome(new=len(result.brands), updated=len(result.updated), alerts=len(intents), held=len(held))

    def _tell(self, tx: Tx, intents: Sequence[AlertIntent], new: Mapping[int, ReadMention], now: datetime) -> None:
        messages: list[outbox.Message] = []
        made = alerts.put_alerts(tx, intents, now)
        self._alerting.take_in(tx, made, intents, new, now)
        self._desk.take(tx, made, intents, new, now)
        messages += self._desks.messages(tx, made, now) if self._desks else []
        for told in made:
            messages += self._write_back.notes(told, intents, new)
        outbox.put_deliveries(tx, messages, now)


def log_troubles(reads: Iterable[Read]) -> None:
    """Tells the log of each part of a post that could not be read."""
    for read in reads:
        for trouble in read.troubles:
            log.warning(
                "part of a post could not be read",
                extra={"post": str(read.post.key), "part": trouble.part, "error": trouble.why},
            )
