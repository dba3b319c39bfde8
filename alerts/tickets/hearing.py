"""Who hears of what happens to a ticket, and whom a note names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from alerts.people import Person

_NAMED = re.compile(r"(?<![\w@./-])@([\w][\w.+-]*(?:@[\w.-]+\w)?)")
_ASSIGNEE_ONLY = frozenset({"priority", "warning"})
_EVERYBODY = frozenset(
    {
        "assigned",
        "returned",
        "reopened",
        "note",
        "answered",
        "solved",
        "closed",
        "status",
        "merged",
        "helping",
        "breach",
    }
)
_TEAM_WHERE_NOBODY = frozenset({"opened", "returned", "reopened", "warning", "breach"})


TOLD = _ASSIGNEE_ONLY | _EVERYBODY | _TEAM_WHERE_NOBODY
"""The kinds of events of which anybody hears; the rest is in the history alone."""


class Hearers(Struct, frozen=True, kw_only=True):
    """Who is told: people by name; whether the managers of the assignee are, and the whole team."""

    people: tuple[str, ...] = ()
    manager: bool = False
    team: bool = False


class Named(Struct, frozen=True, kw_only=True):
    """The people whom a note names as @name, and the words after an @ that name nobody, or several."""

    people: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def hearers(what: str, *, by: str, assignee: str, others: Iterable[str], named: Sequence[str] = ()) -> Hearers:
    """Who hears of an event of a kind. Nobody is told of what they did themselves.

    `others`: watchers and helpers; `named`: whom a note names. Where nobody has the ticket, its team hears of what
    cannot wait.
    """
    told: list[str] = []
    if what in _EVERYBODY:
        told = [*named, assignee, *others]
    elif what in _ASSIGNEE_ONLY:
        told = [assignee]
    people = tuple(dict.fromkeys(name for name in told if name and name.casefold() != by.casefold()))
    return Hearers(
        people=people,
        manager=what == "breach",
        team=what == "breach" or (what in _TEAM_WHERE_NOBODY and not assignee),
    )


def named_in(note: str, people: Sequence[Person]) -> Named:
    """Finds the people whom a note names: @ann, @ann.lee, @ann@example.org; a first name if it is one's alone."""
    known = _handles(people)
    found: dict[str, None] = {}
    unknown: dict[str, None] = {}
    for word in _NAMED.findall(note):
        who = known.get(word.casefold().rstrip(".-"))
        if who is None or len(who) != 1:
            unknown[word] = None
        else:
            found[who[0]] = None
    return Named(people=tuple(found), unknown=tuple(unknown))


def _handles(people: Sequence[Person]) -> Mapping[str, Sequence[str]]:
    """What each person can be called after an @; a whole name before a first name."""
    whole: dict[str, list[str]] = {}
    first: dict[str, list[str]] = {}
    for one in people:
        words = one.name.casefold().split()
        local = one.email.casefold().partition("@")[0]
        for handle in {"".join(words), ".".join(words), "-".join(words), "_".join(words), local, one.email.casefold()}:
            if handle:
                whole.setdefault(handle, []).append(one.name)
        if words:
            first.setdefault(words[0], []).append(one.name)
    return {**first, **whole}
