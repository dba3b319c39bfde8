"""Mastodon with a token: the search of an instance, its streams, and posts looked at again."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mastodon_service import NOW, START, TOKEN, Fediverse, Reader, Reply, fresh, opened, serving
from pydantic import ValidationError

import sources.mastodon_search as searching
from sources import page_walk
from sources.abilities import Rechecking, Streaming
from sources.contract import Page, SourceError, SourceRefused, SourceUnavailable
from sources.event_stream import EventParser
from sources.mastodon import Mastodon, MastodonSettings
from sources.mastodon_ids import SeenIds
from sources.mastodon_stream import LIVE, address_of, page_of_events
from sources.post import PostKey
from sources.query import parse

HOME = "mastodon.social"
SEARCH = f"{HOME}/search:acme"


@pytest.fixture(scope="module")
def server() -> Iterator[Fediverse]:
    with serving(Fediverse()) as fediverse:
        yield fediverse


@pytest.fixture
def fediverse(server: Fediverse) -> Fediverse:
    fresh(server)
    return server


def with_token(fediverse: Fediverse, **more: Any) -> Mastodon:
    return opened(fediverse, **{"token": TOKEN, **more})


# What is asked


def test_with_a_token_the_words_are_searched_beside_the_tags() -> None:
    settings_ = MastodonSettings.model_validate({"kind": "mastodon", "name": "m", "token": TOKEN})
    plan = settings_.open().plan(parse('acme "rocket skates" OR acme coyote OR #acme OR @acmehelp'))
    assert [ask for ask in plan.asks if "search:" in ask] == [f"{HOME}/search:acme", f"{HOME}/search:acmehelp"]
    assert f"{HOME}/acme" in plan.asks and plan.coverage == "partial"
    assert any("agreed to be searched" in note for note in plan.notes)
    assert not any("without an account" in note for note in plan.notes)
    assert plan.requests == 2 * (len(plan.asks) - 2) + 2


def test_what_cannot_be_searched_and_what_is_too_much_is_said() -> None:
    source = MastodonSettings.model_validate({"kind": "mastodon", "name": "m", "token": TOKEN}).open()
    assert any("hashtags alone" in note for note in source.plan(parse("reliab* OR acme")).notes)
    plan = source.plan(parse(" OR ".join(f"name{number}" for number in range(100))))
    assert sum("search:" in ask for ask in plan.asks) == 30 and any("first 30 are asked" in note for note in plan.notes)
    assert source.plan(parse("source:feed acme")).asks == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"token": TOKEN, "instances": ["mastodon.social", "fosstodon.org"]},
        {"token": ""},
        {"token": "two words"},
        {"token": "a\nb"},
        {"token": "é"},
    ],
)
def test_a_token_is_one_word_and_of_one_instance(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        MastodonSettings.model_validate({"kind": "mastodon", "name": "m"} | wrong)


def test_the_token_is_in_no_message_and_no_representation(fediverse: Fediverse) -> None:
    source = with_token(fediverse, token="wrong-token")
    for ask in (SEARCH, f"{HOME}/acme"):
        with pytest.raises(SourceRefused, match="read:search") as told:
            Reader(source, fediverse, ask=ask).poll(START)
        assert told.value.why == "credentials" and "wrong-token" not in str(told.value)
    assert "wrong-token" not in f"{vars(source)!r}{source.credential}"


def test_an_instance_that_shows_its_timelines_to_its_own_people_shows_them_to_a_token(fediverse: Fediverse) -> None:
    fediverse[HOME].add(1, START - 10)
    reader = Reader(with_token(fediverse), fediverse)
    reader.poll(START)
    assert len(reader.ids()) == 1


# The search never skips


def test_words_without_a_hashtag_are_found_and_read_to_the_end(fediverse: Fediverse) -> None:
    instance = fediverse[HOME]
    for number in range(130):
        instance.add(number, START - 20_000 + number * 10, tags=(), content=f"<p>Acme broke {number}</p>")
    instance.add(900, START - 100, content="<p>nothing</p>")
    reader = Reader(with_token(fediverse), fediverse, ask=SEARCH)
    reader.poll(START)
    assert len(reader.ids()) == 130 and reader.gaps == []
    assert len(fediverse.asked) <= 6
    assert {params["type"] for _, _, params in fediverse.asked} == {"statuses"}
    reader.poll(START + 900)
    assert len(reader.yielded) == 130


@pytest.mark.parametrize("overlap", [10, 0])
def test_posts_deleted_between_two_pages_hide_none_of_those_that_move_up(
    fediverse: Fediverse, monkeypatch: pytest.MonkeyPatch, overlap: int
) -> None:
    """Seven are deleted, and then more than the overlap holds. Without an overlap and a way back it would skip."""
    monkeypatch.setattr(searching, "OVERLAP", overlap)
    if not overlap:
        monkeypatch.setattr(searching, "_onward", lambda rows, walk: (walk.place + 40 if rows else None, "on"))
    instance = fediverse[HOME]
    statuses = [instance.add(number, START - 4_000 + number, content="<p>acme</p>") for number in range(130)]
    source, cursor = with_token(fediverse), None
    seen: set[str] = set()

    async def read() -> None:
        nonlocal cursor
        for deleted in (7, 25, 0, 0, 0, 0, 0, 0, 0):
            page = await source.fetch(SEARCH, cursor, NOW)
            cursor = page.cursor
            seen.update(post.external_id for post in page.posts)
            for _ in range(deleted):
                instance.deleted[statuses.pop()["id"]] = START
            if not page.more:
                return
        raise AssertionError("the walk does not end")

    asyncio.run(read())
    assert ({status["uri"] for status in statuses} <= seen) == bool(overlap)


def test_results_without_end_are_cut_and_told(fediverse: Fediverse) -> None:
    fediverse[HOME].most = 13
    for number in range(400):
        fediverse[HOME].add(number, START - 4_000 + number, content="<p>acme</p>")
    reader = Reader(with_token(fediverse), fediverse, ask=SEARCH)
    reader.poll(START)
    assert len(reader.gaps) == 1 and "more than 50 pages" in reader.gaps[0].why


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        ((401, {}, b"{}"), SourceRefused, "token"),
        ((403, {}, b'{"error":"outside the authorized scopes"}'), SourceRefused, "read:search"),
        ((404, {}, b"{}"), SourceUnavailable, "no search of posts"),
        ((200, {}, b"[]"), SourceUnavailable, "list of posts"),
        ((200, {}, b'{"statuses": {}}'), SourceUnavailable, "list of posts"),
        ((200, {}, b'{"statuses": [{"id": "x"}, null, 5]}'), SourceUnavailable, "cannot be read"),
        ((200, {}, b"<html>"), SourceUnavailable, "JSON"),
        ((503, {}, b""), SourceUnavailable, "503"),
    ],
)
def test_what_is_no_search_is_an_error_that_says_what_to_do(
    fediverse: Fediverse, answer: Reply, error: type[SourceError], words: str
) -> None:
    fediverse[HOME].refuse_with = answer
    with pytest.raises(error, match=words):
        Reader(with_token(fediverse), fediverse, ask=SEARCH).poll(START)


History = tuple[list[tuple[int, int, int]], set[int], list[int], int, int]


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Posts by time, delay and stay; the blocked ones; polls; how many a page shows; seconds between requests."""
    moments = st.one_of(st.integers(-400, 9_000), st.sampled_from([0, 600, 601]))
    stays = st.one_of(st.just(10**6), st.integers(0, 30_000))
    posts = draw(st.lists(st.tuples(moments, st.integers(0, 3_000), stays), min_size=9, max_size=40))
    blocked = draw(st.sets(st.integers(0, 59), max_size=5))
    polls = sorted(draw(st.lists(st.integers(0, 9_000), min_size=1, max_size=3)))
    return posts, blocked, polls, draw(st.integers(4, 6)), draw(st.integers(0, 60))


