"""Bluesky with an app password: sessions, the search of an account, gaps that are filled, posts looked at again."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from bluesky_service import NOW, START, Reader, Reply, Search, fresh, opened, serving, told_error
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

import sources.window_walk as walking
from sources.abilities import Filling, Rechecking
from sources.bluesky import Bluesky, BlueskySettings
from sources.bluesky_asks import params_of
from sources.bluesky_recheck import address_of, page_of_views
from sources.contract import Gap, SourceBusy, SourceError, SourceRefused, SourceUnavailable
from sources.post import PostKey
from sources.query import parse
from sources.window_fill import standing_in

PASSWORD = "abcd-efgh-ijkl-mnop"


@pytest.fixture(scope="module")
def server() -> Iterator[Search]:
    with serving(Search()) as search:
        yield search


@pytest.fixture
def search(server: Search) -> Search:
    fresh(server)
    return server


def logged_in(search: Search, **more: Any) -> Bluesky:
    account = {"handle": "jane.example", "app_password": PASSWORD, "pds_url": f"{search.url}/pds"}
    return opened(search, **{**account, "pace": "60s", **more})


# Sessions


def test_one_login_serves_many_polls_without_a_minute_of_rest(search: Search) -> None:
    for number in range(150):
        search.add(number, START - 500_000 + number * 1_000)
    reader = Reader(logged_in(search), search)
    for at in range(4):
        reader.poll(START + at * 900_000)
    assert len(reader.ids()) == 150 and set(reader.wishes) == {None}
    assert search.logins == [{"identifier": "jane.example", "password": PASSWORD}] and search.renewals == 0


def test_a_token_that_has_run_out_is_renewed_once_and_the_search_asked_again(search: Search) -> None:
    search.add(1, START - 5_000)
    source = logged_in(search)
    Reader(source, search).poll(START)
    search.expire()
    reader = Reader(source, search)
    reader.poll(START + 60_000)
    assert len(reader.ids()) == 1 and (len(search.logins), search.renewals) == (1, 1)


def test_where_both_tokens_have_run_out_a_new_login_follows_but_not_at_once_after_the_last_one(search: Search) -> None:
    source = logged_in(search)
    Reader(source, search).poll(START)
    search.end_session()
    with pytest.raises(SourceBusy) as told:
        Reader(source, search).poll(START + 60_000)
    assert told.value.retry_after == timedelta(minutes=9) and len(search.logins) == 1
    Reader(source, search).poll(START + 600_000)
    assert len(search.logins) == 2


def test_a_session_that_is_never_taken_leads_to_no_loop(search: Search) -> None:
    search.refuse_with = told_error(401, "InvalidToken")
    source = logged_in(search)
    with pytest.raises(SourceUnavailable, match="a moment ago"):
        Reader(source, search).poll(START)
    for _ in range(5):
        with pytest.raises(SourceBusy):
            Reader(source, search).poll(START + 1_000)
    assert (len(search.logins), len(search.asked)) == (1, 2)


def test_a_wrong_password_is_a_refusal_that_is_tried_once_and_not_shown(search: Search) -> None:
    source = logged_in(search, app_password="wrong-pass-word-here")
    for _ in range(30):
        with pytest.raises(SourceRefused, match="check both") as told:
            Reader(source, search).poll(START)
        assert told.value.why == "credentials" and "wrong-pass" not in str(told.value)
    assert len(search.logins) == 1 and "wrong-pass" not in source.credential


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (told_error(401, "AuthFactorTokenRequired"), SourceRefused, "make an app password"),
        (told_error(401, "AccountTakedown"), SourceRefused, "taken this account down"),
        (told_error(400, f"x {PASSWORD}"), SourceRefused, r"app_password \(400\)"),
        ((403, {"content-type": "text/html"}, b"<html>"), SourceRefused, "check both"),
        ((401, {"content-type": "application/json"}, b"[]"), SourceRefused, "check both"),
        ((429, {"ratelimit-reset": "60"}, b"{}"), SourceBusy, "patience"),
        ((500, {}, b""), SourceUnavailable, "500"),
        ((200, {}, b"{}"), SourceUnavailable, "without a session"),
        ((200, {}, b"[]"), SourceUnavailable, "without a session"),
        ((200, {}, b'{"accessJwt":"a\\r\\nhost: x","refreshJwt":"b"}'), SourceUnavailable, "without a session"),
        ((200, {}, b'{"accessJwt":5,"refreshJwt":null}'), SourceUnavailable, "without a session"),
        ((200, {}, b"\xff\x00"), SourceUnavailable, "JSON"),
    ],
)
def test_what_is_no_session_is_an_error_that_says_what_to_do(
    search: Search, answer: Reply, error: type[SourceError], words: str
) -> None:
    search.refuse_login_with = answer
    with pytest.raises(error, match=words) as told:
        Reader(logged_in(search), search).poll(START)
    assert PASSWORD not in str(told.value)


def test_a_closed_search_says_so_to_an_account_too(search: Search) -> None:
    for answer, error in (((403, {}, b""), SourceUnavailable), (told_error(401, "Odd"), SourceRefused)):
        search.refuse_with = answer
        with pytest.raises(error, match="this account"):
            Reader(logged_in(search), search).poll(START)


@pytest.mark.parametrize(
    "wrong",
    [
        {"handle": "jane.example"},
        {"app_password": PASSWORD},
        {"handle": "jane@mail.example", "app_password": PASSWORD},
        {"handle": "jane", "app_password": PASSWORD},
        {"handle": "jane.example", "app_password": ""},
        {"handle": "jane.example", "app_password": PASSWORD, "pds_url": "https://u:p@pds.example"},
    ],
)
def test_settings_that_cannot_log_in_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        BlueskySettings.model_validate({"kind": "bluesky", "name": "b"} | wrong)


def test_the_password_is_in_no_representation_of_the_source(search: Search) -> None:
    source = logged_in(search, handle="@jane.example")
    Reader(source, search).poll(START)
    session = source._session
    assert session is not None
    assert search.access not in f"{session._tokens!r}" and PASSWORD not in f"{vars(session)!r}{vars(source)!r}"


# What is asked


def test_a_query_of_very_many_names_asks_a_bounded_number_and_says_so() -> None:
    query = parse(" OR ".join(f"n{number}" for number in range(1_500)))
    plan = BlueskySettings(kind="bluesky", name="b").open().plan(query)
    assert len(plan.asks) == 60
    assert any("1500 searches, of which the first 60" in note and "bluesky-jetstream" in note for note in plan.notes)
    assert any("one search is made every 60 s" in note for note in plan.notes)


def test_more_posts_in_one_moment_than_a_page_holds_are_read_page_by_page_with_a_login(search: Search) -> None:
    for number in range(350):
        search.add(number, START - 5_000)
    for number in range(500, 620):
        search.add(number, START - 9_000 - number)
    reader = Reader(logged_in(search), search)
    reader.poll(START)
    assert len(reader.ids()) == 470 and reader.gaps == []
    assert any("cursor" in asked for asked in search.asked)


def test_pages_without_end_in_one_moment_are_cut_and_told(search: Search) -> None:
    views = [search.add(number, START - 5_000) for number in range(100)]
    search.refuse_with = (200, {}, json.dumps({"posts": views, "cursor": "x"}).encode())
    reader = Reader(logged_in(search, most_pages=5), search)
    reader.poll(START)
    assert len(search.asked) == 5 and "more than 5 pages" in reader.gaps[0].why


# Filling


def fill(source: Bluesky, search: Search, gap: Gap, crashes: tuple[int, ...] = ()) -> tuple[set[str], list[Gap], int]:
    """Fills as the application does: a page and its cursor are kept together, or neither is."""

    async def run() -> tuple[set[str], list[Gap], int]:
        kept: set[str] = set()
        gaps: list[Gap] = []
        cursor: str | None = None
        for step in range(1, 400):
            page = await source.fill("acme", gap, cursor, NOW)
            if step in crashes:
                continue
            kept |= {post.external_id for post in page.posts}
            gaps += page.gaps
            cursor = page.cursor
            if not page.more:
                return kept, gaps, step
        raise AssertionError("the walk does not end")

    return asyncio.run(run())


def test_a_gap_is_filled_from_its_beginning_up_to_its_end_and_no_further(search: Search) -> None:
    for number in range(400):
        search.add(number, START - 400_000 + number * 1_000)
    source = opened(search)
    assert isinstance(source, Filling)
    gap = Gap(since=NOW - timedelta(seconds=300), until=NOW - timedelta(seconds=50), why="the stream was away")
    kept, gaps, steps = fill(source, search, gap)
    assert {int(uri.rpartition("3k")[2]) for uri in kept} == set(range(100, 350)) and gaps == []
    assert steps < 6


def test_a_gap_of_unknown_ends_is_filled_as_far_back_as_a_first_reading_goes(search: Search) -> None:
    for number, days in enumerate((1, 6, 8)):
        search.add(number, START - days * 86_400_000)
    kept, gaps, _ = fill(opened(search), search, Gap(since=None, until=None, why="unknown"))
    assert len(kept) == 2 and gaps == []


def test_filling_waits_for_the_pause_that_searches_without_a_login_keep(search: Search) -> None:
    source = opened(search, pace="60s")
    gap = Gap(since=NOW - timedelta(seconds=300), until=NOW, why="away")

    async def run() -> None:
        await source.fetch("acme", None, NOW)
        page = await source.fill("acme", gap, None, NOW + timedelta(seconds=20))
        assert (page.more, page.next_check, page.posts) == (True, timedelta(seconds=40), ())
        page = await source.fill("acme", gap, page.cursor, NOW + timedelta(seconds=60))
        assert not page.more and page.next_check == timedelta(seconds=60)
        held = await source.fetch("acme", None, NOW + timedelta(seconds=61))
        assert held.more and held.next_check == timedelta(seconds=59)

    asyncio.run(run())
    assert len(search.asked) == 2


@pytest.mark.parametrize("cursor", ["{", "[]", "\ud800", '{"read_to": "x"}', "null"])
def test_a_cursor_that_cannot_be_read_fills_the_gap_anew(search: Search, cursor: str) -> None:
    search.add(1, START - 100_000)
    gap = Gap(since=NOW - timedelta(seconds=300), until=NOW, why="away")
    page = asyncio.run(opened(search).fill("acme", gap, cursor, NOW))
    assert len(page.posts) == 1 and page.gaps == []


Stretch = tuple[list[int], int, int, int, tuple[int, ...], bool]


@st.composite
def stretches(draw: st.DrawFn) -> Stretch:
    """Milliseconds of posts, the gap's ends, how many a page shows, crashes, whether there is a login."""
    posts = draw(st.lists(st.one_of(st.integers(0, 900), st.just(300)), max_size=40))
    since = draw(st.integers(0, 600))
    crashes = tuple(draw(st.lists(st.integers(1, 9), max_size=3)))
    until = draw(st.one_of(st.integers(since + 1, since + 400), st.just(max(301, since + 1))))
    return posts, since, until, draw(st.integers(1, 7)), crashes, draw(st.booleans())


