"""All that happened to tickets, in order: who did what, when, and by which way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, get_args

from msgspec import Struct
from msgspec.structs import asdict, replace
from sqlalchemy import Connection, select

from listener.store.tables import TICKET_EVENT
from sources.post import storable

What = Literal[
    "opened",
    "added",
    "returned",
    "reopened",
    "assigned",
    "status",
    "answered",
    "solved",
    "closed",
    "priority",
    "note",
    "watching",
    "not watching",
    "helping",
    "not helping",
    "linked",
    "tagged",
    "untagged",
    "merged",
    "warning",
    "breach",
]
WHATS: tuple[What, ...] = get_args(What)

LONGEST_NOTE = 20_000


class TicketEvent(Struct, frozen=True, kw_only=True):
    """One thing that happened to a ticket; an empty string is "not told".

    `by`: who did it, "" where listener did; `via`: by which way ("cli", "slack", "listener"). `detail`: what it was
    done to, or what it is now. `reason`: why. `text`: the words of a note or of a closing.
    """

    ticket: int
    at: datetime
    what: What
    by: str = ""
    via: str = ""
    detail: str = ""
    reason: str = ""
    text: str = ""
    id: int = 0


def record(tx: Connection, events: Sequence[TicketEvent]) -> list[TicketEvent]:
    """Writes events into the histories of their tickets; gives them with their numbers, in order."""
    return [_recorded(tx, event) for event in events]


def history(tx: Connection, ticket: int, limit: int = 1_000) -> list[TicketEvent]:
    """The newest events of a ticket, in the order in which they happened."""
    its = select(TICKET_EVENT).where(TICKET_EVENT.c.ticket == ticket).order_by(TICKET_EVENT.c.id.desc())
    return [TicketEvent(**row._asdict()) for row in tx.execute(its.limit(limit))][::-1]


def get_event(tx: Connection, number: int) -> TicketEvent | None:
    """One event by its number, or None."""
    row = tx.execute(select(TICKET_EVENT).where(TICKET_EVENT.c.id == number)).first()
    return None if row is None else TicketEvent(**row._asdict())


def _recorded(tx: Connection, event: TicketEvent) -> TicketEvent:
    kept = replace(
        event,
        by=storable(event.by, 200),
        via=storable(event.via, 80),
        detail=storable(event.detail, 400),
        reason=storable(event.reason),
        text=storable(event.text, LONGEST_NOTE),
    )
    row = {name: value for name, value in asdict(kept).items() if name != "id"}
    return replace(kept, id=int(tx.execute(_RECORD, row).scalar_one()))


_RECORD = TICKET_EVENT.insert().returning(TICKET_EVENT.c.id)
