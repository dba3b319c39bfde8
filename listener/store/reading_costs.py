"""What reading by a model elsewhere has cost on a day, with what is set aside for requests under way."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import ROUND_CEILING, Decimal

from msgspec import Struct
from sqlalchemy import Connection, select, update

from listener.store.statements import insert_new
from listener.store.tables import READING_COST

_MICRO = 1_000_000


class DayCost(Struct, frozen=True, kw_only=True):
    """A day's requests and tokens, the posts read, the money (US dollars), and what was left to the built-in reader."""

    requests: int
    posts: int
    read_tokens: int
    written_tokens: int
    usd: Decimal
    left: int
    trouble: str


def day_of(now: datetime) -> str:
    """The calendar day (UTC) that money is counted in: "2026-11-29"."""
    return f"{now.astimezone(UTC):%Y-%m-%d}"


def reserve(tx: Connection, day: str, most: Decimal, limit: Decimal) -> bool:
    """Sets aside `most` US dollars for a request; False, and nothing set aside, where that would pass the limit."""
    _begin(tx, day)
    so_far = READING_COST.c.micro_usd
    held = tx.execute(
        update(READING_COST)
        .where(READING_COST.c.day == day, so_far + _micro(most) <= int(limit * _MICRO))
        .values(micro_usd=so_far + _micro(most), requests=READING_COST.c.requests + 1)
    )
    return bool(held.rowcount)


def settle(tx: Connection, day: str, reserved: Decimal, spent: Decimal, posts: int, read: int, written: int) -> None:
    """Replaces what was set aside for a request by what it cost, and counts its posts and tokens."""
    row = READING_COST.c
    tx.execute(
        update(READING_COST)
        .where(row.day == day)
        .values(
            micro_usd=row.micro_usd + _micro(spent) - _micro(reserved),
            posts=row.posts + posts,
            read_tokens=row.read_tokens + read,
            written_tokens=row.written_tokens + written,
        )
    )


def count_left(tx: Connection, day: str, posts: int, why: str) -> None:
    """Counts posts that were left to the built-in reader, and keeps the newest reason."""
    _begin(tx, day)
    row = READING_COST.c
    tx.execute(update(READING_COST).where(row.day == day).values(left_over=row.left_over + posts, trouble=why))


def cost_of(tx: Connection, day: str) -> DayCost | None:
    """What a day has come to, None where nothing was asked."""
    row = tx.execute(select(READING_COST).where(READING_COST.c.day == day)).one_or_none()
    if row is None:
        return None
    return DayCost(
        requests=row.requests,
        posts=row.posts,
        read_tokens=row.read_tokens,
        written_tokens=row.written_tokens,
        usd=Decimal(row.micro_usd) / _MICRO,
        left=row.left_over,
        trouble=row.trouble,
    )


def _begin(tx: Connection, day: str) -> None:
    nothing = {"requests": 0, "posts": 0, "read_tokens": 0, "written_tokens": 0, "micro_usd": 0, "left_over": 0}
    insert_new(tx, READING_COST, [{"day": day, "trouble": "", **nothing}])


def _micro(usd: Decimal) -> int:
    return int((usd * _MICRO).to_integral_value(ROUND_CEILING))
