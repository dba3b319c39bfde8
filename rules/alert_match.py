"""Conditions about alerts: all that rules can ask of a mention, and `rule`, `rules` and `severity`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from rules.rule import CompiledRule, Rule, Undecided, compile_rule
from rules.variables import Facts, Kind

ABOUT_ALERT: Mapping[str, tuple[Kind, str]] = {
    "rule": ("text", "the rule that speaks: the most severe one"),
    "rules": ("list of texts", "the names of all rules that speak for the mention"),
    "severity": ("text", '"low", "medium", "high" or "critical"'),
}
"""What conditions of routes, silences and campaigns can ask beyond the variables of rules: type and meaning."""


class AlertFacts(Struct, frozen=True, kw_only=True):
    """What is known of an alert: its leading mention, the rules that speak for it (the most severe first)."""

    facts: Facts
    rules: tuple[str, ...]
    severity: str

    def values(self) -> dict[str, Any]:
        """The values of ABOUT_ALERT."""
        return {"rule": self.rules[0] if self.rules else "", "rules": list(self.rules), "severity": self.severity}


class AlertMatch:
    """A condition about alerts, ready to ask: pure, and usable from several threads."""

    __slots__ = ("_compiled", "condition")

    def __init__(self, condition: str) -> None:
        """Raises RuleError with all that is wrong with the condition."""
        self.condition = condition
        self._compiled: CompiledRule = compile_rule(Rule("", condition, "low"), _KINDS)

    def holds(self, about: AlertFacts) -> bool:
        """Whether the condition holds; one without an answer, such as a division by zero, does not."""
        try:
            return self._compiled.decide(about.facts, more=about.values())
        except Undecided:
            return False


_KINDS: Mapping[str, Kind] = {name: kind for name, (kind, _) in ABOUT_ALERT.items()}
