"""Hacker News: the real collector against a server that answers as the Algolia search does."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shlex
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import sources.window_walk as walking
from sources.contract import Gap, Source, SourceBusy, SourceRefused, SourceUnavailable
from sources.hackernews import HackerNews, HackerNewsSettings, read_answer
from sources.post import Post
from sources.query import parse

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
START = int(NOW.timestamp())


@dataclass
class Algolia:
    """The search: at most `cap` hits of a query, newest first, those whose time in the index has come."""

    url: str = ""
    hits: list[dict[str, Any]] = field(default_factory=list)
    visible: dict[str, int] = field(default_factory=dict)
    now: int = START
    cap: int = 1_000
    asked: list[dict[str, str]] = field(default_factory=list)
    refuse_with: tuple[int, dict[str, str], bytes] | None = None

    def answer(self, params: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        self.asked.append(params)
        if self.refuse_with is not None:
            return self.refuse_with
        if len(params.get("query", "").encode()) > 512:
            return 400, {}, b'{"message":"Query string too long","status":400}'
        found = [hit for hit in self.hits if self._matches(hit, params)]
        found.sort(key=lambda hit: -(hit.get("created_at_i") or 0))
        size = min(int(params.get("hitsPerPage", "20")), self.cap)
        page = int(params.get("page", "0"))
        shown = found[:1_000][page * size : (page + 1) * size]
        body = {"hits": shown, "nbHits": len(found), "page": page, "nbPages": 1, "hitsPerPage": size}
        return 200, {"content-type": "application/json"}, json.dumps(body | {"exhaustiveNbHits": True}).encode()

    def _matches(self, hit: dict[str, Any], params: dict[str, str]) -> bool:
        if self.visible.get(str(hit.get("objectID")), 0) > self.now:
            return False
        for condition in filter(None, params.get("numericFilters", "").split(",")):
            name, sign, number = re.fullmatch(r"(\w+)(>=|<=|<|>|=)(\d+)", condition).groups()  # type: ignore[union-attr]
            value, bound = hit.get(name) or 0, int(number)
            if not {">=": value >= bound, "<": value < bound, "<=": value <= bound, ">": value > bound}[sign]:
                return False
        for group in re.findall(r"\([^)]*\)|[^,()]+", params.get("tags", "")):
            if not set(group.strip("()").split(",")) & set(hit.get("_tags", ["story"])):
                return False
        keys = ("title", "story_text", "comment_text", "url", "author", "story_title")
        text = " ".join(str(hit.get(key) or "") for key in keys)
        words = " ".join(re.findall(r"\w+", text.lower()))
        end = "" if params.get("queryType") == "prefixAll" else r"\b"
        asked = [" ".join(re.findall(r"\w+", part.lower())) for part in shlex.split(params.get("query", ""))]
        return all(re.search(rf"\b{part}{end}", words) for part in asked)

    def add(self, item_id: int, at: int, *, lag: int = 0, **more: Any) -> dict[str, Any]:
        hit = {
            "objectID": str(item_id),
            "created_at_i": at,
            "created_at": datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z"),
            "author": "jane_doe",
            "title": "Acme rockets",
            "url": "https://example.org/acme",
            "points": 1,
            "num_comments": 0,
            "_tags": ["story", "author_jane_doe", f"story_{item_id}"],
            **more,
        }
        self.hits.append(hit)
        self.visible[str(item_id)] = at + lag
        return hit


@pytest.fixture(scope="module")
def server() -> Iterator[Algolia]:
    algolia = Algolia()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            if asked.path != "/api/v1/search_by_date":
                self.send_error(404)
                return
            status, headers, body = algolia.answer({k: v[0] for k, v in parse_qs(asked.query).items()})
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=httpd.serve_forever, args=(0.01,), daemon=True).start()
    algolia.url = f"http://127.0.0.1:{httpd.server_port}/api/v1"
    yield algolia
    httpd.shutdown()
    httpd.server_close()


@pytest.fixture
def algolia(server: Algolia) -> Algolia:
    fresh(server)
    return server


def fresh(server: Algolia) -> None:
    server.__init__(url=server.url)  # type: ignore[misc]  # the same server, as if new


def opened(algolia: Algolia, **more: Any) -> HackerNews:
    told = {"kind": "hackernews", "name": "hn", "base_url": algolia.url, "allow_private": True}
    return HackerNewsSettings.model_validate(told | more).open()


@dataclass
class Reader:
    """Keeps what a source yields for one ask, as the poller does."""

    source: HackerNews
    algolia: Algolia
    ask: str = "acme"
    cursor: str | None = None
    yielded: list[Post] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def poll(self, at: int, pace: int = 0) -> None:
        asyncio.run(self._poll(at, pace))

    async def _poll(self, at: int, pace: int) -> None:
        for _ in range(500):
            self.algolia.now = at
            page = await self.source.fetch(self.ask, self.cursor, datetime.fromtimestamp(at, UTC))
            self.yielded += page.posts
            self.gaps += page.gaps
            self.notes += page.notes
            self.cursor = page.cursor
            at += pace
            if not page.more:
                await self.source.close()
                return
        raise AssertionError("the walk does not end")

    def ids(self) -> set[str]:
        return {post.external_id for post in self.yielded}

    def missing(self, began: int, since: int) -> set[str]:
        return {
            str(hit["objectID"])
            for hit in self.algolia.hits
            if self.algolia.visible[str(hit["objectID"])] <= began
            and hit["created_at_i"] >= since
            and str(hit["objectID"]) not in self.ids()
            and not any(self._told(gap, hit["created_at_i"]) for gap in self.gaps)
        }

    def _told(self, gap: Gap, at: int) -> bool:
        time = datetime.fromtimestamp(at, UTC)
        return (gap.since is None or gap.since <= time) and (gap.until is None or time < gap.until)


# What a post becomes


def test_a_story_keeps_its_discussion_as_link_and_its_own_link_in_the_text(algolia: Algolia) -> None:
    algolia.add(
        7, START - 60, title="Acme &amp; rockets", story_text="<p>We <i>tried</i> it", points=12, num_comments=3
    )
    reader = Reader(opened(algolia), algolia)
    reader.poll(START)
    (post,) = reader.yielded
    assert post.url == "https://news.ycombinator.com/item?id=7"
    assert str(post.key) == "hackernews:news.ycombinator.com:7"
    assert post.title == "Acme & rockets"
    assert post.text == "We tried it\n\nhttps://example.org/acme"
    assert post.published_at == NOW - timedelta(seconds=60)
    assert (post.author.handle, post.author.url) == ("jane_doe", "https://news.ycombinator.com/user?id=jane_doe")
    assert (post.engagement.likes, post.engagement.replies, post.engagement.views) == (12, 3, None)
    assert (post.kind, post.in_reply_to) == ("post", "")


def test_a_comment_names_its_parent_and_has_no_title_of_its_own(algolia: Algolia) -> None:
    algolia.add(
        8,
        START - 5,
        title=None,
        url=None,
        points=None,
        num_comments=None,
        comment_text='Acme? See <a href="https:&#x2F;&#x2F;a.example&#x2F;x">https:&#x2F;&#x2F;a.example&#x2F;x</a>',
        story_title="Something else",
        parent_id=6,
        _tags=["comment", "author_jane_doe", "story_5"],
    )
    reader = Reader(opened(algolia), algolia)
    reader.poll(START)
    (post,) = reader.yielded
    assert (post.kind, post.in_reply_to, post.title) == ("comment", "6", "")
    assert post.text == "Acme? See https://a.example/x"
    assert (post.engagement.likes, post.engagement.replies) == (None, None)


@pytest.mark.parametrize(
    "broken",
    [
        {"objectID": None},
        {"objectID": {"a": 1}},
        {"objectID": "javascript:1"},
        "not an object",
        None,
        17,
        {},
        {"objectID": []},
    ],
)
def test_an_item_that_cannot_be_read_is_a_note_and_the_others_are_kept(algolia: Algolia, broken: Any) -> None:
    good = algolia.add(1, START - 10)
    algolia.refuse_with = (
        200,
        {},
        json.dumps({"hits": [good, broken, good | {"objectID": "2"}], "nbHits": 3}).encode(),
    )
    reader = Reader(opened(algolia), algolia)
    reader.poll(START)
    assert reader.ids() == {"1", "2"}
    assert len(reader.notes) == 1 and reader.notes[0].startswith("1 item was unreadable: ")


@pytest.mark.parametrize(
    "odd",
    [
        {"title": 17, "author": None, "points": "many", "num_comments": [], "url": {"a": 1}},
        {"created_at_i": None, "created_at": "yesterday"},
        {"created_at_i": 10**30, "author": ["x"]},
        {"created_at_i": -5},
        {"title": "Acme \x00\ud83d \u202e<script>alert(1)</script>", "story_text": "\ud800" * 3},
        {"points": 10**40, "num_comments": -(10**40)},
        {"url": "javascript:alert(1)", "author": 'x"><script>'},
    ],
)
def test_odd_values_in_a_hit_lose_neither_it_nor_the_others(algolia: Algolia, odd: dict[str, Any]) -> None:
    hits = [algolia.add(1, START - 10) | odd, algolia.add(2, START - 20)]
    algolia.refuse_with = (200, {}, json.dumps({"hits": hits, "nbHits": 2}).encode())
    reader = Reader(opened(algolia), algolia)
    reader.poll(START)
    assert reader.ids() == {"1", "2"}
    for post in reader.yielded:
        assert post.author.url.startswith("https://news.ycombinator.com/user?id=") or post.author.url == ""
        post.text.encode("utf-8")


def test_a_post_dated_in_the_future_is_cut_to_now(algolia: Algolia) -> None:
    algolia.add(1, START + 10**7, lag=-(10**8))
    reader = Reader(opened(algolia), algolia)
    reader.poll(START)
    assert reader.yielded[0].published_at == NOW


# What is asked


def test_the_search_is_exact_by_date_and_bounded_at_the_first_reading(algolia: Algolia) -> None:
    Reader(opened(algolia, backfill="2d"), algolia, ask='"acme rockets" jet').poll(START)
    assert algolia.asked == [
        {
            "query": '"acme rockets" jet',
            "tags": "(story,comment)",
            "numericFilters": f"created_at_i>={START - 2 * 86_400}",
            "hitsPerPage": "1000",
            "page": "0",
            "typoTolerance": "false",
            "queryType": "prefixNone",
            "advancedSyntax": "true",
        }
    ]


@pytest.mark.parametrize(
    ("query", "asks"),
    [
        ("acme", ["acme"]),
        ("Acme rockets", ["Acme rockets"]),
        ('"acme rockets" OR @acmehelp OR acme', ["acmehelp", "acme"]),
        ('"acme rockets" OR #acme', ["acme"]),
        ("acme NOT coyote", ["acme"]),
        ("c++ OR {ACME}", ['"c++"', "ACME"]),
        ("reliab* acme", ["reliab* acme"]),
        ("\u09b0\u0995\u09c7\u099f", ["\u09b0\u0995\u09c7\u099f*"]),
        ('"see author:pg"', ['"see author:pg"']),
        ("acme lang:en", ["acme"]),
        ("acme author:jane", ["acme"]),
        ("author:jane_doe", ["author:jane_doe"]),
        ("author:@jane_doe", ["author:jane_doe"]),
        ("site:example.org", []),
        ("acme OR (rocket site:example.org)", ["acme"]),
        ("acme site:www.ycombinator.com", ["acme"]),
        ("acme site:combinator.com", []),
        ("site:ycombinator.com", [""]),
        ("lang:en", [""]),
        ("source:hackernews acme", ["acme"]),
        ("source:feed acme", []),
        ("(source:feed acme) OR (rocket source:hn)", ["rocket"]),
    ],
)
def test_a_query_is_asked_in_the_fewest_searches_that_find_all_of_it(query: str, asks: list[str]) -> None:
    source = HackerNewsSettings(kind="hackernews", name="hn").open()
    assert list(source.plan(parse(query)).asks) == asks


def test_a_query_longer_than_the_service_takes_is_asked_with_fewer_words() -> None:
    source = HackerNewsSettings(kind="hackernews", name="hn").open()
    words = [f"word{number:03}" for number in range(200)]
    for query in (" ".join(words), '"' + " ".join(words) + '"'):
        (ask,) = source.plan(parse(query)).asks
        assert len(ask.encode()) <= 512
        assert "word000" in ask and "word040" in ask


def test_what_cannot_be_searched_is_read_whole_and_said() -> None:
    plan = HackerNewsSettings(kind="hackernews", name="hn").open().plan(parse("lang:bn OR acme"))
    assert list(plan.asks) == [""]
    assert any("every story and comment is read" in note for note in plan.notes)


@pytest.mark.parametrize(
    ("ask", "found"),
    [
        ("acme", {"1", "2", "3"}),
        ('"acme rockets"', {"1"}),
        ("rocket", {"2"}),
        ("rocket*", {"1", "2"}),
        ("", {"1", "2", "3"}),
        ("author:sam", {"3"}),
        ('"acme.example"', {"2"}),
    ],
)
def test_each_ask_finds_what_it_says(algolia: Algolia, ask: str, found: set[str]) -> None:
    algolia.add(1, START - 30, title="Acme rockets fly", url=None)
    algolia.add(2, START - 20, title="a rocket", url="https://acme.example/")
    algolia.add(3, START - 10, title="acmE", url=None, author="sam", _tags=["story", "author_sam"])
    algolia.add(4, START - 10, title="a poll on acme", _tags=["poll"])
    reader = Reader(opened(algolia), algolia, ask=ask)
    reader.poll(START)
    assert reader.ids() == found


def test_words_in_quotes_that_look_like_an_author_are_searched_as_words(algolia: Algolia) -> None:
    Reader(opened(algolia), algolia, ask='"see author:pg"').poll(START)
    assert (algolia.asked[0]["query"], algolia.asked[0]["tags"]) == ('"see author:pg"', "(story,comment)")


def test_it_is_a_source() -> None:
    assert isinstance(HackerNewsSettings(kind="hackernews", name="hn").open(), Source)


# Never skip


def test_1200_posts_between_two_polls_are_all_kept(algolia: Algolia) -> None:
    reader = Reader(opened(algolia), algolia)
    algolia.add(1, START - 10)
    reader.poll(START)
    for number in range(1_200):
        algolia.add(100 + number, START + number // 2)
    reader.poll(START + 900)
    assert len(reader.ids()) == 1_201 and reader.gaps == []


def test_5000_posts_between_two_polls_are_all_kept_in_one_request_per_thousand(algolia: Algolia) -> None:
    reader = Reader(opened(algolia), algolia)
    for number in range(5_000):
        algolia.add(100 + number, START + number // 7)
    reader.poll(START + 900)
    assert len(reader.ids()) == 5_000 and reader.gaps == []
    assert len(algolia.asked) <= 7


def test_more_than_a_thousand_posts_in_one_second_are_a_gap_of_that_second(algolia: Algolia) -> None:
    for number in range(1_100):
        algolia.add(100 + number, START - 100)
    algolia.add(1, START - 200)
    reader = Reader(opened(algolia), algolia)
    reader.poll(START)
    assert len(reader.ids()) == 1_001
    (gap,) = reader.gaps
    assert (gap.since, gap.until) == (NOW - timedelta(seconds=100), NOW - timedelta(seconds=99))
    assert "more in one moment" in gap.why


def test_a_walk_is_cut_at_its_pages_and_the_rest_is_a_gap(algolia: Algolia) -> None:
    algolia.cap = 10
    for number in range(100):
        algolia.add(100 + number, START - 100 + number)
    reader = Reader(opened(algolia, most_pages=3), algolia)
    reader.poll(START)
    assert len(algolia.asked) == 3 and len(reader.gaps) == 1
    assert reader.missing(START, START - 7 * 86_400) == set()


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[tuple[int, int]], list[int], int, int]:
    moments = st.one_of(st.integers(-400, 3_000), st.sampled_from([0, 600, 601]))
    posts = draw(st.lists(st.tuples(moments, st.integers(0, 1_800)), max_size=40))
    polls = sorted(draw(st.lists(st.integers(0, 4_000), min_size=1, max_size=4)))
    return posts, polls, draw(st.integers(1, 7)), draw(st.integers(0, 5))


def walk_through(server: Algolia, history: tuple[list[tuple[int, int]], list[int], int, int]) -> None:
    posts, polls, cap, pace = history
    fresh(server)
    server.cap = cap
    for number, (at, lag) in enumerate(posts):
        server.add(100 + number, START + at, lag=lag)
    reader = Reader(opened(server, reread="30m"), server)
    at = START
    for poll in polls:
        at = max(at, START + poll)
        began = at
        reader.poll(at, pace)
        at = server.now + 1
    assert reader.missing(began, START - 7 * 86_400) == set()


@given(history=histories())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_the_service_had_is_kept_or_told_as_a_gap(server: Algolia, history: Any) -> None:
    walk_through(server, history)


@pytest.mark.parametrize("defect", ["mark moved before the walk closed", "no stretch read again", "first page is all"])
def test_the_property_finds_seeded_defects(server: Algolia, monkeypatch: pytest.MonkeyPatch, defect: str) -> None:
    if defect == "no stretch read again":
        begin = walking._begin
        monkeypatch.setattr(walking, "_begin", lambda read_to, low, traces: begin(read_to, read_to, traces))
    elif defect == "first page is all":
        monkeypatch.setattr(walking, "_next_window", lambda walk, shown, end: (walk.low, walk.since, []))
    else:

        def too_early(*told: Any) -> Any:
            step = walking.advance(*told)
            moved = walking.msgspec.structs.replace(step.standing, between=True, read_to=step.standing.walk.top)
            return walking.msgspec.structs.replace(step, standing=moved, more=False)

        monkeypatch.setattr("sources.hackernews.advance", too_early)

    def property_(history: Any) -> None:
        walk_through(server, history)

    searched = settings(max_examples=150, deadline=None, database=None, derandomize=True, phases=[Phase.generate])
    with pytest.raises((AssertionError, BaseExceptionGroup)):
        searched(given(history=histories())(property_))()


# Changes


def test_points_and_edits_are_yielded_again_and_nothing_else_is(algolia: Algolia) -> None:
    first, _ = algolia.add(1, START - 100), algolia.add(2, START - 50)
    reader = Reader(opened(algolia), algolia)
    reader.poll(START)
    reader.poll(START + 900)
    assert [post.external_id for post in reader.yielded] == ["2", "1"]
    first["points"] = 40
    reader.poll(START + 1_800)
    first["title"] = "Acme rockets (2026)"
    reader.poll(START + 2_700)
    assert [(p.external_id, p.engagement.likes, p.title) for p in reader.yielded[2:]] == [
        ("1", 40, "Acme rockets"),
        ("1", 40, "Acme rockets (2026)"),
    ]


# Errors


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((429, {"retry-after": "40"}, b""), SourceBusy),
        ((500, {}, b"oops"), SourceUnavailable),
        ((403, {}, b"no"), SourceRefused),
        ((200, {"content-type": "text/html"}, b"<html>"), SourceUnavailable),
        ((200, {}, b"[]"), SourceUnavailable),
        ((200, {}, b'{"hits": 3}'), SourceUnavailable),
        ((200, {}, b'{"hits": [], "nbHits": 12}'), SourceUnavailable),
        ((200, {}, b""), SourceUnavailable),
    ],
)
def test_what_is_no_answer_is_an_error_and_never_nothing_found(
    algolia: Algolia, answer: tuple[int, dict[str, str], bytes], error: type[Exception]
) -> None:
    algolia.refuse_with = answer
    with pytest.raises(error) as told:
        Reader(opened(algolia), algolia).poll(START)
    if error is SourceBusy:
        assert told.value.retry_after == timedelta(seconds=40)


def test_a_failed_step_of_a_walk_leaves_the_cursor_as_it_was(algolia: Algolia) -> None:
    algolia.cap = 5
    for number in range(20):
        algolia.add(100 + number, START - number)
    reader = Reader(opened(algolia), algolia)
    source = opened(algolia)
    page = asyncio.run(source.fetch("acme", None, NOW))
    asyncio.run(source.close())
    reader.cursor, reader.yielded = page.cursor, list(page.posts)
    algolia.refuse_with = (502, {}, b"")
    with pytest.raises(SourceUnavailable):
        reader.poll(START + 60)
    algolia.refuse_with = None
    reader.poll(START + 120)
    assert reader.missing(START, 0) == set()


# Recordings

RECORDINGS = os.environ.get("LISTENER_RECORDINGS")
needs_recordings = pytest.mark.skipif(not RECORDINGS, reason="LISTENER_RECORDINGS names no folder of recorded answers")


@needs_recordings
def test_every_recorded_hit_becomes_a_whole_post() -> None:
    page = json.loads((Path(RECORDINGS or "") / "hackernews" / "algolia" / "hackernews.json").read_text("utf-8"))
    read = read_answer(page, NOW)
    assert read.unreadable == [] and len(read.posts) == len(page["hits"]) > 0
    for post, hit in zip(read.posts, page["hits"], strict=True):
        assert post.author.handle == hit["author"] and post.url.endswith(f"?id={hit['objectID']}")
        assert post.published_at == datetime.fromtimestamp(hit["created_at_i"], UTC)
        assert post.text or post.title
        assert post.engagement.likes == hit["points"] and post.engagement.replies == hit["num_comments"]
        assert not re.search(r"</?(p|i|a|em|pre|code)\b|&#x", post.text + post.title)


@needs_recordings
def test_a_series_of_recorded_polls_gives_each_post_once_and_each_change_of_points_again(algolia: Algolia) -> None:
    series = sorted((Path(RECORDINGS or "") / "hackernews" / "poll-series").glob("*/*.json"))
    assert series
    at = int(series[0].name.split("_")[0])
    reader = Reader(opened(algolia, backfill="3650d"), algolia, ask="")
    known: dict[str, tuple[int, int]] = {}
    for saved in series:
        algolia.hits.clear()
        at = int(saved.name.split("_")[0])
        expected = set()
        for item in json.loads(saved.read_text("utf-8")):
            posted = int(datetime.fromisoformat(item["dt"]).replace(tzinfo=UTC).timestamp())
            told = {"title": item["title"], "url": item["url"], "author": item["submitter"]}
            algolia.add(int(item["id"]), posted, points=item["points"], num_comments=item["numComments"], **told)
            counts = (item["points"], item["numComments"])
            if known.get(item["id"]) != counts:
                expected.add((item["id"], *counts))
            known[item["id"]] = counts
        before = len(reader.yielded)
        reader.poll(at)
        news = [(p.external_id, p.engagement.likes, p.engagement.replies) for p in reader.yielded[before:]]
        assert sorted(news) == sorted(expected), saved.name
    assert reader.gaps == []
