"""Checks whether the steps of an escalation that say "next" or "manager" can ever reach somebody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from alerts.escalation import MANAGER, NEXT
from listener.configuration.mistakes import Mistake, shown
from listener.configuration.settings import Table


def wrong_ladder(
    table: Table, steps: Sequence[Mapping[str, Any]], callable_by: Mapping[str, Sequence[Table]]
) -> Iterator[Mistake]:
    """Steps for which the ones before leave nobody. `callable_by`: the tables whose names steps may use."""
    schedules, people = _by_name(callable_by["[[schedules]]"]), _by_name(callable_by["[[people]]"])
    before: list[str] = []
    for number, step in enumerate(steps):
        names = texts(step.get("notify"))
        place = ("steps", number, "notify")
        if number and NEXT in names:
            yield from _no_next(table, place, [schedules[name] for name in before if name in schedules])
        if number and MANAGER in names:
            told = [person for name in before for person in _people_of(name, schedules, people)]
            yield from _no_manager(table, place, told, people)
        before += names


def _no_next(table: Table, place: tuple[str | int, ...], schedules: Sequence[Table]) -> Iterator[Mistake]:
    if not schedules:
        yield table.mistake(place, f"is {NEXT!r}, and no step before it names one of [[schedules]]")
        return
    last = schedules[-1]
    if len({*texts(last.raw.get("people"))}) == 1 and not last.raw.get("overrides"):
        yield table.mistake(place, f"is {NEXT!r}, and {shown(last.text('name'))} has nobody else")


def _no_manager(
    table: Table, place: tuple[str | int, ...], told: Sequence[str], people: Mapping[str, Table]
) -> Iterator[Mistake]:
    managers = {name: manager for name in told if (manager := people[name].text("manager"))}
    if not managers:
        yield table.mistake(place, f"is {MANAGER!r}, and nobody whom the steps before it tell has a `manager`")
    for name, manager in managers.items():
        if manager in people and not people[manager].raw.get("channels"):
            who = f"{shown(manager)}, the manager of {shown(name)},"
            yield table.mistake(place, f"is {MANAGER!r}, and {who} has no `channels` to be told on")


def _by_name(tables: Sequence[Table]) -> dict[str, Table]:
    return {name: one for one in tables if (name := one.text("name"))}


def _people_of(name: str, schedules: Mapping[str, Table], people: Mapping[str, Table]) -> list[str]:
    """Whom a name in a step may stand for."""
    if name not in schedules:
        return [name] if name in people else []
    raw = schedules[name].raw
    found, stand_ins = texts(raw.get("people")), raw.get("overrides")
    for one in stand_ins if isinstance(stand_ins, list) else ():
        found += texts(one.get("person")) if isinstance(one, dict) else []
    return [one for one in found if one in people]


def texts(value: object) -> list[str]:
    """A name or a list of them, as they are written; what is no text is told elsewhere."""
    names = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    return [name.strip() for name in names if isinstance(name, str)]
