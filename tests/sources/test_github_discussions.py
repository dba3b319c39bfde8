"""GitHub's discussions, and kept posts of GitHub looked at again, against a server that answers as GitHub does."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from github_service import GitHubService, node_id
from hypothesis import given, settings
from hypothesis import strategies as st
from polling import DEFECTS, NOW, START, History, Item, Reader, histories, seed_defect, walk_through
from pydantic import ValidationError

from listener.demo.loopback import Reply, json_reply
from sources.abilities import Rechecking, RecheckingByLink
from sources.contract import Gap, Page, SourceBusy, SourceError, SourceRefused, SourceUnavailable
from sources.github import GitHub, GitHubSettings
from sources.github_discussions import read_answer, what_became_of
from sources.post import PostKey
from sources.query import parse

ASK = "is:discussion acme"


@pytest.fixture(scope="module")
def server() -> Iterator[GitHubService]:
    with GitHubService() as service:
        yield service


@pytest.fixture
def service(server: GitHubService) -> GitHubService:
    server.renew()
    return server


def opened(service: GitHubService, **more: Any) -> GitHub:
    told = {"kind": "github", "name": "gh", "base_url": service.url, "allow_private": True, "token": "t0ken"}
    return GitHubSettings.model_validate(told | more).open()


def reader(service: GitHubService, **more: Any) -> Reader:
    return Reader(opened(service, **more), service, ASK)


def add(service: GitHubService, number: int, at: int, **told: Any) -> Any:
    return service.add(number, at, **({"is": "discussion"} | told))


# What a post becomes, and what is asked


def test_a_discussion_keeps_author_time_text_link_and_counts(service: GitHubService) -> None:
    item = add(service, 7, START - 600, title="Acme <b> & co", body="They **fly**.\r\nhttps://acme.example/x")
    item.moved_at = [START - 60]
    read = reader(service)
    read.poll(START)
    (post,) = read.kept
    assert (post.source, post.external_id, post.url) == (
        "github",
        node_id(item),
        "https://github.com/acme/rockets/discussions/7",
    )
    assert (post.title, post.text) == ("Acme <b> & co", "They fly.\nhttps://acme.example/x")
    assert post.published_at == NOW - timedelta(seconds=600)
    assert (post.author.id, post.author.handle, post.author.url) == ("12", "jane-doe", "https://github.com/jane-doe")
    assert (post.engagement.likes, post.engagement.replies, post.engagement.views) == (5, 3, None)


def test_discussions_are_asked_for_apart_by_the_second_of_their_last_change(service: GitHubService) -> None:
    source = opened(service, backfill="2d")
    asks = source.plan(parse("acme")).asks
    assert list(asks) == ["is:issue acme", "is:pull-request acme", "is:discussion acme"]
    Reader(source, service, asks[2]).poll(START)
    assert service.discussions == ["acme in:title,body updated:>=2026-11-18T12:00:00Z sort:updated-desc"]
    assert service.searches == []


def test_an_author_alone_is_searched_everywhere(service: GitHubService) -> None:
    add(service, 1, START - 60, title="Hello", body="World")
    read = Reader(opened(service), service, "is:discussion author:jane-doe")
    read.poll(START)
    assert len(read.kept) == 1 and "in:" not in service.discussions[0]


def test_without_a_token_the_plan_says_that_discussions_are_not_asked_for() -> None:
    told = {"kind": "github", "name": "gh"}
    plan = GitHubSettings.model_validate(told).open().plan(parse("acme"))
    assert list(plan.asks) == ["is:issue acme", "is:pull-request acme"]
    assert any("only with a token" in note for note in plan.notes)
    both = GitHubSettings.model_validate(told | {"what": ["issues", "pull-requests"]}).open().plan(parse("acme"))
    assert not any("discussions" in note for note in both.notes)
    with pytest.raises(ValidationError, match="token"):
        GitHubSettings.model_validate(told | {"what": "discussions"})


@pytest.mark.parametrize(
    ("base_url", "url"),
    [
        ("https://api.github.com/", "https://api.github.com/graphql"),
        ("https://ghe.example/api/v3", "https://ghe.example/api/graphql"),
    ],
)
def test_the_graphql_interface_stands_beside_the_other(base_url: str, url: str) -> None:
    told = {"kind": "github", "name": "gh", "base_url": base_url, "token": "t"}
    assert GitHubSettings.model_validate(told).open()._discussions._url == url


# Never skip


@pytest.mark.parametrize(("sorts", "burst", "most"), [(True, 1_200, 14), (False, 450, 34)])
def test_a_burst_between_two_polls_is_kept_whole_however_it_is_sorted(
    service: GitHubService, sorts: bool, burst: int, most: int
) -> None:
    service.sorts = sorts
    for number in range(burst):
        add(service, 100 + number, START - 3_600 + number * 3)
    read = reader(service)
    read.poll(START)
    assert len(read.ids()) == burst and read.gaps == []
    assert len(service.discussions) <= most


def test_more_than_a_page_in_one_second_is_read_page_by_page_as_far_as_a_search_reaches(service: GitHubService) -> None:
    for number in range(230):
        add(service, 100 + number, START - 100)
    add(service, 1, START - 200)
    read = reader(service)
    read.poll(START)
    assert len(read.ids()) == 231 and read.gaps == []


def test_more_than_a_search_reaches_in_one_second_is_a_gap_of_that_second(service: GitHubService) -> None:
    for number in range(1_030):
        add(service, 100 + number, START - 100)
    add(service, 1, START - 200)
    read = reader(service)
    read.poll(START)
    assert len(read.ids()) == 1_001
    assert {(gap.since, gap.until) for gap in read.gaps} == {
        (NOW - timedelta(seconds=100), NOW - timedelta(seconds=99))
    }


def test_an_order_that_a_few_show_by_chance_hides_none_of_the_others(service: GitHubService) -> None:
    """Three of one second stand before a newer one, which looks like the newest first and is the best match first."""
    service.sorts, service.cap = False, 3
    add(service, 102, START - 9)
    for number in (103, 104, 105):
        add(service, number, START - 10)
    read = reader(service)
    read.poll(START)
    assert len(read.ids()) == 4 and read.gaps == []


def through(server: GitHubService, history: History) -> None:
    server.renew()
    server.cap = history.cap
    server.sorts = history.cap != 3
    for item in history.items:
        item.told["is"] = "discussion"
    read = reader(server, reread="1h")
    known = {node_id(item): str(item.id) for item in history.items}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Reader, "ids", lambda one: {known[post.external_id] for post in one.kept})
        walk_through(history, read)


@given(history=histories(lag=3_600))
@settings(max_examples=25, deadline=None)
def test_what_the_service_had_is_kept_or_told_as_a_gap(server: GitHubService, history: History) -> None:
    through(server, history)


@pytest.mark.parametrize("defect", DEFECTS)
def test_the_property_finds_seeded_defects(server: GitHubService, monkeypatch: pytest.MonkeyPatch, defect: str) -> None:
    seed_defect(monkeypatch, "sources.github", defect)

    late = Item(id=99, at=START + 100, shown_from=START + 3_000)
    items = [Item(id=100 + number, at=START + 60 * number, shown_from=START + 60 * number) for number in range(9)]
    with pytest.raises(AssertionError):
        through(server, History(items=[*items, late], polls=[1_800, 5_400], cap=2, pace=0, crashes=[]))


def test_a_gap_of_discussions_is_filled(service: GitHubService) -> None:
    for number in range(150):
        add(service, number, START - 900_000 + number * 10)
    source = opened(service)
    gap = Gap(since=NOW - timedelta(seconds=900_000), until=NOW - timedelta(seconds=899_000), why="asleep")
    cursor, ids = "", set[str]()
    for _ in range(10):
        page = asyncio.run(source.fill(ASK, gap, cursor, NOW))
        cursor, ids = page.cursor, ids | {post.external_id for post in page.posts}
        if not page.more:
            break
    assert len(ids) == 100 and not page.more and not page.gaps


# Errors and limits


def answering(monkeypatch: pytest.MonkeyPatch, service: GitHubService, reply: Reply) -> GitHub:
    monkeypatch.setattr(service, "_answer", lambda _: reply)
    return opened(service)


def graphql(data: Any, *errors: dict[str, Any]) -> dict[str, Any]:
    return {"data": data, "errors": list(errors)}


def found(*nodes: Any, more: bool = False) -> dict[str, Any]:
    page = {"hasNextPage": more, "endCursor": "x"}
    return {"search": {"discussionCount": len(nodes), "pageInfo": page, "nodes": list(nodes)}}


LIMITED = {"type": "RATE_LIMITED", "message": "API rate limit exceeded for user ID 1."}
SECONDARY = {"message": "You have exceeded a secondary rate limit."}


@pytest.mark.parametrize(
    ("reply", "wait"),
    [
        (json_reply({"errors": [LIMITED]}, 200, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "30"}), 30),
        (json_reply(graphql(None, LIMITED)), 60),
        (json_reply(graphql({"rateLimit": {"remaining": 0, "resetAt": "2000-01-01T00:00:00Z"}}, LIMITED)), 0),
        (json_reply({"errors": [SECONDARY]}, 200, {"retry-after": "17"}), 17),
        (json_reply(SECONDARY, 200), 60),
        (json_reply(SECONDARY, 403), 60),
        (json_reply(SECONDARY, 403, {"retry-after": "90"}), 90),
        (json_reply({}, 429), 60),
    ],
)
def test_a_used_up_allowance_is_patience_as_long_as_github_orders(
    service: GitHubService, monkeypatch: pytest.MonkeyPatch, reply: Reply, wait: int
) -> None:
    with pytest.raises(SourceBusy) as error:
        asyncio.run(answering(monkeypatch, service, reply).fetch(ASK, None, NOW))
    assert error.value.retry_after == timedelta(seconds=wait)


@pytest.mark.parametrize(
    ("reply", "error", "why"),
    [
        (json_reply({"errors": [{"type": "INSUFFICIENT_SCOPES", "message": "no"}]}), SourceRefused, "credentials"),
        (json_reply(graphql({"search": None}, {"type": "FORBIDDEN"})), SourceRefused, "credentials"),
        (json_reply({"message": "Bad credentials"}, 401), SourceRefused, "credentials"),
        (json_reply({"message": "Forbidden"}, 403), SourceRefused, "credentials"),
        (
            json_reply({"errors": [{"message": "no field", "extensions": {"code": "undefinedField"}}]}),
            SourceRefused,
            "settings",
        ),
        (json_reply({"errors": [{"message": "Something went wrong"}]}), SourceUnavailable, ""),
        (json_reply({"data": {}}), SourceUnavailable, ""),
        (json_reply({"data": {"search": {"nodes": 3}}}), SourceUnavailable, ""),
        (json_reply({"data": {"search": {"discussionCount": 4, "nodes": []}}}), SourceUnavailable, ""),
        (json_reply([]), SourceUnavailable, ""),
        (json_reply({}, 502), SourceUnavailable, ""),
        (Reply(body=b"<html>"), SourceUnavailable, ""),
        (Reply(body=b""), SourceUnavailable, ""),
    ],
)
def test_what_is_no_answer_is_an_error_and_never_nothing_found(
    service: GitHubService, monkeypatch: pytest.MonkeyPatch, reply: Reply, error: type[SourceError], why: str
) -> None:
    with pytest.raises(error) as told:
        asyncio.run(answering(monkeypatch, service, reply).fetch(ASK, None, NOW))
    assert "t0ken" not in str(told.value) and getattr(told.value, "why", "") == why


def test_what_a_token_may_not_see_is_a_note_and_the_others_are_kept(
    service: GitHubService, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = {"id": "D_1", "title": "Acme", "updatedAt": "2026-11-20T11:00:00Z"}
    error = {"type": "FORBIDDEN", "path": ["search", "nodes", 1], "message": "SAML enforcement."}
    source = answering(monkeypatch, service, json_reply(graphql(found(node, None), error)))
    page = asyncio.run(source.fetch(ASK, None, NOW))
    assert len(page.posts) == 1 and not page.more and not page.gaps
    assert any("withheld" in note for note in page.notes)


def test_a_search_that_broke_off_in_the_middle_is_kept_and_asked_again_in_narrower_windows(
    service: GitHubService, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = {"id": "D_1", "title": "Acme", "updatedAt": "2026-11-20T11:00:00Z"}
    source = answering(monkeypatch, service, json_reply(graphql(found(node), {"message": "timeout"})))
    page = asyncio.run(source.fetch(ASK, None, NOW))
    assert len(page.posts) == 1 and page.more
    assert any("did not finish" in note for note in page.notes)


def test_the_allowance_of_discussions_is_counted_apart_from_that_of_searches(service: GitHubService) -> None:
    service.allowed = 1
    source = opened(service)
    first = asyncio.run(source.fetch(ASK, None, NOW))
    assert first.next_check is not None
    held = asyncio.run(source.fetch("is:discussion other", None, NOW + timedelta(seconds=1)))
    assert held.more and len(service.discussions) == 1
    service.now += 60
    asyncio.run(source.fetch("is:issue acme", None, NOW + timedelta(seconds=1)))
    assert len(service.searches) == 1


_HOSTILE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["\ud83d", "javascript:x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
_FIELDS = ["title", "body", "bodyText", "url", "createdAt", "updatedAt", "upvoteCount", "comments", "author"]
_NODE = st.fixed_dictionaries({"id": st.sampled_from(["D_1", "7", ""])}, optional=dict.fromkeys(_FIELDS, _HOSTILE))
_SEARCH = st.fixed_dictionaries(
    {"nodes": st.lists(_HOSTILE | _NODE, max_size=4) | _HOSTILE},
    optional={"discussionCount": _HOSTILE, "pageInfo": _HOSTILE},
)


@given(_HOSTILE, _SEARCH | _HOSTILE, _HOSTILE, st.sampled_from([200, 403, 429]))
@settings(max_examples=40, deadline=None)
def test_hostile_answers_raise_nothing_but_source_errors(
    server: GitHubService, errors: Any, search: Any, allowance: Any, status: int
) -> None:
    server.renew()
    told = {"data": {"search": search, "rateLimit": allowance, "nodes": search}, "errors": errors}
    server.fail(status, body=json.dumps(told))
    for look in (False, True):
        source = opened(server)
        key = PostKey("github", source._host, "D_1")
        try:
            page = asyncio.run(source.recheck_by_link({key: ""}, NOW) if look else source.fetch(ASK, None, NOW))
        except SourceError as error:
            assert str(error).isprintable()
        else:
            for post in page.posts:
                assert not post.url or post.url.lower().startswith(("http://", "https://"))


# Looking again


def looked(service: GitHubService, links: dict[PostKey, str], **more: Any) -> Page:
    return asyncio.run(opened(service, **more).recheck_by_link(links, NOW))


def links_of(service: GitHubService, **more: Any) -> dict[PostKey, str]:
    source = opened(service, **more)
    asks = source.plan(parse("acme")).asks
    return {post.key: post.url for ask in asks for post in asyncio.run(source.fetch(ask, None, NOW)).posts}


def several(service: GitHubService) -> None:
    for number in range(1, 4):
        service.add(number, START - 100 * number)
        add(service, 10 + number, START - 100 * number)
    service.add(4, START - 700, **{"is": "pull-request"})


def test_posts_that_are_there_are_given_as_the_search_gives_them(service: GitHubService) -> None:
    several(service)
    source = opened(service)
    assert isinstance(source, RecheckingByLink) and not isinstance(source, Rechecking)
    normal = [
        post for ask in source.plan(parse("acme")).asks for post in asyncio.run(source.fetch(ask, None, NOW)).posts
    ]
    page = looked(service, {post.key: post.url for post in normal})
    assert len(normal) == 7 and not page.changes
    assert sorted(page.posts, key=lambda post: post.key) == sorted(normal, key=lambda post: post.key)


def test_posts_that_are_gone_are_told_and_edits_are_given(service: GitHubService) -> None:
    several(service)
    links = links_of(service)
    service.items[0].deleted_at = service.items[1].deleted_at = START - 1
    service.items[2].told["title"] = service.items[3].told["title"] = "Acme jets"
    page = looked(service, links)
    assert {change.key.external_id for change in page.changes} == {"1", "D_kwDOABC11"}
    assert len([post for post in page.posts if post.title == "Acme jets"]) == 2 and len(page.posts) == 5


def test_without_a_token_issues_are_looked_at_and_discussions_are_not_told(service: GitHubService) -> None:
    several(service)
    links = links_of(service)
    page = looked(service, links, token=None)
    assert len(page.posts) == 4 and not page.changes


def test_an_issue_that_was_moved_elsewhere_is_not_told(service: GitHubService) -> None:
    service.add(1, START - 100)
    key = PostKey("github", opened(service)._host, "999")
    page = looked(service, {key: "https://github.com/acme/rockets/issues/1"})
    assert not page.posts and not page.changes


@pytest.mark.parametrize(
    ("external_id", "link"),
    [
        ("1", ""),
        ("1", "https://github.com/acme/rockets"),
        ("1", "https://github.com/../x/issues/1"),
        ("1", "https://github.com/acme/../issues/1"),
        ("1", "https://github.com/acme/rockets/issues/1?x=/admin"),
        ("one", "https://github.com/acme/rockets/issues/1"),
    ],
)
def test_odd_links_are_never_asked_for(service: GitHubService, external_id: str, link: str) -> None:
    service.asked.clear()
    source = opened(service, token=None)
    page = asyncio.run(source.recheck_by_link({PostKey("github", source._host, external_id): link}, NOW))
    assert page == Page(posts=[], changes=[], notes=()) and not service.asked


@pytest.mark.parametrize(
    "reply",
    [
        Reply(status=404, body=b"<html>Robot?</html>", headers={"content-type": "text/html"}),
        Reply(status=404),
        json_reply({}, 404),
        json_reply({"message": "Not Found"}, 404),
        json_reply({"message": "Issues has been disabled in this repository.", "documentation_url": "x"}, 410),
        json_reply({"message": "Server Error"}, 500),
        json_reply({"message": "Repository access blocked"}, 403),
        json_reply({"message": "slow down, rate limit"}, 403),
        json_reply([], 200),
        json_reply({"data": {"nodes": [None]}}, 200),
        json_reply({"data": {"nodes": [None]}, "errors": [{"type": "FORBIDDEN", "path": ["nodes", 0]}]}, 200),
        json_reply({"data": {"nodes": []}}, 200),
        json_reply({"data": {"nodes": [{}]}}, 200),
    ],
)
@pytest.mark.parametrize("external_id", ["1", "D_1"])
def test_what_is_no_answer_never_makes_a_post_deleted(
    service: GitHubService, monkeypatch: pytest.MonkeyPatch, reply: Reply, external_id: str
) -> None:
    source = answering(monkeypatch, service, reply)
    key = PostKey("github", source._host, external_id)
    try:
        page = asyncio.run(source.recheck_by_link({key: "https://github.com/acme/rockets/issues/1"}, NOW))
    except SourceError as error:
        assert str(error).isprintable()
    else:
        assert not page.changes and not page.posts


def test_an_issue_that_github_says_was_deleted_is_gone(service: GitHubService, monkeypatch: pytest.MonkeyPatch) -> None:
    reply = json_reply({"message": "This issue was deleted", "documentation_url": "x", "status": "410"}, 410)
    source = answering(monkeypatch, service, reply)
    key = PostKey("github", source._host, "1")
    page = asyncio.run(source.recheck_by_link({key: "https://github.com/acme/rockets/issues/1"}, NOW))
    assert [change.key for change in page.changes] == [key]


def test_looking_again_stops_before_the_allowance_is_used_up(service: GitHubService) -> None:
    for number in range(1, 4):
        service.add(number, START - 100 * number)
    links = links_of(service, token=None, what="issues")
    service.allowed = 10
    service.now += 60
    source = opened(service, token=None)
    for _ in range(3):
        asyncio.run(source.recheck_by_link(links, NOW))
    with pytest.raises(SourceBusy) as busy:
        asyncio.run(source.recheck_by_link(links, NOW + timedelta(seconds=20)))
    assert busy.value.retry_after is not None and busy.value.retry_after <= timedelta(seconds=60)


def test_an_empty_page_behind_another_ends_the_walk_with_a_gap_and_does_not_hold_it_up() -> None:
    empty = {"data": {"search": {"discussionCount": 101, "nodes": [], "pageInfo": {"hasNextPage": False}}}}
    shown, notes = read_answer(empty, "github.com", NOW, onward="Y3Vyc29yOjEwMA==")
    assert shown.full and not shown.onward and notes
    with pytest.raises(SourceUnavailable, match="counted 101 discussions and showed none"):
        read_answer(empty, "github.com", NOW)


def test_an_odd_node_in_an_answer_spares_the_others() -> None:
    shown, notes = read_answer({"data": found({"id": "D_1"}, {"id": "7"}, 5)}, "github.com", NOW)
    assert [post.external_id for post in shown.posts] == ["D_1"]
    assert len(shown.unreadable) == 2 and not notes


RECORDINGS = os.environ.get("LISTENER_RECORDINGS")


@pytest.mark.skipif(not RECORDINGS, reason="LISTENER_RECORDINGS names no folder of recorded answers")
def test_a_recorded_discussion_becomes_a_whole_post() -> None:
    folder = Path(RECORDINGS or "") / "github" / "PyGithub" / "ReplayData"
    (line,) = [
        line
        for line in (folder / "RepositoryDiscussion.setUp.txt").read_text("utf-8").split("\n")
        if line.startswith('{"data"')
    ]
    node = json.loads(line)["data"]["node"]
    shown, _ = read_answer({"data": found(node)}, "github.com", NOW)
    (post,) = shown.posts
    assert (post.external_id, post.url, post.title) == (node["id"], node["url"], node["title"])
    assert post.published_at == datetime.fromisoformat(node["createdAt"])
    assert post.author.handle == node["author"]["login"] and post.text
    assert shown.spans == [(int(datetime.fromisoformat(node["updatedAt"]).timestamp()),) * 2]
    key = PostKey("github", "github.com", node["id"])
    again = what_became_of([key], {"data": {"nodes": [node]}}, "github.com", NOW)
    assert list(again.posts) == [post] and not again.changes
