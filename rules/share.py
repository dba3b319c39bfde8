"""How sure a share is that was counted in a few."""

from __future__ import annotations

from math import sqrt

from msgspec import Struct

_Z = 1.959963984540054  # of the normal distribution, 95 % lie within


class Share(Struct, frozen=True):
    """`right` of `of`, between `low` and `high` with a confidence of 95 %; all from 0 to 1."""

    right: int
    of: int
    share: float
    low: float
    high: float


def share(right: int, of: int) -> Share | None:
    """Gives the share with its Wilson interval, None of nothing.

    https://www.itl.nist.gov/div898/handbook/prc/section2/prc241.htm
    """
    if of <= 0:
        return None
    found = right / of
    spread = _Z * sqrt(found * (1 - found) / of + _Z**2 / (4 * of**2))
    middle, scale = found + _Z**2 / (2 * of), 1 + _Z**2 / of
    return Share(right, of, found, max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale))
