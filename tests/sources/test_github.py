"""GitHub: the real collector against a server that answers as its search does."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from github_service import GitHubService
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from polling import DEFECTS, NOW, START, History, Reader, histories, seed_defect, walk_through
from pydantic import ValidationError

from listener.demo.loopback import Reply
from sources.contract import Source, SourceBusy, SourceError, SourceRefused, SourceUnavailable
from sources.github import GitHub, GitHubSettings, read_answer
from sources.post import Post
from sources.query import parse

ASK = "is:issue acme"


@pytest.fixture(scope="module")
def server() -> Iterator[GitHubService]:
    with GitHubService() as service:
        yield service


@pytest.fixture
def service(server: GitHubService) -> GitHubService:
    server.renew()
    return server


def opened(service: GitHubService, **more: Any) -> GitHub:
    told = {"kind": "github", "name": "gh", "base_url": service.url, "allow_private": True}
    return GitHubSettings.model_validate(told | more).open()


def reader(service: GitHubService, ask: str = ASK, **more: Any) -> Reader:
    return Reader(opened(service, **more), service, ask)


def unasked(**more: Any) -> GitHub:
    return GitHubSettings.model_validate({"kind": "github", "name": "gh"} | more).open()


# What a post becomes


def test_an_issue_keeps_author_time_text_link_and_counts(service: GitHubService) -> None:
    item = service.add(7, START - 600, title="Acme <b> & co", body="They **fly**.\r\nhttps://acme.example/x")
    item.moved_at = [START - 60]
    read = reader(service)
    read.poll(START)
    (post,) = read.kept
    assert (post.source, post.external_id) == ("github", "7")
    assert post.url == "https://github.com/acme/rockets/issues/7"
    assert (post.title, post.text) == ("Acme <b> & co", "They fly.\nhttps://acme.example/x")
    assert post.published_at == NOW - timedelta(seconds=600)
    assert (post.author.id, post.author.handle, post.author.url) == ("12", "jane-doe", "https://github.com/jane-doe")
    assert (post.engagement.likes, post.engagement.replies, post.engagement.views) == (5, 3, None)


@pytest.mark.parametrize(
    ("base_url", "instance"),
    [
        ("https://api.github.com", "github.com"),
        ("https://ghe.example/api/v3", "ghe.example"),
        ("https://api.acme.ghe.com/", "acme.ghe.com"),
    ],
)
def test_an_issue_belongs_to_the_server_that_numbers_it(base_url: str, instance: str) -> None:
    host = unasked(base_url=base_url)._host
    (post,) = read_answer({"items": [{"id": 5, "body": "<p>Acme</p> `a`", "user": None}]}, host, NOW, more=False).posts
    assert (str(post.key), post.text, post.author.handle) == (f"github:{instance}:5", "Acme\n`a`", "")


@pytest.mark.parametrize("broken", [None, 17, "no", [], {}, {"id": "javascript:1"}, {"id": {"a": 1}}])
def test_an_item_that_cannot_be_read_is_a_note_and_the_others_are_kept(broken: Any) -> None:
    shown = read_answer({"items": [{"id": 1}, broken, {"id": 2}]}, "github.com", NOW, more=False)
    assert [post.external_id for post in shown.posts] == ["1", "2"]
    assert len(shown.unreadable) == 1


_HOSTILE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["\ud83d", "javascript:x", 10**40]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
_FIELDS = ["id", "title", "body", "body_text", "user", "html_url", "created_at", "updated_at", "reactions", "comments"]
_ISSUE = st.fixed_dictionaries({"id": st.integers(0, 9)}, optional=dict.fromkeys(_FIELDS[1:], _HOSTILE))


@given(
    st.dictionaries(st.sampled_from(["incomplete_results", "total_count", "message"]), _HOSTILE),
    st.lists(_HOSTILE | _ISSUE, max_size=4) | _HOSTILE,
    st.sampled_from([200, 403, 422, 429]),
)
@settings(max_examples=80, deadline=None)
def test_hostile_answers_raise_nothing_but_source_errors(
    server: GitHubService, wrapper: dict[str, Any], items: Any, status: int
) -> None:
    server.renew()
    server.fail(status, body=json.dumps(wrapper | {"items": items}))
    try:
        page = asyncio.run(opened(server).fetch(ASK, None, NOW))
    except SourceError as error:
        assert str(error).isprintable()
    else:
        for post in page.posts:
            assert not post.url or post.url.lower().startswith(("http://", "https://"))
            post.text.encode("utf-8")


# What is asked


def test_issues_are_asked_for_by_the_second_of_their_last_change(service: GitHubService) -> None:
    read = reader(service, backfill="2d", token="t0ken")
    read.poll(START)
    assert service.searches == ["is:issue acme in:title,body updated:>=2026-11-18T12:00:00Z"]
    assert service.tokens == ["Bearer t0ken"]


@pytest.mark.parametrize(
    ("query", "asks"),
    [
        ("acme", ["acme"]),
        ('"acme rockets" OR @acmehelp OR acme', ["acmehelp", "acme"]),
        ("acme NOT coyote", ["acme"]),
        ("c++ OR {ACME}", ['"c++"', "ACME"]),
        ("{OR} acme", ['"OR" acme']),
        ('"is:open acme"', ['"is:open acme"']),
        ("reliab* acme", ["acme"]),
        ("reliab*", []),
        ("author:jane-doe", ["author:jane-doe"]),
        ("acme author:jane lang:en", ["acme"]),
        ("lang:en", []),
        ("source:feed acme", []),
    ],
)
def test_a_query_is_asked_in_the_fewest_searches(query: str, asks: list[str]) -> None:
    plan = unasked(what="issues").plan(parse(query))
    assert list(plan.asks) == [f"is:issue {ask}" for ask in asks]
    assert plan.coverage == "partial" and any("comments" in note for note in plan.notes)


def test_issues_and_pull_requests_are_asked_for_apart(service: GitHubService) -> None:
    service.add(1, START - 60)
    service.add(2, START - 50, **{"is": "pull-request"})
    source = opened(service)
    asks = source.plan(parse("acme")).asks
    assert list(asks) == ["is:issue acme", "is:pull-request acme"]
    posts = [post.external_id for ask in asks for post in asyncio.run(source.fetch(ask, None, NOW)).posts]
    assert posts == ["1", "2"]


def test_an_author_alone_is_searched_and_a_long_query_is_asked_with_fewer_words(service: GitHubService) -> None:
    service.add(1, START - 60, title="Hello", body="World")
    read = reader(service, "is:issue author:jane-doe")
    read.poll(START)
    assert read.ids() == {"1"} and "in:" not in service.searches[0]
    (ask,) = unasked(what="issues").plan(parse(" ".join(f"word{number:03}" for number in range(200)))).asks
    assert len(ask) <= 256 and "word000" in ask


def test_it_is_a_source_that_never_shows_its_token() -> None:
    told = GitHubSettings.model_validate({"kind": "github", "name": "gh", "token": "t0ken"})
    assert isinstance(told.open(), Source)
    assert "t0ken" not in repr(told) and "t0ken" not in told.open().credential
    with pytest.raises(ValidationError, match="one word"):
        GitHubSettings.model_validate({"kind": "github", "name": "gh", "token": "t0\nken"})


# Never skip


@pytest.mark.parametrize(("burst", "requests"), [(1_200, 15), pytest.param(5_000, 60, marks=pytest.mark.soak)])
def test_a_burst_between_two_polls_is_kept_whole(service: GitHubService, burst: int, requests: int) -> None:
    read = reader(service)
    service.add(1, START - 10)
    read.poll(START)
    for number in range(burst):
        service.add(100 + number, START + number * 1_800 // burst)
    service.searches.clear()
    read.poll(START + 1_800)
    assert len(read.ids()) == burst + 1 and read.gaps == []
    assert len(service.searches) <= requests


def test_more_than_a_page_in_one_second_is_a_gap_of_that_second(service: GitHubService) -> None:
    for number in range(130):
        service.add(100 + number, START - 100)
    service.add(1, START - 200)
    read = reader(service)
    read.poll(START)
    assert len(read.ids()) == 101
    (gap,) = read.gaps
    assert (gap.since, gap.until) == (NOW - timedelta(seconds=100), NOW - timedelta(seconds=99))


def test_a_search_that_times_out_is_asked_again_in_narrower_windows(service: GitHubService) -> None:
    service.longest = 9_000
    for number in range(30):
        service.add(100 + number, START - number * 2_000)
    read = reader(service, backfill="1d")
    read.poll(START)
    assert len(read.ids()) == 30 and read.gaps == []
    assert any("did not finish" in note for note in read.notes)


def test_a_search_that_never_finishes_is_a_gap(service: GitHubService) -> None:
    service.longest = -(10**12)
    for number in range(30):
        service.add(100 + number, START - number * 2_000)
    read = reader(service, backfill="1d", most_pages=12)
    read.poll(START)
    assert read.gaps and read.missing(START, START - 86_400) == set()


def through(server: GitHubService, history: History) -> None:
    server.renew()
    server.longest = 300_000 if history.cap == 3 else 10**12
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sources.github.ISSUES", history.cap)
        walk_through(history, reader(server, reread="1h"))


@given(history=histories(lag=3_600))
@settings(max_examples=40, deadline=None)
def test_what_the_service_had_is_kept_or_told_as_a_gap(server: GitHubService, history: History) -> None:
    through(server, history)


@pytest.mark.parametrize("defect", DEFECTS)
def test_the_property_finds_seeded_defects(server: GitHubService, monkeypatch: pytest.MonkeyPatch, defect: str) -> None:
    seed_defect(monkeypatch, "sources.github", defect)

    def property_(history: History) -> None:
        through(server, history)

    searched = settings(max_examples=200, deadline=None, database=None, derandomize=True, phases=[Phase.generate])
    with pytest.raises((AssertionError, BaseExceptionGroup)):
        searched(given(history=histories(lag=3_600))(property_))()


def test_an_issue_that_changes_is_yielded_again_and_nothing_else_is(service: GitHubService) -> None:
    first, _ = service.add(1, START - 100_000), service.add(2, START - 50)
    read = reader(service)
    read.poll(START)
    read.poll(START + 900)
    assert [post.external_id for post in read.kept] == ["2", "1"]
    first.told["comments"] = 9
    first.moved_at = [START + 1_000]
    read.poll(START + 1_800)
    assert [(post.external_id, post.engagement.replies) for post in read.kept[2:]] == [("1", 9)]


# Limits


def test_with_the_minutes_searches_used_up_all_asks_wait_for_the_next_one(service: GitHubService) -> None:
    service.allowed = 2
    source = opened(service)
    first = asyncio.run(source.fetch("is:issue a", None, NOW))
    second = asyncio.run(source.fetch("is:issue b", None, NOW))
    assert first.next_check is None and second.next_check is not None
    assert timedelta(seconds=57) < second.next_check <= timedelta(seconds=60)
    held = asyncio.run(source.fetch("is:issue c", None, NOW + timedelta(seconds=20)))
    assert (held.more, held.next_check) == (True, second.next_check - timedelta(seconds=20))
    service.now += 60
    assert not asyncio.run(source.fetch("is:issue c", None, NOW + timedelta(seconds=60))).more
    assert len(service.searches) == 3


IN_HALF_A_MINUTE = "30"  # GitHub tells seconds since 1970; what tells the two apart is tested with patience


@pytest.mark.parametrize(
    ("status", "headers", "body", "wait"),
    [
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": IN_HALF_A_MINUTE}, "{}", 30),
        (429, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": IN_HALF_A_MINUTE}, "", 30),
        (429, {"x-ratelimit-remaining": "5", "x-ratelimit-reset": IN_HALF_A_MINUTE}, "{}", 60),
        (403, {"retry-after": "17", "x-ratelimit-remaining": "0", "x-ratelimit-reset": IN_HALF_A_MINUTE}, "{}", 17),
        (403, {}, '{"message": "You have exceeded a secondary rate limit."}', 60),
        (403, {}, '{"message": "You have triggered an abuse detection mechanism."}', 60),
    ],
)
def test_a_used_up_allowance_is_patience_as_long_as_github_orders(
    service: GitHubService, monkeypatch: pytest.MonkeyPatch, status: int, headers: dict[str, str], body: str, wait: int
) -> None:
    media = {"content-type": "application/json"} if body else {}
    told = Reply(status=status, body=body.encode(), headers=media | headers)
    monkeypatch.setattr(service, "_answer", lambda _: told)
    with pytest.raises(SourceBusy) as error:
        asyncio.run(opened(service).fetch(ASK, None, NOW))
    assert error.value.retry_after == timedelta(seconds=wait)


# Errors


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (401, '{"message": "Bad credentials"}', SourceRefused),
        (402, "", SourceRefused),
        (403, "no", SourceRefused),
        (410, "", SourceRefused),
        (422, "", SourceRefused),
        (404, "", SourceUnavailable),
        (500, "oops", SourceUnavailable),
        (200, "<html>", SourceUnavailable),
        (200, "[]", SourceUnavailable),
        (200, '{"items": 3}', SourceUnavailable),
        (200, "", SourceUnavailable),
    ],
)
def test_what_is_no_answer_is_an_error_and_never_nothing_found(
    service: GitHubService, status: int, body: str, error: type[SourceError]
) -> None:
    service.fail(status, body=body)
    with pytest.raises(error) as told:
        reader(service, token="t0ken").poll(START)
    assert "t0ken" not in str(told.value)


# Recordings

RECORDINGS = os.environ.get("LISTENER_RECORDINGS")
needs_recordings = pytest.mark.skipif(not RECORDINGS, reason="LISTENER_RECORDINGS names no folder of recorded answers")


def recorded_searches(folder: Path) -> Iterator[tuple[dict[str, Any], str]]:
    """Gives the answers of recorded searches, and their Link headers."""
    cassette = json.loads((folder / "cassettes" / "GitHub_search_issues.json").read_text("utf-8"))
    for exchange in cassette["http_interactions"]:
        response = exchange["response"]
        body = gzip.decompress(base64.b64decode(response["body"]["base64_string"]))
        yield json.loads(body), response["headers"].get("Link", "")
    lines = (folder / "PyGithub" / "ReplayData" / "Search.testSearchIssues.txt").read_text("utf-8").split("\n")
    yield json.loads(lines[9]), lines[8]


@needs_recordings
def test_every_recorded_issue_becomes_a_whole_post() -> None:
    counts = []
    for answer, link in recorded_searches(Path(RECORDINGS or "") / "github"):
        read = read_answer(answer, "github.com", NOW, more='rel="next"' in link)
        assert read.unreadable == []
        assert read.full == (answer["total_count"] > len(answer["items"]))
        counts.append(len(read.posts))
        for post, item in zip(read.posts, answer["items"], strict=True):
            _is_whole(post, item)
    assert counts == [57, 30]


@needs_recordings
def test_every_recorded_issue_of_a_repository_becomes_a_whole_post() -> None:
    cassettes = Path(RECORDINGS or "") / "github" / "cassettes"
    seen = 0
    for name in ("Repository_issues_ascending.json", "Repository_issues_state_all.json"):
        for exchange in json.loads((cassettes / name).read_text("utf-8"))["http_interactions"]:
            body = exchange["response"]["body"]
            raw = gzip.decompress(base64.b64decode(body["base64_string"])) if "base64_string" in body else b"{}"
            items = json.loads(raw)
            if isinstance(items, list):
                read = read_answer({"items": items}, "github.com", NOW, more=False)
                assert read.unreadable == []
                for post, item in zip(read.posts, items, strict=True):
                    _is_whole(post, item)
                    seen += 1
    assert seen > 10


def _is_whole(post: Post, item: dict[str, Any]) -> None:
    assert (post.external_id, post.url) == (str(item["id"]), item["html_url"])
    assert post.published_at == datetime.fromisoformat(item["created_at"])
    assert (post.author.handle, post.author.id) == (item["user"]["login"], str(item["user"]["id"]))
    assert post.title == item["title"].strip() and post.engagement.replies == item["comments"]
    assert bool(post.text) == bool(item.get("body_text") or (item["body"] or "").strip())
