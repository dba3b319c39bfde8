"""The settings of who is on call, and of who is told of an alert that nobody takes up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from itertools import pairwise
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from alerts.calendar import ALWAYS, Calendar
from alerts.escalation import MANAGER, NEXT, Escalation, Step
from alerts.oncall import Schedule, StandIn
from listener.configuration.checks import unknown_names
from listener.configuration.ladder import texts, wrong_ladder
from listener.configuration.mistakes import Mistake, one_of, shown
from listener.configuration.settings import Table
from listener.configuration.times import clock_time, timezone_of
from rules.reading import Severity
from sources.settings import Duration, Name, Strict

MOST_STEPS = 20
MOST_STAND_INS = 1_000
WORDS = (NEXT, MANAGER)


def _moment(value: object) -> object:
    """Reads a text as TOML's own times are read; leaves what is one. Raises ValueError with a sentence."""
    if isinstance(value, str):
        try:
            return datetime.fromisoformat(value.strip())
        except ValueError:
            raise ValueError(f"is {shown(value)}, must be a date and time such as 2026-12-24T09:00:00") from None
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time())
    return value


Moment = Annotated[datetime, BeforeValidator(_moment)]


def _names(value: object) -> object:
    return [value] if isinstance(value, str) else value


class OverrideSettings(Strict):
    """One of `overrides`: who is on call instead. Times without a zone are meant in that of the schedule."""

    person: Annotated[str, Field(min_length=1)]
    start: Moment
    end: Moment

    @model_validator(mode="after")
    def _ends_later(self) -> OverrideSettings:
        if self.end.replace(tzinfo=None) <= self.start.replace(tzinfo=None):
            raise ValueError("ends before it begins: `end` must be later than `start`")
        return self

    def stand_in(self, zone: tzinfo) -> StandIn:
        return StandIn(person=self.person, start=_aware(self.start, zone), end=_aware(self.end, zone))


class ScheduleSettings(Strict):
    """`[[schedules]]`: people who are on call in turns."""

    name: Name
    people: Annotated[tuple[str, ...], Field(min_length=1, max_length=200)]
    shift: Annotated[Duration, Field(ge=timedelta(hours=1), le=timedelta(days=366))] = timedelta(days=7)
    starts: date
    handover: Annotated[time, BeforeValidator(clock_time)] = time(9)
    timezone: Annotated[ZoneInfo | None, BeforeValidator(timezone_of)] = None  # None: that of [listener]
    overrides: Annotated[tuple[OverrideSettings, ...], Field(max_length=MOST_STAND_INS)] = ()

    def schedule(self, usual: ZoneInfo) -> Schedule:
        """The schedule; `usual` is the time zone of those that name none."""
        zone = self.timezone or usual
        return Schedule(
            name=self.name,
            people=self.people,
            shift=self.shift,
            starts=datetime.combine(self.starts, self.handover),
            timezone=zone,
            stand_ins=tuple(one.stand_in(zone) for one in self.overrides),
        )


class StepSettings(Strict):
    """One of `steps`: whom to tell, and how long after the alert was opened."""

    after: Annotated[Duration, Field(ge=timedelta(0), le=timedelta(days=30))]
    notify: Annotated[tuple[str, ...], BeforeValidator(_names), Field(min_length=1, max_length=20)]


def _in_order(steps: tuple[StepSettings, ...]) -> tuple[StepSettings, ...]:
    if any(after.after < before.after for before, after in pairwise(steps)):
        raise ValueError("must stand in the order of their times: each `after` counts from the alert's opening")
    return steps


