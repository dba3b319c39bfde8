"""Finds the numbers with which a condition compares, so that other thresholds can be tried."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from rules.rule_words import rule_words
from rules.variables import VARIABLES

SCORES = ("sentiment.score", "sentiment.confidence", "urgency.score", "customer.confidence")
"""Variables that are numbers between -1.0 or 0.0 and 1.0."""

_LOWEST = {"sentiment.score": -1.0}
_STEP = 0.1


_NUMBERS = frozenset(name for name, one in VARIABLES.items() if one.kind in ("number", "whole number"))
_WHOLE = frozenset(name for name, one in VARIABLES.items() if one.kind == "whole number")


class Comparison(Struct, frozen=True):
    """A variable that is compared with a number: characters [begin, end) of the condition, [start, end) the number."""

    name: str
    sign: str
    number: float
    begin: int
    start: int
    end: int

    @property
    def whole(self) -> bool:
        """Whether it is a whole number."""
        return self.name in _WHOLE

    def written(self, number: float) -> str:
        """The number as a condition writes it for this variable."""
        return str(round(number)) if self.whole else f"{number:.2f}"

    def __str__(self) -> str:
        """As a condition writes it: `sentiment.score <= -0.40`."""
        return f"{self.name} {self.sign} {self.written(self.number)}"


def score_conditions(condition: str) -> list[Comparison]:
    """Gives the comparisons of a score with a written-out number that follows it, in their order. Never raises."""
    return [one for one in comparisons(condition) if one.name in SCORES]


def comparisons(condition: str) -> list[Comparison]:
    """Gives the comparisons of any number with a written-out one that follows it, in their order. Never raises."""
    words = [word for word in rule_words(condition) if word.kind != "comment"]
    found = []
    for at, word in enumerate(words):
        if word.kind != "name" or word.text not in _NUMBERS or at + 2 >= len(words):
            continue
        sign, first = words[at + 1], words[at + 2]
        minus = first.text == "-" and at + 3 < len(words)
        number = words[at + 3] if minus else first
        if sign.text not in ("<", "<=", ">", ">=") or number.kind != "number":
            continue
        try:
            value = float(number.text)
        except ValueError:
            continue
        signed = -value if minus else value
        found.append(Comparison(word.text, sign.text, signed, word.start, first.start, number.end))
    return found


def with_threshold(condition: str, of: Comparison, number: float) -> str:
    """The condition with another number in that comparison."""
    return f"{condition[: of.start]}{of.written(number)}{condition[of.end :]}"


def decided(condition: str, of: Comparison, answer: bool) -> str:
    """The condition with that comparison's answer in its place."""
    return f"{condition[: of.begin]}{'true' if answer else 'false'}{condition[of.end :]}"


def thresholds(of: Comparison) -> Sequence[float]:
    """The numbers to try, ascending, in steps of a tenth: on the side of 0 where the rule's own lies, and that one."""
    low, high = _LOWEST.get(of.name, 0.0), 1.0
    if low < 0 and of.number < 0:
        high = 0.0
    elif low < 0 and of.number > 0:
        low = 0.0
    steps = round((high - low) / _STEP)
    tried = {round(low + step * _STEP, 2) for step in range(steps + 1)}
    return sorted({*tried, round(of.number, 2)} - ({-1.0, 1.0} - {round(of.number, 2)}))
