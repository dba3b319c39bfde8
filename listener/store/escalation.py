"""How far alerts have come in telling others: which are looked at, which are due, what speaks against waking anyone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Row, or_, select

from listener.store.statements import insert_into, insert_new
from listener.store.tables import (
    ALERT,
    ALERT_ESCALATION,
    ALERT_HANDLING,
    DESK_TICKET,
    INTERACTION,
    MENTION,
    POST,
    SETTING,
    TICKET,
    TICKET_ALERT,
    TICKET_EVENT,
)

_SINCE = "escalations-since"
"""The setting that holds since when there are escalations: nobody is woken for what was there before."""

_WINDOW = timedelta(hours=6)
"""Alerts that were made or grew so long ago have been looked at: whatever makes them looks too."""

_DEALT_WITH = ("answered", "solved", "closed")
_AGAIN = ("reopened", "returned")
"""What happens to a ticket: its author has what they waited for, or has come again since."""


class Standing(Struct, frozen=True, kw_only=True):
    """How far an alert has come in its policy ("": it has none) since it was opened.

    `looked_at`: when the alert had last grown as the policy was chosen. `done`: steps behind it. `next_at`: when the
    next is due, None for never. `woken`: who was told in this round.
    """

    alert_id: int
    policy: str
    opened_at: datetime
    looked_at: datetime
    done: int = 0
    next_at: datetime | None = None
    woken: tuple[str, ...] = ()


class Opened(Struct, frozen=True):
    """An alert that was opened or grew at a moment, and how it stood before; None where it was never looked at."""

    alert_id: int
    at: datetime
    before: Standing | None


def since(tx: Connection, now: datetime) -> datetime:
    """Since when there are escalations; since `now` where there were none."""
    kept = tx.execute(select(SETTING.c.value).where(SETTING.c.name == _SINCE)).scalar()
    return now if kept is None else datetime.fromisoformat(kept)


def put_since(tx: Connection, now: datetime) -> None:
    """Writes down that there are escalations from now on, where that is not written yet."""
    insert_new(tx, SETTING, [{"name": _SINCE, "value": now.isoformat()}])


def touched(tx: Connection, now: datetime, limit: int) -> list[Opened]:
    """Alerts that were made or grew of late and were not looked at since, the oldest first."""
    its, alert = ALERT_ESCALATION.c, ALERT.c
    asked = (
        select(alert.id, alert.updated_at)
        .outerjoin(ALERT_ESCALATION, its.alert_id == alert.id)
        .where(alert.updated_at >= max(since(tx, now), now - _WINDOW))
        .where(or_(its.alert_id.is_(None), its.looked_at < alert.updated_at))
        .order_by(alert.updated_at)
        .limit(limit)
    )
    rows = tx.execute(asked).all()
    before = standings(tx, [row.id for row in rows])
    return [Opened(row.id, row.updated_at, before.get(row.id)) for row in rows]


def reopened(tx: Connection, limit: int) -> list[Opened]:
    """Alerts that are open again since somebody, or a snooze's end, opened them, and were not looked at since."""
    its, handled = ALERT_ESCALATION.c, ALERT_HANDLING.c
    asked = (
        select(handled.alert_id, handled.at)
        .outerjoin(ALERT_ESCALATION, its.alert_id == handled.alert_id)
        .where(handled.state == "open", or_(its.alert_id.is_(None), its.opened_at < handled.at))
        .order_by(handled.alert_id)
        .limit(limit)
    )
    rows = tx.execute(asked).all()
    before = standings(tx, [row.alert_id for row in rows])
    return [Opened(row.alert_id, row.at, before.get(row.alert_id)) for row in rows]


def due(tx: Connection, now: datetime, limit: int) -> list[int]:
    """The alerts whose next step is due, the longest due first."""
    its = ALERT_ESCALATION.c
    asked = select(its.alert_id).where(its.next_at <= now).order_by(its.next_at).limit(limit)
    return list(tx.execute(asked).scalars())


