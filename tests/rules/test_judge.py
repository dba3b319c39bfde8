"""Judging a mention: which rules speak, in which words, and what is told of those that cannot."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from rules.intent import LABELS
from rules.judge import RuleBook, judge
from rules.reading import CustomerMatch, Intent, Reason, Sentiment, Urgency
from rules.rule import Rule, Undecided, compile_rule
from rules.rule_reason import MAX_REASON, reason
from rules.variables import VARIABLES, Facts, values
from sources.post import Author, Engagement, Post

DOCS = Path(__file__).resolve().parents[2] / "docs" / "rules.md"
NOW = datetime(2026, 11, 12, 9, tzinfo=UTC)
UNKNOWN = Sentiment(label=None, why="no evidence for bn")
ANGRY = Sentiment(
    label="negative",
    score=-0.81,
    confidence=0.7,
    reasons=(Reason("great", "word", 1.2), Reason("third time", "word", -1.0), Reason("refund", "word", -2.5)),
)
ANN = CustomerMatch(id="c1", name="Ann", tier="gold", owner="ben", company="Co", confidence=1.0)


def facts(**changes: Any) -> Facts:
    """A stranger's post in Bengali, of which nothing could be read."""
    read: dict[str, Any] = {
        "post": Post(source="mastodon", instance="host", external_id="1", text="আমার টাকা ফেরত দিন"),
        "brand": "acme",
        "seen_by": ("social",),
        "lang": "bn",
        "sentiment": UNKNOWN,
        "urgency": Urgency(),
        "intent": (),
        "waits_for_answer": False,
        "topics": (),
        "customer": None,
        "own": False,
        "now": NOW,
    }
    return Facts(**read | changes)


STRANGER = facts(lang="und", post=Post(source="feed", instance="", external_id="2"), brand="", seen_by=())
BENGALI = facts(intent=(Intent(label="complaint", score=0.9, reasons=(Reason("টাকা ফেরত", "asks for money", 1.0),)),))
GOLD = facts(
    lang="en",
    sentiment=ANGRY,
    customer=ANN,
    urgency=Urgency(label="high", score=0.7, reasons=(Reason("immediately", "asks for haste", 1.0),)),
    intent=(Intent(label="churn", score=0.8, reasons=(Reason("cancel", "wants to leave", 1.0),)),),
    post=Post(
        source="mastodon",
        instance="host",
        external_id="3",
        text="Refund! Third time! I cancel.",
        published_at=NOW - timedelta(hours=3),
        author=Author(handle="ann@host", name="Ann", followers=12),
        engagement=Engagement(likes=4),
    ),
)


def examples() -> list[Rule]:
    blocks = DOCS.read_text("utf-8").split("```toml\n")[2:]
    tables = [table for block in blocks for table in tomllib.loads(block.split("```")[0]).get("rules", ())]
    return [Rule(table["name"], table["when"], table["severity"]) for table in tables]


def holds(condition: str, read: Facts) -> bool:
    return compile_rule(Rule("r", condition, "low")).decide(read)


def test_every_variable_is_documented_with_its_type_and_default() -> None:
    rows = {line for line in DOCS.read_text("utf-8").splitlines() if line.startswith("| `")}
    for name, variable in VARIABLES.items():
        default = json.dumps(variable.default)
        assert f"| `{name}` | {variable.kind} | `{default}` | {variable.doc} |" in rows


def test_every_intent_is_documented() -> None:
    text = DOCS.read_text("utf-8")
    assert all(f"`{label}`" in text for label in LABELS)


def test_the_documents_show_eleven_rules_and_each_decides_for_anyone() -> None:
    rules = [compile_rule(rule) for rule in examples()]
    assert len(rules) == 11
    spoken = {}
    for who, read in {"stranger": STRANGER, "bengali": BENGALI, "gold": GOLD}.items():
        matches, troubles = judge(RuleBook(rules), read)
        assert troubles == []
        spoken[who] = [match.name for match in matches]
    assert spoken == {
        "stranger": [],
        "bengali": ["angry in Bengali", "stranger complains"],
        "gold": ["angry customer", "about to leave"],
    }


def test_a_stranger_gives_every_variable_its_default() -> None:
    read = values(STRANGER)
    told = {"source": "feed", "kind": "post"}
    assert read == {name: variable.default for name, variable in VARIABLES.items()} | told


