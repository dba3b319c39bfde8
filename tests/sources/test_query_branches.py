"""What services are asked: branches that together miss nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.query import Branch, QueryError, branches, parse, unparse
from sources.query.tree import And, Field, Near, Node, Not, Or


def told(text: str, most: int = 30) -> list[str]:
    return [
        " ".join([*map(unparse, one.words), *map(unparse, one.fields), *(f"-{unparse(word)}" for word in one.excluded)])
        for one in branches(parse(text), most).branches
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("acme", ["acme"]),
        ("acme rockets", ["acme rockets"]),
        ("acme OR rockets", ["acme", "rockets"]),
        ("(a1 OR b1) (c1 OR d1)", ["a1 c1", "a1 d1", "b1 c1", "b1 d1"]),
        ("(a1 OR @b) NOT (x1 OR y1)", ["a1 -x1 -y1", "@b -x1 -y1"]),
        ("lang:bn acme", ["acme lang:bn"]),
        ("a1 OR a1 b1", ["a1"]),
        ("NOT (NOT a1 OR NOT b1)", ["a1 b1"]),
    ],
)
def test_a_query_falls_into_branches_that_say_the_same(text: str, expected: list[str]) -> None:
    assert told(text) == expected
    assert branches(parse(text)).exact


@pytest.mark.parametrize(
    ("text", "expected", "note"),
    [
        ("a1 NEAR/3 b1", ["a1 b1"], "anywhere"),
        ("a1 NOT (b1 c1)", ["a1"], "not asked for"),
        ("a1 NOT lang:en", ["a1"], "not asked for"),
        ("a1 NOT b1 NEAR/2 c1", ["a1"], "not asked for"),
    ],
)
def test_what_a_service_cannot_be_told_is_left_out_and_said(text: str, expected: list[str], note: str) -> None:
    found = branches(parse(text))
    assert told(text) == expected
    assert not found.exact
    assert note in found.notes[0]


def test_too_many_branches_are_drawn_together() -> None:
    many = " OR ".join(f"w{number}" for number in range(20))
    assert told(f"acme ({many})", most=10) == ["acme"]
    found = branches(parse(" OR ".join(f"(acme w{number})" for number in range(40))))
    assert found.branches[0].excluded == ()
    assert [unparse(word) for word in found.branches[0].words] == ["acme"]
    assert not found.exact
    thousand = branches(parse(" ".join(f"({many.replace('w', letter)})" for letter in "abcdef")))
    assert len(thousand.branches) <= 30


def test_alternatives_that_share_nothing_are_all_kept() -> None:
    found = branches(parse(" OR ".join(f"w{number}" for number in range(40))), most=30)
    assert len(found.branches) == 40
    assert found.notes


ATOMS = ["a1", "b1", "c1", "#d1", "@e1", "lang:en", "a1 NEAR/2 b1"]
trees = st.recursive(
    st.sampled_from(ATOMS),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda two: f"({two[0]} {two[1]})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]} OR {two[1]})"),
        inner.map(lambda one: f"NOT ({one})"),
    ),
    max_leaves=8,
)


def holds(node: Node, true: frozenset[str]) -> bool:
    if isinstance(node, And):
        return all(holds(part, true) for part in node.parts)
    if isinstance(node, Or):
        return any(holds(part, true) for part in node.parts)
    if isinstance(node, Not):
        return not holds(node.part, true)
    if isinstance(node, Near):
        return unparse(node) in true and holds(node.left, true) and holds(node.right, true)
    return unparse(node) in true


def fulfils(branch: Branch, true: frozenset[str]) -> bool:
    wanted: list[Node | Field] = [*branch.words, *branch.fields]
    return all(unparse(one) in true for one in wanted) and not any(unparse(one) in true for one in branch.excluded)


@settings(max_examples=300, deadline=None)
@given(trees, st.frozensets(st.sampled_from(ATOMS)), st.integers(1, 4))
def test_no_post_that_a_query_wants_is_missed_and_exact_means_exact(text: str, true: frozenset[str], most: int) -> None:
    try:
        query = parse(text)
    except QueryError:
        return
    for found in (branches(query), branches(query, most)):
        asked = any(fulfils(branch, true) for branch in found.branches)
        assert asked or not holds(query.tree, true)
        if found.exact:
            assert asked == holds(query.tree, true)