def walk_through(server: Fediverse, history: History) -> None:
    posts, blocked, polls, most, pace = history
    fresh(server)
    instance = server[HOME]
    for number, (at, lag, stays) in enumerate(posts):
        status = instance.add(100 + number, START + at, lag=lag, content="<p>acme</p>")
        instance.deleted[status["id"]] = START + at + lag + stays
        if number in blocked:
            instance.blocked.add(status["id"])
    reader = Reader(with_token(server), server, ask=SEARCH)
    at = began = START
    with pytest.MonkeyPatch.context() as smaller:
        smaller.setattr(searching, "STATUSES", most)
        smaller.setattr(searching, "OVERLAP", 2)
        for poll in polls:
            at = began = max(at, START + poll)
            reader.poll(at, pace)
            at = server.now + 1
    gone = {one["uri"] for one in instance.statuses if instance.deleted[one["id"]] <= server.now}
    hidden = {one["uri"] for one in instance.statuses if one["id"] in instance.blocked}
    assert reader.missing(began, START - 7 * 86_400) - gone - hidden == set()


@given(history=histories())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_the_search_showed_is_kept_or_told_as_a_gap(server: Fediverse, history: History) -> None:
    walk_through(server, history)


@pytest.mark.parametrize("defect", ["first page is all", "no stretch read again"])
def test_the_property_finds_seeded_defects(server: Fediverse, monkeypatch: pytest.MonkeyPatch, defect: str) -> None:
    if defect == "first page is all":
        monkeypatch.setattr(searching, "_onward", lambda rows, walk: (None, "on"))
    else:
        begin = page_walk._begin
        monkeypatch.setattr(page_walk, "_begin", lambda low, read_to, tick: begin(read_to, read_to, tick))

    late = (100, 1_000, 10**9)
    posts = [*((30 * number, 0, 10**9) for number in range(9)), late]
    with pytest.raises(AssertionError):
        walk_through(server, (posts, set(), [300, 4_000], 3, 0))


