"""The desk by the clock: promises that run out, answers that were given elsewhere, and tickets that can be closed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from listener.desk.changes import record_answer
from listener.desk.rules import DeskRules
from listener.desk.working import Working
from listener.store import Store, Tx
from listener.store.statements import one_at_a_time
from listener.store.ticket_clocks import answered_elsewhere, to_look_at
from listener.store.tickets import get_ticket

log = logging.getLogger("listener.desk.opening")

LOOK_EVERY = timedelta(minutes=1)
MOST_AT_ONCE = 200
"""Tickets in one transaction: nobody else writes meanwhile."""


class DeskClock:
    """Looks at the tickets whose time has come. What it tells is kept with it, so a restart tells nothing twice."""

    def __init__(self, store: Store, rules: DeskRules, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._rules = rules
        self._clock = clock

    async def round(self) -> None:
        """Looks, without keeping the event loop from other work."""
        await asyncio.to_thread(self.look)

    def look(self) -> int:
        """Does what is due by now; gives how many tickets had something. Two small questions where none has."""
        done = 0
        while True:
            now = self._clock()
            with self._store.read() as tx:
                waiting = bool(to_look_at(tx, now, 1) or answered_elsewhere(tx, 1))
            if not waiting:
                return done
            with self._store.write() as tx:
                some = self._look(tx, now)
            done += some
            if not some:
                return done

    def _look(self, tx: Tx, now: datetime) -> int:
        one_at_a_time(tx, "tickets")
        answers = answered_elsewhere(tx, MOST_AT_ONCE)
        for one in answers:  # before the clocks: what was answered in time is not late
            record_answer(tx, self._rules, one.ticket, by=one.by, via=one.channel, at=one.at, now=now)
        due = to_look_at(tx, now, MOST_AT_ONCE)
        for number in due:
            ticket = get_ticket(tx, number, limit=1)
            if ticket is None:
                continue
            working = Working(tx, self._rules, ticket, now)
            if working.status == "solved":
                working.solve("", closed=True, by="")
            else:
                working.put(look_at=None)  # what the clocks told is gathered already; when they speak next is kept
            events = working.finish()
            log.info("a ticket's clock was looked at", extra={"ticket": number, "events": [one.what for one in events]})
        return len(answers) + len(due)
