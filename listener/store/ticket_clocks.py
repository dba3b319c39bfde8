"""Which tickets the clock has to look at: those with something to tell, and those that were answered elsewhere."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, func, literal_column, select

from alerts.tickets.status import UNSOLVED
from listener.store.tables import INTERACTION, TICKET

_NO_ANSWER = ("order", "payment", "delivery")
"""What goes out to a customer and says nothing to what they wrote."""


class AnsweredElsewhere(Struct, frozen=True, kw_only=True):
    """That the customer of a ticket was answered on another way: by whom, when."""

    ticket: int
    at: datetime
    by: str
    channel: str


def to_look_at(tx: Connection, now: datetime, limit: int) -> list[int]:
    """The tickets whose clocks have something to tell by now, the longest due first."""
    due = select(TICKET.c.number).where(TICKET.c.look_at <= now)
    return list(tx.execute(due.order_by(TICKET.c.look_at, TICKET.c.number).limit(limit)).scalars())


def answered_elsewhere(tx: Connection, limit: int) -> list[AnsweredElsewhere]:
    """The unsolved tickets without an answer whose customer has been spoken to since: the first time that was.

    A call, a mail, a chat or a meeting that was brought in as an interaction answers a ticket on whatever channel.
    """
    its = INTERACTION.c
    turn = func.row_number().over(partition_by=TICKET.c.number, order_by=(its.at, its.id))
    found = (
        select(TICKET.c.number, its.at, its.by, its.channel, turn.label("turn"))
        .join(INTERACTION, its.customer_id == TICKET.c.customer_id)
        .where(
            TICKET.c.status.in_(UNSOLVED),
            TICKET.c.first_answered_at.is_(None),
            TICKET.c.customer_id != literal_column("''"),
            its.direction == "out",
            its.kind.not_in(_NO_ANSWER),
            its.at >= TICKET.c.opened_at,
        )
        .subquery()
    )
    rows = tx.execute(select(found).where(found.c.turn == 1).order_by(found.c.number).limit(limit))
    return [AnsweredElsewhere(ticket=row.number, at=row.at, by=row.by, channel=row.channel) for row in rows]
