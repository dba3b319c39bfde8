"""Sums up what happened with a customer into the numbers that a health is made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from math import fsum

from msgspec import Struct

from rules.health import Signals
from rules.timeline import Entry, answers, typical_answer

HORIZON = timedelta(days=365)
"""How far back what happened counts."""

_WEEK, _DAY, _HOUR = timedelta(weeks=1), timedelta(days=1), timedelta(hours=1)


class OpenTicket(Struct, frozen=True):
    """A ticket of a customer's that is not closed."""

    number: int
    opened_at: datetime


class Lengths(Struct, frozen=True, kw_only=True):
    """By how long a mention counts half, and how long before a renewal it begins to count."""

    half_life: timedelta = timedelta(days=14)
    renewal_within: timedelta = timedelta(days=90)


def signals(
    entries: Sequence[Entry],
    tickets: Iterable[OpenTicket],
    renewal: date | None,
    now: datetime,
    lengths: Lengths = Lengths(),  # noqa: B008 - frozen
) -> Signals:
    """Gives a customer's numbers as of `now`. The order of `entries` and `tickets` is nothing; what is to come, too."""
    past = [entry for entry in entries if now - HORIZON <= entry.at <= now]
    contacts = [entry for entry in past if entry.is_contact]
    typical = typical_answer(answers(past))
    good = [entry.at for entry in contacts if not entry.is_negative]
    return Signals(
        negative=_decayed([entry for entry in contacts if entry.is_negative], now, lengths),
        positive=_decayed([one for one in contacts if one.direction == "in" and _is_positive(one)], now, lengths),
        tickets=fsum(1.0 + max(now - one.opened_at, timedelta(0)) / _WEEK for one in tickets),
        answer=None if typical is None else typical / _HOUR,
        survey=_survey(contacts, now, lengths),
        renewal=None if renewal is None else _nearness(renewal, now, lengths),
        silence=None if not good else (now - max(good)) / _DAY,
    )


def renewal_date(text: str) -> date | None:
    """Reads a date as directories write it: 2026-12-31, with or without a time; None for anything else."""
    try:
        return datetime.fromisoformat(text.strip()).date()
    except ValueError:
        return None


def _is_positive(entry: Entry) -> bool:
    return entry.feeling == "positive" and not entry.is_negative and entry.what != "survey"


def _halved(entry: Entry, now: datetime, lengths: Lengths) -> float:
    return float(0.5 ** ((now - entry.at) / lengths.half_life))


def _decayed(entries: Sequence[Entry], now: datetime, lengths: Lengths) -> float:
    return fsum(_halved(entry, now, lengths) for entry in entries)


def _survey(contacts: Sequence[Entry], now: datetime, lengths: Lengths) -> float | None:
    """The mean of what they answered, newer answers counting for more."""
    rated = [(one.rating, _halved(one, now, lengths)) for one in contacts if one.rating is not None]
    total = fsum(weight for _, weight in rated)
    return fsum(rating * weight for rating, weight in rated) / total if total > 0.0 else None


def _nearness(renewal: date, now: datetime, lengths: Lengths) -> float | None:
    """None for a day that is past: nobody has written the next one down yet, and it says nothing."""
    days = (renewal - now.date()).days
    if days < 0:
        return None
    return min(max(1.0 - days / max(lengths.renewal_within / _DAY, 1.0), 0.0), 1.0)
