"""Why a count moved: what brought more than its part of the change, or took it away."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Literal

from msgspec import Struct

Dimension = Literal["story", "author", "language", "source"]
DIMENSIONS: tuple[Dimension, ...] = ("story", "author", "language", "source")
"""By what mentions are told apart, the most telling first."""

CAUSES: tuple[Dimension, ...] = ("story", "author")
"""What a change can come from. The others say where it is seen, and are asked only of what these leave."""

MOST = 3
LEAST = 5  # a change by fewer than this is told by its number alone
_LEAST_PART = 3
_PART = 0.2  # of the change, that a mover must make up
_USUAL = 1.0  # standard deviations by which counts differ every other day
_NOTICED = 2.0  # standard deviations of the difference of two counts
_APART = 2.5  # of the difference of two shares; more, since many values are looked at
_NEAR = 0.6  # a more telling dimension is taken where it says this part of what another one says
_MOST_OF_ALL = 0.5  # where there was nothing before, only what makes up half of it is worth a word


class Cell(Struct, frozen=True):
    """How many mentions share these values, one for each of DIMENSIONS ("" for none), now and before."""

    values: tuple[str, str, str, str]
    now: int
    before: int


class Mover(Struct, frozen=True, kw_only=True):
    """What moved a count: how much there was of it now and before, without what an earlier mover told already."""

    dimension: Dimension
    value: str
    now: int
    before: int

    @property
    def change(self) -> int:
        return self.now - self.before


def moved(now: int, before: int) -> bool:
    """Whether a count moved enough to ask why. What moved it must then stand out by more than chance would bring.

    Counts of independent events vary by about the root of their size: the difference of two has the variance of
    their sum. Source: https://en.wikipedia.org/wiki/Skellam_distribution.
    """
    return abs(now - before) >= max(LEAST, _USUAL * math.sqrt(now + before))


def movers(cells: Iterable[Cell]) -> tuple[Mover, ...]:
    """Gives up to MOST of what moved the count of all `cells`, the greatest first; nothing where it is noise.

    A mover went the way of the whole, makes up a fifth of its change, and grew or shrank by more than its share: of a
    brand that is spoken of in English alone, English moves nothing. Each is looked for in what the ones before it
    leave, so no mention is told twice.
    """
    rest = sorted(cells, key=lambda cell: cell.values)
    now, before = _sums(rest)
    if not moved(now, before):
        return ()
    whole, found = now - before, list[Mover]()
    while len(found) < MOST:
        best = _best(rest, whole)
        if best is None:
            break
        found.append(best)
        place = DIMENSIONS.index(best.dimension)
        rest = [cell for cell in rest if cell.values[place] != best.value]
    return tuple(found)


def share_moved(part: int, whole: int, part_before: int, whole_before: int) -> bool:
    """Whether a share is another one than it was before, by more than chance and small numbers would bring."""
    return (
        min(whole, whole_before) >= 2 * LEAST
        and max(part, part_before) >= LEAST
        and (abs(_apart(part, whole, part_before, whole_before)) >= _NOTICED)
    )


def _best(rest: Sequence[Cell], whole: int) -> Mover | None:
    now, before = _sums(rest)
    if (now - before) * whole <= 0 or abs(now - before) < _PART * abs(whole):
        return None
    places = [one for one in DIMENSIONS if one not in CAUSES]
    return _best_of(CAUSES, rest, whole) or _best_of(places, rest, whole)


def _best_of(dimensions: Sequence[Dimension], rest: Sequence[Cell], whole: int) -> Mover | None:
    now, before = _sums(rest)
    best: Mover | None = None
    for dimension in dimensions:
        for value, (its_now, its_before) in _counted(rest, DIMENSIONS.index(dimension)).items():
            one = Mover(dimension=dimension, value=value, now=its_now, before=its_before)
            if _moves(one, now, before, whole) and (best is None or _tells_more(one, best)):
                best = one
    return best


def _counted(cells: Iterable[Cell], place: int) -> dict[str, tuple[int, int]]:
    """How many mentions each value has, now and before; without those that have none."""
    counted: dict[str, tuple[int, int]] = {}
    for cell in cells:
        value = cell.values[place]
        if value:
            now, before = counted.get(value, (0, 0))
            counted[value] = now + cell.now, before + cell.before
    return counted


def _moves(one: Mover, now: int, before: int, whole: int) -> bool:
    change = abs(one.change)
    if one.change * whole <= 0 or change < max(_LEAST_PART, _PART * abs(whole)):
        return False
    if change < _NOTICED * math.sqrt(one.now + one.before):
        return False
    if not (now and before):
        return one.dimension in CAUSES and change >= _MOST_OF_ALL * abs(now - before)
    return _apart(one.now, now, one.before, before) * (1 if whole > 0 else -1) >= _APART


def _tells_more(one: Mover, best: Mover) -> bool:
    """The best so far is of the same dimension or of a more telling one."""
    least = abs(best.change) if one.dimension == best.dimension else abs(best.change) / _NEAR
    return abs(one.change) > least


def _apart(part: int, whole: int, part_before: int, whole_before: int) -> float:
    """By how many standard deviations two shares differ (the two-proportion z-test)."""
    if not (whole and whole_before):
        return 0.0
    pooled = (part + part_before) / (whole + whole_before)
    spread = math.sqrt(pooled * (1.0 - pooled) * (1.0 / whole + 1.0 / whole_before))
    return (part / whole - part_before / whole_before) / spread if spread else 0.0


def _sums(cells: Iterable[Cell]) -> tuple[int, int]:
    now = before = 0
    for cell in cells:
        now += cell.now
        before += cell.before
    return now, before
