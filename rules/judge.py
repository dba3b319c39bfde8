"""Decides which rules speak for a mention, each with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from rules.reading import SEVERITIES, RuleMatch
from rules.rule import AnyOf, CompiledRule, Undecided, prepared
from rules.rule_reason import reason
from rules.variables import Facts


class RuleTrouble(Struct, frozen=True, order=True):
    """A rule that had no answer for a mention: it does not speak, and this is told instead."""

    name: str
    why: str  # "did not decide: divide by zero"


class _Concerned(Struct, frozen=True):
    """The rules that concern a brand, all variables that they name, and all of them as one question."""

    rules: Sequence[CompiledRule]
    names: Sequence[str]
    together: AnyOf | None  # None: there are too few, or they cannot be asked as one


class RuleBook:
    """Rules, ready to judge by: pure, and usable from several threads."""

    def __init__(self, rules: Iterable[CompiledRule] = ()) -> None:
        every = tuple(rules)
        named = {brand for compiled in every for brand in compiled.rule.brands}
        self._of_named = {brand: _concerned(_about(every, brand)) for brand in named}
        self._of_others = _concerned([compiled for compiled in every if not compiled.rule.brands])

    def concerned(self, brand: str) -> _Concerned:
        """The rules that concern a brand."""
        return self._of_named.get(brand, self._of_others)


def judge(book: RuleBook, facts: Facts) -> tuple[list[RuleMatch], list[RuleTrouble]]:
    """Asks every rule that concerns the mention's brand: gives what matches, most severe first, and what has no answer.

    Rules of one severity stay in their order. Pure; never raises for what a post holds.
    """
    concerned = book.concerned(facts.brand)
    if not concerned.rules:
        return [], []
    given = prepared(facts, concerned.names)
    if concerned.together is not None and concerned.together.none_holds(given):
        return [], []
    matches: list[RuleMatch] = []
    troubles: list[RuleTrouble] = []
    for compiled in concerned.rules:
        rule = compiled.rule
        try:
            speaks = compiled.decide(facts, given)
        except Undecided as error:
            troubles.append(RuleTrouble(rule.name, f"did not decide: {error}"))
            continue
        if speaks:
            why = reason(rule.when, compiled.names, facts)
            matches.append(RuleMatch(name=rule.name, severity=rule.severity, reason=why))
    matches.sort(key=lambda match: -SEVERITIES.index(match.severity))
    return matches, troubles


def _about(rules: Sequence[CompiledRule], brand: str) -> list[CompiledRule]:
    return [compiled for compiled in rules if not compiled.rule.brands or brand in compiled.rule.brands]


def _concerned(rules: Sequence[CompiledRule]) -> _Concerned:
    together = None
    if len(rules) > 1:
        try:
            together = AnyOf(rules)
        except RuntimeError:
            together = None  # as where they are too long together: then each is asked alone
    return _Concerned(rules, tuple(dict.fromkeys(name for one in rules for name in one.names)), together)
