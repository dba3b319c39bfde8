"""Reddit: the real collector, through praw, against a server that answers as Reddit's API does."""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polling import NOW, START, History, Reader, histories, walk_through
from pydantic import ValidationError
from reddit_service import RedditService

import sources.page_walk as walking
import sources.reddit
from sources.abilities import Rechecking
from sources.contract import SourceBusy, SourceRefused, SourceUnavailable
from sources.post import PostKey
from sources.query import parse
from sources.reddit import MOST_QUERY_BYTES, Reddit, RedditSettings
from sources.reddit_post import name_of, number_of, read_listing

POSTS, SEARCH = "posts rockets", "search all (acme)"


@pytest.fixture(scope="module")
def server() -> Iterator[RedditService]:
    with RedditService() as service:
        yield service


@pytest.fixture
def service(server: RedditService) -> RedditService:
    server.renew()
    return server


def configured(**more: Any) -> RedditSettings:
    told = {
        "kind": "reddit",
        "name": "reddit",
        "client_id": "app-1",
        "client_secret": "app-secret",
        "user_agent": "linux:app-1:v1 (by /u/acme)",
    }
    return RedditSettings.model_validate(told | more)


def opened(service: RedditService, **more: Any) -> Reddit:
    return configured(base_url=service.url, allow_private=True, **more).open()


def fullname(item: Any, prefix: str = "t3") -> str:
    return name_of(prefix, item.id)


class _Named(Reader):
    """Knows things by their numbers, as the histories do."""

    def ids(self) -> set[str]:
        return {str(number_of(post.external_id)) for post in self.kept}


def reader(service: RedditService, ask: str = POSTS, **more: Any) -> Reader:
    return _Named(opened(service, subreddits=["rockets"], **more), service, ask)


def walked(server: RedditService, history: History, pages: int = 100) -> None:
    server.renew()
    server.cap, server.left = history.cap, 1e9
    for item in history.items:
        item.moved_at = []
    walk_through(history, reader(server, most_pages=pages))


@settings(max_examples=25, deadline=None)
@given(histories(lag=1_800))
def test_nothing_is_skipped_whatever_comes_late_is_deleted_or_dies_in_between_of_reddit(
    server: RedditService, history: History
) -> None:
    walked(server, history)


def _things_that_come_late(service: RedditService) -> None:
    service.add(0, START - 60)
    service.cap = 1
    asking = reader(service)
    asking.poll(START)
    for n in range(1, 4):
        service.add(n, START - 600 - n).shown_from = START + 10
    asking.poll(START + 900)
    assert asking.missing(START + 900, START - 80_000) == set()


def _a_thing_that_goes(service: RedditService) -> None:
    items = [service.add(n, START - 600 + n) for n in range(30)]
    service.cap = 10
    asking = reader(service)
    page = asyncio.run(asking.source.fetch(POSTS, None, NOW))
    asking.cursor, asking.kept = page.cursor, list(page.posts)
    items[20].deleted_at = START  # the last one of the first page
    asking.poll(START)
    assert len(asking.ids()) == 30
    assert not asking.gaps


@pytest.mark.parametrize("defect", ["nothing read again", "first page is all", "an empty page is the end"])
def test_a_reddit_walk_with_a_defect_is_found_out(
    service: RedditService, monkeypatch: pytest.MonkeyPatch, defect: str
) -> None:
    if defect == "nothing read again":
        begin = walking._begin
        monkeypatch.setattr(walking, "_begin", lambda low, read_to, tick: begin(read_to, read_to, tick))
    else:
        onward = sources.reddit._onward

        def careless(listing: Any, place: int, pages: int, low: int) -> Any:
            if defect == "first page is all" or (place and not listing.count):
                return None, ""
            return onward(listing, place, pages, low)

        monkeypatch.setattr(sources.reddit, "_onward", careless)
    with pytest.raises(AssertionError):
        _things_that_come_late(service)
        service.renew()
        _a_thing_that_goes(service)


def test_things_that_come_late_are_found_below_what_was_read(service: RedditService) -> None:
    _things_that_come_late(service)


def test_a_thing_deleted_between_two_pages_does_not_end_the_walk(service: RedditService) -> None:
    _a_thing_that_goes(service)


def test_more_than_reddit_shows_of_a_listing_is_declared_a_gap(service: RedditService) -> None:
    for n in range(1_100):
        service.add(n, START - 7_200 + n)
    asking = reader(service)
    asking.poll(START)
    assert len(asking.kept) == 1_000
    assert asking.missing(START, START - 80_000) == set()
    assert "about a thousand" in asking.gaps[0].why


