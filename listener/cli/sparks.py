"""Numbers as a line of small bars."""

from __future__ import annotations

from collections.abc import Sequence

_STEPS = "▁▂▃▄▅▆▇█"


def sparkline(counts: Sequence[int]) -> str:
    """A bar a count, the tallest for the greatest; a blank where there is nothing."""
    most = max(counts, default=0)
    return "".join(_STEPS[-(-count * len(_STEPS) // most) - 1] if count else " " for count in counts)


def summed(counts: Sequence[int], bars: int) -> list[int]:
    """The counts in so many parts, each the sum of as many side by side; their number must be a multiple of `bars`."""
    each = len(counts) // bars
    return [sum(counts[start : start + each]) for start in range(0, len(counts), each)]