class EscalationSettings(Strict):
    """`[[escalations]]`: who is told of an alert that nobody takes up. The first that is for an alert counts."""

    name: Name
    severity: Severity = "low"
    brands: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    steps: Annotated[tuple[StepSettings, ...], Field(min_length=1, max_length=MOST_STEPS), AfterValidator(_in_order)]
    repeat: Annotated[int, Field(ge=0, le=100)] = 0
    repeat_after: Annotated[Duration, Field(ge=timedelta(minutes=1), le=timedelta(days=30))] = timedelta(minutes=30)
    calendar: str = ""

    @field_validator("steps")
    @classmethod
    def _next_of_something(cls, steps: tuple[StepSettings, ...]) -> tuple[StepSettings, ...]:
        if steps and set(WORDS) & set(steps[0].notify):
            raise ValueError(f"cannot begin with {NEXT!r} or {MANAGER!r}: nobody has been told yet")
        return steps

    def escalation(self, calendars: Mapping[str, Calendar]) -> Escalation:
        return Escalation(
            name=self.name,
            steps=tuple(Step(after=one.after, notify=one.notify) for one in self.steps),
            severity=self.severity,
            brands=self.brands,
            rules=self.rules,
            repeat=self.repeat,
            repeat_after=self.repeat_after,
            calendar=calendars.get(self.calendar, ALWAYS),
        )


def wrong_schedules(schedules: Sequence[Table], people: Sequence[Table]) -> Iterator[Mistake]:
    """People in schedules whom nothing names, or who cannot be reached."""
    for table in schedules:
        yield from unknown_names(table, "people", people, "[[people]]")
        for number, override in enumerate(_tables(table, "overrides")):
            place, person = ("overrides", number, "person"), override.get("person")
            yield from _unknown(table, place, person, _known(people))
            yield from _unreachable(table, place, person, people)
        for number, name in enumerate(texts(table.raw.get("people"))):
            yield from _unreachable(table, ("people", number), name, people)


def wrong_escalations(
    escalations: Sequence[Table],
    *,
    brands: Sequence[Table],
    rules: Sequence[Table],
    calendars: Sequence[Table],
    callable_by: Mapping[str, Sequence[Table]],
) -> Iterator[Mistake]:
    """Names that nothing has, or several things have. `callable_by`: the tables whose names steps may use."""
    for table in escalations:
        yield from unknown_names(table, "brands", brands, "[[brands]]")
        yield from unknown_names(table, "rules", rules, "[[rules]]")
        yield from unknown_names(table, "calendar", calendars, "[[calendars]]")
        for number, step in enumerate(_tables(table, "steps")):
            for name in texts(step.get("notify")):
                yield from _wrong_name(table, number, name, callable_by)
        yield from wrong_ladder(table, _tables(table, "steps"), callable_by)


def _wrong_name(table: Table, step: int, name: str, callable_by: Mapping[str, Sequence[Table]]) -> Iterator[Mistake]:
    if name in WORDS:
        return
    place = ("steps", step, "notify")
    found = [kind for kind, tables in callable_by.items() if name.strip() in _known(tables)]
    if len(found) > 1:
        yield table.mistake(place, f"names {shown(name)}, which is in {' and in '.join(found)}: rename one")
    elif not found:
        allowed = [one for tables in callable_by.values() for one in _known(tables)]
        yield from _unknown(table, place, name, [*allowed, *WORDS])
    elif found[0] in ("[[people]]", "[[teams]]"):
        called = next(one for one in callable_by[found[0]] if one.text("name") == name.strip())
        if not called.raw.get("channels"):
            which = "who" if found == ["[[people]]"] else "a team which"
            yield table.mistake(place, f"names {shown(name)}, {which} has no `channels` to be told on")


def _unreachable(table: Table, place: tuple[str | int, ...], name: Any, people: Sequence[Table]) -> Iterator[Mistake]:
    person = next((one for one in people if isinstance(name, str) and one.text("name") == name.strip()), None)
    if person is not None and not person.raw.get("channels"):
        yield table.mistake(place, f"is {shown(name)}, who has no `channels` to be told on")


def _unknown(table: Table, place: tuple[str | int, ...], name: Any, allowed: Sequence[str]) -> Iterator[Mistake]:
    if isinstance(name, str) and name.strip() not in allowed:
        yield table.mistake(place, one_of(tuple(allowed), name.strip()) if allowed else "names what is not configured")


def _tables(table: Table, key: str) -> list[dict[str, Any]]:
    found = table.raw.get(key)
    return [one if isinstance(one, dict) else {} for one in found] if isinstance(found, list) else []


def _known(tables: Sequence[Table]) -> list[str]:
    return [name for table in tables if (name := table.text("name"))]


def _aware(moment: datetime, zone: tzinfo) -> datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)