# Streams


def event(name: str, data: Any) -> bytes:
    told = data if isinstance(data, str) else json.dumps(data)
    return f"event: {name}\ndata: {told}\n\n".encode()


def say(fediverse: Fediverse, *pieces: bytes) -> None:
    """What the stream sends, after which it ends."""
    for piece in (*pieces, None):
        fediverse.said.put(piece)


def streamed(source: Mastodon, ask: str = f"stream:{HOME}/acme", ticks: timedelta = timedelta()) -> list[Page]:
    """Reads a stream to its end, by a clock that moves on at each look."""
    times = iter(NOW + number * ticks for number in range(10_000))

    async def read() -> list[Page]:
        pages = [page async for page in source.read(ask, None, lambda: next(times))]
        await source.close()
        return pages

    return asyncio.run(read())


def a_status(fediverse: Fediverse, number: int, **more: Any) -> dict[str, Any]:
    status = fediverse["elsewhere"].add(number, START - 5, **more)
    fediverse["elsewhere"].statuses.clear()
    return status


def test_the_tags_are_streamed_where_there_is_a_token_and_polled_all_the_same() -> None:
    told = {"kind": "mastodon", "name": "m", "tags": ["acme", "rockets"]}
    source = MastodonSettings.model_validate(told | {"token": TOKEN}).open()
    queries = [parse("acme"), parse("rockets")]
    assert isinstance(source, Streaming)
    assert list(source.streams(queries)) == [f"stream:{HOME}/acme", f"stream:{HOME}/rockets"]
    assert not set(source.streams(queries)) & set(source.plan(queries[0]).asks)
    for closed in (told, told | {"token": TOKEN, "stream": False}):
        assert MastodonSettings.model_validate(closed).open().streams(queries) == ()
    many = MastodonSettings.model_validate(told | {"token": TOKEN, "tags": [f"tag{n}" for n in range(50)]}).open()
    assert len(many.streams(queries)) == 20


def test_posts_edits_and_deletions_come_in_as_they_happen(fediverse: Fediverse) -> None:
    status = a_status(fediverse, 1)
    edited = status | {"content": "<p>Better</p>", "edited_at": "2026-11-20T12:00:00Z"}
    odd = [
        event("delete", "77"),
        event("delete", "x"),
        event("notification", "{}"),
        event("filters_changed", "undefined"),
    ]
    say(
        fediverse,
        event("update", status),
        b":thump\n",
        *odd,
        event("status.update", edited),
        event("delete", status["id"]),
    )
    pages = streamed(with_token(fediverse))
    posts = [post for page in pages for post in page.posts]
    assert [post.text for post in posts] == ["Love #acme", "Better"]
    assert [change.key for page in pages for change in page.changes] == [posts[0].key]
    assert {page.cursor for page in pages} == {LIVE} and not any(page.notes or page.gaps for page in pages)
    assert fediverse.streams_opened == [(f"/{HOME}/api/v1/streaming/hashtag", "acme", TOKEN)]


