"""All that happened with customers, from every table that knows some of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Row, Select, select

from alerts.tickets.status import UNSOLVED
from listener.store.customer_contacts import interaction_entry, mention_entries, mentions_of, of_customers
from listener.store.ranks import severity_of
from listener.store.statements import chunks
from listener.store.tables import (
    ALERT,
    ALERT_MENTION,
    CUSTOMER,
    CUSTOMER_NOTE,
    INTERACTION,
    MENTION,
    POST,
    TICKET,
    TICKET_MENTION,
)
from rules.health_signals import OpenTicket
from rules.reading import RuleMatch
from rules.timeline import Entry, in_order

MOST_CUSTOMERS = 1_000
"""Of one company, whose page is shown."""

_decode_rules = msgspec.json.Decoder(tuple[RuleMatch, ...]).decode


class Told(Struct, frozen=True):
    """What a health is counted from: the contacts of a customer with the closing of tickets, and what is open."""

    entries: list[Entry]
    tickets: list[OpenTicket]


def timeline(tx: Connection, customers: Sequence[str], limit: int) -> list[Entry]:
    """The newest entries of these customers over all channels, in the order in which they happened."""
    found: list[Entry] = []
    for some in chunks(customers, MOST_CUSTOMERS):
        tickets = _tickets_of_mentions(tx, some)
        posts = mentions_of(some).order_by(MENTION.c.at.desc(), MENTION.c.id.desc())
        found += mention_entries(tx.execute(posts.limit(2 * limit)).all(), tickets)
        contacts = select(INTERACTION).where(INTERACTION.c.customer_id.in_(some)).order_by(INTERACTION.c.at.desc())
        found += map(interaction_entry, tx.execute(contacts.limit(limit)))
        found += _alerts(tx, some, limit) + _tickets(tx, some) + _notes(tx, some, limit)
    return in_order(found)[-limit:]


def told_of(tx: Connection, customers: Sequence[str], since: datetime) -> dict[str, Told]:
    """What the health of these customers is counted from, by customer; without any texts."""
    found = {customer: Told([], []) for customer in customers}
    tickets = _tickets_of_mentions(tx, customers)
    posts = mentions_of(customers).where(MENTION.c.at >= since, MENTION.c.mark != "noise")
    entries = mention_entries(tx.execute(posts).all(), tickets)
    contacts = select(INTERACTION).where(INTERACTION.c.customer_id.in_(list(customers)), INTERACTION.c.at >= since)
    entries += map(interaction_entry, tx.execute(contacts))
    for row in tx.execute(_of_tickets(customers)):
        if row.status in UNSOLVED:
            found[row.customer_id].tickets.append(OpenTicket(row.number, row.opened_at))
        else:
            entries += _closing(row)
    for entry in entries:
        found[entry.customer].entries.append(entry)
    return found


def active_customers(tx: Connection, since: datetime) -> list[str]:
    """The customers of the directory of whom anything was heard since then, in the order of their ids."""
    known = select(CUSTOMER.c.id)
    wrote = select(MENTION.c.customer_id).join(POST, POST.c.id == MENTION.c.post_id)
    heard = wrote.where(MENTION.c.customer_id != "", MENTION.c.at >= since, MENTION.c.customer_id.in_(known))
    spoke = select(INTERACTION.c.customer_id).where(INTERACTION.c.at >= since, INTERACTION.c.customer_id.in_(known))
    return sorted({*tx.execute(heard.distinct()).scalars(), *tx.execute(spoke.distinct()).scalars()})


def _tickets_of_mentions(tx: Connection, customers: Sequence[str]) -> dict[int, int]:
    its = (
        select(TICKET_MENTION.c.mention_id, TICKET_MENTION.c.ticket)
        .join(MENTION, MENTION.c.id == TICKET_MENTION.c.mention_id)
        .join(POST, POST.c.id == MENTION.c.post_id)
        .where(of_customers(customers))
        .order_by(TICKET_MENTION.c.ticket.desc())
    )
    return {row.mention_id: row.ticket for row in tx.execute(its)}  # the first ticket that it stands in counts


def _of_tickets(customers: Sequence[str]) -> Select[Any]:
    columns = (TICKET.c.number, TICKET.c.status, TICKET.c.title, TICKET.c.assignee, TICKET.c.note, TICKET.c.opened_at)
    return (
        select(*columns, TICKET.c.solved_at, TICKET.c.closed_at, TICKET.c.severity, MENTION.c.customer_id)
        .join(TICKET_MENTION, TICKET_MENTION.c.ticket == TICKET.c.number)
        .join(MENTION, MENTION.c.id == TICKET_MENTION.c.mention_id)
        .join(POST, POST.c.id == MENTION.c.post_id)
        .where(of_customers(customers), TICKET.c.merged_into.is_(None))
        .distinct()
    )


def _tickets(tx: Connection, customers: Sequence[str]) -> list[Entry]:
    found = []
    for row in tx.execute(_of_tickets(customers)):
        found.append(
            Entry(
                at=row.opened_at,
                what="ticket opened",
                number=row.number,
                customer=row.customer_id,
                by=row.assignee,
                text=row.title,
                outcome=severity_of(row.severity),
                ticket=row.number,
            )
        )
        found += _closing(row)
    return found


def _closing(row: Row[Any]) -> list[Entry]:
    settled_at = row.solved_at or row.closed_at
    if row.status in UNSOLVED or settled_at is None:
        return []
    return [
        Entry(
            at=settled_at,
            what="ticket closed",
            number=row.number,
            customer=row.customer_id,
            direction="out",
            by=row.assignee,
            text=row.note,
            ticket=row.number,
        )
    ]


def _alerts(tx: Connection, customers: Sequence[str], limit: int) -> list[Entry]:
    its = (
        select(ALERT.c.id, ALERT.c.created_at, ALERT.c.severity, MENTION.c.customer_id, ALERT_MENTION.c.rules_json)
        .join(ALERT_MENTION, ALERT_MENTION.c.alert_id == ALERT.c.id)
        .join(MENTION, MENTION.c.id == ALERT_MENTION.c.mention_id)
        .join(POST, POST.c.id == MENTION.c.post_id)
        .where(of_customers(customers))
        .order_by(ALERT.c.id.desc(), ALERT_MENTION.c.severity.desc(), ALERT_MENTION.c.mention_id)
        .limit(4 * limit)
    )
    found: dict[tuple[int, str], Entry] = {}
    for row in tx.execute(its):
        if (row.id, row.customer_id) not in found:
            found[row.id, row.customer_id] = Entry(
                at=row.created_at,
                what="alert",
                number=row.id,
                customer=row.customer_id,
                text="; ".join(rule.reason or rule.name for rule in _decode_rules(row.rules_json)),
                outcome=severity_of(row.severity),
            )
    return list(found.values())


def _notes(tx: Connection, customers: Sequence[str], limit: int) -> list[Entry]:
    its = select(CUSTOMER_NOTE).where(CUSTOMER_NOTE.c.customer_id.in_(list(customers)))
    return [
        Entry(at=row.at, what="note", number=row.id, customer=row.customer_id, by=row.by, text=row.text)
        for row in tx.execute(its.order_by(CUSTOMER_NOTE.c.id.desc()).limit(limit))
    ]
