"""Keeps each paid source within its monthly budget: priced before it is asked, counted after."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from msgspec import Struct

from listener.store import Store, Tx, spending
from sources.contract import Source, SourceError, SourceRefused

LOOK_AGAIN = timedelta(hours=1)
"""How often a held source sees whether its budget was raised. That costs nothing: the service is not asked."""


class OverBudget(SourceRefused):
    """A request that might pass the month's budget, and is not made. `month`: "2026-11"; `ends`: when it is over."""

    def __init__(self, message: str, month: str, ends: datetime) -> None:
        super().__init__(message, "money")
        self.month = month
        self.ends = ends
        self.usd = Decimal(0)


class Reservation(Struct, frozen=True):
    """Money set aside for one request. One that is never settled stays spent: it was asked, for all that is known."""

    source: str
    month: str
    usd: Decimal


class Purse:
    """Sets money aside before a request, and settles it with the transaction that keeps the answer."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    def reserve(self, source: Source, budget: Decimal, most: Decimal) -> Reservation:
        """Sets aside the most that a request may cost. Raises OverBudget, and StoreUnavailable."""
        now = self._clock()
        month = spending.month_of(now)
        with self._store.write() as tx:
            held = spending.reserve(tx, source.name, month, most, budget)
            spent = Decimal(0) if held else spending.spent_in(tx, month).get(source.name, Decimal(0))
        if held:
            return Reservation(source.name, month, most)
        ends = month_end(now)
        raise OverBudget(
            f"the budget of ${budget:.2f} for {now.astimezone(UTC):%B %Y} does not cover another request: "
            f"${spent:.2f} are spent, the next may cost ${most:.2f}. It is held until {ends:%d %B %H:%M} UTC, "
            "or until monthly_budget_usd is raised",
            month,
            ends,
        )

    def settle(self, tx: Tx, held: Reservation | None, usd: Decimal) -> None:
        """Counts what the request cost instead of what was set aside, in the caller's transaction."""
        if held is not None:
            spending.settle(tx, held.source, held.month, held.usd, usd)

    def failed(self, held: Reservation | None, error: SourceError) -> None:
        """Gives back what a failed request surely did not cost; what is not known stays set aside."""
        if held is not None and error.usd is not None:
            with self._store.write() as tx:
                self.settle(tx, held, error.usd)


def month_end(now: datetime) -> datetime:
    """When the calendar month (UTC) is over."""
    first = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first + timedelta(days=32)).replace(day=1)


def heading_for(spent: Decimal, now: datetime) -> Decimal:
    """What the month comes to if it goes on as it began; within its first day, as if that day were over."""
    first = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    gone = max(now - first, timedelta(days=1))
    return spent * Decimal((month_end(now) - first) / gone)
