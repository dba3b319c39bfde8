"""Whose a ticket is: by skill, language, whose customer it is, load and working hours, with the reason in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from alerts.people import Person

EXPERT = "expert"
"""The skill of those who take what a first answer from a list would only annoy."""

MOST_RUNNERS_UP = 3


class Need(Struct, frozen=True, kw_only=True):
    """What a ticket asks of whoever takes it.

    `language`: of what was written, "" or "und" where it is not known. `skills`: all of them are needed, each with the
    reason why: {"legal": "it speaks of a lawyer"}. `owner`: who looks after the customer, as the directory names them.
    """

    language: str = ""
    skills: Mapping[str, str] = {}
    owner: str = ""
    not_to: tuple[str, ...] = ()  # names of people who gave it back, or have had it


class Routed(Struct, frozen=True, kw_only=True):
    """Who takes it ("" is nobody) and why; `runners_up`: who else could, the best first; `starts`: when they work."""

    person: str
    why: str
    runners_up: tuple[str, ...] = ()
    starts: datetime | None = None


def route(need: Need, people: Sequence[Person], load: Mapping[str, int], now: datetime) -> Routed:
    """Chooses the person for a ticket. `load`: the open tickets of each, by name. `starts` is None who works now.

    Only those count who have the most of the skills that are needed, at work or not: a hard ticket waits for whoever
    can solve it, rather than be asked about twice. Among them decides, in this order: that somebody is at work, speaks
    the language, has room (`most_tickets`), looks after this customer, and has the fewest tickets for what they take
    at most; then the order of the configuration. Where nobody is at work: the language, then who opens first. Nobody is
    passed over for being full where only they can do it: the reason says so.
    """
    candidates = [one for one in people if one.name not in need.not_to]
    if not candidates:
        return Routed(person="", why="nobody is there to take it")
    fewest = min(len(missing(one, need)) for one in candidates)
    able = [one for one in candidates if len(missing(one, need)) == fewest]
    working = [one for one in able if one.calendar.is_open(now)]
    order = {one.name: number for number, one in enumerate(people)}

    def fitness(one: Person) -> tuple[bool, datetime, bool, bool, float, int, int]:
        return (
            not speaks(one, need.language),
            now if working else one.calendar.opens_next(now),
            is_full(one, load),
            not looks_after(one, need.owner),
            _share(one, load),
            load.get(one.name, 0),
            order[one.name],
        )

    ranked = sorted(working or able, key=fitness)
    best = ranked[0]
    starts = None if working else best.calendar.opens_next(now)
    return Routed(
        person=best.name,
        why="; ".join((*_skills(best, need, candidates), *_why(best, need, load, now))) + _of(ranked),
        runners_up=tuple(one.name for one in ranked[1 : 1 + MOST_RUNNERS_UP]),
        starts=starts,
    )


def missing(person: Person, need: Need) -> list[str]:
    """The skills that are needed and that this person does not have."""
    has = {skill.casefold() for skill in person.skills}
    return [skill for skill in need.skills if skill.casefold() not in has]


def speaks(person: Person, language: str) -> bool:
    """Whether the person reads and writes the language; one that is not known asks for nothing."""
    wanted = primary(language)
    return not wanted or wanted in {primary(one) for one in person.languages}


def primary(language: str) -> str:
    """The language without its region, "" where none is known: "pt" of "pt-BR"."""
    first = language.casefold().partition("-")[0].strip()
    return "" if first in ("", "und", "mul", "zxx") else first


def is_full(person: Person, load: Mapping[str, int]) -> bool:
    """Whether the person has as many open tickets as they take at once."""
    return 0 < person.most_tickets <= load.get(person.name, 0)


def looks_after(person: Person, owner: str) -> bool:
    """Whether the owner of a customer is this person, by name or address."""
    named = owner.strip().casefold()
    return bool(named) and named in (person.name.casefold(), person.email.casefold())


def _share(person: Person, load: Mapping[str, int]) -> float:
    """How much of what they take they have; who takes any number counts as if it were twenty."""
    return load.get(person.name, 0) / (person.most_tickets or 20)


def _skills(person: Person, need: Need, candidates: Sequence[Person]) -> list[str]:
    """What is said of each skill that is needed: some may be had by others only, who lack another one."""
    said = []
    lacks = missing(person, need)
    for skill, reason in need.skills.items():
        if skill not in lacks:
            said.append(f"has the skill {skill} ({reason})")
        elif any(skill not in missing(one, need) for one in candidates):
            said.append(f"lacks the skill {skill} ({reason}), and nobody has all that it asks for")
        else:
            said.append(f"nobody has the skill {skill} ({reason})")
    return said


def _of(others: Sequence[Person]) -> str:
    return f" (of {len(others)} who could)" if len(others) > 1 else ""


def _why(person: Person, need: Need, load: Mapping[str, int], now: datetime) -> list[str]:
    said = []
    wanted = primary(need.language)
    if wanted:
        said.append(f"speaks {wanted}" if speaks(person, wanted) else f"nobody who could take it now speaks {wanted}")
    if looks_after(person, need.owner):
        said.append("looks after this customer")
    number = load.get(person.name, 0)
    if is_full(person, load):
        said.append(f"has {number} open, as many as they take at once, and nobody who fits as well has room")
    else:
        said.append(f"has {number} open" + (f" of {person.most_tickets}" if person.most_tickets else ""))
    if person.calendar.is_open(now):
        said.append("is at work")
    else:
        starts = person.calendar.opens_next(now).astimezone(person.calendar.timezone)
        lacks = missing(person, need)
        has_some = len(lacks) < len(need.skills)  # else all who could take it lack them
        who = "nobody with as many of the skills" if lacks else "nobody with the skill"
        said.append(f"{who if has_some else 'nobody'} is at work; begins {starts:%a %Y-%m-%d %H:%M %Z}")
    return said
