"""No plan has a service asked thousands of things, and none leaves a part of a query out in silence."""

from __future__ import annotations

from typing import Any

import pytest

from sources.contract import Plan
from sources.query import parse
from sources.registry import settings_class
from sources.search_asks import MOST_ASKS

MANY = " OR ".join(f'"brand{number} rockets{number}"' for number in range(700))
KINDS: list[tuple[str, dict[str, Any]]] = [
    ("stackexchange", {"sites": ["stackoverflow", "serverfault", "math"]}),
    ("github", {"token": "t0ken"}),
    ("gdelt", {}),
    ("lemmy", {"instances": ["lemmy.world", "programming.dev"]}),
    ("hackernews", {}),
]


def planned(kind: str, settings: dict[str, Any], query: str) -> Plan:
    return settings_class(kind).model_validate({"kind": kind, "name": "one"} | settings).open().plan(parse(query))


@pytest.mark.parametrize(("kind", "settings"), KINDS)
def test_a_query_of_very_many_alternatives_is_asked_within_a_bound_and_says_so(
    kind: str, settings: dict[str, Any]
) -> None:
    plan = planned(kind, settings, MANY)
    assert 0 < len(plan.asks) <= MOST_ASKS
    if kind != "gdelt":  # which takes many alternatives in one search
        assert any("alternatives" in note and ("stays unseen" in note or "read instead" in note) for note in plan.notes)


@pytest.mark.parametrize(("kind", "settings"), KINDS)
def test_a_query_of_some_alternatives_is_asked_whole(kind: str, settings: dict[str, Any]) -> None:
    plan = planned(kind, settings, " OR ".join(f'"brand{number} rockets"' for number in range(20)))
    assert all(any(f"brand{number}" in ask for ask in plan.asks) for number in range(20))
    assert not any("stays unseen" in note or "instead" in note for note in plan.notes)


def test_hacker_news_reads_everything_rather_than_leave_an_alternative_out() -> None:
    assert list(planned("hackernews", {}, MANY).asks) == [""]
