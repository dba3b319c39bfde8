"""Rules: what compiles, and what is told of a mistake."""

from __future__ import annotations

import pytest

from rules.rule import Rule, RuleError, compile_rule
from rules.rule_words import named_variables
from rules.variables import VARIABLES


def mistakes(condition: str) -> str:
    with pytest.raises(RuleError) as told:
        compile_rule(Rule("r", condition, "low"))
    return told.value.message


def test_a_name_that_does_not_exist_is_told_with_the_one_that_was_meant() -> None:
    assert mistakes("sentimnt.score < 0.0 && custmer.tier == 'x'\n|| tier == 'y'") == (
        "line 1 column 1: there is no variable 'sentimnt.score': did you mean 'sentiment.score'?; "
        "line 1 column 25: there is no variable 'custmer.tier': did you mean 'customer.tier'?; "
        "line 2 column 4: there is no variable 'tier': did you mean 'customer.tier'?"
    )
    assert "'sentiment' has parts: sentiment.known" in mistakes("sentiment < 0.0")
    assert mistakes("customer.tier == gold") == (
        "column 18: there is no variable 'gold'; if the text is meant, write \"gold\""
    )


@pytest.mark.parametrize(
    ("condition", "hint"),
    [
        ("sentiment.score <= 5", "sentiment.score is a number with a point: write 5.0"),
        ("sentiment.score <= -4", "sentiment.score is a number with a point: write -4.0"),
        ("1 > age_hours", "age_hours is a number with a point: write 1.0"),
        ("author.followers > 2.0", "author.followers is a whole number: write 2"),
        ("1.5 == double(1) + 2", "both with a point"),
        ("intent == 'complaint'", "write 'complaint' in intent"),
        ("'gold' in customer.tier", "write 'gold' == customer.tier"),
        ("customer.tier == null", "nothing is ever null here"),
        ("own && author.followers", "joins conditions that are true or false"),
        ("size(author.followers) > 1", "size() cannot take a whole number"),
        ("own and own", "'and' is not a word of conditions: write &&"),
        ("not own", "'not' is not a word of conditions: write !"),
        ("text = 'x'", "'=' compares nothing: write =="),
        ("sentiment.score < -0,4", "numbers are written with a point"),
        ("text == “x”", "curly quotes"),
        ("text == 'x", "a text begins here and does not end"),
        ("own &&", "ends too early"),
        ("(own", "missing ')' at the end"),
        ("own)", "did not expect ')' here"),
        ("খারাপ == text", "'খ' means nothing outside of quotes"),
        ("text.contain('x')", "no function contain(): did you mean 'contains'?"),
        ("text.lowerAscii() == 'x'", "(?i)"),
        ("text.matches('a', 'b')", "matches() is not used like this"),
        ("text.foo == 'x'", "'text' has no parts"),
        ("own == True", "write true"),
        ("text", "must be true or false, but gives a text"),
        ("dyn(own)", "must be true or false"),
        ("", "the condition is empty"),
        ("own && \x00", "U+0000 cannot stand in a condition"),
        ("own && '\ud800' == text", "U+D800 cannot stand in a condition"),
        ("(" * 100 + "own" + ")" * 100, "nested too deeply"),
        ("size(text)" + " + 1" * 60 + " > 2", "more than 32 steps"),
        ("own || " * 800 + "own", "at most 4000 characters"),
        ("own && text.matches('[a')", "column 21: invalid regular expression: missing ]"),
        ("size([text]" + ".map(a, a + a)" * 20 + "[0]) > 0", "column 22: '+' cannot stand inside of exists()"),
        ("[text].exists(a, [a + a].exists(b, [b + b].exists(c, c == text)))", "'+' cannot stand inside of exists()"),
        ("[1]" + ".map(a, [a, (a)])" * 2 + " == [[[1]]]", "a list inside of exists(), all(), filter() and map()"),
        ("customer.fields.plan > 5", "'>' cannot take text and a whole number"),
        ("'plan' in customer.fields", "column 11: a field must be named: write customer.fields.renewal_date"),
        ("has(customer.fields.plan)", "has() is not needed"),
        ("customer.fields[text] == 'x'", "a field must be named"),
        ("customer.fields.exists(name, name == 'x')", "a field must be named"),
        ("size(customer.fields) > 1", "a field must be named"),
        ("intent . all\n(a, {'x': a}['x'] == 'b')", "line 2 column 5: a list inside of exists()"),
    ],
)
def test_a_mistake_is_told_in_words(condition: str, hint: str) -> None:
    assert hint in mistakes(condition)


def test_an_error_points_at_its_places() -> None:
    with pytest.raises(RuleError) as told:
        compile_rule(Rule("loud", "own &&\n  foo.bar && sentiment.score > 1", "low"))
    assert (told.value.name, told.value.line, told.value.column) == ("loud", 2, 3)
    assert str(told.value).startswith(
        "rule 'loud': line 2 column 3: there is no variable 'foo.bar'; line 2 column 30: "
    )
    lines = told.value.pointing().split("\n")
    assert lines[1:3] == ["  foo.bar && sentiment.score > 1", "  ^ there is no variable 'foo.bar'"]


def test_names_are_found_outside_of_quotes_and_comments_only() -> None:
    condition = (
        'customer . tier == \'own\' && r\'brand\\\'.size() > 1 // url\n|| """lang\n""" == text.replace && 5 > kind'
    )
    assert named_variables(condition, VARIABLES) == ("customer.tier", "text", "kind")


@pytest.mark.parametrize(
    "condition",
    [
        'intent.exists(i, i in ["outage", "safety"])',
        "size(text + title) > 3 && (title + text).contains('x')",
        "[source, instance].exists(name, name.startsWith('a')) || [1, 2][0] + 1 == 2",
        "intent.map(i, size(i))[0] + 1 > 2",
        "intent.exists(i, [true, false][0] && intent[0] == i)",
    ],
)
def test_what_cannot_grow_may_be_put_together(condition: str) -> None:
    compile_rule(Rule("r", condition, "low"))


def test_a_name_with_a_comment_inside_is_the_variable_that_it_names() -> None:
    assert named_variables("sentiment // how it reads\n . // from -1\n score < 0.0", VARIABLES) == ("sentiment.score",)


def test_custom_fields_are_named_with_the_variables() -> None:
    condition = (
        "customer.tier == 'x' && customer . fields.plan != customer.fields[\"renewal date\"] // customer.fields.no"
    )
    names = compile_rule(Rule("r", condition, "low")).names
    assert names == ("customer.tier", "customer.fields.plan", "customer.fields.renewal date")