def test_a_deletion_is_known_of_posts_that_polls_brought(fediverse: Fediverse) -> None:
    status = fediverse[HOME].add(1, START - 10)
    source = with_token(fediverse)
    reader = Reader(source, fediverse)
    reader.poll(START)
    say(fediverse, event("delete", status["id"]))
    changes = [change for page in streamed(source) for change in page.changes]
    assert [change.key.external_id for change in changes] == [status["uri"]]


def test_heartbeats_are_told_once_a_minute_as_a_sign_of_life(fediverse: Fediverse) -> None:
    for _ in range(40):
        fediverse.said.put(b":thump\n")
    say(fediverse, event("update", a_status(fediverse, 1)))
    pages = streamed(with_token(fediverse), ticks=timedelta(seconds=15))
    assert len(pages[-1].posts) == 1
    assert len(pages) <= 13 and not any(page.posts for page in pages[:-1])


@pytest.mark.parametrize("data", ["", "x", "{", "[]", "null", '{"id":"1","visibility":"public"}', "[" * 90_000])
def test_an_event_that_cannot_be_read_is_a_note_and_the_next_one_is_kept(fediverse: Fediverse, data: str) -> None:
    say(fediverse, event("update", data), event("update", a_status(fediverse, 1)))
    pages = streamed(with_token(fediverse))
    assert sum(len(page.posts) for page in pages) == 1
    assert not data or any(page.notes for page in pages)


@pytest.mark.parametrize("hidden", [{"visibility": "unlisted"}, {"visibility": "direct"}])
def test_what_is_not_public_is_not_kept_from_a_stream_either(fediverse: Fediverse, hidden: dict[str, Any]) -> None:
    say(fediverse, event("update", a_status(fediverse, 1, **hidden)))
    assert not any(page.posts for page in streamed(with_token(fediverse)))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((401, {}, b"{}"), "polled on"),
        ((403, {}, b"{}"), "polled on"),
        ((404, {}, b""), "not there"),
        ((502, {}, b""), "502"),
    ],
)
def test_a_stream_that_is_refused_is_a_failure_and_no_end_of_the_source(
    fediverse: Fediverse, answer: Reply, words: str
) -> None:
    fediverse.refuse_stream_with = answer
    with pytest.raises(SourceUnavailable, match=words):
        streamed(with_token(fediverse))


def test_a_token_that_the_stream_does_not_know_is_a_failure_that_does_not_show_it(fediverse: Fediverse) -> None:
    with pytest.raises(SourceUnavailable) as told:
        streamed(with_token(fediverse, token="wrong-token"))
    assert "wrong-token" not in str(told.value) and fediverse.streams_opened == []


def test_an_event_without_end_is_given_up(fediverse: Fediverse) -> None:
    say(fediverse, *[b"data: " + b"x" * 300_000 + b"\n"] * 5)
    with pytest.raises(SourceUnavailable, match="longer than 1 MiB"):
        streamed(with_token(fediverse))


def test_a_reader_that_stops_closes_the_connection(fediverse: Fediverse) -> None:
    source = with_token(fediverse)

    async def read() -> None:
        pages = source.read(f"stream:{HOME}/acme", None, lambda: NOW)
        assert (await anext(pages)).cursor == LIVE
        waiting = asyncio.ensure_future(anext(pages))
        await asyncio.sleep(0)
        waiting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await waiting
        await source.close()

    asyncio.run(read())
    say(fediverse)


