"""How customers stand: complaints of late, health, tags."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, func, select

from listener.store.customer_contacts import RECENT, Complaints, complaints, counted
from listener.store.notes import tags_of
from listener.store.statements import chunks
from listener.store.tables import CUSTOMER_HEALTH
from rules.customer_standing import CustomerStanding


class _Counted(Struct, frozen=True):
    score: float
    trend: float | None


def standing_of(tx: Connection, customer: str, until: datetime) -> CustomerStanding:
    """How one customer stood at a time, as far as complaints go; health and tags are those of now."""
    return standings(tx, [customer], complaints(tx, [customer], until - RECENT, until))[customer]


def standings(tx: Connection, customers: Sequence[str], recent: Complaints) -> dict[str, CustomerStanding]:
    """How these customers stand, with these recent complaints."""
    tags = tags_of(tx, customers)
    health = _newest_health(tx, customers)
    found = {}
    for customer in customers:
        its = health.get(customer)
        found[customer] = CustomerStanding(
            recent_complaints=counted(recent.get(customer, {})),
            health=its.score if its else None,
            health_trend=its.trend if its else None,
            tags=tuple(tag.tag for tag in tags.get(customer, ())),
        )
    return found


def _newest_health(tx: Connection, customers: Sequence[str]) -> dict[str, _Counted]:
    columns = CUSTOMER_HEALTH.c
    found = {}
    for some in chunks(customers):
        newest = (
            select(columns.customer_id, func.max(columns.day).label("day"))
            .where(columns.customer_id.in_(some))
            .group_by(columns.customer_id)
            .subquery()
        )
        same = (columns.customer_id == newest.c.customer_id) & (columns.day == newest.c.day)
        for row in tx.execute(select(columns.customer_id, columns.score, columns.trend).join(newest, same)):
            found[row.customer_id] = _Counted(row.score, row.trend)
    return found
