"""How a desk did, week by week: what came and went, how fast, and whether once was enough."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Literal

from msgspec import Struct

from alerts.calendar import ALWAYS, Calendar
from alerts.tickets.sla import Clocks

What = Literal["opened", "answered", "solved", "reopened"]


class Worked(Struct, frozen=True, kw_only=True):
    """What happened to one ticket: `moves` in the order of time. `calendar`: by whose hours its answer is counted."""

    number: int
    moves: tuple[tuple[datetime, What], ...]
    clocks: Clocks = Clocks()
    calendar: Calendar = ALWAYS


class Week(Struct, frozen=True, kw_only=True):
    """One week [since, until). Shares are of 1, lengths working time; None where there was nothing to count.

    `first_contact`: of the tickets solved in the week, those with at most one answer before and never back since.
    `reopened`: of those, the ones that came back since. `backlog`: open when the week ended. `kept`: of the promises of
    the SLA that were met or broken in the week, the ones met in time.
    """

    since: datetime
    until: datetime
    opened: int
    solved: int
    answered: int
    backlog: int
    first_contact: float | None
    reopened: float | None
    answer_median: timedelta | None
    answer_p90: timedelta | None
    kept: float | None
    promises: int


def weeks_until(now: datetime, number: int, timezone: tzinfo) -> list[tuple[datetime, datetime]]:
    """The last `number` weeks, each from Monday 00:00 in the time zone; the last one is still going on."""
    local = now.astimezone(timezone)
    monday = local.date() - timedelta(days=local.weekday())
    starts = [
        datetime(day.year, day.month, day.day, tzinfo=timezone)
        for day in (monday - timedelta(weeks=back) for back in range(number - 1, -2, -1))
    ]
    return list(pairwise(starts))


def figures(tickets: Sequence[Worked], weeks: Sequence[tuple[datetime, datetime]]) -> list[Week]:
    """The figures of each week, for the tickets that are given."""
    return [_week(tickets, since, until) for since, until in weeks]


def quantile(lengths: Sequence[timedelta], share: float) -> timedelta | None:
    """The length that `share` of them do not exceed (nearest rank); None for none."""
    if not lengths:
        return None
    ordered = sorted(lengths)
    return ordered[min(len(ordered) - 1, max(0, -(-int(share * 1_000) * len(ordered) // 1_000) - 1))]


def _week(tickets: Sequence[Worked], since: datetime, until: datetime) -> Week:
    def within(at: datetime | None) -> bool:
        return at is not None and since <= at < until

    solved = [end for one in tickets for end in _solved(one) if within(end.at)]
    lengths = [length for one in tickets if (length := _answered(one, since, until)) is not None]
    promises = [late for one in tickets for at, late in _promises(one.clocks) if within(at)]
    return Week(
        since=since,
        until=until,
        opened=sum(1 for one in tickets for at, what in one.moves if what == "opened" and within(at)),
        solved=len(solved),
        answered=len(lengths),
        backlog=sum(1 for one in tickets if _is_open(one, until)),
        first_contact=_share(sum(end.answers <= 1 and not end.back and not end.again for end in solved), len(solved)),
        reopened=_share(sum(end.back for end in solved), len(solved)),
        answer_median=quantile(lengths, 0.5),
        answer_p90=quantile(lengths, 0.9),
        kept=_share(sum(not late for late in promises), len(promises)),
        promises=len(promises),
    )


class _Solved(Struct, frozen=True):
    """One time that a ticket was solved: after how many answers, whether it came back, and had come back before."""

    at: datetime
    answers: int
    back: bool
    again: bool


def _solved(one: Worked) -> list[_Solved]:
    found: list[_Solved] = []
    answers = returned = 0
    for at, what in one.moves:
        if what == "answered":
            answers += 1
        elif what == "reopened":
            returned += 1
            if found:
                found[-1] = _Solved(found[-1].at, found[-1].answers, True, found[-1].again)
        elif what == "solved":
            found.append(_Solved(at, answers, False, returned > 0))
    return found


def _answered(one: Worked, since: datetime, until: datetime) -> timedelta | None:
    """How long the first answer took, where it was given in the week."""
    first = next((at for at, what in one.moves if what == "answered"), None)
    if first is None or not since <= first < until:
        return None
    return one.calendar.between(one.moves[0][0], first)


def _is_open(one: Worked, at: datetime) -> bool:
    """Whether the ticket was open at that time."""
    last = None
    for moved, what in one.moves:
        if moved < at and what != "answered":
            last = what
    return last in ("opened", "reopened")


def _promises(clocks: Clocks) -> list[tuple[datetime, bool]]:
    """When each promise was met or broken, and whether it was broken."""
    found = []
    for timer in (clocks.answer, clocks.resolution):
        if timer is not None and (timer.late or timer.met):
            found.append((timer.late or timer.met, timer.late is not None))
    return [(at, late) for at, late in found if at is not None]


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