def fill_through(server: Search, stretch: Stretch) -> None:
    posts, since, until, cap, crashes, login = stretch
    fresh(server)
    server.cap = cap
    for number, at in enumerate(posts):
        server.add(number, START - 1_000 + at)
    begin = NOW - timedelta(seconds=1)
    millisecond = timedelta(milliseconds=1)
    gap = Gap(since=begin + since * millisecond, until=begin + until * millisecond, why="away")
    source = logged_in(server, most_pages=100) if login else opened(server, most_pages=100)
    kept, gaps, _ = fill(source, server, gap, crashes)
    for number, at in enumerate(posts):
        time = begin + at * millisecond
        told = any(one.since and one.until and one.since <= time < one.until for one in gaps)
        assert not since <= at < until or told or any(uri.endswith(f"3k{number}") for uri in kept)
    assert not (login and gaps)


@given(stretch=stretches())
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_a_gap_held_is_read_or_told_as_a_smaller_gap(server: Search, stretch: Stretch) -> None:
    fill_through(server, stretch)


@pytest.mark.parametrize("defect", ["first page is all", "the last tick is left out", "pages behind are not asked for"])
def test_the_property_finds_seeded_defects(server: Search, monkeypatch: pytest.MonkeyPatch, defect: str) -> None:
    if defect == "first page is all":
        monkeypatch.setattr(walking, "_next_window", lambda walk, shown, end: (walk.low, walk.since, []))
    elif defect == "the last tick is left out":

        def short(gap: Gap, *told: Any) -> Any:
            assert gap.until is not None
            cut = Gap(since=gap.since, until=gap.until - timedelta(milliseconds=1), why=gap.why)
            return standing_in(cut, *told)

        monkeypatch.setattr("sources.bluesky.standing_in", short)
    else:
        monkeypatch.setattr("sources.bluesky.params_of", lambda ask, since, until, _: params_of(ask, since, until))

    posts = {"the last tick is left out": [399], "first page is all": [100, 200, 300]}.get(defect, [300] * 5)
    with pytest.raises(AssertionError):
        fill_through(server, (posts, 0, 400, 2, (), True))


