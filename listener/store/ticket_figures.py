"""What happened to the tickets of a stretch of time, for figures, and how the desk stands, for digests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection, Select, select

from alerts.calendar import Calendar
from alerts.digests.data import TicketLine
from alerts.tickets.desk_facts import DeskFacts, desk_facts
from alerts.tickets.figures import What, Worked
from alerts.tickets.sla import Clocks
from listener.store.statements import chunks
from listener.store.tables import TICKET, TICKET_EVENT

_MOVES: dict[str, What] = {
    "opened": "opened",
    "answered": "answered",
    "solved": "solved",
    "closed": "solved",
    "reopened": "reopened",
}
_decode = msgspec.json.Decoder(Clocks).decode


def worked_since(
    tx: Connection,
    since: datetime,
    calendar_of: Callable[[str], Calendar],
    people: Sequence[str] | None = None,
    brand: str = "",
) -> list[Worked]:
    """The tickets that were unsolved at some time since then; of these people (None: of anybody) and this brand ("").

    Tickets that were merged into others are left out: their contacts count there. `calendar_of`: by the policy's name.
    """
    its = select(TICKET.c.number, TICKET.c.clocks_json).where(
        TICKET.c.merged_into.is_(None), TICKET.c.solved_at.is_(None) | (TICKET.c.solved_at >= since)
    )
    if people is not None:
        its = its.where(TICKET.c.assignee.in_(list(people)))
    if brand:
        its = its.where(TICKET.c.brand == brand)
    clocks = {row.number: _decode(row.clocks_json) for row in tx.execute(its)}
    moves = _moves(tx, list(clocks))
    return [
        Worked(number=number, moves=tuple(moves[number]), clocks=one, calendar=calendar_of(one.policy))
        for number, one in clocks.items()
        if moves.get(number)
    ]


def digest_facts(
    tx: Connection, since: datetime, until: datetime, brands: Sequence[str], unsolved: Sequence[TicketLine]
) -> DeskFacts:
    """How the desk stands at `until` and what it did in [since, until), for brands and all their unsolved tickets."""
    return desk_facts(_not_later(unsolved, until), _counts(tx, since, until, brands), until)


def _not_later(tickets: Sequence[TicketLine], until: datetime) -> list[TicketLine]:
    return [one for one in tickets if one.opened_at < until]


def _counts(tx: Connection, since: datetime, until: datetime, brands: Sequence[str]) -> dict[str, int]:
    """How many tickets each kind of event happened to in [since, until)."""
    its = (
        select(TICKET_EVENT.c.what, TICKET_EVENT.c.ticket)
        .join(TICKET, TICKET.c.number == TICKET_EVENT.c.ticket)
        .where(TICKET_EVENT.c.at >= since, TICKET_EVENT.c.at < until, TICKET.c.brand.in_(list(brands)))
        .where(TICKET.c.merged_into.is_(None))
        .distinct()
    )
    found: dict[str, set[int]] = {}
    for what, number in tx.execute(its):
        found.setdefault(_MOVES.get(what, what), set()).add(number)
    return {what: len(numbers) for what, numbers in found.items()}


def _moves(tx: Connection, numbers: Sequence[int]) -> dict[int, list[tuple[datetime, What]]]:
    """What moved each ticket, in order. What was solved before it was closed was solved once."""
    found: dict[int, list[tuple[datetime, What]]] = {}
    for some in chunks(numbers):
        for row in tx.execute(_events(some)):
            moves = found.setdefault(row.ticket, [])
            what = _MOVES[row.what]
            last = next((before for _, before in reversed(moves) if before != "answered"), None)
            if what != "solved" or last != "solved":
                moves.append((row.at, what))
    return found


def _events(numbers: Sequence[int]) -> Select[tuple[int, datetime, str]]:
    its = select(TICKET_EVENT.c.ticket, TICKET_EVENT.c.at, TICKET_EVENT.c.what)
    wanted = TICKET_EVENT.c.ticket.in_(numbers) & TICKET_EVENT.c.what.in_(list(_MOVES))
    return its.where(wanted).order_by(TICKET_EVENT.c.at, TICKET_EVENT.c.id)
