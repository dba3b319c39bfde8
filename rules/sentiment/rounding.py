"""Rounds many numbers to the digits that people are shown."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_NO_TIE = 0.499_999


def rounded(values: NDArray[np.float64], digits: int) -> NDArray[np.float64]:
    """Gives what Python's `round` gives for each of these numbers, all below a million in size.

    A whole number divided by a power of ten is the float nearest to these digits, which is what `round` promises; only
    where a tie is near is it asked.
    """
    power = 10.0**digits
    scaled = values * power
    nearest = np.rint(scaled)
    found = nearest / power
    for at in np.flatnonzero(np.abs(scaled - nearest) > _NO_TIE).tolist():
        found[at] = round(float(values[at]), digits)
    return np.asarray(found, np.float64)