# Rechecking


def keys_of(views: list[dict[str, Any]]) -> list[PostKey]:
    return [PostKey("bluesky", "bsky.app", view["uri"]) for view in views]


def test_posts_that_are_gone_are_told_and_the_others_given_as_they_are_now(search: Search) -> None:
    views = [search.add(number, START - 5_000) for number in range(25)]
    views[3]["likeCount"] = 9
    search.removed.add(views[7]["uri"])
    views[8]["labels"] = [{"val": "!hide"}]
    source = logged_in(search)
    assert isinstance(source, Rechecking) and source.recheck_at_once == 25
    page = asyncio.run(source.recheck(keys_of(views), NOW))
    assert [change.key.external_id for change in page.changes] == [views[7]["uri"], views[8]["uri"]]
    assert len(page.posts) == 23 and page.posts[3].engagement.likes == 9
    assert search.logins == []


def test_a_key_that_is_no_post_of_bluesky_is_left_as_it_is(search: Search) -> None:
    view = search.add(1, START)
    odd = [
        PostKey("bluesky", "bsky.app", uri) for uri in ("https://a.example/", "at://did:plc:a/b", "at://x&uris=y", "")
    ]
    page = asyncio.run(opened(search).recheck([*odd, *keys_of([view])], NOW))
    assert len(page.posts) == 1 and not page.changes
    assert asyncio.run(opened(search).recheck(odd, NOW)).changes == ()
    assert len(search.asked) == 1


