"""How a customer is doing, from 0 to 100: a weighted mean of where they stand in each part among all customers."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from math import fsum
from typing import Literal, get_args

from msgspec import Struct

Part = Literal["negative", "positive", "tickets", "answer", "survey", "renewal", "silence"]
PARTS: tuple[Part, ...] = get_args(Part)

WEIGHTS: Mapping[Part, float] = {
    "negative": 30.0,
    "positive": 10.0,
    "tickets": 20.0,
    "answer": 10.0,
    "survey": 15.0,
    "renewal": 5.0,
    "silence": 10.0,
}
"""What each part counts for, unless [customer_health] says otherwise."""

MORE_IS_BETTER: frozenset[Part] = frozenset({"positive", "survey"})

MADE_UP: Mapping[Part, tuple[float, ...]] = {
    "negative": (*(0.0,) * 10, 0.5, 0.5, 1.0, 1.0, 1.0, 1.5, 2.0, 2.0, 3.0, 5.0),
    "positive": (*(0.0,) * 10, 0.5, 0.5, 0.5, 1.0, 1.0, 1.0, 2.0, 2.0, 3.0, 5.0),
    "tickets": (*(0.0,) * 14, 1.0, 1.0, 1.5, 2.0, 3.0, 5.0),
    "answer": (0.25, 0.5, 1, 1, 2, 2, 4, 4, 6, 8, 8, 12, 12, 18, 24, 24, 36, 48, 72, 168),
    "survey": (0, 0.25, 0.25, 0.5, 0.5, 0.5, 0.7, 0.7, 0.75, 0.75, 0.8, 0.8, 0.8, 0.9, 0.9, 0.9, 1, 1, 1, 1),
    "renewal": tuple(step / 20 for step in range(20)),
    "silence": (1, 2, 3, 5, 7, 7, 10, 14, 14, 21, 21, 30, 30, 45, 60, 60, 90, 120, 180, 365),
}
"""Twenty customers who stand in every base beside the real ones: among three customers a percentile means nothing."""


class Signals(Struct, frozen=True, kw_only=True):
    """What is known of one customer, a number a part; None is missing, which is never the same as zero.

    `negative`, `positive`: mentions and contacts, each halved every half-life. `tickets`: one for each that is open,
    and one more for each week that it has been. `answer`: hours to an answer, the median. `survey`: what they answered,
    0 (worst) to 1. `renewal`: 0 far away, 1 today. `silence`: days since a contact that was not a complaint.
    """

    negative: float = 0.0
    positive: float = 0.0
    tickets: float = 0.0
    answer: float | None = None
    survey: float | None = None
    renewal: float | None = None
    silence: float | None = None


class Contribution(Struct, frozen=True, kw_only=True):
    """One part of a health: `value` as in Signals, and the share of the base that fares no better.

    `weight` is the part's share of the whole, 0 to 1, after the missing ones have given theirs up; `lost` how many
    points of 100 it costs.
    """

    part: Part
    value: float
    no_better: float
    weight: float
    lost: float


class Health(Struct, frozen=True, kw_only=True):
    """How a customer is doing: the score with its parts, those that cost most first, and what was missing.

    `trend`: against the mean of the seven days before, None where there are none.
    """

    score: float
    parts: tuple[Contribution, ...]
    missing: tuple[Part, ...] = ()
    trend: float | None = None


class Base:
    """All customers' signals, to be compared with: pure."""

    def __init__(self, everyone: Iterable[Signals]) -> None:
        known = list(everyone)
        self._values: dict[Part, list[float]] = {
            part: sorted([*MADE_UP[part], *(value for one in known if (value := _value(one, part)) is not None)])
            for part in PARTS
        }

    def no_better(self, part: Part, value: float) -> float:
        """The share of the base, 0 to 1, that fares as badly or worse in a part as somebody with this value."""
        values = self._values[part]
        if part in MORE_IS_BETTER:
            return bisect_right(values, value) / len(values)
        return (len(values) - bisect_left(values, value)) / len(values)


def health(
    of: Signals, base: Base, weights: Mapping[Part, float] = WEIGHTS, before: Sequence[float] = ()
) -> Health | None:
    """Gives a customer's health; None where no part with a weight is known. `before`: the scores of the last days.

    100 times the weighted mean, over the parts that are known, of the share of the base that fares no better. With all
    else as it was, one more negative mention never raises it, and one more positive mention never lowers it.
    """
    known = {part: value for part in PARTS if (value := _value(of, part)) is not None and weights.get(part, 0.0) > 0.0}
    total = fsum(weights[part] for part in known)
    if not known:
        return None
    parts = [_contribution(part, value, base, weights[part] / total) for part, value in known.items()]
    score = min(max(100.0 - fsum(one.lost for one in parts), 0.0), 100.0)
    return Health(
        score=score,
        parts=tuple(sorted(parts, key=lambda one: (-one.lost, PARTS.index(one.part)))),
        missing=tuple(part for part in PARTS if part not in known and weights.get(part, 0.0) > 0.0),
        trend=None if not before else score - fsum(before) / len(before),
    )


class Fall(Struct, frozen=True):
    """That a health fell within a week: from its highest, to what it is."""

    start: float
    end: float

    @property
    def drop(self) -> float:
        """By how many points."""
        return self.start - self.end


def fall(week: Sequence[float], score: float, told_at: float | None, by: float) -> tuple[Fall | None, float | None]:
    """Whether somebody should be told of a fall, and the score at which they were told of the one that goes on.

    `week`: the scores of the seven days before; `told_at`: what the last call gave. A fall is told once, when it
    reaches `by` points, and again only when it goes on for as much again. It is over when less than half of it is left.
    """
    lost = max(week, default=score) - score
    if told_at is None:
        return (Fall(score + lost, score), score) if lost >= by else (None, None)
    if score <= told_at - by:
        return Fall(told_at, score), score
    return None, (told_at if lost >= by / 2 else None)


def _contribution(part: Part, value: float, base: Base, weight: float) -> Contribution:
    no_better = base.no_better(part, value)
    return Contribution(
        part=part, value=value, no_better=no_better, weight=weight, lost=100.0 * weight * (1.0 - no_better)
    )


def _value(of: Signals, part: Part) -> float | None:
    value: float | None = getattr(of, part)
    return value
