"""No condition and no mention, however odd, make a rule raise."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.judge import RuleBook, judge
from rules.reading import CustomerMatch, Intent, Reason, Sentiment, Urgency
from rules.rule import Rule, RuleError, compile_rule
from rules.rule_reason import MAX_REASON
from rules.rule_words import rule_words
from rules.variables import VARIABLES, Facts
from sources.post import Author, Engagement, Post

NOW = datetime(2026, 11, 12, 9, tzinfo=UTC)

texts = st.text() | st.text("a\x00\ud800\u202e\n'\"\\😀ক্")
numbers = st.integers() | st.none()
posts = st.builds(
    Post,
    source=texts,
    instance=texts,
    external_id=texts,
    url=texts,
    title=texts,
    text=texts,
    lang=texts,
    kind=texts,
    in_reply_to=texts,
    published_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    author=st.builds(Author, id=texts, handle=texts, name=texts, url=texts, email=texts, followers=numbers),
    engagement=st.builds(Engagement, likes=numbers, replies=numbers, reposts=numbers, views=numbers),
)
reasons = st.lists(st.builds(Reason, texts, texts, st.floats()), max_size=3)
any_facts = st.builds(
    Facts,
    post=posts,
    brand=texts,
    seen_by=st.lists(texts, max_size=2),
    lang=texts,
    sentiment=st.builds(
        Sentiment,
        label=st.sampled_from([None, "negative", "unsure"]),
        score=st.none() | st.floats(),
        confidence=st.none() | st.floats(),
        reasons=reasons,
        why=st.none() | texts,
    ),
    urgency=st.builds(Urgency, label=st.sampled_from(["none", "high"]), score=st.floats(), reasons=reasons),
    intent=st.lists(st.builds(Intent, label=texts, score=st.floats(), reasons=reasons), max_size=2),
    topics=st.lists(texts, max_size=2),
    customer=st.none() | st.builds(CustomerMatch, id=texts, name=texts, tier=texts, confidence=st.floats()),
    own=st.booleans(),
    now=st.just(NOW),
)

_OF_KIND = {kind: [name for name, variable in VARIABLES.items() if variable.kind == kind] for kind in
            ("text", "whole number", "number", "true/false", "list of texts")}  # fmt: skip
quoted = st.text("abc[(*+\\", max_size=4).map(json.dumps)
text_parts = st.sampled_from(_OF_KIND["text"]) | quoted
whole_parts = st.sampled_from(_OF_KIND["whole number"]) | st.integers(0, 9).map(str) | st.just("size(intent)")
number_parts = st.sampled_from(_OF_KIND["number"]) | st.floats(0, 9).map(lambda number: f"{number:.2f}")
list_parts = st.sampled_from(_OF_KIND["list of texts"])
compare = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
asked = st.one_of(
    st.sampled_from(_OF_KIND["true/false"]),
    st.tuples(text_parts, compare, text_parts).map(" ".join),
    st.tuples(whole_parts, compare, whole_parts).map(" ".join),
    st.tuples(number_parts, compare, number_parts).map(" ".join),
    st.tuples(whole_parts, st.sampled_from(["/", "%", "+", "*"]), whole_parts).map(
        lambda parts: f"{' '.join(parts)} == 1"
    ),
    st.tuples(text_parts, st.just("in"), list_parts).map(" ".join),
    st.tuples(text_parts, st.sampled_from(["contains", "matches", "startsWith"]), text_parts).map(
        lambda parts: f"{parts[0]}.{parts[1]}({parts[2]})"
    ),
    st.tuples(list_parts, text_parts).map(lambda parts: f"{parts[0]}.exists(text, text == {parts[1]})"),
    st.tuples(list_parts, whole_parts).map(lambda parts: f"{parts[0]}[{parts[1]}] == kind"),
)
conditions = st.recursive(
    asked,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["&&", "||", "\n&& // own\n"]), inner).map(
            lambda parts: f"({' '.join(parts)})"
        ),
        inner.map(lambda part: f"!({part})"),
        st.tuples(inner, inner, inner).map(lambda parts: f"({parts[0]} ? {parts[1]} : {parts[2]})"),
    ),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(conditions, any_facts)
def test_no_condition_and_no_mention_make_judging_raise(condition: str, read: Facts) -> None:
    try:
        compiled = compile_rule(Rule("r", condition, "low"))
    except RuleError as error:
        assert "regular expression" in error.message or "nested" in error.message
        return
    matches, troubles = judge(RuleBook([compiled]), read)
    for match in matches:
        assert len(match.reason) <= MAX_REASON
        assert "\n" not in match.reason and "\x00" not in match.reason
    for trouble in troubles:
        assert "No value with name" not in trouble.why  # each variable that is named is bound


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(conditions, st.sampled_from([(), ("acme",), ("other",)])), min_size=2, max_size=5), any_facts)
def test_rules_that_are_asked_together_answer_as_each_does_alone(
    asked: list[tuple[str, tuple[str, ...]]], read: Facts
) -> None:
    rules = []
    for number, (condition, brands) in enumerate(asked):
        with suppress(RuleError):
            rules.append(compile_rule(Rule(f"r{number}", condition, "low", brands)))
    matches, troubles = judge(RuleBook(rules), read)
    alone = [judge(RuleBook([rule]), read) for rule in rules]
    assert matches == [match for found, _ in alone for match in found]
    assert troubles == [trouble for _, told in alone for trouble in told]


@settings(deadline=None)
@given(
    st.text()
    | st.lists(st.sampled_from([*VARIABLES, "(", ")", "==", "in", "'x'", "1", "-", ".", ",", "[", "&&"])).map(" ".join)
)
def test_no_text_makes_compiling_raise_anything_but_its_own_error(condition: str) -> None:
    try:
        compile_rule(Rule("r", condition, "low"))
    except RuleError as error:
        assert error.mistakes and all(mistake.line >= 1 and mistake.column >= 1 for mistake in error.mistakes)
        assert error.pointing()


@given(st.text() | st.text("ab'\"\\/. \n`r1"))
def test_words_never_overlap_and_never_fail(condition: str) -> None:
    end = 0
    for word in rule_words(condition):
        assert end <= word.start < word.end
        end = word.end