@pytest.mark.parametrize(
    "answer",
    [
        (200, {}, b"{}"),
        (200, {}, b"[]"),
        (200, {}, b"<html>"),
        (200, {}, b'{"posts": null}'),
        (400, {}, b""),
        (401, {}, b""),
        (403, {}, b"<html>"),
        (500, {}, b""),
    ],
)
def test_what_is_no_answer_deletes_nothing(search: Search, answer: Reply) -> None:
    view = search.add(1, START)
    search.refuse_with = answer
    with pytest.raises(SourceUnavailable):
        asyncio.run(opened(search).recheck(keys_of([view]), NOW))


@pytest.mark.parametrize("odd", [None, 5, "x", {}, {"uri": 5}, {"uri": "at://did:plc:other/app.bsky.feed.post/1"}])
def test_odd_items_in_an_answer_make_no_post_and_delete_none_they_may_stand_for(search: Search, odd: Any) -> None:
    view = search.add(1, START)
    search.refuse_with = (200, {}, json.dumps({"posts": [odd]}).encode())
    page = asyncio.run(opened(search).recheck(keys_of([view]), NOW))
    readable = isinstance(odd, dict) and str(odd.get("uri")).startswith("at://")
    assert page.posts == [] and (len(page.changes) == 1) == readable


# Recordings

RECORDINGS = os.environ.get("LISTENER_RECORDINGS")
needs_recordings = pytest.mark.skipif(not RECORDINGS, reason="LISTENER_RECORDINGS names no folder of recorded answers")


@needs_recordings
def test_recorded_posts_that_are_looked_at_again_are_all_there(
    recorded_exchanges: Callable[[Path], Iterator[tuple[str, str]]],
) -> None:
    looked = 0
    for uri, body in recorded_exchanges(Path(RECORDINGS or "") / "bluesky-xrpc-bskyr/f_getposts.yml"):
        uris = parse_qs(urlsplit(uri).query).get("uris", [])
        keys = [PostKey("bluesky", "bsky.app", one) for one in uris]
        page = page_of_views(json.loads(body), keys, NOW)
        assert [post.key for post in page.posts] == keys and not page.changes and not page.notes
        asked_again = address_of("https://bsky.social", keys)
        assert parse_qs(urlsplit(asked_again).query) == parse_qs(urlsplit(uri).query)
        looked += len(keys)
    assert looked
