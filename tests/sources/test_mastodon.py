"""Mastodon: the real collector against a server that answers as an instance's hashtag timeline does."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from mastodon_service import NOW, START, Fediverse, Reader, Reply, account, fresh, opened, serving
from pydantic import ValidationError

import sources.mastodon as collector
import sources.mastodon_walk as walking
from sources.contract import Source, SourceBusy, SourceRefused, SourceUnavailable
from sources.mastodon import MastodonSettings, read_answer
from sources.mastodon_ids import SeenIds
from sources.query import parse


@pytest.fixture(scope="module")
def server() -> Iterator[Fediverse]:
    with serving(Fediverse()) as fediverse:
        yield fediverse


@pytest.fixture
def fediverse(server: Fediverse) -> Fediverse:
    fresh(server)
    return server


# What a post becomes


def test_a_status_becomes_a_post_that_is_the_same_wherever_it_is_seen(fediverse: Fediverse) -> None:
    for host in ("mastodon.social", "fosstodon.org"):
        fediverse[host].add(
            5,
            START - 60,
            content="<p>Love<br>acme &amp; co</p><p>More</p>",
            favourites_count=3,
            reblogs_count=2,
            replies_count=1,
            language="de",
            spoiler_text="Rockets",
            in_reply_to_id="77",
        )
    posts = []
    for host in ("mastodon.social", "fosstodon.org"):
        reader = Reader(opened(fediverse), fediverse, ask=f"{host}/acme")
        reader.poll(START)
        posts += reader.yielded
    assert posts[0] == posts[1]
    post = posts[0]
    assert (post.instance, post.external_id) == ("far.example", "https://far.example/users/jane/statuses/5")
    assert (post.url, post.title, post.text) == ("https://far.example/@jane/5", "Rockets", "Love\nacme & co\nMore")
    assert (post.published_at, post.lang) == (NOW - timedelta(seconds=60), "de")
    assert (post.engagement.likes, post.engagement.reposts, post.engagement.replies) == (3, 2, 1)
    assert (post.author.handle, post.author.name, post.author.followers) == ("jane@far.example", "Jane", 12)
    assert (post.author.id, post.author.url) == ("https://far.example/users/jane", "https://far.example/@jane")
    assert post.in_reply_to == "77"


def test_a_profile_is_told_with_the_links_that_its_server_confirmed(fediverse: Fediverse) -> None:
    fields = [
        {
            "name": "Site",
            "value": '<a href="https://jane.example/?a=1&amp;b=2" rel="me">jane</a>',
            "verified_at": "2026-01-02",
        },
        {"name": "Shop", "value": '<a href="https://shop.example/">shop</a>', "verified_at": None},
        {"name": "Pronouns", "value": "she/her", "verified_at": None},
    ]
    told = account(note="<p>I build <b>rockets</b></p>", fields=fields)
    fediverse["mastodon.social"].add(1, START - 5, account=told)
    reader = Reader(opened(fediverse), fediverse)
    reader.poll(START)
    author = reader.yielded[0].author
    assert author.bio == "I build rockets"
    assert author.links == ("https://jane.example/?a=1&b=2", "https://shop.example/")
    assert author.verified_links == ("https://jane.example/?a=1&b=2",)


def test_an_author_of_the_asked_instance_gets_its_host(fediverse: Fediverse) -> None:
    fediverse["mastodon.social"].add(1, START - 5, account=account(acct="sam", username="sam"))
    reader = Reader(opened(fediverse), fediverse)
    reader.poll(START)
    assert reader.yielded[0].author.handle == "sam@mastodon.social"


def test_a_link_cut_short_for_the_eye_is_whole_in_the_text(fediverse: Fediverse) -> None:
    link = (
        '<p>see <a href="https://a.example/rockets/7"><span class="invisible">https://</span>'
        '<span class="ellipsis">a.example/roc</span><span class="invisible">kets/7</span></a></p>'
    )
    fediverse["mastodon.social"].add(1, START - 5, content=link)
    reader = Reader(opened(fediverse), fediverse)
    reader.poll(START)
    assert reader.yielded[0].text == "see https://a.example/rockets/7"


@pytest.mark.parametrize(
    "unwanted",
    [
        {"visibility": "unlisted"},
        {"visibility": "private"},
        {"visibility": None},
        {"account": account(note='<p>No crawling <a href="x">#<span>NoBot</span></a></p>')},
        {"account": account(fields=[{"name": "robots", "value": "#nobot"}])},
    ],
)
def test_what_its_author_does_not_want_collected_is_not(fediverse: Fediverse, unwanted: dict[str, Any]) -> None:
    fediverse["mastodon.social"].add(1, START - 5, **unwanted)
    fediverse["mastodon.social"].add(2, START - 4)
    reader = Reader(opened(fediverse), fediverse)
    reader.poll(START)
    assert reader.ids() == {"https://far.example/users/jane/statuses/2"}
    assert reader.notes == []


def test_a_shared_post_is_the_post_itself(fediverse: Fediverse) -> None:
    instance = fediverse["mastodon.social"]
    original = instance.add(1, START - 50, tags=("other",))
    instance.add(2, START - 5, reblog=original, account=account(acct="sharer"))
    reader = Reader(opened(fediverse), fediverse)
    reader.poll(START)
    assert [(post.external_id[-1], post.author.name) for post in reader.yielded] == [("1", "Jane")]


@pytest.mark.parametrize(
    ("uri", "url", "instance"),
    [
        ("tag:old.example,2017-04-14:objectId=5:objectType=Status", "https://old.example/@a/5", "old.example"),
        ("", "https://far.example/@a/5", "far.example"),
        ("https://FAR.example:8443/x", "", "far.example"),
        ("urn:uuid:5", "", "mastodon.social"),
        ("https://[bad", "", "mastodon.social"),
    ],
)
def test_the_host_that_gave_the_uri_is_the_instance(fediverse: Fediverse, uri: str, url: str, instance: str) -> None:
    fediverse["mastodon.social"].add(1, START - 5, uri=uri, url=url)
    reader = Reader(opened(fediverse), fediverse)
    reader.poll(START)
    assert reader.yielded[0].instance == instance


@pytest.mark.parametrize(
    "broken", [{}, {"id": "x"}, {"id": None}, {"id": "²"}, "text", 5, None, {"uri": [], "url": None}]
)
def test_an_item_that_cannot_be_read_is_a_note_and_the_others_are_kept(fediverse: Fediverse, broken: Any) -> None:
    instance = fediverse["mastodon.social"]
    good = [instance.add(1, START - 10), instance.add(2, START - 5)]
    if isinstance(broken, dict) and "uri" in broken:
        broken = good[0] | broken
    instance.refuse_with = (200, {}, json.dumps([good[1], broken, good[0]]).encode())
    reader = Reader(opened(fediverse), fediverse)
    reader.poll(START)
    assert {uri[-1] for uri in reader.ids()} == {"1", "2"}
    assert reader.notes and all(note.startswith("1 item was unreadable: ") for note in reader.notes)


@pytest.mark.parametrize(
    "odd",
    [
        {"account": None, "content": None, "created_at": "soon", "language": 5},
        {"account": {"acct": ["x"], "fields": "none", "followers_count": "many", "note": {}}, "content": "\x00\ud800"},
        {"reblog": [], "tags": None, "favourites_count": -(10**40)},
        {"created_at": "0000-00-00T00:00:00Z", "url": "javascript:alert(1)", "spoiler_text": "<script>x</script>"},
        {"content": "<p>" * 20_000},
    ],
)
def test_odd_values_in_a_status_lose_neither_it_nor_the_others(fediverse: Fediverse, odd: dict[str, Any]) -> None:
    instance = fediverse["mastodon.social"]
    statuses = [instance.add(1, START - 10) | odd, instance.add(2, START - 5)]
    instance.refuse_with = (200, {}, json.dumps(statuses).encode())
    reader = Reader(opened(fediverse), fediverse)
    reader.poll(START)
    assert {uri[-1] for uri in reader.ids()} == {"1", "2"}
    for post in reader.yielded:
        (post.text + post.title + post.url).encode("utf-8")
        assert not post.url.startswith("javascript")


# What is asked


@pytest.mark.parametrize(
    ("query", "tags"),
    [
        ("acme", ["acme"]),
        ('"Acme Rockets"', ["acmerockets"]),
        ("#Acme OR acme", ["acme"]),
        ("#acme broken", ["acme"]),
        ("acme refund", ["acme", "acmerefund"]),
        ("(refund OR broken) acme", ["acme", "refundacme", "brokenacme"]),
        ("acme lang:de NOT coyote", ["acme"]),
        ("café", ["café"]),
        ("\u0985\u09cd\u09af\u09be\u0995\u09ae\u09c7", ["\u0985\u09cd\u09af\u09be\u0995\u09ae\u09c7"]),
        ("c++", ["c"]),
        ("@acmehelp OR reliab* OR 2026 OR lang:de", []),
        ("acme source:feed", []),
        ("acme source:mastodon", ["acme"]),
    ],
)
def test_a_querys_words_become_hashtags(query: str, tags: list[str]) -> None:
    plan = MastodonSettings(kind="mastodon", name="m").open().plan(parse(query))
    assert list(plan.asks) == [f"mastodon.social/{tag}" for tag in tags]
    assert plan.coverage == "partial" and any("hashtags" in note for note in plan.notes)


def test_the_tags_of_the_settings_are_asked_on_every_instance() -> None:
    told = {
        "kind": "mastodon",
        "name": "m",
        "instances": ["Mastodon.social", "fosstodon.org"],
        "tags": ["#Acme", "space x"[:5]],
    }
    plan = MastodonSettings.model_validate(told).open().plan(parse("whatever"))
    assert list(plan.asks) == [
        f"{host}/{tag}" for host in ("mastodon.social", "fosstodon.org") for tag in ("acme", "space")
    ]


def test_a_query_of_many_words_asks_a_bounded_number_of_tags_and_says_so() -> None:
    plan = MastodonSettings(kind="mastodon", name="m").open().plan(parse(" OR ".join(f"word{n}" for n in range(30))))
    assert len(plan.asks) == 20 and any("30 hashtags" in note for note in plan.notes)


def test_one_instance_may_be_told_as_a_word() -> None:
    told = {"kind": "mastodon", "name": "m", "instance": "fosstodon.org"}
    assert MastodonSettings.model_validate(told).instances == ("fosstodon.org",)


@pytest.mark.parametrize(
    "wrong",
    [
        {"instances": []},
        {"instance": "https://mastodon.social"},
        {"instances": ["a b"]},
        {"tags": ["a b"]},
        {"tags": [""]},
    ],
)
def test_settings_that_name_no_instance_or_tag_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        MastodonSettings.model_validate({"kind": "mastodon", "name": "m"} | wrong)


def test_the_timeline_is_read_forward_from_a_bounded_beginning(fediverse: Fediverse) -> None:
    Reader(opened(fediverse, backfill="1d"), fediverse).poll(START)
    ((host, tag, params),) = fediverse.asked
    assert (host, tag) == ("mastodon.social", "acme")
    assert params == {"min_id": str((START - 86_400) * 1000 << 16), "limit": "40"}


def test_it_is_a_source() -> None:
    assert isinstance(MastodonSettings(kind="mastodon", name="m").open(), Source)


# Never skip


@pytest.mark.parametrize("count", [1_200, pytest.param(5_000, marks=pytest.mark.soak)])
def test_a_burst_between_two_polls_is_kept_whole(fediverse: Fediverse, count: int) -> None:
    reader = Reader(opened(fediverse), fediverse)
    fediverse["mastodon.social"].add(1, START - 10)
    reader.poll(START)
    for number in range(count):
        fediverse["mastodon.social"].add(100 + number, START + number / 7)
    reader.poll(START + 900)
    assert len(reader.ids()) == count + 1 and reader.gaps == []


def test_posts_that_arrive_late_from_other_servers_are_found_below_what_was_read(fediverse: Fediverse) -> None:
    reader = Reader(opened(fediverse), fediverse)
    fediverse["mastodon.social"].add(1, START - 30)
    fediverse["mastodon.social"].add(2, START - 3_600, lag=5_000)
    reader.poll(START)
    reader.poll(START + 900)
    assert len(reader.ids()) == 1
    reader.poll(START + 1_800)
    assert len(reader.ids()) == 2


def test_an_instance_that_shows_fewer_than_asked_is_read_to_its_end(fediverse: Fediverse) -> None:
    fediverse["mastodon.social"].most = 7
    for number in range(60):
        fediverse["mastodon.social"].add(number, START - 1_000 + number)
    reader = Reader(opened(fediverse), fediverse)
    reader.poll(START)
    assert len(reader.ids()) == 60


def test_an_instance_that_ignores_min_id_gives_a_gap(fediverse: Fediverse) -> None:
    fediverse["mastodon.social"].deaf = True
    for number in range(100):
        fediverse["mastodon.social"].add(number, START - 1_000 + number)
    reader = Reader(opened(fediverse), fediverse)
    reader.poll(START)
    assert len(reader.ids()) == 40 and "min_id" in reader.gaps[0].why
    assert reader.missing(START, START - 7 * 86_400) == set()


def test_an_instance_that_ignores_min_id_and_shows_everything_gives_no_gap(fediverse: Fediverse) -> None:
    fediverse["mastodon.social"].deaf = True
    fediverse["mastodon.social"].add(1, START - 30 * 86_400)
    fediverse["mastodon.social"].add(2, START - 10)
    reader = Reader(opened(fediverse), fediverse)
    reader.poll(START)
    assert len(reader.ids()) == 2 and reader.gaps == []


@pytest.mark.parametrize("cursor", ["{", "[]", "\ud800", '{"start": "x"}'])
def test_a_cursor_that_cannot_be_read_begins_anew_and_is_a_gap(fediverse: Fediverse, cursor: str) -> None:
    fediverse["mastodon.social"].add(1, START - 10)
    reader = Reader(opened(fediverse), fediverse, cursor=cursor)
    reader.poll(START)
    assert len(reader.ids()) == 1
    assert [(gap.since, gap.until) for gap in reader.gaps] == [(None, NOW - timedelta(days=7))]


def test_a_clock_that_was_ahead_and_is_set_right_hides_no_post(fediverse: Fediverse) -> None:
    fediverse["mastodon.social"].add(1, START - 80_000)
    reader = Reader(opened(fediverse), fediverse)
    reader.poll(START + 70 * 365 * 86_400)
    assert reader.ids() == set()
    reader.poll(START)
    assert len(reader.ids()) == 1
    assert [(gap.since, gap.until) for gap in reader.gaps] == [(None, NOW - timedelta(days=7))]
    assert "the clock was ahead" in reader.gaps[0].why


History = tuple[list[tuple[int, int]], list[int], int, int]


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Posts by time and delay, polls, how many the instance shows, seconds between two requests."""
    moments = st.one_of(st.integers(-400, 20_000), st.sampled_from([0, 600, 601]))
    posts = draw(st.lists(st.tuples(moments, st.integers(0, 7_200)), max_size=40))
    polls = sorted(draw(st.lists(st.integers(0, 30_000), min_size=1, max_size=4)))
    return posts, polls, draw(st.integers(1, 7)), draw(st.integers(0, 5))