def test_a_search_goes_over_all_of_reddit_or_the_named_subreddits(service: RedditService) -> None:
    service.add(1, START - 60)
    page = asyncio.run(opened(service).fetch(SEARCH, None, NOW))
    assert service.asked[-1] == "/r/all/search"
    told = service.params[-1]
    assert (told["q"], told["sort"], told["restrict_sr"], told["raw_json"]) == ("(acme)", "new", "false", "1")
    (post,) = page.posts
    assert (post.title, post.text, post.author.handle) == ("Rockets", "acme flies", "jane")
    assert (post.engagement.likes, post.engagement.replies) == (5, 3)
    assert post.url == "https://www.reddit.com/r/rockets/comments/rt/acme/"
    assert post.published_at == datetime.fromtimestamp(START - 60, UTC)
    plan = opened(service, subreddits=["a1", "b1"]).plan(parse('acme OR "acme kettle" OR rocket reliab*'))
    assert list(plan.asks) == ["search a1+b1 (acme) OR (rocket)"]
    assert "comments cannot be searched, and stay unseen" in plan.notes


def test_comments_of_a_subreddit_are_read_and_their_threads_are_named(service: RedditService) -> None:
    item = service.add(1, START - 60)
    source = opened(service, what=["comments", "posts"], subreddits=["rockets"])
    assert list(source.plan(parse("acme")).asks) == ["comments rockets", "posts rockets"]
    (post,) = asyncio.run(source.fetch("comments rockets", None, NOW)).posts
    assert (post.external_id, post.kind, post.in_reply_to) == (fullname(item, "t1"), "comment", "t3_1")


def test_posts_without_a_search_need_subreddits_to_be_named() -> None:
    with pytest.raises(ValidationError, match="needs `subreddits`"):
        configured(what=["posts"])


def test_things_that_are_deleted_are_told_and_others_come_as_they_are_now(service: RedditService) -> None:
    here, gone = service.add(1, START - 60, text="acme, edited"), service.add(2, START - 50)
    gone.deleted_at = START
    source = opened(service)
    assert isinstance(source, Rechecking)
    keys = [PostKey("reddit", "reddit.com", fullname(item)) for item in (here, gone)]
    keys.append(PostKey("reddit", "reddit.com", "t3_zzzz"))
    page = asyncio.run(source.recheck(keys, NOW))
    assert [post.text for post in page.posts] == ["acme, edited"]
    assert [change.key for change in page.changes] == keys[1:]
    service.items = []
    with pytest.raises(SourceUnavailable, match="hard to believe"):
        asyncio.run(source.recheck(keys, NOW))


def test_nothing_is_taken_for_deleted_beside_a_thing_that_cannot_be_read(
    service: RedditService, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = service.add(1, START - 60)
    listing = service._listing
    nameless = {"kind": "t3", "data": {"title": "acme"}}
    monkeypatch.setattr(service, "_listing", lambda shown, after: listing([*shown, nameless], after))
    keys = [PostKey("reddit", "reddit.com", name) for name in (fullname(here), "t3_zzzz")]
    page = asyncio.run(opened(service).recheck(keys, NOW))
    assert [post.external_id for post in page.posts] == [fullname(here)]
    assert not page.changes
    assert page.notes


def test_one_token_serves_until_it_is_no_longer_taken(service: RedditService) -> None:
    source = opened(service)
    for _ in range(3):
        asyncio.run(source.fetch(SEARCH, None, NOW))
    assert service.tokens == 1
    service.tokens += 1  # Reddit forgets the old one
    with pytest.raises(SourceUnavailable, match="asks for another one"):
        asyncio.run(source.fetch(SEARCH, None, NOW))
    asyncio.run(source.fetch(SEARCH, None, NOW))


@pytest.mark.parametrize("status", [500, 502, 503, 520, 408])
def test_nothing_is_tried_twice_and_nothing_sleeps(
    service: RedditService, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: pytest.fail("it sleeps"))
    service.left = 1.0
    source = opened(service)
    asyncio.run(source.fetch(SEARCH, None, NOW))
    source._turns._rest_until = None
    asked = len(service.asked)
    service.fail(status)
    with pytest.raises(SourceUnavailable, match=str(status)):
        asyncio.run(source.fetch(SEARCH, None, NOW))
    assert len(service.asked) == asked + 1


def test_refusals_say_what_to_do_next(service: RedditService) -> None:
    service.fail(429, times=1, retry_after=9, path="/r/")
    with pytest.raises(SourceBusy) as busy:
        asyncio.run(opened(service).fetch(SEARCH, None, NOW))
    assert busy.value.retry_after == timedelta(seconds=9)
    service.fail(401, times=1, path="/api/v1", body="{}")
    with pytest.raises(SourceRefused, match="still approved") as refused:
        asyncio.run(opened(service).fetch(SEARCH, None, NOW))
    assert refused.value.why == "credentials"
    service.fail(200, times=1, path="/api/v1", body='{"error": "invalid_grant"}')
    with pytest.raises(SourceRefused, match="client_secret"):
        asyncio.run(opened(service).fetch(SEARCH, None, NOW))


def test_little_left_of_the_allowance_is_waited_for(service: RedditService) -> None:
    service.left = 50.0
    page = asyncio.run(opened(service).fetch(SEARCH, None, NOW))
    assert page.next_check == timedelta(seconds=300)


def test_the_secret_reaches_no_log_and_no_environment_is_read(
    service: RedditService, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("praw_client_id", "planted")
    monkeypatch.setenv("praw_username", "planted")
    monkeypatch.setenv("praw_password", "planted")
    with caplog.at_level(logging.DEBUG):
        asyncio.run(opened(service).fetch(SEARCH, None, NOW))
    assert "app-secret" not in caplog.text and "token1" not in caplog.text
    assert "app-secret" not in repr(configured())
    assert service.headers[0]["authorization"].startswith("Basic ")
    assert service.headers[-1]["user-agent"].startswith("linux:app-1:v1 (by /u/acme)")


def test_whoever_checks_the_configuration_is_told_when_reddit_closes() -> None:
    (warning,) = configured().warnings()
    assert "2027-01-12" in warning and "March 2027" in warning and "2026-11-13" in warning


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(alphabet='aé漢"\\-:()OR ', min_size=1, max_size=600), min_size=1, max_size=8))
def test_no_words_make_a_search_of_reddit_too_long(words: list[str]) -> None:
    from sources.query.branches import Branch
    from sources.query.tree import Phrase
    from sources.reddit import _batches, _parts

    parts = [_parts(Branch((Phrase(word, 1),), (), ())) for word in words]
    found = _batches([" ".join(part) for part in parts if part])
    assert all(len(one.encode()) <= MOST_QUERY_BYTES + 4 and one.count('"') % 2 == 0 for one in found)


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=10)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(["kind", "data", "children", "after", "name", "author", "created_utc", "selftext", "body"]),
            inner,
            max_size=6,
        ),
    ),
    max_leaves=20,
)


