"""Counts for each rule what people marked of the alerts that it told: how often it is right, how often it is noise."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from itertools import groupby

from msgspec import Struct

from listener.config import Config
from listener.ruling.mark_verdicts import Verdict, verdict, worse
from listener.store import Tx
from listener.store.told_marks import ToldMention, told_mentions
from rules.rule_words import named_variables
from rules.share import Share, share
from rules.variables import VARIABLES

LOOKED_BACK = timedelta(days=30)
FEWEST_NOISE, NOISY_FROM = 3, 0.2
"""A rule is noisy where people marked so many of its alerts as noise, and so large a part of them."""

_EVERYTHING = ("sentiment.score", "customer.known")
"""What a rule is taken to ask for that is no longer configured."""


class RuleMarks(Struct, frozen=True, kw_only=True):
    """A rule's alerts of some days by what people marked of them; `told` counts those without a mark too."""

    rule: str
    told: int = 0
    good: int = 0
    wrong_sentiment: int = 0
    wrong_customer: int = 0
    noise: int = 0

    @property
    def marked(self) -> int:
        return self.good + self.wrong_sentiment + self.wrong_customer + self.noise

    @property
    def precision(self) -> Share | None:
        """The good ones of those that are marked."""
        return share(self.good, self.marked)

    @property
    def noisy(self) -> bool:
        """Whether so much of it is noise that the rule should be looked at."""
        return self.noise >= FEWEST_NOISE and self.noise >= NOISY_FROM * self.told


def rule_marks(tx: Tx, config: Config, now: datetime, back: timedelta = LOOKED_BACK) -> list[RuleMarks]:
    """Of each rule, the configured ones first in their order, then others that told of something in that time."""
    asked = {rule.name: named_variables(rule.when, VARIABLES) for rule in config.rules}
    counts: dict[str, dict[Verdict, int]] = {name: {} for name in asked}
    for _, mentions in groupby(told_mentions(tx, now - back, now), key=lambda one: one.alert):
        for rule, said in _of_alert(mentions, asked).items():
            of_rule = counts.setdefault(rule, {})
            of_rule[said] = of_rule.get(said, 0) + 1
    return [
        RuleMarks(
            rule=rule,
            told=sum(found.values()),
            good=found.get("good", 0),
            wrong_sentiment=found.get("wrong sentiment", 0),
            wrong_customer=found.get("wrong customer", 0),
            noise=found.get("noise", 0),
        )
        for rule, found in counts.items()
    ]


def _of_alert(mentions: Iterable[ToldMention], asked: Mapping[str, Collection[str]]) -> dict[str, Verdict]:
    """What the marks on one alert say of each rule that told it."""
    found: dict[str, Verdict] = {}
    for mention in mentions:
        for rule in mention.rules:
            said = verdict(mention.mark, mention.label, asked.get(rule, _EVERYTHING))
            found[rule] = worse(found.get(rule, ""), said)
    return found