def walk_through(server: Fediverse, history: History) -> None:
    posts, polls, most, pace = history
    fresh(server)
    instance = server["mastodon.social"]
    instance.most = most
    for number, (at, lag) in enumerate(posts):
        instance.add(100 + number, START + at, lag=lag)
    reader = Reader(opened(server), server)
    at = began = START
    for poll in polls:
        at = began = max(at, START + poll)
        reader.poll(at, pace)
        at = server.now + 1
    assert reader.missing(began, START - 7 * 86_400) == set()


@given(history=histories())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_the_instance_had_is_kept_or_told_as_a_gap(server: Fediverse, history: History) -> None:
    walk_through(server, history)


def _ask_since_id(monkeypatch: pytest.MonkeyPatch) -> None:
    get = collector.HttpDoor.get

    async def asks(self: Any, url: str, *, params: dict[str, Any], **more: Any) -> Any:
        return await get(self, url, params={"since_id": params["min_id"], "limit": params["limit"]}, **more)

    monkeypatch.setattr(collector.HttpDoor, "get", asks)


def _stop_at_the_first_known(monkeypatch: pytest.MonkeyPatch) -> None:
    def stops(standing: Any, shown: Any, forgotten: Any, reach: Any, wish: Any = None) -> Any:
        page = walking.advance(standing, shown, forgotten, reach, wish)
        if not any(post.external_id in standing.traces for post in shown.posts):
            return page
        closed = walking.msgspec.json.decode(page.cursor, type=walking.Standing)
        cursor = walking.msgspec.json.encode(walking.replace(closed, between=True)).decode()
        return walking.replace(page, cursor=cursor, more=False)

    monkeypatch.setattr(collector, "advance", stops)


