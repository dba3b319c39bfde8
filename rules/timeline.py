"""What happened between us and a customer, in order, over every channel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Literal

from msgspec import Struct

Happening = Literal["mention", "interaction", "survey", "alert", "ticket opened", "ticket closed", "note"]
Direction = Literal["in", "out", ""]

_COMPLAINT = "complaint"
_CONTACTS = ("mention", "interaction", "survey")
_ASK_NOTHING = frozenset({"order", "payment", "delivery"})
_TALKS = frozenset({"call", "meeting", "visit"})


class Entry(Struct, frozen=True, kw_only=True):
    """One thing that happened; an empty string is "not told".

    `number` counts within its `what`. `direction` is "in" from the customer, "out" to them, "" between neither.
    `channel`: the network, or what an interaction came by ("phone", "shop"). `rating`: a survey's answer, 0 to 1.
    `complaint`: what `is_complaint` says of it. `ticket`: the one that it opened, closed, or is part of. `by`: the
    colleague; of what comes in, who wrote it.
    """

    at: datetime
    what: Happening
    number: int
    customer: str
    channel: str = ""
    kind: str = ""
    direction: Direction = ""
    by: str = ""
    text: str = ""
    outcome: str = ""
    url: str = ""
    feeling: str = ""
    complaint: bool = False
    rating: float | None = None
    ticket: int | None = None

    @property
    def is_contact(self) -> bool:
        """Whether the customer and somebody spoke, as opposed to what was done about it here."""
        return self.what in _CONTACTS

    @property
    def is_negative(self) -> bool:
        """Whether the customer complained or was unhappy in it; a survey's answer counts for itself."""
        return self.direction == "in" and self.complaint


class Answer(Struct, frozen=True, kw_only=True):
    """That somebody answered: which entry, after how long, by whom (`by` is "" where that was not told)."""

    entry: Entry
    after: timedelta
    by: str


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """The entries by time; what happened at one moment stands as what it is, then by its number."""
    return sorted(entries, key=lambda entry: (entry.at, entry.what, entry.number))


def answers(entries: Iterable[Entry]) -> list[Answer]:
    """Who answered what came in, and how fast, by the time of what was answered. The order of `entries` is nothing.

    What comes in on a channel is answered by the next thing that goes out on it; several in a row before that wait for
    one answer, and its time runs from the first of them. A mention is answered, too, by the closing of its ticket.
    Surveys and orders ask for no answer, and a call that a colleague took has one.
    """
    found, _ = _walked(entries)
    return sorted(found, key=lambda answer: (answer.entry.at, answer.entry.what, answer.entry.number))


def unanswered(entries: Iterable[Entry]) -> list[Entry]:
    """What came in and has no answer yet, by time; of several in a row on one channel the first."""
    _, waiting = _walked(entries)
    return in_order(asked[0] for asked in waiting.values() if asked)


_Waiting = dict[tuple[str, str], list[Entry]]
"""By customer and channel."""


def _walked(entries: Iterable[Entry]) -> tuple[list[Answer], _Waiting]:
    """The answers, and what still waits for one."""
    waiting: _Waiting = {}
    found: list[Answer] = []
    for entry in in_order(entries):
        if entry.what == "ticket closed":
            found += _closed(entry, waiting)
        elif _asks(entry):
            waiting.setdefault((entry.customer, entry.channel), []).append(entry)
        elif entry.what == "interaction" and entry.direction == "out":
            asked = waiting.pop((entry.customer, entry.channel), None)
            if asked:
                found.append(Answer(entry=asked[0], after=entry.at - asked[0].at, by=entry.by))
    return found, waiting


def _asks(entry: Entry) -> bool:
    """Whether somebody waits for an answer to it."""
    if entry.direction != "in" or entry.what not in ("mention", "interaction"):
        return False
    return entry.what == "mention" or not (entry.kind in _ASK_NOTHING or (entry.kind in _TALKS and entry.by))


def _closed(closing: Entry, waiting: _Waiting) -> list[Answer]:
    """The answers that the closing of a ticket is, taken out of what waits."""
    found = []
    for where, asked in waiting.items():
        its = [one for one in asked if one.ticket is not None and one.ticket == closing.ticket]
        if its:
            found.append(Answer(entry=its[0], after=closing.at - its[0].at, by=closing.by))
            waiting[where] = [one for one in asked if one not in its]
    return found


def typical_answer(found: Sequence[Answer]) -> timedelta | None:
    """The median time to an answer, None where nothing was answered."""
    return timedelta(seconds=median(one.after.total_seconds() for one in found)) if found else None


def is_complaint(label: str, intents: Iterable[str]) -> bool:
    """Whether what somebody said counts among a customer's complaints: it is one, or it is unhappy."""
    return label == "negative" or _COMPLAINT in intents
