"""What each source's service has charged in a calendar month, with what is set aside for requests under way."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import ROUND_CEILING, Decimal

from sqlalchemy import ColumnElement, Connection, select, update

from listener.store.statements import insert_new
from listener.store.tables import SPENDING

_MICRO = 1_000_000


def month_of(now: datetime) -> str:
    """The calendar month (UTC) that money is counted in: "2026-11"."""
    return f"{now.astimezone(UTC):%Y-%m}"


def reserve(tx: Connection, source: str, month: str, most: Decimal, budget: Decimal) -> bool:
    """Sets aside `most` US dollars; False, and nothing set aside, where that would pass the month's `budget`."""
    insert_new(tx, SPENDING, [{"source": source, "month": month, "micro_usd": 0}])
    so_far = SPENDING.c.micro_usd
    held = tx.execute(
        update(SPENDING)
        .where(_row(source, month), so_far + _micro(most) <= int(budget * _MICRO))
        .values(micro_usd=so_far + _micro(most))
    )
    return bool(held.rowcount)


def settle(tx: Connection, source: str, month: str, reserved: Decimal, spent: Decimal) -> None:
    """Replaces what was set aside for a request by what it cost, once it is known."""
    change = _micro(spent) - _micro(reserved)
    if change:
        tx.execute(update(SPENDING).where(_row(source, month)).values(micro_usd=SPENDING.c.micro_usd + change))


def spent_in(tx: Connection, month: str) -> dict[str, Decimal]:
    """US dollars by source, with what is set aside."""
    rows = tx.execute(select(SPENDING.c.source, SPENDING.c.micro_usd).where(SPENDING.c.month == month))
    return {row.source: Decimal(row.micro_usd) / _MICRO for row in rows}


def _row(source: str, month: str) -> ColumnElement[bool]:
    return (SPENDING.c.source == source) & (SPENDING.c.month == month)


def _micro(usd: Decimal) -> int:
    return int((usd * _MICRO).to_integral_value(ROUND_CEILING))
