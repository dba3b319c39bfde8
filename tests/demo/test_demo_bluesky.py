"""The demo's Bluesky search answers logged-out people as the real one does: one page, bounded by time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from listener.demo.bluesky_server import BlueskyServer, did_of, tid
from listener.demo.told import Account, BlueskyPost

ANN = Account(handle="ann.example", name="Ann")


@pytest.fixture
def bluesky(clock: Any) -> Iterator[BlueskyServer]:
    posts = [
        BlueskyPost(at=clock() - timedelta(minutes=n), account=ANN, langs=("en",), text=f"acme {n}", likes=n)
        for n in range(1, 151)
    ]
    with BlueskyServer(posts, clock) as server:
        yield server


@pytest.fixture
def search(bluesky: BlueskyServer, get: Callable[..., Any]) -> Callable[..., Any]:
    def ask(q: str = "acme", **params: Any) -> Any:
        return get(f"{bluesky.url}/xrpc/app.bsky.feed.searchPosts", {"q": q, **params})

    return ask


def numbers(got: Any) -> list[int]:
    return [int(post["record"]["text"].split()[1]) for post in got.json["posts"]]


def test_a_page_is_newest_first_of_25_and_never_more_than_100(search: Callable[..., Any]) -> None:
    assert numbers(search()) == list(range(1, 26))
    assert numbers(search(limit=100)) == list(range(1, 101))
    refused = search(limit=101)
    assert (refused.status, refused.json["error"]) == (400, "InvalidRequest")


def test_the_second_page_is_for_people_with_an_account(search: Callable[..., Any]) -> None:
    first = search(limit=100)
    refused = search(limit=100, cursor=first.json["cursor"])
    assert refused.status == 403
    assert b"Request forbidden by administrative rules" in refused.body


def test_since_is_inclusive_and_until_exclusive(search: Callable[..., Any], clock: Any) -> None:
    def at(minutes: int) -> str:
        return (clock() - timedelta(minutes=minutes)).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    assert numbers(search(since=at(20), until=at(10))) == list(range(11, 21))
    assert search(since="yesterday").status == 400


def test_a_narrower_window_shows_what_the_first_page_could_not(search: Callable[..., Any]) -> None:
    oldest = search(limit=100).json["posts"][-1]["record"]["createdAt"]
    assert numbers(search(limit=100, until=oldest)) == list(range(101, 151))


def test_words_phrases_authors_and_tags_choose_posts(get: Callable[..., Any], clock: Any) -> None:
    texts = ["Acme rockets are loud", "rockets by ACME #Loud", "acmefan", "Acmeのケトル"]
    posts = [
        BlueskyPost(at=clock() - timedelta(minutes=n), account=ANN, langs=("ja",) if n == 4 else ("en",), text=text)
        for n, text in enumerate(texts, 1)
    ]
    with BlueskyServer(posts, clock) as server:

        def found(q: str, **params: Any) -> list[int]:
            got = get(f"{server.url}/xrpc/app.bsky.feed.searchPosts", {"q": q, **params})
            return [texts.index(post["record"]["text"]) for post in got.json["posts"]]

        assert found("acme") == [0, 1, 3]
        assert found('"acme rockets"') == [0]
        assert found("rockets acme") == [0, 1]
        assert found("acme from:ann.example") == [0, 1, 3] and found("acme", author="ben.example") == []
        assert found("acme", tag="loud") == [1]
        assert found("acme", lang="ja") == [3] == found("acme lang:ja")


def test_a_post_is_told_as_a_post_view(get: Callable[..., Any], clock: Any) -> None:
    text = "মজা https://acme.example/x #acme"
    post = BlueskyPost(at=clock() - timedelta(minutes=1), account=ANN, langs=("bn",), text=text, labels=("!hide",))
    with BlueskyServer([post], clock) as server:
        view = get(f"{server.url}/xrpc/app.bsky.feed.searchPosts", {"q": "acme"}).json["posts"][0]
    assert view["uri"] == f"at://{did_of(ANN)}/app.bsky.feed.post/{tid(post)}"
    assert view["author"]["handle"] == "ann.example" and len(did_of(ANN)) == 32 and len(tid(post)) == 13
    assert view["record"]["langs"] == ["bn"] and view["labels"][0]["val"] == "!hide"
    link, tag = view["record"]["facets"]
    raw = text.encode()
    assert raw[link["index"]["byteStart"] : link["index"]["byteEnd"]] == b"https://acme.example/x"
    assert raw[tag["index"]["byteStart"] : tag["index"]["byteEnd"]] == b"#acme"
    assert view["indexedAt"] > view["record"]["createdAt"]


def test_keys_grow_with_time(clock: Any) -> None:
    posts = [BlueskyPost(at=clock() + timedelta(seconds=n), account=ANN, langs=(), text=str(n)) for n in range(50)]
    assert [tid(post) for post in posts] == sorted(tid(post) for post in posts)


def test_the_limit_is_told_and_kept(search: Callable[..., Any], bluesky: BlueskyServer, clock: Any) -> None:
    headers = search().headers
    assert (headers["ratelimit-limit"], headers["ratelimit-remaining"]) == ("3000", "2999")
    assert headers["ratelimit-policy"] == "3000;w=300"
    assert int(headers["ratelimit-reset"]) == int(clock().timestamp()) + 300
    bluesky._allowance.limit = 1
    assert search().json["error"] == "RateLimitExceeded"


def test_what_is_not_asked_well_is_refused(search: Callable[..., Any], bluesky: BlueskyServer, get: Any) -> None:
    assert search("").status == 400
    assert get(f"{bluesky.url}/xrpc/app.bsky.feed.searchPostsV2").status == 404
