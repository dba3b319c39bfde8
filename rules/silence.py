"""Says whether nothing has been heard for longer than chance explains.

The expected count of each hour of the week comes from the last four weeks, drawn towards its hour of the day, and that
towards the mean (Gamma-Poisson shrinkage). Time is then counted in expected posts, in which the waits of a Poisson
process are alike whatever the hour (time rescaling: Brown et al., Neural Computation 14, 2002,
https://doi.org/10.1162/08997660252741149). A wait is a silence when it is both improbable (a week has one like it with
a chance below 0.1 %, under a negative binomial law with the variance that was seen: Hilbe, Negative Binomial
Regression, 2011, chapter 8; each of the week's waits could be that one, Bonferroni) and much longer than the longest
wait of those weeks, which holds where posts come in bursts that no law foresees.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise

from msgspec import Struct

HISTORY_HOURS = 28 * 24
LEAST_HISTORY_HOURS = 14 * 24
LEAST_POSTING_HOURS = 20
"""Hours with a post that a history must have: with fewer, nobody knows what is usual."""

CHANCE = 0.001
LONGER = 2.0
"""How many times the longest earlier wait a silence lasts, counted in expected posts."""

_WEEK = 168
_BLOCKS = (1, 6, 24)  # hours over which counts are compared with what was expected: bursts last longer than an hour
_DAY_WEIGHT = 3.0  # of the mean, in hours observed, against an hour of the day
_WEEK_WEIGHT = 4.0  # of the hour of the day, in hours observed: less trusts four weeks of a bursty source too much


class Silence(Struct, frozen=True, kw_only=True):
    """How long nothing came, in hours and in posts that were to be expected meanwhile.

    `quiet`: longer than chance explains. `chance`: of no post at all in that time.
    """

    hours: int
    expected: float
    chance: float
    quiet: bool


class Rhythm(Struct, frozen=True, kw_only=True):
    """How posts usually come: the count to expect by hour of the week, how unevenly, and the longest wait so far.

    `last`: the hour (since 1970, UTC) of the newest post, with which the history ends. `dispersion`: variance over
    mean, 1 where posts come independently of each other. `waits`: how many a week has. `longest`: in expected posts.
    """

    last: int
    by_hour: tuple[float, ...]
    dispersion: float
    waits: float
    longest: float

    @property
    def enough(self) -> float:
        """From how many expected posts on that did not come a wait is a silence."""
        return max(math.log(max(1.0, self.waits) / CHANCE) / self._weight, LONGER * self.longest)

    def silence(self, working: Collection[int], begun: int, now: float) -> Silence:
        """What the time since the newest post, or since the hour `begun` if that is later, says.

        Only hours in which listener was at work (`working`) count; `now` is in hours since 1970.
        """
        hours = [hour for hour in range(max(self.last, begun) + 1, int(now)) if hour in working]
        expected = self.expected(hours)
        chance = math.exp(-expected * self._weight)
        return Silence(hours=len(hours), expected=expected, chance=chance, quiet=expected > self.enough)

    def expected(self, hours: Sequence[int]) -> float:
        """How many posts are to be expected in these hours."""
        return sum(self.by_hour[hour % _WEEK] for hour in hours)

    @property
    def _weight(self) -> float:
        """The chance of none where x posts are expected is exp(-x · weight): 1 for Poisson, ln φ / (φ - 1) beyond."""
        spread = self.dispersion
        return 1.0 if spread < 1.001 else math.log(spread) / (spread - 1)


def rhythm(counts: Mapping[int, int], working: Collection[int]) -> Rhythm | None:
    """Learns from the counts by hour (since 1970; those without a post may be left out); None: too little is known.

    `working`: the hours in which listener was at work. The history begins with the first post that is counted.
    """
    posting = sorted(hour for hour, count in counts.items() if count > 0)
    if len(posting) < LEAST_POSTING_HOURS:
        return None
    last = posting[-1]
    first = max(last - HISTORY_HOURS + 1, posting[0])
    hours = [hour for hour in range(first, last + 1) if hour in working or counts.get(hour)]
    posting = [hour for hour in posting if hour >= first]
    if len(hours) < LEAST_HISTORY_HOURS or len(posting) < LEAST_POSTING_HOURS:
        return None
    by_hour = _by_hour(counts, hours)
    return Rhythm(
        last=last,
        by_hour=by_hour,
        dispersion=max(1.0, *(_dispersion(counts, hours, by_hour, size) for size in _BLOCKS)),
        waits=len(posting) * _WEEK / len(hours),
        longest=_longest(posting, hours, by_hour),
    )


def _by_hour(counts: Mapping[int, int], hours: Sequence[int]) -> tuple[float, ...]:
    """An hour of the week is its own count, drawn towards its hour of the day, and that towards the mean."""
    mean = sum(counts.get(hour, 0) for hour in hours) / len(hours)
    of_day = _shrunk(counts, hours, [hour % 24 for hour in range(_WEEK)], [mean] * _WEEK, _DAY_WEIGHT)
    return tuple(_shrunk(counts, hours, list(range(_WEEK)), of_day, _WEEK_WEIGHT))


def _shrunk(
    counts: Mapping[int, int], hours: Sequence[int], groups: Sequence[int], towards: Sequence[float], weight: float
) -> list[float]:
    """The mean of each hour's group, as if `weight` hours more had been as they are drawn `towards`."""
    total: dict[int, int] = {}
    seen: dict[int, int] = {}
    for hour in hours:
        group = groups[hour % _WEEK]
        total[group] = total.get(group, 0) + counts.get(hour, 0)
        seen[group] = seen.get(group, 0) + 1
    return [
        (total.get(group, 0) + weight * value) / (seen.get(group, 0) + weight)
        for group, value in zip(groups, towards, strict=True)
    ]


def _dispersion(counts: Mapping[int, int], hours: Sequence[int], by_hour: Sequence[float], size: int) -> float:
    """Pearson's chi-square over its degrees of freedom, of blocks of `size` hours."""
    total = blocks = 0.0
    for start in range(0, len(hours) - size + 1, size):
        some = hours[start : start + size]
        expected = sum(by_hour[hour % _WEEK] for hour in some)
        total += (sum(counts.get(hour, 0) for hour in some) - expected) ** 2 / expected
        blocks += 1
    return total / max(1.0, blocks - 1)


def _longest(posting: Sequence[int], hours: Sequence[int], by_hour: Sequence[float]) -> float:
    """The longest wait between two hours with posts, in expected posts."""
    until: dict[int, float] = {}
    passed = 0.0
    for hour in hours:
        until[hour] = passed
        passed += by_hour[hour % _WEEK]
    return max(
        (until[later] - until[earlier] - by_hour[earlier % _WEEK] for earlier, later in pairwise(posting)), default=0.0
    )
