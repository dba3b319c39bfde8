"""Finds the threshold at which a rule gives so many alerts a week, by what is kept."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from listener.ruling.mark_verdicts import Verdict, verdict, worse
from listener.ruling.replaying import Heard, Progress, Span, heard_again, held, speaks
from listener.ruling.threshold_curve import Curve, Reach
from listener.store import Tx
from rules.rule import CompiledRule, Rule, RuleError, compile_rule
from rules.share import Share, share
from rules.threshold import SCORES, Comparison, comparisons, decided, with_threshold
from rules.variables import values

_WEEK = timedelta(days=7)
_PARTS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 4.0)
"""What is shown beside the answer: thresholds that give so many times as many alerts as were asked for."""


class AtThreshold(Struct, frozen=True, kw_only=True):
    """What the rule gives at one threshold. `precision`: the good ones among the alerts that people marked."""

    threshold: float
    alerts: int
    a_week: float
    precision: Share | None
    own: bool  # the threshold that the rule has
    chosen: bool


class Tuned(Struct, frozen=True, kw_only=True):
    """A rule at several thresholds, one of them chosen: the one with the most alerts a week within what was asked.

    `reached`: whether there is one within. `when`: the condition with the chosen threshold.
    """

    rule: str
    name: str
    sign: str
    wanted: float
    chosen: float
    when: str
    reached: bool
    rows: Sequence[AtThreshold]
    mentions: int
    since: datetime
    until: datetime


class CannotTune(ValueError):
    """The rule has no threshold that could be moved, or several and nobody said which; the text says what to do."""


def comparison_of(condition: str, by: str) -> Comparison:
    """The comparison to move: the only one, or the one that `by` names by its variable or as it is written.

    Raises CannotTune.
    """
    found = comparisons(condition)
    if not found:
        raise CannotTune(
            "compares nothing with a number, such as sentiment.score <= -0.4: there is no threshold to move"
        )
    wanted = [one for one in found if by in ("", one.name, str(one)) or _same(by, condition[one.begin : one.end])]
    if len(wanted) == 1:
        return wanted[0]
    choices = ", ".join(f'"{condition[one.begin : one.end]}"' for one in found)
    if not wanted:
        raise CannotTune(f"has no comparison {by!r}; there are: {choices}")
    raise CannotTune(f"has several thresholds: say which to move with --by, one of: {choices}")


def tune(
    tx: Tx, rule: Rule, of: Comparison, wanted: float, span: Span, max_age: timedelta, progress: Progress | None = None
) -> Tuned:
    """Looks at each kept mention once, and counts what the rule gives at any threshold. Raises CannotTune.

    Each mention is asked with the comparison true and with it false: where the answers differ, its own value says from
    which threshold on it is told.
    """
    met, unmet = _forced(rule, of, True), _forced(rule, of, False)
    alerts = _Alerts(of, compile_rule(rule), met, unmet, max_age)
    for one in heard_again(tx, span, [alerts.rule], progress):
        alerts.hear(one)
    curves = alerts.curves()
    weeks = max(span.until - span.since, timedelta(days=1)) / _WEEK
    tried = list(candidates(of, curves.all.values()))
    chosen, reached = _choose(tried, curves.all.at, wanted * weeks, of.number)
    shown = {chosen, of.number}
    shown.update(_choose(tried, curves.all.at, part * wanted * weeks, of.number)[0] for part in _PARTS)
    return Tuned(
        rule=rule.name,
        name=of.name,
        sign=of.sign,
        wanted=wanted,
        chosen=chosen,
        when=rule.when if chosen == of.number else with_threshold(rule.when, of, chosen),
        reached=reached,
        rows=[
            AtThreshold(
                threshold=number,
                alerts=curves.all.at(number),
                a_week=curves.all.at(number) / weeks,
                precision=share(curves.good.at(number), curves.marked.at(number)),
                own=number == of.number,
                chosen=number == chosen,
            )
            for number in sorted(shown)
        ],
        mentions=alerts.mentions,
        since=span.since,
        until=span.until,
    )


def candidates(of: Comparison, found: Sequence[float]) -> Iterator[float]:
    """The numbers that a person would write, ascending: for a score each hundredth, else round ones where values lie.

    The comparison's own number is among them.
    """
    if of.name in SCORES:
        lowest = -100 if of.name == "sentiment.score" else 0
        yield from sorted({of.number, *(hundredth / 100 for hundredth in range(lowest, 101))})
        return
    low, high = (min(found), max(found)) if found else (of.number, of.number)
    both = {sign * number for sign in (-1.0, 1.0) for number in _round_numbers(max(abs(low), abs(high)))}
    ordered = sorted({0.0, of.number, *both})
    first, last = max(0, bisect_left(ordered, low) - 1), bisect_left(ordered, high) + 2
    yield from sorted({of.number, *ordered[first:last]})


def _round_numbers(most: float) -> Iterator[float]:
    """1 to 99, then numbers of two digits and noughts, up to the first beyond `most`."""
    scale = 1
    while True:
        for number in range(1 if scale == 1 else 10, 100):
            yield float(number * scale)
            if number * scale > most:
                return
        scale *= 10


def _choose(tried: Sequence[float], count: Callable[[float], int], most: float, own: float) -> tuple[float, bool]:
    """The number with the most alerts of those within `most`, of equal ones the nearest to the rule's own.

    Where none is within, the one with the fewest, and False.
    """
    within = [number for number in tried if count(number) <= most]
    if within:
        return min(within, key=lambda number: (-count(number), abs(number - own))), True
    return min(tried, key=lambda number: (count(number), abs(number - own))), False


def _forced(rule: Rule, of: Comparison, answer: bool) -> CompiledRule:
    try:
        return compile_rule(replace(rule, when=decided(rule.when, of, answer)))
    except RuleError:
        says = f"calculates with the number of {of}: write the comparison alone, a variable and a number"
        raise CannotTune(says) from None


def _same(one: str, other: str) -> bool:
    return "".join(one.split()) == "".join(other.split())


class _Curves(Struct):
    all: Curve
    marked: Curve
    good: Curve


class _Alerts:
    """From which threshold on there would have been which alert."""

    def __init__(
        self, of: Comparison, rule: CompiledRule, met: CompiledRule, unmet: CompiledRule, max_age: timedelta
    ) -> None:
        self.rule = rule
        self.mentions = 0
        self._of = of
        self._met, self._unmet = met, unmet
        self._max_age = max_age
        self._reaches: dict[str, Reach] = {}
        self._verdicts: dict[str, Verdict] = {}

    def hear(self, one: Heard) -> None:
        self.mentions += 1
        met, unmet = speaks(self._met, one.facts), speaks(self._unmet, one.facts)
        if not (met or unmet) or held(one, self._max_age):
            return
        value = values(one.facts, (self._of.name,))[self._of.name]
        assert isinstance(value, int | float)
        reach = self._reaches.setdefault(one.key, Reach())
        reach.join(always=met and unmet, rises=met == (self._of.sign in ("<", "<=")), value=float(value))
        said = verdict(one.mention.mark, one.mention.sentiment.label or "", self.rule.names)
        if said:
            self._verdicts[one.key] = worse(said, self._verdicts.get(one.key, ""))

    def curves(self) -> _Curves:
        said, sign = self._verdicts, self._of.sign
        return _Curves(
            all=Curve(self._reaches.values(), sign),
            marked=Curve((self._reaches[key] for key in said), sign),
            good=Curve((self._reaches[key] for key, one in said.items() if one == "good"), sign),
        )
