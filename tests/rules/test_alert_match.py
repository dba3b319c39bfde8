"""Conditions about alerts: all that rules can ask, and the rules that speak and how severe it is."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from rules.alert_match import AlertFacts, AlertMatch
from rules.reading import Sentiment, Urgency
from rules.rule import Rule, RuleError, compile_rule
from rules.variables import Facts
from sources.post import Author, Post

ABOUT = AlertFacts(
    facts=Facts(
        post=Post(source="mastodon", instance="m.social", external_id="1", text="broke", author=Author(handle="jo")),
        brand="Acme",
        seen_by=("fediverse",),
        lang="en",
        sentiment=Sentiment(label=None),
        urgency=Urgency(),
        intent=(),
        waits_for_answer=False,
        topics=(),
        customer=None,
        own=False,
        now=datetime(2026, 3, 2, tzinfo=UTC),
    ),
    rules=("angry", "any"),
    severity="high",
)


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("true", True),
        ('severity == "high" && brand == "Acme"', True),
        ('severity in ["low", "medium"]', False),
        ('rule == "angry"', True),
        ('rule == "any"', False),
        ('"any" in rules', True),
        ('source == "mastodon" && !customer.known && author.followers < 10', True),
        ('customer.fields.region == ""', True),
        ("1 / author.followers > 0", False),  # no answer is no match
    ],
)
def test_a_condition_asks_the_mention_its_rules_and_the_severity(condition: str, holds: bool) -> None:
    assert AlertMatch(condition).holds(ABOUT) is holds


def test_a_mistake_is_told_with_what_was_meant() -> None:
    with pytest.raises(RuleError, match="did you mean 'severity'"):
        AlertMatch('severty == "high"')


def test_rules_themselves_know_nothing_of_alerts() -> None:
    with pytest.raises(RuleError, match="no variable 'severity'"):
        compile_rule(Rule("r", 'severity == "high"', "low"))
