"""Who is on call when: a rotation of people, with days on which somebody else stands in."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta, tzinfo

from msgspec import Struct


class StandIn(Struct, frozen=True, kw_only=True):
    """Somebody who is on call in [start, end), whoever's turn it is. Both are aware."""

    person: str
    start: datetime
    end: datetime


class Schedule(Struct, frozen=True, kw_only=True):
    """A rotation: each of `people` is on call for `shift`, in their order, from `starts` on and before it alike.

    `starts` and the handovers are read off the clock on the wall in `timezone`: a handover at 09:00 stays at 09:00 when
    clocks change. Of several who stand in at a time the last one in the list does.
    """

    name: str
    people: tuple[str, ...]
    shift: timedelta
    starts: datetime  # as the clock on the wall shows it, without a zone of its own
    timezone: tzinfo = UTC
    stand_ins: tuple[StandIn, ...] = ()


class OnCall(Struct, frozen=True, kw_only=True):
    """Who is on call, and until when (aware UTC) at least. `stands_in`: it is not their turn by the rotation."""

    person: str
    until: datetime
    stands_in: bool = False


class Duty(Struct, frozen=True, kw_only=True):
    """Who is on call on a schedule until when, `then` from that moment on; `next` is asked where they do not react."""

    schedule: str
    person: str
    until: datetime
    stands_in: bool
    then: str
    next: str


def who_is_on(schedule: Schedule, at: datetime) -> OnCall:
    """Who is on call at a moment (aware)."""
    at = at.astimezone(UTC)
    turn = _turn(schedule, at)
    changes = [_handover(schedule, turn + 1)]
    changes += [moment.astimezone(UTC) for one in schedule.stand_ins for moment in (one.start, one.end)]
    # A handover is a wall clock's; where clocks go back it may lie behind the moment that it was found from.
    until = min((moment for moment in changes if moment > at), default=at + schedule.shift)
    for one in reversed(schedule.stand_ins):
        if one.start <= at < one.end:
            return OnCall(person=one.person, until=until, stands_in=True)
    return OnCall(person=schedule.people[turn % len(schedule.people)], until=until)


def next_person(schedule: Schedule, at: datetime, but: Collection[str]) -> str:
    """Who is asked where those of `but` did not react: on call first, then the others in the order of their turns.

    "" where everybody of the schedule is in `but`.
    """
    turn = _turn(schedule, at.astimezone(UTC))
    size = len(schedule.people)
    order = [who_is_on(schedule, at).person, *(schedule.people[(turn + ahead) % size] for ahead in range(size))]
    return next((person for person in order if person not in but), "")


def on_duty(schedule: Schedule, at: datetime) -> Duty:
    """All that people ask about a schedule at a moment."""
    now = who_is_on(schedule, at)
    return Duty(
        schedule=schedule.name,
        person=now.person,
        until=now.until,
        stands_in=now.stands_in,
        then=who_is_on(schedule, now.until).person,
        next=next_person(schedule, at, (now.person,)),
    )


def _turn(schedule: Schedule, at: datetime) -> int:
    wall = at.astimezone(schedule.timezone).replace(tzinfo=None)
    return (wall - schedule.starts) // schedule.shift


def _handover(schedule: Schedule, turn: int) -> datetime:
    """When that turn begins, in UTC."""
    return (schedule.starts + turn * schedule.shift).replace(tzinfo=schedule.timezone).astimezone(UTC)