@pytest.mark.parametrize(
    ("told", "where"),
    [
        ("wss://streaming.mastodon.social", "https://streaming.mastodon.social"),
        ("wss://a.example/path/", "https://a.example/path"),
        ("https://a.example", "https://a.example"),
        ("", "https://mastodon.social"),
        ("javascript:alert(1)", "https://mastodon.social"),
        ("wss://user:pw@a.example", "https://mastodon.social"),
        ("wss://a.example?x=", "https://mastodon.social"),
        (5, "https://mastodon.social"),
    ],
)
def test_the_stream_is_where_the_instance_says(told: Any, where: str) -> None:
    instance = {"configuration": {"urls": {"streaming": told}}}
    assert address_of(instance, "https://mastodon.social") == where
    assert (
        address_of(None, "https://mastodon.social")
        == address_of([], "https://mastodon.social")
        == "https://mastodon.social"
    )


def test_no_token_goes_to_a_stream_without_tls() -> None:
    instance = {"configuration": {"urls": {"streaming": "ws://a.example"}}}
    with pytest.raises(SourceRefused, match="without TLS"):
        address_of(instance, "https://mastodon.social")
    assert address_of(instance, "http://localhost") == "http://a.example"


def test_a_stream_on_another_host_is_read_there(fediverse: Fediverse) -> None:
    elsewhere = fediverse.url.replace("http", "ws").replace("{instance}", "streaming.example")
    told = {"configuration": {"urls": {"streaming": elsewhere}}}
    fediverse[HOME].about = (200, {}, json.dumps(told).encode())
    say(fediverse, event("update", a_status(fediverse, 1)))
    assert sum(len(page.posts) for page in streamed(with_token(fediverse))) == 1
    assert fediverse.streams_opened[0][0] == "/streaming.example/api/v1/streaming/hashtag"


# Rechecking


def home_status(fediverse: Fediverse, number: int) -> dict[str, Any]:
    status = fediverse[HOME].add(number, START - 5_000 + number)
    status["uri"] = f"https://{HOME}/users/jane/statuses/{status['id']}"
    return status


def test_posts_at_home_on_a_named_instance_are_looked_at_again_by_their_address(fediverse: Fediverse) -> None:
    statuses = [home_status(fediverse, number) for number in range(20)]
    statuses[2]["favourites_count"] = 7
    fediverse[HOME].deleted[statuses[3]["id"]] = START
    statuses[4]["account"] = statuses[4]["account"] | {"note": "<p>#nobot</p>"}
    keys = [PostKey("mastodon", HOME, status["uri"]) for status in statuses]
    source = opened(fediverse)
    assert isinstance(source, Rechecking) and source.recheck_at_once == 20
    page = asyncio.run(source.recheck(keys, NOW))
    assert [change.key for change in page.changes] == [keys[3], keys[4]]
    assert len(page.posts) == 18 and page.posts[2].engagement.likes == 7
    assert len(fediverse.asked) == 1


def test_posts_from_elsewhere_are_looked_at_again_where_they_were_seen_since_the_start(fediverse: Fediverse) -> None:
    gone, there = fediverse[HOME].add(1, START - 60), fediverse[HOME].add(2, START - 50)
    source = opened(fediverse)
    reader = Reader(source, fediverse)
    reader.poll(START)
    fediverse[HOME].deleted[gone["id"]] = START
    keys = [post.key for post in reader.yielded]
    page = asyncio.run(source.recheck(keys, NOW))
    assert [change.key.external_id for change in page.changes] == [gone["uri"]]
    assert [post.external_id for post in page.posts] == [there["uri"]]
    unknown = asyncio.run(opened(fediverse).recheck(keys, NOW))
    assert unknown.changes == [] and unknown.posts == []


def test_posts_of_an_author_who_blocks_our_account_are_not_taken_for_deleted(fediverse: Fediverse) -> None:
    """An instance hides them from the account, and from nobody else."""
    status = home_status(fediverse, 1)
    key = PostKey("mastodon", HOME, status["uri"])
    fediverse[HOME].blocked.add(status["id"])
    page = asyncio.run(with_token(fediverse).recheck([key], NOW))
    assert [post.key for post in page.posts] == [key] and not page.changes
    fediverse[HOME].is_closed = True
    page = asyncio.run(with_token(fediverse).recheck([key], NOW))
    assert not page.posts and not page.changes


