"""Numbers as a line of small bars."""

from __future__ import annotations

from collections.abc import Sequence

_BARS = "▁▂▃▄▅▆▇█"


def spark(values: Sequence[int], width: int) -> str:
    """Gives `width` bars, each the sum of as many values side by side; the highest is full, none is a dot.

    The number of values must be a multiple of `width`.
    """
    each = len(values) // width
    sums = [sum(values[start : start + each]) for start in range(0, len(values), each)]
    most = max(sums, default=0)
    return "".join(_BARS[(len(_BARS) * one - 1) // most] if one else "·" for one in sums)
