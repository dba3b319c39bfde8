"""Who is told of an alert that nobody takes up, step by step, each time somebody further away."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from alerts.calendar import ALWAYS, Calendar
from alerts.oncall import Schedule, next_person
from alerts.people import Person, Team
from rules.reading import SEVERITIES, Severity

NEXT = "next"
"""In a step: the next person by the schedule that an earlier step named."""

MANAGER = "manager"
"""In a step: the manager of whoever was woken last, else of the nearest before them who has one."""


class Step(Struct, frozen=True, kw_only=True):
    """`after` the alert was opened (of the first step), or since it was opened in all (of later ones): whom to tell.

    `notify` names schedules, people, teams and channels, or is NEXT or MANAGER.
    """

    after: timedelta
    notify: tuple[str, ...]


class Escalation(Struct, frozen=True, kw_only=True):
    """A policy. It is for alerts of `severity` at least, of `brands` and `rules` (none: of all).

    After the last step it begins again `repeat_after` later, `repeat` times. Times are counted as `calendar` is open.
    """

    name: str
    steps: tuple[Step, ...]
    severity: Severity = "low"
    brands: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    repeat: int = 0
    repeat_after: timedelta = timedelta(minutes=30)
    calendar: Calendar = ALWAYS

    def begins_round(self, done: int) -> bool:
        """Whether the step after `done` ones is the first of the ladder."""
        return done % len(self.steps) == 0

    @property
    def all_steps(self) -> int:
        """How many steps there are, repeats counted."""
        return len(self.steps) * (1 + self.repeat)

    def is_for(self, severity: Severity, brands: Collection[str], rules: Collection[str]) -> bool:
        return (
            SEVERITIES.index(severity) >= SEVERITIES.index(self.severity)
            and (not self.brands or not set(self.brands).isdisjoint(brands))
            and (not self.rules or not set(self.rules).isdisjoint(rules))
        )


class Called(Struct, frozen=True, kw_only=True):
    """Somebody to tell: on which channels, and how they came to it.

    `person` is "" where a channel or a team as a whole is told. `how`: "schedule", "next", "manager" or "named";
    `of` is the schedule, or whose manager it is.
    """

    person: str = ""
    channels: tuple[str, ...] = ()
    how: str = "named"
    of: str = ""


class Roster(Struct, frozen=True, kw_only=True):
    """Whom names in steps stand for."""

    schedules: Mapping[str, Schedule] = {}
    people: Mapping[str, Person] = {}
    teams: Mapping[str, Team] = {}
    channels: Collection[str] = ()


def policy_for(
    policies: Sequence[Escalation], severity: Severity, brands: Collection[str], rules: Collection[str]
) -> Escalation | None:
    """The first policy that is for such an alert."""
    return next((one for one in policies if one.is_for(severity, brands, rules)), None)


def next_step(policy: Escalation, done: int, since: datetime) -> datetime | None:
    """When the step after `done` ones is due; None where none is left.

    `since` is when the last one was told, or for the first when the alert was opened. What could not be told in time
    moves the later steps, so that whoever is told has their time to react.
    """
    if done >= policy.all_steps:
        return None
    number = done % len(policy.steps)
    if number == 0:
        waits = policy.steps[0].after if done == 0 else policy.repeat_after
    else:
        waits = policy.steps[number].after - policy.steps[number - 1].after
    if waits <= timedelta(0):
        return policy.calendar.opens_next(since)
    return policy.calendar.after(since, waits)


def whom(policy: Escalation, done: int, woken: Sequence[str], roster: Roster, now: datetime) -> list[Called]:
    """Who is told by the step after `done` ones. `woken`: the people who were in this round, in their order.

    Nobody where the schedule has no next person, or nobody a manager.
    """
    step = policy.steps[done % len(policy.steps)]
    found: list[Called] = []
    for name in step.notify:
        if name == NEXT:
            found += _next(policy, done, woken, roster, now)
        elif name == MANAGER:
            found += _manager(woken, roster)
        elif name in roster.schedules:
            person = next_person(roster.schedules[name], now, ())
            found.append(_person(person, roster, "schedule", name))
        elif name in roster.people:
            found.append(_person(name, roster, "named"))
        elif name in roster.teams:
            found.append(Called(channels=roster.teams[name].channels))
        elif name in roster.channels:
            found.append(Called(channels=(name,)))
    return found


def _next(policy: Escalation, done: int, woken: Sequence[str], roster: Roster, now: datetime) -> list[Called]:
    earlier = [name for step in policy.steps[: done % len(policy.steps)] for name in step.notify]
    name = next((one for one in reversed(earlier) if one in roster.schedules), "")
    person = next_person(roster.schedules[name], now, woken) if name else ""
    return [_person(person, roster, "next", name)] if person else []


def _manager(woken: Sequence[str], roster: Roster) -> list[Called]:
    for name in reversed(woken):
        person = roster.people.get(name)
        if person is not None and person.manager:
            return [_person(person.manager, roster, "manager", name)]
    return []


def _person(name: str, roster: Roster, how: str, of: str = "") -> Called:
    person = roster.people.get(name)
    return Called(person=name, channels=person.channels if person else (), how=how, of=of)