def standings(tx: Connection, alerts: Sequence[int]) -> dict[int, Standing]:
    """How these alerts stand; those that were never looked at are left out."""
    rows = tx.execute(select(ALERT_ESCALATION).where(ALERT_ESCALATION.c.alert_id.in_(alerts)))
    return {row.alert_id: _standing(row) for row in rows}


def put(tx: Connection, standing: Standing) -> None:
    """Keeps how an alert stands; whatever stood of it before is replaced."""
    row = msgspec.structs.asdict(standing)
    row["woken_json"] = msgspec.json.encode(row.pop("woken")).decode()
    statement = insert_into(tx, ALERT_ESCALATION)
    values = {name: statement.excluded[name] for name in row if name != "alert_id"}
    tx.execute(statement.on_conflict_do_update(index_elements=[ALERT_ESCALATION.c.alert_id], set_=values), row)


def answered(tx: Connection, alert: int, since: datetime) -> str:
    """How the author of an alert's leading mention was answered after then, in words of ours; "" where they were not.

    By a ticket that was answered, solved or closed, by a contact with the customer, or by a reply of one of the brand's
    own accounts.
    """
    ticket = _ticket(tx, alert, since)
    if ticket:
        return ticket
    lead = tx.execute(
        select(MENTION.c.brand, MENTION.c.customer_id, POST.c.source, POST.c.external_id)
        .join(ALERT, ALERT.c.lead_mention_id == MENTION.c.id)
        .join(POST, POST.c.id == MENTION.c.post_id)
        .where(ALERT.c.id == alert)
    ).first()
    if lead is None:
        return ""
    if lead.customer_id:
        its = INTERACTION.c
        contacts = select(its.channel).where(
            its.customer_id == lead.customer_id, its.at >= since, its.direction == "out"
        )
        by = tx.execute(contacts.order_by(its.at).limit(1)).scalar()
        if by is not None:
            return f"the customer was answered ({by})"
    replies = (
        select(MENTION.c.id)
        .join(POST, POST.c.id == MENTION.c.post_id)
        .where(
            MENTION.c.brand == lead.brand,
            MENTION.c.at >= since,
            MENTION.c.own,
            POST.c.source == lead.source,
            POST.c.in_reply_to == lead.external_id,
            POST.c.in_reply_to != "",
            POST.c.deleted_at.is_(None),
        )
    )
    own = tx.execute(replies.limit(1)).scalar()
    return "" if own is None else f"one of the brand's own accounts replied (mention {own})"


def _ticket(tx: Connection, alert: int, since: datetime) -> str:
    """What was done last for the author on the alert's ticket, here or at another desk.

    To be merged closes a ticket and does nothing for its author: the one that goes on is asked.
    """
    its, event, desk = TICKET.c, TICKET_EVENT.c, DESK_TICKET.c
    beside = select(TICKET_ALERT.c.ticket).where(TICKET_ALERT.c.alert_id == alert)
    last = (
        select(its.number, event.what)
        .join(TICKET_EVENT, event.ticket == its.number)
        .where(or_(its.alert_id == alert, its.number.in_(beside)), event.at >= since)
        .where(event.what.in_((*_DEALT_WITH, *_AGAIN)), or_(its.merged_into.is_(None), event.what != "closed"))
        .order_by(event.id.desc())
        .limit(1)
    )
    row = tx.execute(last).first()
    if row is not None and row.what in _DEALT_WITH:
        return f"its ticket #{row.number} was {row.what}"
    closed = select(desk.desk).where(desk.alert_id == alert, desk.closed_at >= since).order_by(desk.desk)
    elsewhere = tx.execute(closed.limit(1)).scalar()
    return "" if elsewhere is None else f"its ticket at '{elsewhere}' was closed"


def _standing(row: Row[tuple[object, ...]]) -> Standing:
    told = row._asdict()
    woken = msgspec.json.decode(told.pop("woken_json"), type=tuple[str, ...])
    return Standing(**told, woken=woken)
