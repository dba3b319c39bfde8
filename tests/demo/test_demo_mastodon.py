"""The demo's Mastodon instances keep the API's rules: paging by id, late arrivals, limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from listener.demo.mastodon_server import MastodonServer, snowflake
from listener.demo.told import Account, Toot

HOME = Account(handle="ann@home.example", name="Ann", followers=7, note="Hello #nobot")
AWAY = Account(handle="ben@away.example")


def toot(at: datetime, text: str, account: Account = HOME, **more: Any) -> Toot:
    more.setdefault("arrives", at)
    return Toot(at=at, account=account, lang="en", text=text, **more)


@pytest.fixture
def mastodon(clock: Any) -> Iterator[MastodonServer]:
    toots = [toot(clock() - timedelta(minutes=n), f"number {n} #acme", HOME if n % 2 else AWAY) for n in range(1, 101)]
    with MastodonServer(toots, ["home.example", "away.example", "shy.example"], clock, ["shy.example"]) as server:
        yield server


@pytest.fixture
def timeline(mastodon: MastodonServer, get: Callable[..., Any]) -> Callable[..., Any]:
    def ask(instance: str = "home.example", tag: str = "acme", **params: Any) -> Any:
        url = mastodon.base_url.replace("{instance}", instance)
        return get(f"{url}/api/v1/timelines/tag/{tag}", params)

    return ask


def numbers(got: Any) -> list[int]:
    return [int(status["content"].split("number ")[1].split(" ")[0]) for status in got.json]


def test_a_page_is_newest_first_of_twenty_and_never_more_than_forty(timeline: Callable[..., Any]) -> None:
    assert numbers(timeline()) == list(range(1, 21))
    assert len(timeline(limit=500).json) == 40


def test_min_id_walks_forward_and_since_id_shows_the_newest(timeline: Callable[..., Any]) -> None:
    oldest = int(timeline(limit=40, max_id=2**62).json[-1]["id"])
    start = (oldest >> 16) - 60 * 60_000 << 16
    assert numbers(timeline(min_id=start, limit=40)) == list(range(61, 101))[-40:]
    assert numbers(timeline(since_id=start, limit=40)) == list(range(1, 41))


def test_walking_by_min_id_passes_nothing_over(timeline: Callable[..., Any]) -> None:
    seen: list[int] = []
    at = 0
    while page := timeline(min_id=at, limit=40).json:
        seen += numbers(timeline(min_id=at, limit=40))
        at = max(int(status["id"]) for status in page)
    assert sorted(seen) == list(range(1, 101))


def test_the_link_header_leads_to_older_and_newer_posts(timeline: Callable[..., Any]) -> None:
    got = timeline(limit=10)
    older, newer = got.headers["link"].split(", ")
    assert f"max_id={got.json[-1]['id']}" in older and older.endswith('rel="next"')
    assert f"min_id={got.json[0]['id']}" in newer and newer.endswith('rel="prev"')
    assert "limit=10" in older


def test_a_post_from_elsewhere_that_arrives_late_stands_below_newer_ones(get: Callable[..., Any], clock: Any) -> None:
    now = clock()
    early = toot(now - timedelta(minutes=50), "late #acme", AWAY, arrives=now + timedelta(minutes=5))
    later = toot(now - timedelta(minutes=10), "prompt #acme")
    with MastodonServer([early, later], ["home.example", "away.example"], clock) as server:
        here = server.base_url.replace("{instance}", "home.example") + "/api/v1/timelines/tag/acme"
        there = server.base_url.replace("{instance}", "away.example") + "/api/v1/timelines/tag/acme"
        assert [status["id"] for status in get(here).json] == [str(snowflake(later))]
        assert len(get(there).json) == 2
        clock.move(minutes=6)
        assert [status["id"] for status in get(here).json] == [str(snowflake(later)), str(snowflake(early))]
        assert snowflake(early) < snowflake(later)


def test_any_all_and_none_choose_among_tags(get: Callable[..., Any], clock: Any) -> None:
    texts = ["a #acme", "b #acme #kettle", "c #kettle", "d #কেটলি"]
    toots = [toot(clock() - timedelta(minutes=n), text) for n, text in enumerate(texts, 1)]
    with MastodonServer(toots, ["home.example"], clock) as server:
        url = server.base_url.replace("{instance}", "home.example") + "/api/v1/timelines/tag/"

        def letters(tag: str, params: Any = ()) -> str:
            return "".join(status["content"][3] for status in get(url + tag, params).json)

        assert letters("acme") == "ab"
        assert letters("ACME", {"any[]": ["kettle"]}) == "abc"
        assert letters("acme", {"all[]": ["kettle"]}) == "b"
        assert letters("acme", {"none[]": ["kettle"]}) == "a"
        assert letters("%E0%A6%95%E0%A7%87%E0%A6%9F%E0%A6%B2%E0%A6%BF") == "d"


def test_a_status_is_told_as_its_instance_sees_it(timeline: Callable[..., Any]) -> None:
    own, other = timeline().json[0], timeline().json[1]
    assert (own["account"]["acct"], other["account"]["acct"]) == ("ann", "ben@away.example")
    assert own["uri"] == f"https://home.example/users/ann/statuses/{own['id']}"
    assert other["url"] == f"https://away.example/@ben/{other['id']}"
    assert own["account"]["followers_count"] == 7
    assert own["tags"] == [{"name": "acme", "url": "https://home.example/tags/acme"}]
    assert timeline("away.example").json[0]["account"]["acct"] == "ann@home.example"


def test_content_is_html_as_mastodon_writes_it(get: Callable[..., Any], clock: Any) -> None:
    text = "1 < 2 & @ann@home.example\nsee https://acme.example/a/very/long/address/indeed #acme\n\nbye"
    with MastodonServer([toot(clock(), text)], ["home.example"], clock) as server:
        url = server.base_url.replace("{instance}", "home.example") + "/api/v1/timelines/tag/acme"
        content = get(url).json[0]["content"]
    assert content.startswith('<p>1 &lt; 2 &amp; <span class="h-card"><a href="https://home.example/@ann"')
    assert 'href="https://acme.example/a/very/long/address/indeed"' in content
    assert '<span class="ellipsis">' in content and "<br />" in content and content.endswith("<p>bye</p>")


def test_only_public_posts_are_shown(get: Callable[..., Any], clock: Any) -> None:
    with MastodonServer([toot(clock(), "x #acme", visibility="unlisted")], ["home.example"], clock) as server:
        assert get(server.base_url.replace("{instance}", "home.example") + "/api/v1/timelines/tag/acme").json == []


def test_the_limit_is_told_and_kept_for_each_instance(timeline: Callable[..., Any], clock: Any) -> None:
    first = timeline()
    assert (first.headers["x-ratelimit-limit"], first.headers["x-ratelimit-remaining"]) == ("300", "299")
    assert first.headers["x-ratelimit-reset"] == "2025-11-20T12:05:00.000000Z"
    for _ in range(299):
        timeline(limit=1)
    refused = timeline()
    assert (refused.status, refused.json) == (429, {"error": "Too many requests"})
    assert timeline("away.example").status == 200
    clock.move(minutes=5)
    assert timeline().status == 200


def test_what_needs_an_account_is_refused(
    timeline: Callable[..., Any], mastodon: MastodonServer, get: Callable[..., Any]
) -> None:
    assert timeline("shy.example").status == 422
    shy = get(f"{mastodon.url}/shy.example/api/v2/instance").json
    assert shy["configuration"]["timelines_access"]["hashtag_feeds"]["local"] == "authenticated"
    assert get(f"{mastodon.url}/home.example/api/v2/search", {"q": "acme"}).status == 401
    assert get(f"{mastodon.url}/home.example/api/v1/nothing").status == 404
    assert get(f"{mastodon.url}/unknown.example/api/v2/instance").status == 404
    assert timeline(min_id="x").status == 400
