"""Decides which rules speak for a mention, each with its reason."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from rules.reading import SEVERITIES, RuleMatch
from rules.rule import CompiledRule, Undecided
from rules.rule_reason import reason
from rules.variables import Facts


class RuleTrouble(Struct, frozen=True, order=True):
    """A rule that had no answer for a mention: it does not speak, and this is told instead."""

    name: str
    why: str  # "did not decide: divide by zero"


def judge(rules: Iterable[CompiledRule], facts: Facts) -> tuple[list[RuleMatch], list[RuleTrouble]]:
    """Asks every rule that concerns the mention's brand: gives what matches, most severe first, and what has no answer.

    Rules of one severity stay in their order. Pure; never raises for what a post holds.
    """
    matches: list[RuleMatch] = []
    troubles: list[RuleTrouble] = []
    for compiled in rules:
        rule = compiled.rule
        if rule.brands and facts.brand not in rule.brands:
            continue
        try:
            speaks = compiled.decide(facts)
        except Undecided as error:
            troubles.append(RuleTrouble(rule.name, f"did not decide: {error}"))
            continue
        if speaks:
            why = reason(rule.when, compiled.names, facts)
            matches.append(RuleMatch(name=rule.name, severity=rule.severity, reason=why))
    matches.sort(key=lambda match: -SEVERITIES.index(match.severity))
    return matches, troubles
