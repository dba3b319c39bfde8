"""The health of customers, one row a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Row, delete, exists, func, select, update

from listener.store.readings import to_json
from listener.store.statements import chunks, insert_into
from listener.store.tables import CUSTOMER, CUSTOMER_HEALTH, MENTION
from rules.health import Health

WEEK = 7
WHOLE = timedelta(days=8)
"""So long the parts of a health are kept; of older days the score alone."""

DAILY = timedelta(days=100)
"""So long each day's health is kept; of older ones that of Monday."""

_MADE_UP = timedelta(days=31)
_decode = msgspec.json.Decoder(Health).decode


class Counted(Struct, frozen=True, kw_only=True):
    """A customer's health as it was counted last on a day (UTC, "2026-11-22").

    `told_score`: what it was when somebody was told of the fall that goes on; None where none does.
    """

    customer: str
    day: str
    health: Health
    counted_at: datetime
    told_score: float | None = None


def day_of(moment: datetime) -> str:
    """The day that a moment counts to."""
    return moment.date().isoformat()


def keep_health(tx: Connection, counted: Sequence[Counted]) -> None:
    """Keeps healths in the place of what was counted earlier the same day."""
    rows = [
        {
            "customer_id": one.customer,
            "day": one.day,
            "score": one.health.score,
            "trend": one.health.trend,
            "health_json": to_json(one.health),
            "told_score": one.told_score,
            "counted_at": one.counted_at,
        }
        for one in counted
    ]
    if rows:
        statement = insert_into(tx, CUSTOMER_HEALTH)
        told = {name: statement.excluded[name] for name in rows[0] if name not in ("customer_id", "day")}
        keys = [CUSTOMER_HEALTH.c.customer_id, CUSTOMER_HEALTH.c.day]
        tx.execute(statement.on_conflict_do_update(index_elements=keys, set_=told), rows)


def last_week(tx: Connection, customers: Sequence[str], now: datetime) -> dict[str, list[Counted]]:
    """What was counted for these customers today and on the seven days before, the oldest first."""
    found: dict[str, list[Counted]] = {}
    for some in chunks(customers):
        its = select(CUSTOMER_HEALTH).where(
            CUSTOMER_HEALTH.c.customer_id.in_(some), CUSTOMER_HEALTH.c.day >= day_of(now - timedelta(days=WEEK))
        )
        for row in tx.execute(its.order_by(CUSTOMER_HEALTH.c.customer_id, CUSTOMER_HEALTH.c.day)):
            found.setdefault(row.customer_id, []).append(_counted(row))
    return found


def history(tx: Connection, customer: str, days: int) -> list[Counted]:
    """A customer's last days for which a health was counted, the oldest first."""
    its = select(CUSTOMER_HEALTH).where(CUSTOMER_HEALTH.c.customer_id == customer)
    rows = tx.execute(its.order_by(CUSTOMER_HEALTH.c.day.desc()).limit(days)).all()
    return [_counted(row) for row in reversed(rows)]


def worst(tx: Connection, limit: int) -> list[Counted]:
    """The newest health of each customer in the directory, the lowest first."""
    columns = CUSTOMER_HEALTH.c
    newest = select(columns.customer_id, func.max(columns.day).label("day")).group_by(columns.customer_id).subquery()
    same = (columns.customer_id == newest.c.customer_id) & (columns.day == newest.c.day)
    its = select(CUSTOMER_HEALTH).join(newest, same).where(columns.customer_id.in_(select(CUSTOMER.c.id)))
    return [_counted(row) for row in tx.execute(its.order_by(columns.score, columns.customer_id).limit(limit))]


class Fallen(Struct, frozen=True, kw_only=True):
    """A customer's health: the highest of a week, and the last one."""

    customer: str
    start: float
    end: float


def fallen(tx: Connection, until: datetime, least: float, brands: Sequence[str]) -> list[Fallen]:
    """Whose health, when counted last by `until`, was `least` points below its highest of the week; deepest first.

    A customer who is spoken of in mentions alone, and in none of these brands', is left out.
    """
    columns = CUSTOMER_HEALTH.c
    week = (columns.day >= day_of(until - timedelta(days=WEEK))) & (columns.day <= day_of(until))
    ends = (
        select(columns.customer_id, func.max(columns.day).label("day"), func.max(columns.score).label("top"))
        .where(week)
        .group_by(columns.customer_id)
        .subquery()
    )
    same = (columns.customer_id == ends.c.customer_id) & (columns.day == ends.c.day)
    theirs = (MENTION.c.customer_id == columns.customer_id) & (MENTION.c.customer_id != "")
    ours = exists().where(theirs, MENTION.c.brand.in_(list(brands)))
    fell = (ends.c.top - columns.score).label("fell")
    its = (
        select(columns.customer_id, ends.c.top, columns.score)
        .join(ends, same)
        .where(fell >= least, ours | ~exists().where(theirs))
        .order_by(fell.desc(), columns.customer_id)
    )
    return [Fallen(customer=row.customer_id, start=row.top, end=row.score) for row in tx.execute(its)]


def counted_last(tx: Connection, now: datetime) -> datetime | None:
    """When health was counted last today, None where it was not."""
    last: datetime | None = tx.execute(
        select(CUSTOMER_HEALTH.c.counted_at)
        .where(CUSTOMER_HEALTH.c.day == day_of(now))
        .order_by(CUSTOMER_HEALTH.c.counted_at.desc())
        .limit(1)
    ).scalar()
    return last


def forget_older(tx: Connection, before: datetime) -> int:
    """Removes what was counted on days before then; gives how many rows."""
    return tx.execute(delete(CUSTOMER_HEALTH).where(CUSTOMER_HEALTH.c.day < day_of(before))).rowcount


def thin(tx: Connection, now: datetime) -> None:
    """Keeps of older days what histories show: the score alone, and after a hundred days one day a week.

    Looks at a month's worth of days each, so that nights on which nothing ran are made up for.
    """
    day = CUSTOMER_HEALTH.c.day
    bare = day.in_(_days(now - WHOLE - _MADE_UP, now - WHOLE)) & (CUSTOMER_HEALTH.c.health_json != "")
    tx.execute(update(CUSTOMER_HEALTH).where(bare).values(health_json=""))
    old = [one for one in _days(now - DAILY - _MADE_UP, now - DAILY) if date.fromisoformat(one).weekday()]
    tx.execute(delete(CUSTOMER_HEALTH).where(day.in_(old)))


def _days(since: datetime, until: datetime) -> list[str]:
    return [day_of(since + timedelta(days=number)) for number in range((until - since).days)]


def _counted(row: Row[Any]) -> Counted:
    return Counted(
        customer=row.customer_id,
        day=row.day,
        health=_decode(row.health_json) if row.health_json else Health(score=row.score, parts=(), trend=row.trend),
        counted_at=row.counted_at,
        told_score=row.told_score,
    )
