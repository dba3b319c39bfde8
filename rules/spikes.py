"""Says whether more is said of a brand in an hour than its rhythm and chance explain.

What is to be expected comes from `rules.silence`: four weeks of counts by hour of the week, drawn towards the hour of
the day, with the unevenness that was seen. A count is a spike when one as great or greater has a chance below CHANCE
under a negative binomial law with that mean and variance (Hilbe, Negative Binomial Regression, 2011, chapter 8) and
when it is several times what was to be expected: a thousandfold sample makes any difference significant.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping

from msgspec import Struct

from rules.silence import rhythm

CHANCE = 1e-5
"""An hour is looked at every minute, for each brand: a month has one like it by chance."""

_MOST_TERMS = 100_000


class Spike(Struct, frozen=True, kw_only=True):
    """How much was heard in an hour, how much was to be expected, and the chance of so much or more."""

    count: int
    expected: float
    chance: float


def spike(
    counts: Mapping[int, int], working: Collection[int], now: float, count: int, *, least: int, times: float
) -> Spike | None:
    """The spike that `count` mentions in the hour up to `now` are; None for none, or where too little is known.

    `counts` by hour since 1970 and `working`, the hours of work, as `rules.silence` takes them; `now` in hours since
    1970. The last two hours teach nothing, so that a spike does not explain itself. `least` and `times`: how many, and
    how many times what was to be expected, there must be.
    """
    if count < least:
        return None
    until = int(now) - 1
    usual = rhythm(
        {hour: posts for hour, posts in counts.items() if hour < until}, [one for one in working if one < until]
    )
    if usual is None:
        return None
    begun = now - int(now)  # the share of the hour that goes on
    expected = usual.expected([int(now) - 1]) * (1 - begun) + usual.expected([int(now)]) * begun
    if count < times * expected:
        return None
    chance = at_least(count, expected, usual.dispersion)
    return Spike(count=count, expected=expected, chance=chance) if chance < CHANCE else None


def at_least(count: int, mean: float, dispersion: float) -> float:
    """The chance of `count` or more where `mean` are expected and the variance is `dispersion` times that."""
    if count <= 0:
        return 1.0
    mean = max(mean, 1e-9)
    term = math.exp(_log_of(count, mean, dispersion))
    total = 0.0
    for number in range(count, count + _MOST_TERMS):
        total += term
        following = term * _step(number, mean, dispersion)
        if following < total * 1e-12 and following < term:
            break
        term = following
    return min(total, 1.0)


def _log_of(count: int, mean: float, dispersion: float) -> float:
    if dispersion < 1.001:
        return count * math.log(mean) - mean - math.lgamma(count + 1)
    size = mean / (dispersion - 1)
    likely = math.lgamma(count + size) - math.lgamma(size) - math.lgamma(count + 1)
    return likely - size * math.log(dispersion) + count * math.log(1 - 1 / dispersion)


def _step(number: int, mean: float, dispersion: float) -> float:
    """What the chance of one more is, against that of this number."""
    if dispersion < 1.001:
        return mean / (number + 1)
    size = mean / (dispersion - 1)
    return (number + size) / (number + 1) * (1 - 1 / dispersion)
