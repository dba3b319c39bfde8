"""Tickets: numbered, looked up, opened, and changed by whoever decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Row, case, select, update

from alerts.alert import ReadMention
from alerts.digests.data import TicketLine
from alerts.tickets.priority import PRIORITIES, Priority, priority_at
from alerts.tickets.sla import Clocks
from alerts.tickets.status import UNSOLVED
from listener.store.hashes import NOBODY, hash_of
from listener.store.loading import load
from listener.store.ranks import rank, severity_of
from listener.store.statements import insert_new, one_at_a_time, replacing
from listener.store.tables import TICKET, TICKET_ALERT, TICKET_MENTION, TICKET_TAG
from listener.store.ticket_people import tags_of_tickets
from listener.store.ticket_statements import (
    ITS_ALERTS,
    ITS_MENTIONS,
    OF_ALERT,
    OF_AUTHOR,
    OF_CUSTOMER,
    OF_KEY,
    OPEN,
    WHOLE,
    changing,
    lines,
)
from rules.authors import keys_of
from rules.directory import Customer
from rules.reading import Severity
from sources.post import Post, storable

LONGEST_TITLE = 200

Wanted = Literal["unsolved", "", "new", "open", "pending", "solved", "closed"]

_decode_clocks = msgspec.json.Decoder(Clocks).decode


class Ticket(Struct, frozen=True, kw_only=True):
    """A ticket with what it is about; `note` says what settled it.

    `priority_by` and `assigned_by`: the person who said so, "" where the desk did. `contacts`: how often its author
    came with it. `alerts`: all that it answers. `merged_into`: the ticket that goes on in its place.
    """

    line: TicketLine
    alert_id: int | None
    note: str
    changed_at: datetime
    mentions: list[ReadMention]
    priority_by: str = ""
    assigned_by: str = ""
    contacts: int = 1
    alerts: tuple[int, ...] = ()
    merged_into: int | None = None
    author_hash: bytes = NOBODY
    lang: str = ""

    @property
    def is_unsolved(self) -> bool:
        return self.line.status in UNSOLVED


def author_of(post: Post) -> bytes:
    """What the author of a post is known again by; NOBODY where the post does not tell.

    A bare name is one person's on its own site alone.
    """
    keys = keys_of(post)
    if not keys:
        return NOBODY
    place = "" if post.author.id or post.author.handle else post.instance
    return hash_of("author", keys[-1].source, keys[-1].by, keys[-1].value, place)


def open_ticket(
    tx: Connection,
    *,
    key: str,
    alert_id: int | None,
    mention: ReadMention | None,
    title: str,
    reason: str,
    severity: Severity,
    now: datetime,
    brand: str = "",
    customer: Customer | None = None,
) -> tuple[int, bool]:
    """Opens the ticket of `key`, or adds the mention to the one there is; gives its number, True where it is new."""
    one_at_a_time(tx, "tickets")  # two at once would burn a number, and people wonder where ticket 7 went
    known = tx.execute(OF_KEY, {"its_key": key}).first()
    if known is None:
        named = customer or (mention.customer if mention else None)
        row = {
            "key": key,
            "alert_id": alert_id,
            "mention_id": mention.id if mention else None,
            "brand": mention.brand if mention else brand,
            "title": storable(" ".join(title.split()), LONGEST_TITLE),
            "reason": storable(reason),
            "url": mention.post.url if mention else "",
            "customer": (named.name or named.id) if named else "",
            "customer_id": named.id if named else "",
            "author_hash": author_of(mention.post) if mention else NOBODY,
            "lang": mention.lang if mention else "",
            "severity": rank(severity),
            "priority": rank(severity),
            "status": "new",
            "opened_at": now,
            "changed_at": now,
        }
        number = int(tx.execute(OPEN, row).scalar_one())
    else:
        number = int(known.number)
    added = add_mentions(tx, number, [mention.id] if mention else [])
    if known is not None and (added or rank(severity) > known.severity):
        change_ticket(tx, number, {"severity": max(rank(severity), known.severity), "changed_at": now})
    return number, known is None


def change_ticket(tx: Connection, number: int, values: Mapping[str, Any]) -> None:
    """Sets columns of a ticket; what may follow on what is for the caller to know. Clocks are told as `clocks`."""
    row = dict(values)
    clocks = row.pop("clocks", None)
    if clocks is not None:
        row["clocks_json"] = msgspec.json.encode(clocks).decode()
    if "priority" in row:
        row["priority"] = PRIORITIES.index(row["priority"])
    tx.execute(changing(tuple(row)), {"its_number": number, **{f"new_{name}": value for name, value in row.items()}})


def add_mentions(tx: Connection, number: int, mentions: Sequence[int]) -> list[int]:
    """Hangs mentions on a ticket; gives those that did not hang on it."""
    rows = [{"ticket": number, "mention_id": mention} for mention in dict.fromkeys(mentions)]
    return sorted(row.mention_id for row in insert_new(tx, TICKET_MENTION, rows, TICKET_MENTION.c.mention_id))


def add_alert(tx: Connection, number: int, alert: int) -> None:
    """Says that a ticket answers an alert, in the place of one that was said to before."""
    tx.execute(replacing(tx.dialect.name, TICKET_ALERT), {"alert_id": alert, "ticket": number})


def put_merged(tx: Connection, gone: int, into: int) -> None:
    """Says that a ticket goes on as another one, and so do those that went on as it."""
    its = (TICKET.c.number == gone) | (TICKET.c.merged_into == gone)
    tx.execute(update(TICKET).where(its).values(merged_into=into))


def ticket_of_alert(tx: Connection, alert: int, key: str) -> int | None:
    """The newest ticket that answers an alert, or that was opened under its key."""
    return tx.execute(OF_ALERT, {"alert": alert, "its_key": key}).scalar()


def ticket_of_author(tx: Connection, brand: str, customer: str, author: bytes) -> int | None:
    """The ticket of a brand that an author has: an unsolved one before the newest that is settled.

    Of one that was merged it is the one that goes on.
    """
    found: list[Row[Any]] = []
    if customer:  # "" and NOBODY are nobody's
        found += tx.execute(OF_CUSTOMER, {"its_brand": brand, "customer": customer})
    if author != NOBODY:
        found += tx.execute(OF_AUTHOR, {"its_brand": brand, "author": author})
    best = max(found, key=lambda row: (row.status in UNSOLVED, row.number), default=None)
    return None if best is None else int(best.number)


def list_tickets(
    tx: Connection,
    *,
    status: Wanted = "unsolved",
    assignee: str = "",
    assignees: Sequence[str] = (),
    customer: str = "",
    tag: str = "",
    brands: Sequence[str] | None = None,
    limit: int | None = 50,
) -> list[TicketLine]:
    """The tickets in a status ("" is any), of one person or of all (""), of a customer, with a tag.

    `brands`: only theirs; None is any. `limit`: None is all.
    The unsolved come first, of them the most pressing, then the oldest.
    """
    settled = case((TICKET.c.status.in_(UNSOLVED), 0), else_=1)
    order = (settled, TICKET.c.priority.desc(), TICKET.c.severity.desc(), TICKET.c.number)
    statement = lines().order_by(*order).limit(limit)
    if status:
        statement = statement.where(TICKET.c.status.in_(UNSOLVED if status == "unsolved" else [status]))
    if assignee:
        statement = statement.where(TICKET.c.assignee == assignee)
    if assignees:
        statement = statement.where(TICKET.c.assignee.in_(list(assignees)))
    if customer:
        statement = statement.where(TICKET.c.customer_id == customer)
    if brands is not None:
        statement = statement.where(TICKET.c.brand.in_(list(brands)))
    if tag:
        statement = statement.where(TICKET.c.number.in_(select(TICKET_TAG.c.ticket).where(TICKET_TAG.c.tag == tag)))
    rows = tx.execute(statement).all()
    tags = tags_of_tickets(tx, [row.number for row in rows])
    return [_line(row, tags.get(row.number, ())) for row in rows]


def get_ticket(tx: Connection, number: int, limit: int = 50) -> Ticket | None:
    """One ticket with its mentions, the newest first; None where there is no such number."""
    row = tx.execute(WHOLE, {"its_number": number}).first()
    if row is None:
        return None
    mentions = tx.execute(ITS_MENTIONS, {"its_number": number, "most": limit}).scalars() if limit else ()
    more = tx.execute(ITS_ALERTS, {"its_number": number}).scalars()
    return Ticket(
        line=_line(row, tags_of_tickets(tx, [number]).get(number, ())),
        alert_id=row.alert_id,
        note=row.note,
        changed_at=row.changed_at,
        mentions=load(tx, list(mentions)),
        priority_by=row.priority_by,
        assigned_by=row.assigned_by,
        contacts=row.contacts,
        alerts=tuple(sorted({*more, *([row.alert_id] if row.alert_id else [])})),
        merged_into=row.merged_into,
        author_hash=row.author_hash,
        lang=row.lang,
    )


def _line(row: Row[Any], tags: tuple[str, ...]) -> TicketLine:
    priority: Priority = priority_at(row.priority)
    return TicketLine(
        number=row.number,
        brand=row.brand,
        title=row.title,
        status=row.status,
        assignee=row.assignee,
        customer=row.customer,
        customer_id=row.customer_id,
        opened_at=row.opened_at,
        first_answered_at=row.first_answered_at,
        solved_at=row.solved_at,
        closed_at=row.closed_at,
        reason=row.reason,
        url=row.url,
        mentions=max(row.of_alert, row.put_in),
        severity=severity_of(row.severity),
        priority=priority,
        priority_why=row.priority_why,
        tags=tags,
        answers=row.answers,
        reopens=row.reopens,
        clocks=_decode_clocks(row.clocks_json),
    )
