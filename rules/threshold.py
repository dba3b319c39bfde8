"""Finds the scores that a condition compares, so that other thresholds can be tried."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from rules.rule_words import rule_words

SCORES = ("sentiment.score", "sentiment.confidence", "urgency.score", "customer.confidence")
"""Variables that are numbers between -1.0 or 0.0 and 1.0."""

_LOWEST = {"sentiment.score": -1.0}
_STEP = 0.1


class ScoreCondition(Struct, frozen=True):
    """A score that is compared with a number: characters [start, end) of the condition hold the number."""

    name: str
    sign: str
    number: float
    start: int
    end: int


def score_conditions(condition: str) -> list[ScoreCondition]:
    """Gives the comparisons of a score with a written-out number that follows it, in their order. Never raises."""
    words = [word for word in rule_words(condition) if word.kind != "comment"]
    found = []
    for at, word in enumerate(words):
        if word.kind != "name" or word.text not in SCORES or at + 2 >= len(words):
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
        found.append(ScoreCondition(word.text, sign.text, -value if minus else value, first.start, number.end))
    return found


def with_threshold(condition: str, of: ScoreCondition, number: float) -> str:
    """The condition with another number in that comparison."""
    return f"{condition[: of.start]}{number:.2f}{condition[of.end :]}"


def thresholds(of: ScoreCondition) -> Sequence[float]:
    """The numbers to try, ascending, in steps of a tenth: on the side of 0 where the rule's own lies, and that one."""
    low, high = _LOWEST.get(of.name, 0.0), 1.0
    if low < 0 and of.number < 0:
        high = 0.0
    elif low < 0 and of.number > 0:
        low = 0.0
    steps = round((high - low) / _STEP)
    tried = {round(low + step * _STEP, 2) for step in range(steps + 1)}
    return sorted({*tried, round(of.number, 2)} - ({-1.0, 1.0} - {round(of.number, 2)}))
