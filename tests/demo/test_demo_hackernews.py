"""The demo's Hacker News search keeps Algolia's rules and limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from listener.demo.hackernews_server import HackerNewsServer
from listener.demo.told import HackerItem


@pytest.fixture
def hackernews(clock: Any) -> Iterator[HackerNewsServer]:
    now = clock()
    items = [
        HackerItem(
            id=1, at=now - timedelta(days=3), author="ann", title="Acme kettles overheat", url="https://x.example/a"
        ),
        HackerItem(
            id=2, at=now - timedelta(days=2), author="ben", text="I like &quot;acme rockets&quot;", parent=1, story=1
        ),
        HackerItem(id=3, at=now - timedelta(days=1), author="cat", text="Mine is fine", parent=2, story=1),
        HackerItem(id=4, at=now + timedelta(minutes=5), author="ann", title="Acme answers"),
    ]
    with HackerNewsServer(items, clock) as server:
        yield server


@pytest.fixture
def search(hackernews: HackerNewsServer, get: Callable[..., Any]) -> Callable[..., Any]:
    def ask(query: str = "", **more: Any) -> Any:
        exact = {"typoTolerance": "false", "queryType": "prefixNone"}
        return get(f"{hackernews.base_url}/search_by_date", {"query": query, **exact, **more})

    return ask


def ids(got: Any) -> list[str]:
    return [hit["objectID"] for hit in got.json["hits"]]


def test_hits_come_newest_first_and_a_comment_is_found_by_its_storys_title(search: Callable[..., Any]) -> None:
    assert ids(search("acme")) == ["3", "2", "1"]


def test_what_is_not_posted_yet_is_not_found(search: Callable[..., Any], clock: Any) -> None:
    clock.move(minutes=6)
    assert ids(search("acme"))[0] == "4"


def test_all_words_phrases_and_exclusions_count(search: Callable[..., Any]) -> None:
    assert ids(search("acme rockets")) == ["2"]
    assert ids(search('"acme rockets"')) == ["2"]
    assert ids(search('"rockets acme"')) == []
    assert ids(search("acme -rockets")) == ["3", "1"]
    assert ids(search("")) == ["3", "2", "1"]


def test_the_last_word_is_a_beginning_and_typos_are_forgiven_unless_told_otherwise(search: Callable[..., Any]) -> None:
    assert ids(search("overh")) == []
    assert ids(search("overh", queryType="prefixLast")) == ["3", "2", "1"]
    assert ids(search("overheet")) == []
    assert ids(search("overheet kettles", queryType="prefixLast", typoTolerance="true")) == ["3", "2", "1"]


def test_tags_are_joined_by_and_and_inside_parentheses_by_or(search: Callable[..., Any]) -> None:
    assert ids(search(tags="comment")) == ["3", "2"]
    assert ids(search(tags="(story,comment)")) == ["3", "2", "1"]
    assert ids(search(tags="(story,comment),author_ann")) == ["1"]


def test_numeric_filters_bound_the_time(search: Callable[..., Any], clock: Any) -> None:
    second = int((clock() - timedelta(days=2)).timestamp())
    assert ids(search(numericFilters=f"created_at_i>={second}")) == ["3", "2"]
    assert ids(search(numericFilters=f"created_at_i>={second},created_at_i<{second + 1}")) == ["2"]
    assert search(numericFilters="created_at_i~3").status == 400


def test_no_more_than_a_thousand_hits_can_be_reached_however_they_are_paged(
    get: Callable[..., Any], clock: Any
) -> None:
    items = [HackerItem(id=n, at=clock() - timedelta(seconds=n), author="a", title="acme") for n in range(1, 1_201)]
    with HackerNewsServer(items, clock) as server:
        url = f"{server.base_url}/search_by_date"
        first = get(url, {"query": "acme", "hitsPerPage": 5_000}).json
        assert (len(first["hits"]), first["nbHits"], first["nbPages"]) == (1_000, 1_200, 1)
        assert get(url, {"query": "acme", "hitsPerPage": 1_000, "page": 1}).json["hits"] == []
        assert len(get(url, {"query": "acme"}).json["hits"]) == 20


def test_a_hit_has_the_documented_fields(search: Callable[..., Any]) -> None:
    story, comment = (
        search("acme", tags="author_ann").json["hits"][0],
        search("acme", tags="author_ben").json["hits"][0],
    )
    assert (story["title"], story["comment_text"], story["url"]) == (
        "Acme kettles overheat",
        None,
        "https://x.example/a",
    )
    assert (comment["title"], comment["story_title"], comment["parent_id"]) == (None, "Acme kettles overheat", 1)
    assert comment["comment_text"] == "I like &quot;acme rockets&quot;"
    assert comment["created_at_i"] > story["created_at_i"]


def test_the_hourly_limit_is_kept(search: Callable[..., Any], hackernews: HackerNewsServer, clock: Any) -> None:
    hackernews._allowance.limit = 2
    assert [search().status for _ in range(3)] == [200, 200, 429]
    clock.move(hours=1)
    assert search().status == 200


def test_another_address_of_the_service_is_not_there(hackernews: HackerNewsServer, get: Callable[..., Any]) -> None:
    assert get(f"{hackernews.base_url}/items/1").status == 404