@pytest.mark.parametrize(
    "answer",
    [(200, {}, b"{}"), (200, {}, b"<html>"), (404, {}, b"{}"), (422, {}, b"{}"), (401, {}, b"{}"), (500, {}, b"")],
)
def test_what_is_no_answer_deletes_nothing(fediverse: Fediverse, answer: Reply) -> None:
    key = PostKey("mastodon", HOME, home_status(fediverse, 1)["uri"])
    fediverse[HOME].refuse_with = answer
    with pytest.raises(SourceError):
        asyncio.run(opened(fediverse).recheck([key], NOW))


def test_one_instance_that_does_not_answer_keeps_no_other_from_it(fediverse: Fediverse) -> None:
    key = PostKey("mastodon", HOME, home_status(fediverse, 1)["uri"])
    other = PostKey("mastodon", "closed.example", "https://closed.example/users/a/statuses/5")
    fediverse["closed.example"].refuse_with = (500, {}, b"")
    page = asyncio.run(opened(fediverse, instances=[HOME, "closed.example"]).recheck([key, other], NOW))
    assert [post.key for post in page.posts] == [key] and not page.changes and "500" in page.notes[0]


@pytest.mark.parametrize("odd", [None, 5, {}, {"id": "x"}, {"id": []}])
def test_odd_items_in_an_answer_delete_nothing(fediverse: Fediverse, odd: Any) -> None:
    key = PostKey("mastodon", HOME, home_status(fediverse, 1)["uri"])
    fediverse[HOME].refuse_with = (200, {}, json.dumps([odd]).encode())
    page = asyncio.run(opened(fediverse).recheck([key], NOW))
    assert not page.changes and page.notes


def test_ids_that_were_seen_are_remembered_within_bounds(fediverse: Fediverse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sources.mastodon_ids.MOST", 10)
    for number in range(30):
        fediverse[HOME].add(number, START - 100 + number)
    source = opened(fediverse)
    reader = Reader(source, fediverse)
    reader.poll(START)
    page = asyncio.run(source.recheck([post.key for post in reader.yielded[-20:]], NOW))
    assert len(page.posts) == 10


# Recordings

RECORDINGS = os.environ.get("LISTENER_RECORDINGS")
needs_recordings = pytest.mark.skipif(not RECORDINGS, reason="LISTENER_RECORDINGS names no folder of recorded answers")
Recorded = Callable[[Path], Iterator[tuple[str, str]]]


def _recorded(recorded_exchanges: Recorded, what: str) -> list[tuple[str, str]]:
    paths = sorted(Path(RECORDINGS or "").glob("mastodon-py/**/*.yaml"))
    return [(uri, body) for path in paths for uri, body in recorded_exchanges(path) if what in uri and body]


@needs_recordings
def test_every_recorded_stream_becomes_the_posts_in_it(recorded_exchanges: Recorded) -> None:
    read = 0
    for _, body in _recorded(recorded_exchanges, "/api/v1/streaming/"):
        if "event:" not in body:
            continue
        events = EventParser().take(f"{body}\n\n".encode())
        page = page_of_events(events, "home.example", NOW, SeenIds())
        told = [json.loads(event.data) for event in events if event.name in ("update", "status.update")]
        public = [status for status in told if status["visibility"] == "public"]
        assert [post.external_id for post in page.posts] == [status["uri"] for status in public] and not page.notes
        read += len(events)
    assert read >= 3


@needs_recordings
def test_every_recorded_search_and_instance_can_be_read(recorded_exchanges: Recorded) -> None:
    reach = page_walk.Reach(backfill=timedelta(days=7), reread=timedelta(hours=2), most_pages=50)
    walk = page_walk.resume(None, NOW, reach)[0].walk
    searches = [json.loads(body) for _, body in _recorded(recorded_exchanges, "/api/v2/search")]
    for answer in searches:
        shown, _ = searching.read_answer(answer, "home.example", NOW, walk, SeenIds())
        assert not shown.unreadable and len(shown.posts) <= len(answer["statuses"])
    instances = [json.loads(body) for _, body in _recorded(recorded_exchanges, "/api/v2/instance")]
    addresses = {address_of(instance, "http://told.not") for instance in instances}
    assert searches and "https://streaming.mastodon.social" in addresses and "http://told.not" not in addresses
