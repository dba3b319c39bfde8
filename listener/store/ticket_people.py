"""Who is on a ticket beside its assignee, what it is tagged with, and how many tickets each person has."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Literal

from sqlalchemy import Connection, Select, bindparam, delete, func, select

from listener.store.statements import among, chunks, insert_into, insert_new, many
from listener.store.tables import TICKET, TICKET_PERSON, TICKET_TAG
from sources.post import storable

Role = Literal["watcher", "helper"]


def people_on(tx: Connection, ticket: int) -> dict[str, Role]:
    """Who watches a ticket or helps with it, by name, the longest first."""
    its = select(TICKET_PERSON.c.person, TICKET_PERSON.c.role).where(TICKET_PERSON.c.ticket == ticket)
    rows = tx.execute(its.order_by(TICKET_PERSON.c.at, TICKET_PERSON.c.person))
    return {row.person: row.role for row in rows}


def put_person(tx: Connection, ticket: int, person: str, role: Role, now: datetime) -> bool:
    """Puts somebody on a ticket; False where they were on it in that role. A helper who watches goes on helping."""
    before = people_on(tx, ticket).get(person)
    if before in (role, "helper"):
        return False
    statement = insert_into(tx, TICKET_PERSON)
    changed = statement.on_conflict_do_update(
        index_elements=[TICKET_PERSON.c.ticket, TICKET_PERSON.c.person], set_={"role": statement.excluded.role}
    )
    tx.execute(changed, {"ticket": ticket, "person": storable(person, 200), "role": role, "at": now})
    return True


def remove_person(tx: Connection, ticket: int, person: str) -> bool:
    """Takes somebody off a ticket; False where they were not on it."""
    return bool(tx.execute(_REMOVE, {"its_ticket": ticket, "who": person}).rowcount)


_REMOVE = delete(TICKET_PERSON).where(
    TICKET_PERSON.c.ticket == bindparam("its_ticket"), TICKET_PERSON.c.person == bindparam("who")
)


def tags_of_tickets(tx: Connection, tickets: Collection[int]) -> dict[int, tuple[str, ...]]:
    """The tags of each of these tickets that has any, in alphabetical order."""
    found: dict[int, tuple[str, ...]] = {}
    for some in chunks(list(tickets)):
        for row in tx.execute(_tags(tx.dialect.name), many(tx, some)):
            found[row.ticket] = (*found.get(row.ticket, ()), row.tag)
    return found


@cache
def _tags(dialect: str) -> Select[Any]:
    return select(TICKET_TAG).where(among(dialect, TICKET_TAG.c.ticket)).order_by(TICKET_TAG.c.tag)


def put_tags(tx: Connection, ticket: int, tags: Iterable[str]) -> list[str]:
    """Tags a ticket; gives those that it did not have."""
    rows = [{"ticket": ticket, "tag": tag} for tag in dict.fromkeys(tags)]
    return sorted(row.tag for row in insert_new(tx, TICKET_TAG, rows, TICKET_TAG.c.tag))


def remove_tags(tx: Connection, ticket: int, tags: Sequence[str]) -> list[str]:
    """Takes tags off a ticket; gives those that it had."""
    its = (TICKET_TAG.c.ticket == ticket) & TICKET_TAG.c.tag.in_(list(tags))
    return sorted(tx.execute(delete(TICKET_TAG).where(its).returning(TICKET_TAG.c.tag)).scalars())


def load_of(tx: Connection, statuses: Sequence[str]) -> dict[str, int]:
    """How many tickets in these statuses each person has, by name."""
    return {row[0]: row[1] for row in tx.execute(_LOAD, {"statuses": list(statuses)})}


_LOAD = (
    select(TICKET.c.assignee, func.count())
    .where(TICKET.c.status.in_(bindparam("statuses", expanding=True)), TICKET.c.assignee != "")
    .group_by(TICKET.c.assignee)
)