def _move_the_mark_early(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the walk were over after its first page."""

    def early(standing: Any, shown: Any, forgotten: Any, reach: Any, wish: Any = None) -> Any:
        page = walking.advance(standing, shown, forgotten, reach, wish)
        moved = walking.msgspec.json.decode(page.cursor, type=walking.Standing)
        moved = walking.replace(moved, between=True, newest=moved.began << 16)
        return walking.replace(page, cursor=walking.msgspec.json.encode(moved).decode(), more=False)

    monkeypatch.setattr(collector, "advance", early)


def _read_nothing_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walking, "_next_start", lambda closed, reach: closed.newest)


@pytest.mark.parametrize(
    "defect",
    [_ask_since_id, _stop_at_the_first_known, _move_the_mark_early, _read_nothing_again],
    ids=lambda d: d.__name__,
)
def test_the_property_finds_seeded_defects(
    server: Fediverse, monkeypatch: pytest.MonkeyPatch, defect: Callable[[pytest.MonkeyPatch], None]
) -> None:
    defect(monkeypatch)

    def property_(history: History) -> None:
        walk_through(server, history)

    searched = settings(max_examples=200, deadline=None, database=None, derandomize=True, phases=[Phase.generate])
    with pytest.raises((AssertionError, BaseExceptionGroup)):
        searched(given(history=histories())(property_))()


# Changes


def test_edits_and_favourites_are_yielded_again_and_nothing_else_is(fediverse: Fediverse) -> None:
    instance = fediverse["mastodon.social"]
    first, second = instance.add(1, START - 100), instance.add(2, START - 50)
    reader = Reader(opened(fediverse), fediverse)
    reader.poll(START)
    second["account"]["followers_count"] += 1
    reader.poll(START + 900)
    assert len(reader.yielded) == 2
    first["favourites_count"] = 4
    reader.poll(START + 1_800)
    first |= {"content": "<p>Better</p>", "edited_at": "2026-11-20T12:20:00.000Z"}
    instance.statuses[0] = first
    reader.poll(START + 2_700)
    assert [(post.engagement.likes, post.text) for post in reader.yielded[2:]] == [(4, "Love #acme"), (4, "Better")]


# Errors


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        ((401, {}, b'{"error":"This method requires an authenticated user"}'), SourceRefused, "account"),
        ((422, {}, b'{"error":"This method requires an authenticated user"}'), SourceRefused, "account"),
        ((403, {}, b"<html>"), SourceRefused, "account"),
        ((404, {}, b'{"error":"Not found"}'), SourceUnavailable, "no hashtag timeline"),
        ((410, {}, b""), SourceRefused, "gone"),
        ((500, {}, b""), SourceUnavailable, "500"),
        ((200, {}, b'{"error":"x"}'), SourceUnavailable, "list of posts"),
        ((200, {"content-type": "text/html"}, b"<html>"), SourceUnavailable, "JSON"),
        ((200, {}, b'[{"id":"9iDpZbJ1kQ"}]'), SourceUnavailable, "cannot be read"),
    ],
)
def test_what_is_no_answer_is_an_error_that_says_what_to_do(
    fediverse: Fediverse, answer: Reply, error: type[Exception], words: str
) -> None:
    fediverse["mastodon.social"].refuse_with = answer
    with pytest.raises(error, match=words):
        Reader(opened(fediverse), fediverse).poll(START)


def test_too_many_requests_tell_when_to_come_back(fediverse: Fediverse) -> None:
    reset = {"x-ratelimit-reset": "2026-11-20T12:03:20.725062Z", "date": "Fri, 20 Nov 2026 12:00:00 GMT"}
    fediverse["mastodon.social"].refuse_with = (429, reset, b'{"error":"Too many requests"}')
    with pytest.raises(SourceBusy) as told:
        Reader(opened(fediverse), fediverse).poll(START)
    assert told.value.retry_after == timedelta(seconds=200, microseconds=725_062)


def test_too_many_requests_of_one_instance_hold_up_no_other(fediverse: Fediverse) -> None:
    fediverse["mastodon.social"].refuse_with = (429, {}, b'{"error":"Too many requests"}')
    source = opened(fediverse, instances=["mastodon.social", "fosstodon.org"])
    with pytest.raises(SourceUnavailable, match="other instances are read on"):
        Reader(source, fediverse).poll(START)


def test_little_left_of_the_allowance_asks_for_a_later_next_poll(fediverse: Fediverse) -> None:
    for remaining, expected in ((31, False), (29, True), (0, True)):
        fediverse["mastodon.social"].remaining = remaining
        reader = Reader(opened(fediverse), fediverse)
        reader.poll(START)
        assert (reader.wishes[-1] is not None) == expected


def test_an_instance_that_refuses_stops_no_other(fediverse: Fediverse) -> None:
    fediverse["closed.example"].refuse_with = (401, {}, b"{}")
    fediverse["mastodon.social"].add(1, START - 10)
    source = opened(fediverse, instances=["closed.example", "mastodon.social"])
    kept, refused = set(), []
    for ask in source.plan(parse("acme")).asks:
        reader = Reader(source, fediverse, ask=ask)
        try:
            reader.poll(START)
        except SourceRefused as error:
            refused.append(str(error))
        kept |= reader.ids()
    assert len(kept) == 1 and len(refused) == 1 and "closed.example" in refused[0]


# Recordings

RECORDINGS = os.environ.get("LISTENER_RECORDINGS")
needs_recordings = pytest.mark.skipif(not RECORDINGS, reason="LISTENER_RECORDINGS names no folder of recorded answers")


def _recorded_timelines(
    recorded_exchanges: Callable[[Path], Iterator[tuple[str, str]]],
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Every list of statuses in the cassettes and JSON files of the folders."""
    folder = Path(RECORDINGS or "")
    for path in sorted([*folder.glob("mastodon-py/**/*.yaml"), *folder.glob("mastodon-rtoot/**/*.yml")]):
        for uri, body in recorded_exchanges(path):
            if body.startswith("[{") and "/timelines/" in uri and "content" in json.loads(body)[0]:
                yield f"{path.name} {uri}", json.loads(body)


@needs_recordings
def test_every_recorded_timeline_becomes_whole_posts(
    recorded_exchanges: Callable[[Path], Iterator[tuple[str, str]]],
) -> None:
    read_posts = 0
    for name, statuses in _recorded_timelines(recorded_exchanges):
        read = read_answer(statuses, "home.example", datetime.now(UTC), SeenIds())
        assert read.unreadable == [], name
        by_uri = {}
        for status in statuses:
            told = status["reblog"] or status
            by_uri[told["uri"]] = told
        for post in read.posts:
            told = by_uri[post.external_id]
            assert post.url == (told["url"] or told["uri"]) and "@" in post.author.handle
            assert post.published_at == datetime.fromisoformat(told["created_at"])
            assert post.lang == (told["language"] or "")
            assert post.engagement.likes == told["favourites_count"]
            assert bool(post.text) == bool(told["content"])
            assert "<p>" not in post.text and "</a>" not in post.text
            read_posts += 1
    assert read_posts > 20
