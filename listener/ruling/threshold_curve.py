"""How many alerts a rule makes at any threshold of one of its comparisons, from one look at each mention."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from msgspec import Struct


class Reach(Struct, gc=False):
    """From which threshold on an alert is made: always, from `rising` upwards, or from `falling` downwards.

    An alert of several mentions is made where any of them makes it.
    """

    always: bool = False
    rising: float | None = None
    falling: float | None = None

    def join(self, *, always: bool, rises: bool, value: float) -> None:
        """Takes in a mention that makes it always, or from its value on as the threshold rises (or falls)."""
        if always:
            self.always = True
        elif rises:
            self.rising = value if self.rising is None else min(self.rising, value)
        else:
            self.falling = value if self.falling is None else max(self.falling, value)


class Curve:
    """Counts those of some alerts that are made at a threshold; pure, in the time of two looks into sorted lists.

    `sign` is that of the comparison: it says whether a value that equals the threshold makes its alert.
    """

    def __init__(self, reaches: Iterable[Reach], sign: str) -> None:
        self._always = 0
        self._both: list[Reach] = []
        rising: list[float] = []
        falling: list[float] = []
        for one in reaches:
            if one.always:
                self._always += 1
            elif one.rising is not None and one.falling is not None:
                self._both.append(one)
            elif one.rising is not None:
                rising.append(one.rising)
            elif one.falling is not None:
                falling.append(one.falling)
        self._rising, self._falling = sorted(rising), sorted(falling)
        # rising: `value <= threshold`, or not `value > threshold`; falling: `value >= threshold`, or not `value < ...`
        self._equal_rises = sign in ("<=", ">")
        self._equal_falls = sign in (">=", "<")

    def at(self, threshold: float) -> int:
        """How many are made at that threshold."""
        rising = (bisect_right if self._equal_rises else bisect_left)(self._rising, threshold)
        falling = len(self._falling) - (bisect_left if self._equal_falls else bisect_right)(self._falling, threshold)
        return self._always + rising + falling + sum(self._made(one, threshold) for one in self._both)

    def values(self) -> Sequence[float]:
        """The values at which the count changes, ascending."""
        both = [value for one in self._both for value in (one.rising, one.falling) if value is not None]
        return sorted({*self._rising, *self._falling, *both})

    def _made(self, one: Reach, threshold: float) -> bool:
        assert one.rising is not None and one.falling is not None
        rises = one.rising < threshold or (self._equal_rises and one.rising == threshold)
        return rises or one.falling > threshold or (self._equal_falls and one.falling == threshold)
