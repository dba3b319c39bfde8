"""The thresholds of a rule's score are found in its condition, and others put in their place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.rule import Rule, compile_rule
from rules.threshold import SCORES, score_conditions, thresholds, with_threshold


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("sentiment.score <= -0.4", [("sentiment.score", "<=", -0.4)]),
        ('own || sentiment.score<-.4 && urgency.score > 0.5', [("urgency.score", ">", 0.5)]),
        ("sentiment.confidence >= 0.6 // sentiment.score <= 0.1", [("sentiment.confidence", ">=", 0.6)]),
        ('text.contains("sentiment.score <= -0.4")', []),
        ("sentiment.score == 0.0", []),
        ("author.followers >= 10", []),
        ("sentiment.score <=", []),
    ],
)  # fmt: skip
def test_comparisons_of_scores_are_found(condition: str, found: list[tuple[str, str, float]]) -> None:
    assert [(one.name, one.sign, one.number) for one in score_conditions(condition)] == found


@given(st.sampled_from(SCORES), st.sampled_from(["<", "<=", ">", ">="]), st.floats(-0.99, 0.99), st.floats(0, 1))
def test_another_threshold_stands_where_the_first_one_stood(name: str, sign: str, number: float, other: float) -> None:
    condition = f'"complaint" in intent && {name} {sign} {number:.2f} || own'
    (found,) = score_conditions(condition)
    changed = with_threshold(condition, found, other)
    assert changed == f'"complaint" in intent && {name} {sign} {other:.2f} || own'
    compile_rule(Rule("x", changed, "low"))
    tried = thresholds(found)
    assert list(tried) == sorted(set(tried)) and round(found.number, 2) in tried
    assert 10 <= len(tried) <= 21


@given(st.text(max_size=60))
def test_no_condition_makes_looking_fail(condition: str) -> None:
    for found in score_conditions(condition):
        assert condition[found.start : found.end]
