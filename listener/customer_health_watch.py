"""Counts the health of customers, and tells of falls."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from listener.configuration.tables import CustomerHealthSettings
from listener.store import Store, Tx, outbox
from listener.store import customers as directory
from listener.store.customer_health import Counted, counted_last, day_of, keep_health, last_week
from listener.store.erased_customers import erased_ids
from listener.store.notes import fall_key
from listener.store.statements import chunks
from listener.store.timeline import active_customers, told_of
from rules.directory import Customer
from rules.health import Base, Fall, Part, Signals, fall, health
from rules.health_signals import HORIZON, Lengths, renewal_date, signals

log = logging.getLogger("listener")

COUNT_EVERY = timedelta(hours=1)
FALL = "customer-health"
"""The kind of delivery that tells of a fall."""

_MOMENTS = timedelta(seconds=30)
"""By so much two looks may lie closer together than the schedule says; else every other one would be too early."""

_AT_ONCE = 1_000  # customers whose contacts are in memory at a time


class _Fallen(Struct, frozen=True):
    customer: str
    fall: Fall


class CustomerHealthWatch:
    """Counts health once an hour; the last count of a day (UTC) stands for it in the history."""

    def __init__(self, *, store: Store, settings: CustomerHealthSettings, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._settings = settings
        self._weights: Mapping[Part, float] = settings.all_weights
        self._lengths = Lengths(half_life=settings.half_life, renewal_within=settings.renewal_within)
        self._clock = clock

    def look(self) -> int:
        """Counts if it is due; gives for how many customers."""
        now = self._clock()
        with self._store.read() as tx:
            last = counted_last(tx, now)
        if last is not None and now - last < COUNT_EVERY - _MOMENTS:
            return 0
        return self.count()

    def count(self) -> int:
        """Counts the health of every customer of whom anything was heard; gives how many these are."""
        now = self._clock()
        known = self._signals(now)
        base = Base(known.values())
        for some in chunks(list(known), _AT_ONCE):
            with self._store.write() as tx:
                self._keep(tx, some, known, base, now)
        if known:
            log.info("the health of customers was counted", extra={"customers": len(known)})
        return len(known)

    def _signals(self, now: datetime) -> dict[str, Signals]:
        found: dict[str, Signals] = {}
        with self._store.read() as tx:
            active = active_customers(tx, now - HORIZON)
            known = {one.id: one for one in directory.all_customers(tx)} if active else {}
            for some in chunks(active, _AT_ONCE):
                for customer, told in told_of(tx, some, now - HORIZON).items():
                    renewal = renewal_date(self._renewal_field(known[customer]))
                    found[customer] = signals(told.entries, told.tickets, renewal, now, self._lengths)
        return found

    def _renewal_field(self, customer: Customer) -> str:
        return customer.fields.get(self._settings.renewal_field, "")

    def _keep(self, tx: Tx, customers: Sequence[str], known: Mapping[str, Signals], base: Base, now: datetime) -> None:
        erased = erased_ids(tx, customers)  # since it was read what was heard of them
        customers = [one for one in customers if one not in erased]
        week = last_week(tx, customers, now)
        counted: list[Counted] = []
        fallen: list[_Fallen] = []
        for customer in customers:
            kept = week.get(customer, [])
            before = [one.health.score for one in kept if one.day < day_of(now)]
            found = health(known[customer], base, self._weights, before)
            if found is None:
                continue
            fell, told = fall(before, found.score, kept[-1].told_score if kept else None, self._settings.fall)
            counted.append(Counted(customer=customer, day=day_of(now), health=found, counted_at=now, told_score=told))
            if fell is not None:
                fallen.append(_Fallen(customer, fell))
        keep_health(tx, counted)
        for one in fallen:
            self._tell(tx, one, now)

    def _tell(self, tx: Tx, fallen: _Fallen, now: datetime) -> None:
        log.info("a customer's health fell", extra={"customer": fallen.customer, "points": fallen.fall.drop})
        for channel in self._settings.notify:
            outbox.put_delivery(
                tx,
                key=f"{fall_key(fallen.customer)}{now.isoformat()}:{channel}",
                channel=channel,
                kind=FALL,
                payload={"customer": fallen.customer, "start": fallen.fall.start, "end": fallen.fall.end},
                severity="high",
                now=now,
            )
