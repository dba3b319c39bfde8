"""Judges mentions of known customers again when they are kept: how a customer stands is known only then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from rules.analysis import Read
from rules.customer_standing import CustomerStanding
from rules.judge import RuleBook
from rules.judging import facts_of, ruled, without_rules
from rules.rule import Rule, compile_rule
from rules.variables import STANDING


class StandingJudge:
    """The rules once more, for those mentions on which they may say something else now. Pure.

    Building one raises RuleError for a condition that cannot be used.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        # who asks for nothing of it is spared the compiling
        asked = any(name in rule.when for rule in rules for name in STANDING)
        compiled = [compile_rule(rule) for rule in rules] if asked else []
        self.asks = any(not STANDING.isdisjoint(one.names) for one in compiled)
        self._rules = RuleBook(compiled)

    def again(self, read: Read, standing: CustomerStanding, seen_by: str, now: datetime) -> Read:
        """The read with what the rules say of it when the customer stands so.

        As it was where no rule asks for that, nobody is known, or the post's queries had failed.
        """
        customer = read.reading.customer
        if not self.asks or customer is None or any(trouble.part == "query" for trouble in read.troubles):
            return read
        facts = replace(facts_of(read.post, read.reading, own=read.own, seen_by=seen_by, now=now), standing=standing)
        matches, troubles = ruled(self._rules, facts, without_rules(read.troubles))
        return replace(read, reading=replace(read.reading, rules=matches), troubles=troubles)
