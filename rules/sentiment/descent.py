"""Finds the least value of a smooth convex function by L-BFGS.

Nocedal and Wright, Numerical Optimization, algorithms 7.4 and 7.5, with a line search that halves its step (Armijo).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_REMEMBERED = 8
_STEPS = 200
_FLAT = 1e-4  # of the slope's greatest part
_STILL = 1e-6  # of the value: what a step must at least bring for another to be taken
_ENOUGH = 1e-4  # of what the slope promises (Armijo's condition)
_SHORTEST = 1e-10


def least(function: Callable[[Floats], tuple[float, Floats]], start: Floats) -> Floats:
    """Gives where the function, which tells its value and slope, is least; the same input gives the same place."""
    place = start
    value, slope = function(place)
    steps: list[tuple[Floats, Floats]] = []  # how far each step went, and how the slope changed
    for _ in range(_STEPS):
        if np.abs(slope).max(initial=0.0) <= _FLAT:
            break
        way = -_uphill(slope, steps)
        moved = _step(function, place, value, _dot(slope, way), way)
        if moved is None:
            break
        next_place, next_value, next_slope = moved
        gone, turned = next_place - place, next_slope - slope
        if _dot(gone, turned) > 1e-12:
            steps = [*steps[1 - _REMEMBERED :], (gone, turned)]
        brought = value - next_value
        place, value, slope = next_place, next_value, next_slope
        if brought <= _STILL * abs(value):
            break
    return place


def _step(
    function: Callable[[Floats], tuple[float, Floats]], place: Floats, value: float, promise: float, way: Floats
) -> tuple[Floats, float, Floats] | None:
    """The first of the halved steps that keeps enough of what the slope promises; None where none does."""
    length = 1.0
    while length > _SHORTEST:
        there = place + length * way
        found, slope = function(there)
        if found <= value + _ENOUGH * length * promise:
            return there, found, slope
        length /= 2
    return None


def _uphill(slope: Floats, steps: list[tuple[Floats, Floats]]) -> Floats:
    """The slope, bent by what the last steps told of the function's curve."""
    if not steps:
        return np.asarray(slope / max(1.0, float(np.abs(slope).sum())))
    way = slope.copy()
    shares = []
    for gone, turned in reversed(steps):
        share = _dot(gone, way) / _dot(gone, turned)
        shares.append(share)
        way -= share * turned
    gone, turned = steps[-1]
    way *= _dot(gone, turned) / _dot(turned, turned)
    for (gone, turned), share in zip(steps, reversed(shares), strict=True):
        way += gone * (share - _dot(turned, way) / _dot(gone, turned))
    return way


def _dot(one: Floats, other: Floats) -> float:
    """Without BLAS, whose threads wait for each other longer than such a sum takes."""
    return float(np.einsum("i,i->", one, other))
