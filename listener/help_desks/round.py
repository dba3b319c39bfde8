"""Mirrors the status of tickets back from the help desks, a batch of each desk at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random

from alerts.contract import DeliveryFailed
from alerts.desks.contract import TicketDesk
from alerts.desks.settings import HelpDeskSettings
from listener.delivery.next_attempt import next_attempt
from listener.handling.acting import Acting
from listener.store import Store, Tx, desk_tickets, handling
from listener.store.desk_tickets import Turned

log = logging.getLogger("listener.help_desks.handing_on")

LOOK_EVERY = timedelta(minutes=1)
"""How often it is seen whether a desk is due; how often each is asked is its own setting."""

REOPENED_WITHIN = timedelta(days=14)
"""How long after its closing a ticket is still asked for, since people open them again."""


class DeskRound:
    """Asks each desk for those of its tickets that were not asked for within its `every`, longest ago first."""

    def __init__(
        self,
        desks: Mapping[str, TicketDesk],
        settings: Mapping[str, HelpDeskSettings],
        *,
        store: Store,
        clock: Callable[[], datetime],
        jitter: Random,
    ) -> None:
        self._desks = desks
        self._settings = settings
        self._store = store
        self._clock = clock
        self._jitter = jitter
        self._failures: dict[str, int] = {}
        self._not_before: dict[str, datetime] = {}

    async def look_at_due(self) -> None:
        """One question or batch of them to each desk that is due; a desk that fails is left alone for a while."""
        for name in self._desks:
            now = self._clock()
            if name not in self._not_before or now >= self._not_before[name]:
                await self._look(name, now - self._settings[name].every)

    async def look_at_all(self, names: Collection[str] = ()) -> dict[str, str]:
        """Asks for every ticket of these desks (of all, if none is named) now; gives what failed, by desk."""
        failed: dict[str, str] = {}
        for name in names or self._desks:
            began = self._clock() - timedelta(microseconds=1)  # what is looked at from now on is behind us
            while (error := await self._look(name, began)) is None:
                pass
            if error:
                failed[name] = error
        return failed

    async def _look(self, name: str, before: datetime) -> str | None:
        """Asks once. None where there may be more to ask for; "" where there is not; else what failed."""
        desk, now = self._desks[name], self._clock()
        with self._store.read() as tx:
            asked = desk_tickets.to_look_at(
                tx, name, before=before, closed_since=now - REOPENED_WITHIN, limit=desk.most_asked
            )
        if not asked:
            return ""
        try:
            told = await desk.status([one.id for one in asked])
        except DeliveryFailed as error:
            self._put_off(name, error)
            return str(error)
        with self._store.write() as tx:
            turned = desk_tickets.put_statuses(tx, asked, told, self._clock())
            if self._settings[name].close_alerts:
                self._act(tx, name, turned)
        self._mended(name)
        return None if len(asked) == desk.most_asked else ""

    def _act(self, tx: Tx, name: str, turned: Sequence[Turned]) -> None:
        """A ticket that was closed resolves its alert, one that was opened again opens it; their messages show it."""
        now = self._clock()
        for one in turned:
            number, state = one.ticket.alert_id, one.ticket.state
            stands = handling.states(tx, [number])[number].state_at(now)
            if state == "closed" and stands not in ("resolved", "noise"):
                Acting().act(tx, number, "resolve", f"{name} {one.ticket.shown}", "desk", now)
            elif state == "open" and one.before == "closed" and stands == "resolved":
                Acting().act(tx, number, "reopen", f"{name} {one.ticket.shown}", "desk", now)

    def _put_off(self, name: str, error: DeliveryFailed) -> None:
        failures = self._failures.get(name, 0) + 1
        self._failures[name] = failures
        self._not_before[name] = next_attempt(failures, error.retry_after, self._clock(), self._jitter)
        if failures == 1:
            log.warning("a desk does not tell the status of its tickets", extra={"desk": name, "error": str(error)})

    def _mended(self, name: str) -> None:
        self._not_before.pop(name, None)
        if self._failures.pop(name, 0):
            log.info("a desk tells the status of its tickets again", extra={"desk": name})