def test_every_variable_can_be_compared_in_its_own_type() -> None:
    literal = {"text": '"x"', "whole number": "1", "number": "1.0", "true/false": "true", "list of texts": '["x"]'}
    for name, variable in VARIABLES.items():
        for read in (STRANGER, BENGALI, GOLD):
            assert holds(f"{name} == {name} && ({name} == {literal[variable.kind]} || true)", read), name


@pytest.mark.parametrize(
    "condition",
    ["1 / (author.followers - author.followers) == 1", "topics[7] == 'x'", "text.matches('(' + text)", "int(text) > 1"],
)
def test_a_rule_without_an_answer_does_not_speak_and_is_told(condition: str) -> None:
    rules = [compile_rule(Rule("odd", condition, "critical")), compile_rule(Rule("fine", "true", "low"))]
    matches, troubles = judge(RuleBook(rules), GOLD)
    assert [match.name for match in matches] == ["fine"]
    assert [trouble.name for trouble in troubles] == ["odd"]
    assert troubles[0].why.startswith("did not decide: ")


def test_the_most_severe_match_comes_first_and_brands_are_kept_apart() -> None:
    rules = [
        compile_rule(Rule("a", "true", "low")),
        compile_rule(Rule("b", "true", "critical", brands=("other",))),
        compile_rule(Rule("c", "true", "high", brands=("other", "acme"))),
        compile_rule(Rule("d", "true", "low")),
    ]
    assert [match.name for match in judge(RuleBook(rules), GOLD)[0]] == ["c", "a", "d"]


@pytest.mark.parametrize(
    ("condition", "read", "words"),
    [
        (
            'sentiment.score <= -0.4 && customer.tier in ["gold"]',
            GOLD,
            "Ann (gold) wrote -0.81 about 'acme': 'refund', 'third time'",
        ),
        ('urgency.label == "high"', GOLD, "ann@host wrote about 'acme'; urgency high ('immediately')"),
        ('"churn" in intent || own', GOLD, "ann@host wrote about 'acme'; churn ('cancel'); own: no"),
        (
            'lang.startsWith("bn") && "complaint" in intent',
            BENGALI,
            "someone wrote about 'acme'; complaint ('টাকা ফেরত'); lang: bn",
        ),
        (
            "sentiment.score < 1.0 && !customer.known && age_hours < 9.0",
            BENGALI,
            "someone (not a known customer) wrote about 'acme' (sentiment unknown: no evidence for bn); age hours: "
            "0.00",
        ),
        (
            "author.followers > 3 && text.contains('Refund') && title == '' && size(topics) == 0",
            GOLD,
            "ann@host wrote about 'acme'; author followers: 12; text: Refund! Third time! I cancel.; title is empty; "
            "topics: none",
        ),
    ],
)
def test_a_match_carries_words_that_a_person_understands(condition: str, read: Facts, words: str) -> None:
    (match,) = judge(RuleBook([compile_rule(Rule("r", condition, "high"))]), read)[0]
    assert match.reason == words


def test_an_undecided_rule_says_why() -> None:
    with pytest.raises(Undecided, match="divide by zero"):
        holds("1 / author.followers == 1", STRANGER)


def test_a_reason_of_a_huge_post_stays_one_short_line() -> None:
    read = facts(post=Post(source="x", instance="", external_id="1", text="a\n" * 100_000, title="\x1b[31m\u202e"))
    said = reason("text != '' && title != ''", ("text", "title"), read)
    assert len(said) <= MAX_REASON
    assert not set(said) & set("\n\x1b\u202e")


def test_a_custom_field_that_is_not_there_is_empty_and_no_error() -> None:
    renewing = replace(GOLD, customer=replace(ANN, fields={"renewal_date": "2026-12-01"}))
    soon = 'customer.fields.renewal_date != "" && customer.fields.renewal_date < "2027-01-01"'
    odd = "customer.fields['tër m'] == ''"
    for read, speaks in ((renewing, True), (GOLD, False), (STRANGER, False), (BENGALI, False)):
        assert holds(soon, read) is speaks
        assert holds(odd, read)
    rules = RuleBook([compile_rule(Rule("soon", soon, "high")), compile_rule(Rule("never", "own", "low"))])
    matches, troubles = judge(rules, renewing)
    assert troubles == [] and "customer fields renewal date: 2026-12-01" in matches[0].reason
    assert judge(rules, STRANGER) == ([], [])
