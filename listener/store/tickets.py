"""Tickets: numbered, opened once a key, given to somebody, closed."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from msgspec import Struct
from sqlalchemy import Connection, Row, Select, func, select, update

from alerts.alert import ReadMention
from alerts.digest_data import TicketLine
from listener.store.loading import load
from listener.store.ranks import rank, severity_of
from listener.store.statements import insert_new, one_at_a_time
from listener.store.tables import ALERT_MENTION, TICKET, TICKET_MENTION
from rules.reading import Severity
from sources.post import storable

LONGEST_TITLE = 200


class Ticket(Struct, frozen=True, kw_only=True):
    """A ticket with what it is about; `note` says what settled it."""

    line: TicketLine
    alert_id: int | None
    note: str
    changed_at: datetime
    mentions: list[ReadMention]


def open_ticket(
    tx: Connection,
    *,
    key: str,
    alert_id: int | None,
    mention: ReadMention,
    title: str,
    reason: str,
    severity: Severity,
    now: datetime,
) -> tuple[int, bool]:
    """Opens the ticket of `key`, or adds the mention to the one there is; gives its number and whether it was opened.

    A ticket that was closed stays closed: what is added can be seen in it, and a person decides.
    """
    one_at_a_time(tx, "tickets")  # two at once would burn a number, and people wonder where ticket 7 went
    known = tx.execute(select(TICKET.c.number, TICKET.c.severity).where(TICKET.c.key == key)).first()
    if known is None:
        customer = mention.customer
        row = {
            "key": key,
            "alert_id": alert_id,
            "mention_id": mention.id,
            "brand": mention.brand,
            "title": storable(" ".join(title.split()), LONGEST_TITLE),
            "reason": storable(reason),
            "url": mention.post.url,
            "customer": (customer.name or customer.id) if customer else "",
            "severity": rank(severity),
            "status": "open",
            "opened_at": now,
            "changed_at": now,
        }
        number = int(tx.execute(TICKET.insert().returning(TICKET.c.number), row).scalar_one())
    else:
        number = int(known.number)
    added = insert_new(tx, TICKET_MENTION, [{"ticket": number, "mention_id": mention.id}], TICKET_MENTION.c.ticket)
    if known is not None and (added or rank(severity) > known.severity):
        worse = {"severity": max(rank(severity), known.severity), "changed_at": now}
        tx.execute(update(TICKET).where(TICKET.c.number == number).values(worse))
    return number, known is None


def list_tickets(
    tx: Connection, *, status: Literal["open", "closed", ""] = "open", assignee: str = "", limit: int = 50
) -> list[TicketLine]:
    """The tickets in a status ("" is any), of one person or of all (""); the worst first, then the oldest."""
    statement = _lines().order_by(TICKET.c.status.desc(), TICKET.c.severity.desc(), TICKET.c.number).limit(limit)
    if status:
        statement = statement.where(TICKET.c.status == status)
    if assignee:
        statement = statement.where(TICKET.c.assignee == assignee)
    return [_line(row) for row in tx.execute(statement)]


def get_ticket(tx: Connection, number: int, limit: int = 50) -> Ticket | None:
    """One ticket with its mentions, the newest first; None where there is no such number."""
    row = tx.execute(_lines().where(TICKET.c.number == number)).first()
    if row is None:
        return None
    its = select(TICKET_MENTION.c.mention_id).where(TICKET_MENTION.c.ticket == number)
    mentions = tx.execute(its.order_by(TICKET_MENTION.c.mention_id.desc()).limit(limit)).scalars()
    return Ticket(
        line=_line(row),
        alert_id=row.alert_id,
        note=row.note,
        changed_at=row.changed_at,
        mentions=load(tx, list(mentions)),
    )


def assign(tx: Connection, number: int, who: str, now: datetime) -> bool:
    """Gives an open ticket to somebody; False where there is no open ticket of that number."""
    return _change(tx, number, {"assignee": storable(who, 200), "changed_at": now})


def close(tx: Connection, number: int, note: str, now: datetime) -> bool:
    """Closes an open ticket; False where there is no open ticket of that number (a second close changes nothing)."""
    return _change(tx, number, {"status": "closed", "note": storable(note), "closed_at": now, "changed_at": now})


def _change(tx: Connection, number: int, values: dict[str, Any]) -> bool:
    still_open = (TICKET.c.number == number) & (TICKET.c.status == "open")
    return bool(tx.execute(update(TICKET).where(still_open).values(values)).rowcount)


def _lines() -> Select[Any]:
    """Selects tickets with how many mentions they stand for: their alert's, else those put into them."""
    of_alert = _count(select(func.count()).where(ALERT_MENTION.c.alert_id == TICKET.c.alert_id))
    put_in = _count(select(func.count()).where(TICKET_MENTION.c.ticket == TICKET.c.number))
    return select(TICKET, of_alert.label("of_alert"), put_in.label("put_in"))


def _count(statement: Select[Any]) -> Any:
    return statement.correlate(TICKET).scalar_subquery()


def _line(row: Row[Any]) -> TicketLine:
    return TicketLine(
        number=row.number,
        brand=row.brand,
        title=row.title,
        status=row.status,
        assignee=row.assignee,
        customer=row.customer,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        reason=row.reason,
        url=row.url,
        mentions=max(row.of_alert, row.put_in),
        severity=severity_of(row.severity),
    )
