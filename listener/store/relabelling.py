"""Gives kept mentions the customer who counts after a person has decided who their author is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection, Select, bindparam, select, update

from listener.store.customers import get_customer
from listener.store.link_keys import wrote
from listener.store.readings import KeptReading, to_json
from listener.store.statements import among, chunks, many, numbers_of
from listener.store.tables import CUSTOMER_LINK, MENTION, POST, TICKET
from rules.authors import AuthorKey
from rules.directory import Customer
from rules.reading import CustomerMatch
from rules.recognition import Decision, settled

_decode = msgspec.json.Decoder(KeptReading).decode
_ROWS = 500


def relabel(tx: Connection, author: AuthorKey) -> int:
    """Decides anew which customer wrote each mention of one author; gives how many have another one now.

    Mentions whose source's authors might not be matched when they were read stay as they are.
    """
    its = (
        select(MENTION.c.id, MENTION.c.reading_json, POST.c.author_id_hash, POST.c.author_handle_hash)
        .join(POST, POST.c.id == MENTION.c.post_id)
        .where(wrote(author), POST.c.deleted_at.is_(None))
        .order_by(MENTION.c.id)
    )
    changed = 0
    rows = tx.execute(its).all()
    known = known_customers(tx)
    for some in chunks(rows, _ROWS):
        said = decisions_on(tx, {name for row in some for name in (row.author_handle_hash, row.author_id_hash)})
        changed += _write(tx, [(row, _settle(row, said, known)) for row in some])
    return changed


def decisions_on(tx: Connection, authors: set[bytes]) -> Mapping[bytes, Sequence[Decision]]:
    """What people said of these authors, by their hashes."""
    found: dict[bytes, list[Decision]] = {}
    for some in chunks(sorted(authors)):
        links = numbers_of(tx, CUSTOMER_LINK.name, "author_hash", some)
        for row in tx.execute(_decided(tx.dialect.name), many(tx, links)) if links else ():
            found.setdefault(row.author_hash, []).append(decision_of(row))
    return found


@cache
def _decided(dialect: str) -> Select[Any]:
    its = CUSTOMER_LINK.c
    return select(CUSTOMER_LINK).where(among(dialect, its.id), its.decision != "").order_by(its.id)


def decision_of(row: Any) -> Decision:
    """What a person said, from a row of CUSTOMER_LINK."""
    told = f"{row.decision} by {row.decided_by or 'a person'} on {row.decided_at:%Y-%m-%d}"
    return Decision(AuthorKey(row.source, row.known_by, row.author), row.customer_id, row.decision, told)


def known_customers(tx: Connection) -> Callable[[str], Customer | None]:
    """Looks customers up, each once."""
    found: dict[str, Customer | None] = {}

    def known(number: str) -> Customer | None:
        if number not in found:
            found[number] = get_customer(tx, number)
        return found[number]

    return known


def _settle(
    row: Any, said: Mapping[bytes, Sequence[Decision]], known: Callable[[str], Customer | None]
) -> tuple[KeptReading, KeptReading]:
    """The reading as it is kept, and as it should be."""
    kept = _decode(row.reading_json)
    if not kept.may_match:
        return kept, kept
    found = kept.found if kept.decided else kept.customer
    decisions = [*said.get(row.author_handle_hash, ()), *said.get(row.author_id_hash, ())]
    customer = settled(found, decisions, known)
    decided = customer != found
    return kept, replace(kept, customer=customer, decided=decided, found=found if decided else None)


def _write(tx: Connection, rows: Sequence[tuple[Any, tuple[KeptReading, KeptReading]]]) -> int:
    changed = [(row, after) for row, (before, after) in rows if before != after]
    if not changed:
        return 0
    tx.execute(
        update(MENTION)
        .where(MENTION.c.id == bindparam("number"))
        .values(reading_json=bindparam("reading"), customer_id=bindparam("customer")),
        [{"number": row.id, "reading": to_json(after), "customer": _id(after.customer)} for row, after in changed],
    )
    tx.execute(
        update(TICKET)
        .where(TICKET.c.mention_id == bindparam("about"))
        .values(customer=bindparam("named"), customer_id=bindparam("whose")),
        [{"about": row.id, "named": _name(after.customer), "whose": _id(after.customer)} for row, after in changed],
    )
    return len(changed)


def _id(customer: CustomerMatch | None) -> str:
    return customer.id if customer else ""


def _name(customer: CustomerMatch | None) -> str:
    return (customer.name or customer.id) if customer else ""
