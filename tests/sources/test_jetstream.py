"""Bluesky's stream on a server of this machine: nothing is skipped unsaid, whatever breaks where."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jetstream_service import NOW, POSTS, SECOND, JetstreamService, Mishap, ticks
from pydantic import ValidationError

import sources.jetstream as jetstream
import sources.jetstream_reading as reading
from sources.contract import Departure, Gap, Page, SourceBusy, SourceError, SourceRefused, SourceUnavailable
from sources.jetstream import Jetstream, JetstreamSettings
from sources.jetstream_cursor import time_of_ticks
from sources.jetstream_frames import Event, Notice, read_frame
from sources.loose_json import ItemUnreadable
from sources.post import PostKey, storable_post

SKEW = 30 * SECOND
"""So much later does the second server think that it is."""


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[JetstreamService, JetstreamService]]:
    one, other = JetstreamService().start(), JetstreamService(first=70_000).start()
    yield one, other
    one.close()
    other.close()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "CLOSE_AFTER", 0.003)
    monkeypatch.setattr(jetstream, "IDLE", 0.05)
    monkeypatch.setattr(jetstream, "FIRST", 1.0)
    monkeypatch.setattr(jetstream, "HEARTBEAT", 0.05)


@pytest.fixture
def server(servers: tuple[JetstreamService, JetstreamService]) -> JetstreamService:
    servers[0].renew()
    servers[0].live = True
    return servers[0]


def opened(*addresses: str, **more: Any) -> Jetstream:
    told = {"kind": "bluesky-jetstream", "name": "sky", "base_urls": addresses, "allow_private": True}
    return JetstreamSettings(**{**told, **more}).open()


def fetched(source: Jetstream, cursor: str | None = None, now: datetime = NOW) -> Page:
    return asyncio.run(source.fetch("", cursor, now))


def texts(page: Page) -> list[str]:
    return [post.text for post in page.posts]


@dataclass
class Keeper:
    """Keeps what a stream gives as the application does: a page with its cursor, or nothing of it."""

    source: Jetstream
    servers: Sequence[JetstreamService]
    crashes: Sequence[int] = ()
    cursor: str | None = None
    kept: dict[str, str] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)
    pages: int = 0

    def catch_up(self) -> None:
        asyncio.run(self._catch_up())

    async def _catch_up(self) -> None:
        for _ in range(80):
            with suppress(SourceError):
                async with aclosing(self.source.read("", self.cursor, self._now)) as pages:
                    async for page in pages:
                        self.pages += 1
                        if self.pages in self.crashes:
                            break
                        self._keep(page)
                        if self._is_at_the_end(page):
                            return
        raise AssertionError("the stream does not come to its end")

    def _now(self) -> datetime:
        return time_of_ticks(self.servers[0].now)

    def _keep(self, page: Page) -> None:
        for post in page.posts:
            self.kept[post.external_id.rpartition("/")[2]] = post.text
        for change in page.changes:
            self.kept.pop(change.key.external_id.rpartition("/")[2], None)
        self.gaps += page.gaps
        self.cursor = page.cursor

    def _is_at_the_end(self, page: Page) -> bool:
        if page.reached is None:
            return False
        host = json.loads(page.cursor)["host"]
        read = next(server for server in self.servers if host.startswith(server.url))
        return ticks(page.reached) >= read.now - read.skew

    def wrong(self) -> set[str]:
        """Records that are kept otherwise than they stand, and that no gap tells of."""
        standing = self.servers[0].standing()
        differ = {name for name in {*standing, *self.kept} if standing.get(name) != self.kept.get(name)}
        return {name for name in differ if not all(self._is_told(at) for at in self._changed_at(name)[-1:])}

    def _changed_at(self, name: str) -> list[int]:
        return [event["time"] for event in self.servers[0].log if event.get("rkey") == name]

    def _is_told(self, at: int) -> bool:
        margin = timedelta(microseconds=SKEW)
        time = time_of_ticks(at)
        return any(gap.since - margin <= time <= gap.until + margin for gap in self.gaps if gap.since and gap.until)


@dataclass(frozen=True)
class Step:
    """What happens between two readings. let_go: the servers forget all that came before."""

    told: list[tuple[str, int]]
    minutes: int
    let_go: bool
    down: int
    mishaps: list[tuple[int, str]]


STEPS = st.builds(
    Step,
    told=st.lists(st.tuples(st.sampled_from(["create", "create", "update", "delete"]), st.integers(0, 9)), max_size=7),
    minutes=st.integers(2, 30),
    let_go=st.sampled_from([False, False, False, True]),
    down=st.integers(0, 2),
    mishaps=st.lists(st.tuples(st.integers(0, 4), st.sampled_from(["breaks", "ends", "error", "garbage"])), max_size=2),
)
HISTORIES = st.tuples(
    st.lists(STEPS, min_size=1, max_size=4),
    st.lists(st.integers(1, 9), max_size=3),
    st.sampled_from(["", "/subscribe"]),
)


def live_through(
    servers: Sequence[JetstreamService], history: tuple[list[Step], list[int], str], *, seed: str = ""
) -> Keeper:
    steps, crashes, older = history
    for server, skew in zip(servers, (0, SKEW), strict=True):
        server.renew(server.first)
        server.skew = skew
    source = opened(servers[0].url + older, servers[1].url, backfill="36h")
    keeper = Keeper(source, servers, crashes)
    serial = 0
    keeper.catch_up()
    for step in steps:
        for operation, name in step.told:
            serial += 1
            for server in servers:
                server.now += SECOND
                known = str(name) in server.standing()
                if operation == "create" or known:
                    server.posts(name, operation if known and operation != "create" else "create", f"v{serial}")
        for number, server in enumerate(servers, 1):
            if step.let_go:
                server.floor = server.first + len(server.events)
            server.now += step.minutes * 60 * SECOND
            server.mishaps = [mishap_of(after, kind) for after, kind in step.mishaps]
            if step.down == number:
                server.mishaps = [Mishap(status=503) for _ in range(3)]
        keeper.catch_up()
    return keeper


def mishap_of(after: int, kind: str) -> Mishap:
    if kind == "error":
        return Mishap(after=after, error="ConsumerTooSlow")
    if kind == "garbage":
        return Mishap(after=after, frames=["{", b"\xff\x00", "[]", '{"$type":"message"}', '{"seq":-1}'])
    return Mishap(after=after, breaks=kind == "breaks", ends=kind == "ends")


FEW = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))


@FEW
@given(history=HISTORIES)
def test_nothing_is_skipped_unsaid(servers: Any, history: Any) -> None:
    assert live_through(servers, history).wrong() == set()


def begin_beyond(monkeypatch: pytest.MonkeyPatch) -> None:
    place = Jetstream._place

    def beyond(*told: Any) -> Any:
        where, cursor = place(*told)
        return where, cursor + 3 if cursor is not None and where.seq else cursor

    monkeypatch.setattr(Jetstream, "_place", beyond)


def tell_no_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading.Reading, "_tell_gap", lambda *_: None)


def change_hosts_without_a_margin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jetstream, "CHANGE_OF_HOST", timedelta(0))


def forget_deletions(monkeypatch: pytest.MonkeyPatch) -> None:
    add = reading.Batch.add
    monkeypatch.setattr(reading.Batch, "add", lambda self, event: None if event.change else add(self, event))


def drop_what_came_before_a_break(monkeypatch: pytest.MonkeyPatch) -> None:
    page = reading.Reading.page

    def losing(self: Any, batch: Any, **more: Any) -> Page:
        if self._error is not None:
            batch.posts.clear()
        return page(self, batch, **more)

    monkeypatch.setattr(reading.Reading, "page", losing)


DEFECTS = [
    begin_beyond,
    tell_no_gap,
    change_hosts_without_a_margin,
    forget_deletions,
    drop_what_came_before_a_break,
]


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.__name__)
def test_the_property_sees_a_seeded_defect(servers: Any, defect: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """One history for each defect, in which it shows; a break that comes late stands alone on its page, so again."""
    plain = Step(told=[("create", n) for n in range(6)], minutes=2, let_go=False, down=0, mishaps=[])
    other = Step(told=[("create", 7), ("delete", 1)], minutes=1, let_go=False, down=1, mishaps=[])
    gone = Step(told=[("create", 8)], minutes=30, let_go=True, down=0, mishaps=[])
    broken = Step(told=[("create", n) for n in range(2, 7)], minutes=2, let_go=False, down=0, mishaps=[(2, "breaks")])
    history = ([plain, other, broken, gone], [2], "")
    assert live_through(servers, history).wrong() == set()
    defect(monkeypatch)
    assert any(live_through(servers, history).wrong() for _ in range(5))


@pytest.mark.parametrize("older", ["", "/subscribe"])
def test_both_protocols_tell_the_same(server: JetstreamService, older: str) -> None:
    server.posts("a", text="first", langs=["de"], reply={"parent": {"uri": "at://did:plc:x/app.bsky.feed.post/p"}})
    server.posts("b")
    server.posts("b", "delete")
    server.posts("c")
    server.posts("c", "update", "changed")
    server.posts("d")
    server.happens(kind="account", did="did:plc:userd", account={"active": False, "status": "deleted"})
    server.happens(kind="account", did="did:plc:usera", account={"active": False, "status": "deactivated"})
    server.happens(kind="commit", operation="create", collection="app.bsky.feed.like", rkey="l", record={})
    page = fetched(opened(server.url + older))
    assert texts(page) == ["first a", "changed c"]
    assert [change.key for change in page.changes] == [
        PostKey("bluesky", "bsky.app", f"at://did:plc:userb/{POSTS}/b"),
    ]
    assert page.departures == [Departure(source="bluesky", author_id="did:plc:userd")]
    post = page.posts[0]
    assert (post.lang, post.in_reply_to) == ("de", "at://did:plc:x/app.bsky.feed.post/p")
    assert (post.url, post.author.id) == ("https://bsky.app/profile/did:plc:usera/post/a", "did:plc:usera")
    assert (page.more, page.reached, page.notes) == (False, NOW, ())


def test_a_cursor_that_is_too_old_goes_on_by_time_and_tells_the_gap(server: JetstreamService) -> None:
    server.posts("a")
    source = opened(server.url)
    first = fetched(source)
    server.posts("b")
    server.floor = 100 + server.first
    for _ in range(100):
        server.happens()
    server.now += 3_600 * SECOND
    server.posts("c")
    page = fetched(source, first.cursor, NOW + timedelta(hours=1))
    assert texts(page) == ["acme c"]
    [gap] = page.gaps
    assert (gap.since, gap.until) == (first.reached, NOW) or gap.until == NOW + timedelta(hours=1)
    assert [int(query["cursor"][0]) > 10**15 for _, query in server.asked] == [True, False, True]


@pytest.mark.parametrize("word", ["CursorTooOld", "FutureCursor"])
def test_a_count_that_the_host_does_not_know_is_replaced_by_the_time(server: JetstreamService, word: str) -> None:
    server.posts("a")
    source = opened(server.url)
    first = fetched(source)
    server.posts("b")
    if word == "FutureCursor":
        server.events = server.events[2:]  # its operator began anew: fewer events than our count
        cursor = first.cursor.replace('"seq":2', '"seq":900')
    else:
        cursor = first.cursor
        server.mishaps = [Mishap(error=word)]
    with pytest.raises(SourceUnavailable, match="sought anew"):
        fetched(source, cursor)
    page = fetched(source, cursor)
    assert "acme b" in texts(page)
    assert page.gaps == []


def test_a_host_that_began_anew_and_has_passed_our_count_is_asked_by_the_time(server: JetstreamService) -> None:
    server.posts("a")
    source = opened(server.url)
    first = fetched(source)
    server.events = []
    server.posts("b")  # has the number that "a" had
    server.now += 3_600 * SECOND
    server.posts("c")
    later = NOW + timedelta(hours=1)
    with pytest.raises(SourceUnavailable, match="counts anew"):
        fetched(source, first.cursor, later)
    assert "acme b" in texts(fetched(source, first.cursor, later))


def test_a_poll_waits_for_a_server_that_seeks_our_place(
    server: JetstreamService, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve = server._give

    def slowly(connection: Any, *told: Any) -> None:
        with suppress(TimeoutError):
            connection.recv(timeout=4 * jetstream.IDLE)
        serve(connection, *told)

    server.posts("a")
    source = opened(server.url)
    first = fetched(source)
    server.posts("b")
    monkeypatch.setattr(server, "_give", slowly)
    assert texts(fetched(source, first.cursor)) == ["acme b"]


def test_a_server_that_shows_nothing_at_our_place_is_out_of_order(
    server: JetstreamService, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.posts("a")
    source = opened(server.url)
    first = fetched(source)
    monkeypatch.setattr(jetstream, "FIRST", 0.05)
    monkeypatch.setattr(server, "_known", list)
    with pytest.raises(SourceUnavailable, match="showed nothing"):
        fetched(source, first.cursor)


def test_where_not_even_the_time_is_taken_reading_begins_at_the_live_end_and_says_so(server: JetstreamService) -> None:
    first = fetched(opened(server.url))
    server.now += 60 * SECOND
    too_old = json.dumps({"error": "CursorTooOld"}).encode()
    server.mishaps = [Mishap(status=400, body=too_old), Mishap(status=400, body=too_old)]
    page = fetched(opened(server.url), first.cursor, NOW + timedelta(minutes=1))
    [gap] = page.gaps
    assert (gap.since, gap.until) == (NOW, NOW + timedelta(minutes=1))
    assert "cursor" not in server.asked[-1][1]


def test_the_next_host_is_asked_where_one_fails_and_a_minute_is_read_again(servers: Any) -> None:
    one, other = servers
    for server in servers:
        server.renew(server.first)
        server.skew = 0
        server.posts("a")
    source = opened(one.url, other.url + "/subscribe")
    first = fetched(source)
    one.fail(503, retry_after=60)
    for server in servers:
        server.now += 5 * SECOND
        server.posts("b")
    page = fetched(source, first.cursor, NOW + timedelta(seconds=5))
    one.mend()
    assert texts(page) == ["acme a", "acme b"]
    assert other.asked[-1][1]["cursor"] == [str(ticks(NOW) - 60 * SECOND)]
    assert page.gaps == []
    back = fetched(source, page.cursor, NOW + timedelta(seconds=5))
    assert (json.loads(back.cursor)["host"], back.gaps) == (one.url, [])


def test_what_all_hosts_say_is_told_by_the_one_that_says_what_to_do(servers: Any) -> None:
    one, other = servers
    for server in servers:
        server.renew(server.first)
    source = opened(one.url, other.url)
    one.fail(401)
    other.fail(429, retry_after=90)
    with pytest.raises(SourceBusy) as busy:
        fetched(source)
    assert busy.value.retry_after == timedelta(seconds=90)
    other.fail(400, body=json.dumps({"error": "InvalidRequest"}))
    with pytest.raises(SourceRefused, match="refuses us"):
        fetched(source)
    other.fail(500)
    with pytest.raises(SourceUnavailable, match="answered 500"):
        fetched(source)
    one.mend(), other.mend()


def test_what_came_before_a_break_is_given_first(server: JetstreamService) -> None:
    for name in "abc":
        server.posts(name)
    server.mishaps = [Mishap(after=2, error="ConsumerTooSlow"), Mishap(after=1, breaks=True)]
    source = opened(server.url)
    page = fetched(source)
    assert (texts(page), page.more) == (["acme a", "acme b"], True)
    with pytest.raises(SourceUnavailable, match="the connection broke"):  # the one frame is known already
        fetched(source, page.cursor)
    assert texts(fetched(source, page.cursor)) == ["acme c"]


def test_frames_that_cannot_be_read_are_told_and_stop_nothing(server: JetstreamService) -> None:
    server.posts("a")
    server.posts("b", text="x" * 400_000)
    server.posts("c")
    bad: list[str | bytes] = [
        "{",
        b"\xff",
        "null",
        '{"$type":"message","payload":7}',
        '{"kind":"commit","time_us":"x"}',
    ]
    server.mishaps = [Mishap(after=1, frames=bad)]
    page = fetched(opened(server.url))
    assert [text[:6] for text in texts(page)] == ["acme a", "x" * 6, "acme c"]
    assert len(page.posts[1].text) == 200_000
    assert page.notes == ("5 items were unreadable: a frame is not JSON",)


def test_a_frame_over_the_limit_is_an_error_of_the_service(server: JetstreamService) -> None:
    server.posts("a", text="x" * 1_200_000)
    with pytest.raises(SourceUnavailable, match="sent a frame longer than 1 MiB"):
        fetched(opened(server.url))


def test_a_quiet_stream_gives_an_empty_page_from_time_to_time(server: JetstreamService) -> None:
    server.live = False
    server.posts("a")

    async def main() -> list[Page]:
        found = []
        async with aclosing(opened(server.url).read("", None, lambda: NOW)) as pages:
            async for page in pages:
                found.append(page)
                if len(found) == 3:
                    break
        return found

    first, *empty = asyncio.run(main())
    assert texts(first) == ["acme a"]
    assert [(page.posts, page.cursor, page.reached) for page in empty] == [([], first.cursor, None)] * 2


def test_posts_hidden_by_their_own_labels_are_left_out(server: JetstreamService) -> None:
    labels = {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "!no-unauthenticated"}]}
    server.posts("a", labels=labels)
    server.posts("b", labels={"values": [{"val": "nudity"}, 5]})
    assert texts(fetched(opened(server.url))) == ["acme b"]


def test_a_position_that_cannot_be_read_is_told(server: JetstreamService) -> None:
    server.posts("a")
    page = fetched(opened(server.url), '{"host":"x","time":99999999999999999}')
    assert texts(page) == ["acme a"]
    assert page.notes == ("the stored position of this stream could not be read; reading begins anew",)


@pytest.mark.parametrize(
    "address", ["https://x.example", "wss://", "wss://a@b", "wss://x.example/?cursor=1", "x.example", "wss://[", ""]
)
def test_addresses_that_cannot_be_streamed_from_are_refused_with_the_settings(address: str) -> None:
    with pytest.raises(ValidationError):
        opened(address)


_ODD: st.SearchStrategy[Any] = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.lists(st.integers(), max_size=2),
    st.sampled_from(["2026-11-20T12:00:00Z", "9999-12-31T23:59:59-23:59", "commit", "create", "delete", POSTS]),
)  # fmt: skip
_RECORD = st.dictionaries(st.sampled_from(["text", "createdAt", "langs", "facets", "embed", "labels"]), _ODD)
_KEYS = ["$type", "seq", "did", "time", "witnessedAt", "time_us", "kind", "operation", "collection", "rkey"]
_BODY = st.dictionaries(st.sampled_from([*_KEYS, "record", "commit", "name"]), _ODD | _RECORD)
_PLAIN = {"time_us": ticks(NOW), "kind": "commit"}
_COMMIT = {"operation": "create", "collection": POSTS, "rkey": "r"}
_FRAME = st.one_of(
    st.binary(max_size=40),
    _BODY.map(lambda told: json.dumps(told).encode()),
    _BODY.map(lambda told: json.dumps({"$type": "message", "payload": told}).encode()),
    st.tuples(_BODY, _RECORD, _ODD).map(
        lambda told: json.dumps(
            {**_PLAIN, "did": told[2], "commit": {**told[0], **_COMMIT, "record": told[1]}}
        ).encode()
    ),
)


@settings(max_examples=150, deadline=None)
@given(_FRAME)
def test_no_frame_brings_the_reader_down(frame: bytes) -> None:
    """Frames in the shape of the protocols with anything in their places, and bytes without any shape."""
    with suppress(ItemUnreadable):
        told = read_frame(frame, NOW)
        assert isinstance(told, Event | Notice)
        if isinstance(told, Event):
            assert 0 < told.time <= ticks(NOW)
            assert told.post is None or storable_post(told.post, NOW) == told.post


RECORDINGS = os.environ.get("LISTENER_RECORDINGS", "")


@pytest.mark.skipif(not RECORDINGS, reason="LISTENER_RECORDINGS names no folder of recorded answers")
def test_recorded_frames_are_read_as_what_they_are() -> None:
    file = Path(RECORDINGS) / "bluesky-jetstream/internal/subscribe/testdata/golden_v1.jsonl"
    now = datetime.fromisoformat("2026-11-20T12:00:00+00:00")
    events = [read_frame(line, now) for line in file.read_bytes().splitlines()]
    posts = [event.post for event in events if isinstance(event, Event) and event.post is not None]
    assert (len(events), len(posts)) == (10, 1)
    [post] = posts
    assert (post.text, post.lang) == ("Try RSV for a good time !!", "en")
    assert post.published_at == datetime.fromisoformat("2026-05-25T14:23:28.757+00:00")
    assert post.url == "https://bsky.app/profile/did:plc:q235v55g5unth4zjjdpacfdr/post/3mmoojp4cd223"
    assert post.in_reply_to == "at://did:plc:j76trmiofvaxxpvx2vnb2vwf/app.bsky.feed.post/3mmojbrjwbs26"
    assert not any(event.unreadable for event in events if isinstance(event, Event))
