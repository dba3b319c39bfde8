"""How the desk stands and what it did in a period, for a digest to tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from alerts.digests.data import TicketLine
from alerts.tickets.priority import PRIORITIES
from alerts.tickets.sla import most_pressing

DUE_SOON = timedelta(hours=24)
MOST_LISTED = 10


class DeskFacts(Struct, frozen=True, kw_only=True):
    """The desk at the end of a period. `unsolved`: by priority, the most pressing first, without those of none.

    `late`: unsolved tickets whose next promise is broken, the longest first; `due_soon`: those whose next one is due
    within a day. The rest counts tickets to which that happened in the period; `broken`: those with a promise that
    was broken.
    """

    unsolved: Sequence[tuple[str, int]]
    unassigned: int
    late: Sequence[TicketLine]
    due_soon: Sequence[TicketLine]
    late_count: int
    due_soon_count: int
    opened: int
    answered: int
    solved: int
    reopened: int
    broken: int

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell."""
        return not (self.unsolved or self.opened or self.answered or self.solved or self.reopened or self.broken)


def desk_facts(unsolved: Sequence[TicketLine], happened: Mapping[str, int], until: datetime) -> DeskFacts:
    """Gathers the facts: the tickets that are unsolved, and to how many tickets each kind of event happened."""
    late: list[tuple[datetime, TicketLine]] = []
    soon: list[tuple[datetime, TicketLine]] = []
    for ticket in unsolved:
        pressing = most_pressing(ticket.clocks)
        if pressing is None:
            continue
        timer = pressing[1]
        due = timer.late or timer.due
        if due is not None and due <= until:
            late.append((due, ticket))
        elif due is not None and due <= until + DUE_SOON:
            soon.append((due, ticket))
    by_priority = {name: sum(one.priority == name for one in unsolved) for name in reversed(PRIORITIES)}
    return DeskFacts(
        unsolved=tuple((name, number) for name, number in by_priority.items() if number),
        unassigned=sum(not one.assignee for one in unsolved),
        late=_first(late),
        due_soon=_first(soon),
        late_count=len(late),
        due_soon_count=len(soon),
        opened=happened.get("opened", 0),
        answered=happened.get("answered", 0),
        solved=happened.get("solved", 0),
        reopened=happened.get("reopened", 0),
        broken=happened.get("breach", 0),
    )


def _first(found: Sequence[tuple[datetime, TicketLine]]) -> tuple[TicketLine, ...]:
    return tuple(ticket for _, ticket in sorted(found, key=lambda one: (one[0], one[1].number))[:MOST_LISTED])
