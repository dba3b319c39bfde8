"""Counts false alarms of rules.silence over simulated weeks, and how long it takes to notice a dead source.

.venv/bin/python -m benchmarks.silence [--weeks 26] [--sources 20]
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from random import Random
from statistics import median

from rules.silence import HISTORY_HOURS, Rhythm, rhythm

WEEK = 168

Rate = Callable[[int], float]


def even(hour: int) -> float:
    return 1.0


def nightly(hour: int) -> float:
    """Loud by day, next to nothing between 23 and 6."""
    of_day = hour % 24
    return 0.03 if of_day >= 23 or of_day < 6 else 1.4


def office(hour: int) -> float:
    """Working hours on working days; a tenth of it else."""
    return 3.5 if hour % 24 in range(8, 18) and (hour // 24) % 7 < 5 else 0.12


def simulated(rate: Rate, a_day: float, burst: float, weeks: int, random: Random) -> dict[int, int]:
    """Counts by hour. `burst`: how unevenly days go (deviation of the logarithm of a factor that lasts for hours)."""
    mean = sum(rate(hour) for hour in range(WEEK)) / WEEK
    counts: dict[int, int] = {}
    drift = 0.0
    for hour in range(WEEK * weeks):
        drift = 0.9 * drift + random.gauss(0, burst * math.sqrt(1 - 0.81))
        expected = a_day / 24 * rate(hour) / mean * math.exp(drift - burst * burst / 2)
        count = _poisson(expected, random)
        if burst and count and random.random() < 0.02:
            count += int(random.paretovariate(1.2))  # one post that many answer
        if count:
            counts[hour] = count
    return counts


def _poisson(mean: float, random: Random) -> int:
    if mean > 30:
        return max(0, round(random.gauss(mean, math.sqrt(mean))))
    limit, product, count = math.exp(-mean), random.random(), 0
    while product > limit:
        product *= random.random()
        count += 1
    return count


def known_at(counts: dict[int, int], posting: list[int], index: int, working: range) -> Rhythm | None:
    """The rhythm as it is known after the post of number `index`."""
    last = posting[index]
    window = {hour: counts[hour] for hour in range(max(0, last - HISTORY_HOURS - 1), last + 1) if hour in counts}
    return rhythm(window, working)


def false_alarms(counts: dict[int, int], weeks: int) -> int:
    """How often a source that is well is told to be silent."""
    posting, working, alarms = sorted(counts), range(WEEK * weeks), 0
    for index in range(len(posting) - 1):
        if posting[index + 1] - posting[index] > 2 and posting[index] >= WEEK * 2:
            known = known_at(counts, posting, index, working)
            if known is not None:
                alarms += known.silence(working, 0, posting[index + 1]).quiet
    return alarms


def noticed_after(counts: dict[int, int], dies: int) -> int | None:
    """Hours from the death of a source at hour `dies` until it is told; None where it is not within four weeks."""
    alive = {hour: count for hour, count in counts.items() if hour < dies}
    posting = sorted(alive)
    working = range(dies + WEEK * 4)
    known = known_at(alive, posting, len(posting) - 1, working) if posting else None
    if known is None:
        return None
    return next((now - dies for now in range(dies + 1, dies + WEEK * 4) if known.silence(working, 0, now).quiet), None)


SHAPES: dict[str, tuple[Rate, float]] = {
    "even": (even, 0.0),
    "bursty": (even, 0.8),
    "nightly quiet": (nightly, 0.4),
    "office hours": (office, 0.4),
    "very bursty": (nightly, 1.3),
}
VOLUMES = (1.5, 5, 20, 100, 1000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weeks", type=int, default=26)
    parser.add_argument("--sources", type=int, default=10)
    chosen = parser.parse_args()
    total_weeks = total_alarms = 0
    print(f"{'shape':<15} {'a day':>6} {'source-weeks':>12} {'false alarms':>12} {'noticed after hours':>38}")
    for name, (rate, burst) in SHAPES.items():
        for a_day in VOLUMES:
            alarms, delays = 0, []
            for number in range(chosen.sources):
                random = Random(f"{name} {a_day} {number}")
                counts = simulated(rate, a_day, burst, chosen.weeks, random)
                alarms += false_alarms(counts, chosen.weeks)
                delays.append(noticed_after(counts, WEEK * 8 + random.randrange(WEEK)))
            weeks = (chosen.weeks - 2) * chosen.sources
            total_weeks, total_alarms = total_weeks + weeks, total_alarms + alarms
            told = [delay for delay in delays if delay is not None]
            shown = f"{median(told):.0f} / {max(told)}" if told else "-"
            missed = f", {len(delays) - len(told)} not" if len(told) < len(delays) else ""
            print(f"{name:<15} {a_day:>6} {weeks:>12} {alarms:>12} {shown + missed:>38}")
    print(f"{total_alarms} false alarms in {total_weeks} source-weeks: one in {total_weeks / max(1, total_alarms):.0f}")


if __name__ == "__main__":
    main()
