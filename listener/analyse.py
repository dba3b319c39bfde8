"""The way of a batch from the inbox to mentions, alerts, tickets and deliveries, in one transaction."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from alerts.alert import AlertIntent, ReadMention
from alerts.policy import Route, alert_intents
from listener.engine.contract import GiveUp
from listener.health import Health
from listener.store import Store, Tx, alerts, inbox, mentions, outbox, tickets
from rules.analysis import Read

log = logging.getLogger("listener.analyse")

MOST_TRIES = 3
"""Tries of one batch before it is set aside with its reason, so that one poisonous post stops nothing."""


class Reader(Protocol):
    """Whoever runs rules.analysis.analyse_batch: this process or another."""

    async def analyse(self, posts: bytes, setup: bytes, seen_by: str, now_iso: str) -> bytes: ...


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
        setup: Callable[[], bytes],
        routes: Mapping[str, Route],
        health: Health,
        max_age: timedelta,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._reader = reader
        self._setup = setup
        self._routes = routes
        self._health = health
        self._max_age = max_age
        self._clock = clock

    async def run(self, args: Mapping[str, Any]) -> None:
        """The engine's handler of task "analyse": {"batch": id}."""
        with self._store.write() as tx:
            batch = inbox.take(tx, int(args["batch"]))
        if batch is None:
            return  # done before: the job was only not yet ended
        now = self._clock()
        try:
            answer = await self._reader.analyse(batch.posts, self._setup(), batch.source, now.isoformat())
        except Exception as error:
            if batch.tries < MOST_TRIES:
                raise
            why = f"{type(error).__name__}: {error}"
            with self._store.write() as tx:
                inbox.set_aside(tx, batch.id, why, now)
                self._health.tell_set_aside(tx, batch.source, batch.id, why, now)
            raise GiveUp(
                f"batch {batch.id} of {batch.source} was set aside after {batch.tries} tries: {why}"
            ) from error
        reads = msgspec.json.decode(answer, type=list[Read])
        with self._store.write() as tx:
            if not inbox.remove_batch(tx, batch.id):
                return
            self.keep(tx, reads, batch.source, batch.first_reading, now)

    def keep(self, tx: Tx, reads: Sequence[Read], seen_by: str, first_reading: bool, now: datetime) -> Outcome:
        """Keeps readings and what they call for, in the caller's transaction."""
        for read in reads:
            for trouble in read.troubles:
                log.warning(
                    "part of a post could not be read",
                    extra={"post": str(read.post.key), "part": trouble.part, "error": trouble.why},
                )
        result = mentions.put_results(tx, reads, seen_by, first_reading, now)
        intents, held = alert_intents(result.new, self._routes, now, self._max_age)
        mentions.hold(tx, held)
        self._tell(tx, intents, {mention.id: mention for mention in result.new}, now)
        return Outcome(new=len(result.new), updated=len(result.updated), alerts=len(intents), held=len(held))

    def _tell(self, tx: Tx, intents: Sequence[AlertIntent], new: Mapping[int, ReadMention], now: datetime) -> None:
        for told in alerts.put_alerts(tx, intents, now):
            lead = new.get(told.lead_mention_id) or mentions.get_mention(tx, told.lead_mention_id)
            if told.tickets and lead is not None:
                tickets.open_ticket(
                    tx,
                    key=told.key,
                    alert_id=told.alert_id,
                    mention=lead,
                    title=lead.post.title or lead.post.text,
                    reason="; ".join(rule.reason for rule in lead.rules),
                    severity=told.severity,
                    now=now,
                )
            for channel in told.channels_to_tell:
                outbox.put_delivery(
                    tx,
                    key=f"alert:{told.alert_id}:{channel}:{told.severity}",
                    channel=channel,
                    kind="alert",
                    payload={"alert": told.alert_id},
                    severity=told.severity,
                    now=now,
                )
