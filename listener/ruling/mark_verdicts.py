"""What a person's mark says of a rule that told of the mention."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from rules.sentiment.correction import FEELINGS

Verdict = Literal["", "good", "wrong sentiment", "wrong customer", "noise"]
VERDICTS: tuple[Verdict, ...] = ("good", "wrong sentiment", "wrong customer", "noise")
"""From the best to the worst; "" is not marked."""


def verdict(mark: str, label: str, asked: Collection[str]) -> Verdict:
    """What a mark says of a rule that asks for these variables, when `label` was read.

    Noise is noise. A wrong sentiment or customer counts against rules alone that ask for it: whoever is told of
    everything that reaches many people was told rightly of a post whose sentiment was misread.
    """
    if mark == "noise":
        return "noise"
    if mark == "wrong-customer":
        return "wrong customer" if _asks(asked, "customer.") else "good"
    if mark not in FEELINGS:
        return ""
    misread = label in FEELINGS and label != mark
    return "wrong sentiment" if misread and _asks(asked, "sentiment.") else "good"


def worse(one: Verdict, other: Verdict) -> Verdict:
    """What counts of two marks on one alert: the worse; one that is marked before one that is not."""
    order: tuple[Verdict, ...] = ("", *VERDICTS)
    return max(one, other, key=order.index)


def _asks(asked: Collection[str], group: str) -> bool:
    return any(name.startswith(group) for name in asked)
