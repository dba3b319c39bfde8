"""The demo's web sites answer as feeds do: several formats, conditional requests, moved addresses."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from listener.demo.feeds_server import FeedsServer
from listener.demo.told import Article, Site

FORMS = {
    "rss": "application/rss+xml",
    "atom": "application/atom+xml",
    "rdf": "application/rdf+xml",
    "json": "application/feed+json",
}


@pytest.fixture
def feeds(clock: Any) -> Iterator[FeedsServer]:
    sites = [Site(slug=form, title=f"The {form}", domain=f"{form}.example", form=form) for form in FORMS]
    sites.append(Site(slug="old", title="Old", domain="old.example", moved=True))
    sites.append(Site(slug="latin", title="Süd", domain="latin.example", charset="iso-8859-1"))
    articles = [
        Article(
            site=site.slug,
            at=clock() + timedelta(minutes=minutes),
            path=f"/{minutes}",
            title=f"Größe & {minutes}",
            html=f"<p>Text — {minutes}</p>",
            author="Ann",
        )
        for site in sites
        for minutes in (-60, -30, 5)
    ]
    with FeedsServer(sites, articles, clock) as server:
        yield server


@pytest.mark.parametrize("form", FORMS)
def test_every_format_is_served_under_its_media_type(feeds: FeedsServer, get: Callable[..., Any], form: str) -> None:
    got = get(feeds.feed_url(form))
    assert got.status == 200
    assert got.headers["content-type"] == f"{FORMS[form]}; charset=utf-8"
    assert b"-30" in got.body


def test_what_is_not_published_yet_is_not_shown(feeds: FeedsServer, get: Callable[..., Any], clock: Any) -> None:
    assert b"https://rss.example/5<" not in get(feeds.feed_url("rss")).body
    clock.move(minutes=6)
    assert b"https://rss.example/5<" in get(feeds.feed_url("rss")).body


def test_a_feed_that_has_not_changed_answers_304_to_its_own_etag(
    feeds: FeedsServer, get: Callable[..., Any], clock: Any
) -> None:
    first = get(feeds.feed_url("atom"))
    conditions = {"If-None-Match": first.headers["etag"]}
    again = get(feeds.feed_url("atom"), headers=conditions)
    assert (again.status, again.body) == (304, b"")
    clock.move(minutes=6)
    assert get(feeds.feed_url("atom"), headers=conditions).status == 200


def test_a_date_counts_only_without_an_etag(feeds: FeedsServer, get: Callable[..., Any]) -> None:
    first = get(feeds.feed_url("rss"))
    since = {"If-Modified-Since": first.headers["last-modified"]}
    assert get(feeds.feed_url("rss"), headers=since).status == 304
    assert get(feeds.feed_url("rss"), headers=since | {"If-None-Match": '"another"'}).status == 200
    assert get(feeds.feed_url("rss"), headers={"If-Modified-Since": "yesterday"}).status == 200


def test_a_body_is_packed_for_those_who_ask(feeds: FeedsServer, get: Callable[..., Any]) -> None:
    packed = get(feeds.feed_url("rss"), headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == get(feeds.feed_url("rss")).body


def test_a_moved_feed_leads_to_its_new_address(feeds: FeedsServer, get: Callable[..., Any]) -> None:
    assert feeds.feed_url("old").endswith("/old/rss")
    moved = get(feeds.feed_url("old"))
    assert (moved.status, moved.headers["location"]) == (301, f"{feeds.url}/old/feed.xml")
    assert get(moved.headers["location"]).status == 200


def test_a_feed_can_be_in_an_older_character_set(feeds: FeedsServer, get: Callable[..., Any]) -> None:
    got = get(feeds.feed_url("latin"))
    assert b'encoding="iso-8859-1"' in got.body
    assert "Größe".encode("latin-1") in got.body and b"&#8212;" in got.body


def test_a_site_that_is_not_there_is_404(feeds: FeedsServer, get: Callable[..., Any]) -> None:
    assert get(f"{feeds.url}/nobody/feed.xml").status == 404
    assert get(f"{feeds.url}/rss/other.xml").status == 404


def test_a_server_can_be_told_to_fail_so_often(feeds: FeedsServer, get: Callable[..., Any]) -> None:
    feeds.fail(503, times=2, retry_after=30, path="/rss/")
    answers = [get(feeds.feed_url("rss")) for _ in range(3)]
    assert [answer.status for answer in answers] == [503, 503, 200]
    assert answers[0].headers["retry-after"] == "30"


def test_a_server_can_be_told_to_fail_for_so_long(feeds: FeedsServer, get: Callable[..., Any], clock: Any) -> None:
    feeds.fail(500, lasting=timedelta(hours=1))
    assert get(feeds.feed_url("rss")).status == 500
    clock.move(hours=1)
    assert get(feeds.feed_url("rss")).status == 200
    feeds.fail(500)
    feeds.mend()
    assert get(feeds.feed_url("rss")).status == 200