@settings(max_examples=200, deadline=None)
@given(VALUES)
def test_a_listing_of_any_shape_is_read_or_refused(told: Any) -> None:
    for shape in (told, {"data": {"children": [{"data": told}], "after": told}}, {"data": {"children": told}}):
        try:
            listing = read_listing(shape, NOW)
        except SourceUnavailable:
            continue
        reach = walking.Reach(backfill=timedelta(days=1), reread=timedelta(hours=1), most_pages=3)
        standing, _ = walking.resume(None, NOW, reach)
        assert walking.advance(standing, listing.shown, listing.onward, NOW, reach).cursor


RECORDINGS = os.environ.get("LISTENER_RECORDINGS", "")
recorded = pytest.mark.skipif(not RECORDINGS, reason="LISTENER_RECORDINGS names no folder of recorded answers")


def _recorded_listings() -> Iterator[tuple[str, Any]]:
    folder = Path(RECORDINGS)
    for path in sorted((folder / "reddit-praw").rglob("*.json")):
        told = json.loads(path.read_text("utf-8"))
        for exchange in (
            told.get("http_interactions") or told.get("recorded_requests") or told.get("interactions") or []
        ):
            body = exchange["response"]["body"]
            try:
                answer = json.loads(body.get("string", "") if isinstance(body, dict) else body)
            except (ValueError, TypeError):
                continue
            for listing in answer if isinstance(answer, list) else [answer]:
                if isinstance(listing, dict) and listing.get("kind") == "Listing":
                    yield path.name, listing
    for path in sorted((folder / "reddit-go-reddit").rglob("*.json")):
        answer = json.loads(path.read_text("utf-8"))
        for listing in answer if isinstance(answer, list) else [answer]:
            if isinstance(listing, dict) and listing.get("kind") == "Listing":
                yield path.name, listing


@recorded
def test_recorded_listings_of_reddit_lose_no_thing_and_no_field() -> None:
    read = 0
    for name, listing in _recorded_listings():
        children = [child for child in listing["data"]["children"] if child["kind"] in ("t1", "t3")]
        things = [child for child in children if child["data"]["id"] != "MISMATCH"]  # altered by hand
        shown = read_listing({"data": {"children": things}}, NOW).shown
        assert not shown.unreadable, name
        assert len(shown.posts) + len(shown.gone) == len(things), name
        kept = {post.external_id: post for post in shown.posts}
        for child in things:
            post = kept.get(child["kind"] + "_" + child["data"]["id"])
            if post is not None:
                read += 1
                assert post.published_at == datetime.fromtimestamp(child["data"]["created_utc"], UTC)
                assert post.engagement.likes == child["data"]["score"]
                assert post.url.startswith("https://www.reddit.com/")
    assert read > 500
