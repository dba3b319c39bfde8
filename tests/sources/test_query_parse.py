"""The query language: what is read, what is refused, and what is told about it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.query import Query, QueryError, explain, lint, parse, unparse
from sources.query.tree import And, Field, Handle, Hashtag, Near, Not, Or, Phrase, Term

PIECES = ["acme", "rockets", '"a b"', "#tag", "@h", "(", ")", "AND", "OR", "NOT", "NEAR/3", "NEAR/0", "{X}", "{", "}"]
PIECES += ["reli*", "*", "author:jane", "lang:", "x:y", '"', "“", "»", "C++", "-"]
PIECES += ["🚀", "ঢাকা", "索尼", "（", "\u200d", "\x00"]


def refused(text: str) -> QueryError:
    with pytest.raises(QueryError) as caught:
        parse(text)
    return caught.value


def shape(text: str) -> str:
    """The tree in one line, operators spelled out."""
    return unparse(parse(text))


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("acme rockets", "acme AND rockets"),
        ("a1 b1 OR c1 d1", "(a1 AND b1) OR (c1 AND d1)"),
        ("a1 NOT b1 c1", "a1 AND (NOT b1) AND c1"),
        ("a1 NOT (b1 OR c1)", "a1 AND NOT (b1 OR c1)"),
        ("a1 AND (b1 AND c1)", "a1 b1 c1"),
        ("(a1 OR (b1 OR c1))", "a1 OR b1 OR c1"),
        ("a1 NEAR/2 b1 c1", "(a1 NEAR/2 b1) AND c1"),
        ("c1 NOT a1 NEAR/2 b1", "c1 AND NOT (a1 NEAR/2 b1)"),
        ("a1 NEAR/2 b1 NEAR/3 c1", "a1 NEAR/2 b1 AND b1 NEAR/3 c1"),
        ("“a b” «c d» „e f“", '"a b" "c d" "e f"'),
        ("（a1 OR b1）\u3000c1", "(a1 OR b1) c1"),
        ("author:“Jane Doe”", 'author:"Jane Doe"'),
        ("SITE:example.org", "site:example.org"),
        ("acme, rockets;", "acme rockets"),
    ],
)
def test_two_ways_to_write_one_query(text: str, same: str) -> None:
    assert shape(text) == shape(same)


def test_every_kind_of_word_has_its_node() -> None:
    tree = parse('acme reliab* "a b" {ACME} {Acme Rockets} #tag #ta* @h @u@host.org lang:bn').tree
    assert isinstance(tree, And)
    assert tree.parts == (
        Term("acme", 1),
        Term("reliab", 6, wildcard=True),
        Phrase("a b", 14),
        Term("ACME", 20, exact=True),
        Phrase("Acme Rockets", 27, exact=True),
        Hashtag("tag", 42),
        Hashtag("ta", 47, wildcard=True),
        Handle("h", 52),
        Handle("u@host.org", 55),
        Field("lang", "bn", 67),
    )


def test_operators_are_upper_case_and_lower_case_is_a_word_with_a_warning() -> None:
    query = parse("acme or rockets")
    assert query.tree == And((Term("acme", 1), Term("or", 6), Term("rockets", 9)))
    assert any("column 6" in warning and "OR" in warning for warning in lint(query))


def test_near_stands_between_any_two_kinds_of_words() -> None:
    tree = parse('"a b" NEAR/7 #tag').tree
    assert tree == Near(Phrase("a b", 1), Hashtag("tag", 14), 7, 7)


def test_not_takes_the_next_factor_only() -> None:
    tree = parse("c1 OR NOT a1 b1").tree
    assert tree == Or((Term("c1", 1), And((Not(Term("a1", 11), 7), Term("b1", 14)))))


@pytest.mark.parametrize(
    ("text", "column", "told"),
    [
        ("", 1, "empty"),
        ("   ", 4, "empty"),
        ("acme OR", 6, "expected a word"),
        ("acme AND )", 6, "expected a word"),
        ("OR acme", 1, "expected a word"),
        ("acme AND OR rockets", 10, "expected a word"),
        ("NOT", 1, "expected a word"),
        ('acme "rockets', 6, "never closed"),
        ("(acme", 1, "expected )"),
        ("acme)", 5, "closes nothing"),
        ("acme ()", 6, "nothing between"),
        ("{ACME", 1, "expected }"),
        ("ACME}", 5, "closes nothing"),
        ("{}", 1, "no letter"),
        ('""', 1, "no letter"),
        ("acme && rockets", 6, "AND, OR, NOT"),
        ("auther:jane", 1, "did you mean author:"),
        ("langue:fr", 1, "did you mean lang:"),
        ("https://acme.com", 1, "put it in quotes"),
        ("author: jane", 8, "has no value"),
        ('author:""', 8, "has no value"),
        ("lang:english", 6, "lang:en"),
        ("site:*", 6, "site:example.org"),
        ("a1 NEAR/0 b1", 4, "NEAR/1"),
        ("a1 NEAR/101 b1", 4, "NEAR/100"),
        ("a1 NEAR b1", 4, "NEAR/5"),
        ("a1 NEAR/2 (b1 OR c1)", 4, "not parentheses"),
        ("(b1 OR c1) NEAR/2 a1", 12, "not parentheses"),
        ("a1 NEAR/2 lang:en", 4, "not fields"),
        ("a1 NEAR/2", 4, "expected a word"),
        ("*acme", 1, "begin with *"),
        ("ac*me", 3, "end of a word"),
        ("a*", 1, "at least 2 characters"),
        ("C+*", 3, "letter or digit"),
        ('"acme"*', 7, "quotes or braces"),
        ("#", 1, "after the #"),
        ("#a-b", 1, "no hashtag"),
        ("@", 1, "after the @"),
        ("@a/b", 1, "no handle"),
        ("NOT acme", 1, "must be there"),
        ("acme OR NOT rockets", 9, "must be there"),
        ("NOT (acme rockets)", 1, "must be there"),
        ("NOT lang:en", 1, "must be there"),
        ("acme \x00", 6, "no character"),
        ("acme \ud800", 6, "no character"),
    ],
)
def test_a_mistake_is_told_with_its_column_and_what_was_expected(text: str, column: int, told: str) -> None:
    error = refused(text)
    assert error.column == column
    assert told in str(error)
    assert error.pointing() == f"{text}\n{' ' * (column - 1)}^\n{error}"


def test_not_of_not_asks_for_something() -> None:
    assert parse("NOT (NOT acme)").tree == Not(Not(Term("acme", 10), 6), 1)


@pytest.mark.parametrize(
    "text",
    ["(" * 101 + "a" + ")" * 101, "NOT " * 101 + "a", "(" * 9_000, "NOT (" * 3_000, "a " * 10_001],
)
def test_what_is_too_deep_or_too_long_is_refused_not_run_into(text: str) -> None:
    assert refused(text).column >= 1


def test_the_deepest_and_the_longest_query_are_read() -> None:
    parse("(" * 100 + "acme" + ")" * 100)
    explain(parse("(acme OR (rockets " * 50 + "x1" + "))" * 50))
    assert isinstance(parse("ab " * 6_666).tree, And)


@settings(max_examples=500, deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=14).map(" ".join)))
def test_any_text_is_a_query_or_a_query_error(text: str) -> None:
    try:
        query = parse(text)
    except QueryError as error:
        assert 1 <= error.column <= len(text) + 1
        assert error.query == text
        return
    assert explain(query)
    assert all(isinstance(warning, str) for warning in lint(query))
    again = parse(unparse(query))
    assert unparse(again) == unparse(query)
    assert explain(again) == explain(query)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_pieces_run_together_are_a_query_or_a_query_error(text: str) -> None:
    try:
        parse(text)
    except QueryError as error:
        assert 1 <= error.column <= len(text) + 1


def test_a_query_is_explained_as_a_tree_in_plain_words() -> None:
    text = '("acme rockets" OR @acmehelp OR acme) NOT (coyote OR "acme markets") lang:en reliab* NEAR/3 {ACME}'
    assert explain(parse(text)) == "\n".join(
        [
            "all of these:",
            "  any of these:",
            '    the words "acme rockets" side by side',
            "    a mention of @acmehelp",
            '    the word "acme"',
            "  none of these:",
            '    the word "coyote"',
            '    the words "acme markets" side by side',
            "  the language en",
            '  a word that begins with "reliab", within 3 words of "ACME", written exactly so',
        ]
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("acme not rockets", "NOT"),
        ("the", "very common"),
        ("acme OR app", "very common"),
        ("ok NOT fine", "very short"),
        ("acme acme", "twice"),
        ("acme OR Acme", "twice"),
        ("acme -coyote", "NOT coyote"),
        ("+acme rockets", "+"),
        ("“acme rockets”", "plain quote"),
        ("'acme rockets'", "single quotes"),
        ("acme, rockets", "comma"),
        ("Yahoo!", "{Yahoo!}"),
        ('"acme*"', "no wildcard"),
        ('"acme OR rockets"', "words like any other"),
        ("ac*", "very many"),
    ],
)
def test_what_may_not_mean_what_its_author_thinks_is_warned_of(text: str, told: str) -> None:
    assert any(told in warning for warning in lint(parse(text))), lint(parse(text))


@pytest.mark.parametrize(
    "text", ["acme", '("acme rockets" OR @acmehelp) NOT coyote', "ঢাকা", "索尼", "C++", "🚀", "{OK}", "삼성"]
)
def test_a_plain_query_has_no_warnings(text: str) -> None:
    assert lint(parse(text)) == []


def test_a_query_keeps_its_text_as_written() -> None:
    assert parse(" acme  OR b1 ") == Query(" acme  OR b1 ", Or((Term("acme", 2), Term("b1", 11))))
