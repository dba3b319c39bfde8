"""Discourse: the real collector against a server that answers as a forum's list of newest posts does."""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from discourse_service import VERSIONS, DiscourseService, Version, item_of
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from polling import NOW, START, History, Item, Reader, histories, walk_through
from pydantic import ValidationError

import sources.discourse as collector
import sources.page_walk as walking
from listener.demo.loopback import Reply, json_reply
from sources.contract import EVERYTHING, Page, Source, SourceBusy, SourceRefused, SourceUnavailable
from sources.discourse import Discourse, DiscourseSettings
from sources.discourse_post import Forum, post_of_item
from sources.query import parse


@pytest.fixture(scope="module")
def server() -> Iterator[DiscourseService]:
    with DiscourseService() as running:
        yield running


@pytest.fixture
def forum(server: DiscourseService) -> DiscourseService:
    server.renew()
    return server


def opened(server: DiscourseService, **more: Any) -> Discourse:
    told = {"kind": "discourse", "name": "d", "base_url": server.url, "allow_private": True}
    return DiscourseSettings.model_validate(told | more).open()


def reader_of(server: DiscourseService, **more: Any) -> Reader:
    return Reader(opened(server, **more), server, EVERYTHING)


def next_page(reader: Reader, minute: int) -> Page:
    page = asyncio.run(reader.source.fetch(reader.ask, reader.cursor, NOW + timedelta(minutes=minute)))
    reader.cursor = page.cursor
    return page


# What a post becomes


def test_the_first_post_of_a_topic_has_its_title(forum: DiscourseService) -> None:
    forum.add(
        15,
        START - 60,
        topic_title="Rockets &amp; more",
        reply_count=2,
        reads=9,
        actions_summary=[{"id": 5, "count": 1}, {"id": 2, "count": 4}],
    )
    reader = reader_of(forum)
    reader.poll(START)
    (post,) = reader.kept
    assert (post.external_id, post.instance) == ("15", forum.url.removeprefix("http://"))
    assert (post.title, post.text, post.kind) == ("Rockets & more", "Acme rockets fly", "post")
    assert post.url == f"{forum.url}/t/rockets/11/1" and post.in_reply_to == ""
    assert (post.published_at, post.lang) == (NOW - timedelta(seconds=60), "")
    assert (post.engagement.likes, post.engagement.replies, post.engagement.views) == (4, 2, 9)
    assert (post.author.handle, post.author.name) == (f"jane@{post.instance}", "Jane Doe") and post.author.id == "4"
    assert post.author.url == f"{forum.url}/u/jane"


def test_an_answer_has_no_title_and_names_what_it_answers(forum: DiscourseService) -> None:
    forum.add(16, START - 60, post_number=7, reply_to_post_number=3, actions_summary=None, locale="pt_BR", name=None)
    forum.add(17, START - 50, post_number=8)
    reader = reader_of(forum)
    reader.poll(START)
    later, post = reader.kept
    assert (post.kind, post.title, post.engagement.likes, post.lang) == ("comment", "", None, "pt-BR")
    assert post.in_reply_to == f"{forum.url}/t/rockets/11/3" and post.url == f"{forum.url}/t/rockets/11/7"
    assert later.in_reply_to == f"{forum.url}/t/rockets/11/1" and post.author.name == "jane"


def test_a_forum_below_a_path_is_another_forum_than_its_host() -> None:
    source = DiscourseSettings(kind="discourse", name="d", base_url="https://User:pw@Example.org/Forum/").open()
    post = post_of_item(item_of(Item(id=3, at=START)), source._forum, NOW)
    assert post.instance == "example.org/forum" and source.credential == "discourse:example.org/forum"


@pytest.mark.parametrize("unwritten", [{"post_type": 3}, {"post_type": 4}, {"hidden": True}, {"user_deleted": True}])
def test_notes_of_the_software_and_hidden_posts_are_not_kept(
    forum: DiscourseService, unwritten: dict[str, Any]
) -> None:
    forum.add(1, START - 60)
    forum.add(2, START - 50, **unwritten)
    reader = reader_of(forum)
    reader.poll(START)
    assert reader.ids() == {"1"} and reader.notes == []


@pytest.mark.parametrize("broken", [None, 5, "x", [], {}, {"id": "7"}, {"id": -1}, {"id": True}, {"id": 2**70}])
def test_an_item_that_cannot_be_read_is_a_note_and_the_others_are_kept(forum: DiscourseService, broken: Any) -> None:
    good = [item_of(Item(id=number, at=START - number)) for number in (2, 1)]
    forum.refuse_with = json_reply({"latest_posts": [good[0], broken, good[1]]})
    page = next_page(reader_of(forum), 0)
    assert [post.external_id for post in page.posts] == ["2", "1"]
    assert len(page.notes) == 1 and page.notes[0].startswith("1 item was unreadable: ")


@pytest.mark.parametrize(
    "odd",
    [
        {"cooked": None, "username": ["x"], "topic_id": "many", "post_number": None, "created_at": "soon"},
        {"cooked": "<p>" * 20_000, "topic_slug": "../../x", "actions_summary": [5, {"id": 2, "count": "x"}]},
        {"cooked": "\x00\ud800<script>x</script>", "username": "a/b?c", "reads": -(10**40)},
        {"created_at": "0000-00-00", "post_type": {}, "reply_to_post_number": -4, "post_number": 10**30},
        {"created_at": "9999-12-31T23:59:59-23:59", "deleted_at": 0, "hidden": "no"},
    ],
)
def test_odd_values_lose_neither_the_post_nor_the_others(forum: DiscourseService, odd: dict[str, Any]) -> None:
    items = [item_of(Item(id=2, at=START - 1)) | odd, item_of(Item(id=1, at=START - 2))]
    forum.refuse_with = json_reply({"latest_posts": items})
    page = next_page(reader_of(forum), 0)
    assert [post.external_id for post in page.posts] in (["2", "1"], ["1"])
    for post in page.posts:
        (post.text + post.url + post.author.url).encode()
        assert post.url.startswith(forum.url)


_WORDS = st.sampled_from(["latest_posts", "id", "cooked", "created_at", "actions_summary", "post_type", "topic_id"])


@given(
    body=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=9),
        lambda part: st.lists(part) | st.dictionaries(_WORDS, part),
    )
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_answer_raises_anything_but_a_source_error(server: DiscourseService, body: Any) -> None:
    server.renew()
    for answer in (
        body,
        {"latest_posts": body},
        {"latest_posts": [{"id": 5, "actions_summary": body, "cooked": body}]},
    ):
        server.refuse_with = json_reply(answer)
        try:
            next_page(reader_of(server), 0)
        except SourceUnavailable as error:
            assert "\n" not in str(error)


# What is asked


def test_all_queries_share_one_reading() -> None:
    source = DiscourseSettings(kind="discourse", name="d", base_url="https://forum.example").open()
    plan = source.plan(parse("acme OR lang:de"))
    assert isinstance(source, Source) and tuple(plan.asks) == (EVERYTHING,)
    assert plan.coverage == "superset" and "every public post" in plan.notes[0]
    assert "other sources only" in source.plan(parse("acme source:feed")).notes[0]


def test_the_first_request_asks_for_the_newest_posts(forum: DiscourseService) -> None:
    for number in range(60):
        forum.add(1_000 + number, START - 100 + number)
    reader = reader_of(forum)
    next_page(reader, 0)
    next_page(reader, 0)
    assert forum.params == [{}, {"before": "1010"}]


@pytest.mark.parametrize(
    "wrong", [{}, {"base_url": "forum.example"}, {"base_url": "https://"}, {"base_url": "https://x.example/?a=b"}]
)
def test_settings_without_a_forum_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        DiscourseSettings.model_validate({"kind": "discourse", "name": "d"} | wrong)


# Never skip


@pytest.mark.parametrize(("count", "version"), [(5_000, "exclusive"), (1_200, "inclusive"), (1_200, "window")])
def test_a_burst_between_two_polls_is_kept_whole(forum: DiscourseService, count: int, version: Version) -> None:
    forum.renew(version)
    reader = reader_of(forum)
    forum.add(1, START - 10)
    reader.poll(START)
    for number in range(count):
        forum.add(100 + number, START + number // 7)
    reader.poll(START + 900)
    assert len(reader.ids()) == count + 1 and reader.gaps == []
    assert reader.pages <= count / 49 + 6


@pytest.mark.parametrize("version", VERSIONS)
def test_a_quiet_forum_is_one_request(forum: DiscourseService, version: Version) -> None:
    forum.renew(version)
    for number in range(200):
        forum.add(1_000 + number, START - 86_400 * 30 + number)
    reader = reader_of(forum)
    reader.poll(START)
    reader.poll(START + 900)
    assert reader.pages == 2


@pytest.mark.parametrize("version", VERSIONS)
def test_a_stretch_of_private_posts_hides_nothing_below_it(forum: DiscourseService, version: Version) -> None:
    forum.renew(version)
    for number in range(30):
        forum.add(1_000 + number, START - 900 + number)
    for number in range(300):
        forum.add(1_100 + number, START - 600 + number, private=True)
    forum.add(1_400, START - 5)
    reader = reader_of(forum)
    reader.poll(START)
    assert len(reader.ids()) == 31


def test_posts_imported_with_old_dates_hide_nothing_that_is_new(forum: DiscourseService) -> None:
    reader = reader_of(forum)
    forum.add(1, START - 60)
    reader.poll(START)
    forum.add(2, START + 60)
    for number in range(120):
        forum.add(100 + number, START - 86_400 * 900 + number)
    reader.poll(START + 900)
    assert "2" in reader.ids()


def test_a_walk_is_cut_at_its_pages_and_the_rest_is_a_gap(forum: DiscourseService) -> None:
    for number in range(500):
        forum.add(1_000 + number, START - 600 + number)
    reader = reader_of(forum, most_pages=3)
    reader.poll(START)
    assert reader.pages == 3 and len(reader.gaps) == 1
    assert reader.missing(START, START - 7 * 86_400) == set()


def test_a_first_page_on_which_everything_is_private_is_told_as_a_gap(forum: DiscourseService) -> None:
    forum.renew("window")
    forum.add(1_000, START - 900)
    reader = reader_of(forum)
    reader.poll(START - 800)
    forum.add(1_001, START - 700)
    for number in range(60):
        forum.add(1_010 + number, START - 600 + number, private=True)
    reader.poll(START)
    assert [(gap.since is not None, "first page" in gap.why) for gap in reader.gaps] == [(True, True)]
    assert reader.missing(START, START - 7 * 86_400) == set()


def numbered(history: History, step: int) -> History:
    """A forum numbers posts as they are made, whatever time they claim; some numbers are private or never used."""
    made = sorted((item for item in history.items for _ in range(2)), key=lambda item: item.shown_from)
    return replace(history, items=[replace(item, id=100 + place * step) for place, item in enumerate(made)])


def walk(server: DiscourseService, history: History, version: Version, step: int) -> None:
    """Pages of a few posts, so that short histories take many."""
    size = history.cap + 1
    server.renew(version, size)
    with patch.object(collector, "POSTS", size):
        walk_through(numbered(history, step), reader_of(server, reread="30m"))


_CASES = {"history": histories(lag=1_800), "version": st.sampled_from(VERSIONS), "step": st.integers(1, 9)}


@given(**_CASES)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_the_forum_had_is_kept_or_told_as_a_gap(
    server: DiscourseService, history: History, version: Version, step: int
) -> None:
    walk(server, history, version, step)


def _mark_early(monkeypatch: pytest.MonkeyPatch) -> None:
    def early(standing: Any, shown: Any, onward: Any, *rest: Any) -> Any:
        return walking.advance(standing, shown, None, *rest)

    monkeypatch.setattr(collector, "advance", early)


def _a_short_page_is_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    onward = collector._onward

    def stops(numbers: list[int], times: list[int], standing: Any) -> int | None:
        return onward(numbers, times, standing) if len(numbers) >= collector.POSTS else None

    monkeypatch.setattr(collector, "_onward", stops)


def _stop_at_known(monkeypatch: pytest.MonkeyPatch) -> None:
    def stops(standing: Any, shown: Any, onward: Any, *rest: Any) -> Any:
        known = any(post.external_id in standing.traces for post in shown.posts)
        return walking.advance(standing, shown, None if known else onward, *rest)

    monkeypatch.setattr(collector, "advance", stops)


def _go_on_below_the_oldest_less_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def skips(numbers: list[int], times: list[int], standing: Any) -> int | None:
        return min(numbers) - 1 if len(numbers) > 1 else None

    monkeypatch.setattr(collector, "_onward", skips)


@pytest.mark.parametrize(
    "defect",
    [_mark_early, _a_short_page_is_the_last, _stop_at_known, _go_on_below_the_oldest_less_one],
    ids=lambda defect: defect.__name__,
)
def test_the_property_finds_seeded_defects(
    server: DiscourseService, monkeypatch: pytest.MonkeyPatch, defect: Callable[[pytest.MonkeyPatch], None]
) -> None:
    defect(monkeypatch)

    def property_(history: History, version: Version, step: int) -> None:
        walk(server, history, version, step)

    searched = settings(max_examples=300, deadline=None, database=None, derandomize=True, phases=[Phase.generate])
    with pytest.raises((AssertionError, BaseExceptionGroup)):
        searched(given(**_CASES)(property_))()


def test_old_posts_on_the_page_of_a_quiet_forum_are_yielded_once(forum: DiscourseService) -> None:
    for number in range(9):
        forum.add(10 + number, START - 86_400 * (9 - number))
    reader = reader_of(forum)
    for minute in range(4):
        reader.poll(START + minute * 900)
    assert len(reader.kept) == 9


# Changes


def test_edits_and_likes_are_yielded_again_and_nothing_else_is(forum: DiscourseService) -> None:
    first = forum.add(1, START - 100)
    forum.add(2, START - 50)
    reader = reader_of(forum)
    reader.poll(START)
    reader.poll(START + 900)
    assert len(reader.kept) == 2
    first.told["actions_summary"] = [{"id": 2, "count": 4}]
    reader.poll(START + 1_800)
    first.told["cooked"] = "<p>Better</p>"
    reader.poll(START + 2_700)
    assert [(post.engagement.likes, post.text) for post in reader.kept[2:]] == [(4, "Acme rockets fly"), (4, "Better")]


@pytest.mark.parametrize("flag", [{"user_deleted": True}, {"hidden": True}, {"deleted_at": "2026-11-20T12:05:00Z"}])
def test_a_post_that_is_shown_as_deleted_is_told_once(forum: DiscourseService, flag: dict[str, Any]) -> None:
    first = forum.add(1, START - 100)
    reader = reader_of(forum)
    reader.poll(START)
    first.told |= flag
    pages = [next_page(reader, minute) for minute in (15, 30)]
    assert [change.key.external_id for page in pages for change in page.changes] == ["1"]
    assert not any(page.posts for page in pages)


# Errors


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (Reply(status=429, headers={"retry-after": "40"}), SourceBusy, "patience"),
        (json_reply({"errors": ["x"], "extras": {"wait_seconds": 40}}, 429), SourceBusy, "patience"),
        (Reply(status=503, headers={"retry-after": "40"}), SourceBusy, "patience"),
        (json_reply({"errors": ["x"], "error_type": "not_logged_in"}, 403), SourceRefused, "account"),
        (Reply(status=401), SourceRefused, "401"),
        (Reply(status=402), SourceRefused, "402"),
        (Reply(status=404), SourceUnavailable, "Discourse forum"),
        (Reply(status=410), SourceRefused, "gone"),
        (Reply(status=500), SourceUnavailable, "500"),
        (Reply(body=b"<html>"), SourceUnavailable, "JSON"),
        (json_reply([]), SourceUnavailable, "list of posts"),
        (json_reply({"latest_posts": {}}), SourceUnavailable, "list of posts"),
        (json_reply({"latest_posts": [{}]}), SourceUnavailable, "cannot be read"),
    ],
)
def test_what_is_no_answer_is_an_error_that_says_what_to_do(
    forum: DiscourseService, answer: Reply, error: type[Exception], words: str
) -> None:
    forum.refuse_with = answer
    with pytest.raises(error, match=words) as told:
        reader_of(forum).poll(START)
    if isinstance(told.value, SourceBusy):
        assert told.value.retry_after == timedelta(seconds=40)


@pytest.mark.parametrize("body", [b"", b"[]", b'{"extras": 5}', b'{"extras": {"wait_seconds": "soon"}}'])
def test_a_wish_for_patience_without_a_time_is_still_one(forum: DiscourseService, body: bytes) -> None:
    forum.refuse_with = Reply(status=429, body=body, headers={"content-type": "application/json"})
    with pytest.raises((SourceBusy, SourceUnavailable)):
        reader_of(forum).poll(START)


def test_a_walk_of_many_pages_keeps_its_pace(forum: DiscourseService) -> None:
    for number in range(60):
        forum.add(1_000 + number, START - number)
    page = next_page(reader_of(forum), 0)
    assert page.more and page.next_check == timedelta(seconds=1)
    assert next_page(reader_of(forum, pace="0s"), 0).next_check is None


# Recordings

RECORDINGS = os.environ.get("LISTENER_RECORDINGS")
needs_recordings = pytest.mark.skipif(not RECORDINGS, reason="LISTENER_RECORDINGS names no folder of recorded answers")


def _recorded(name: str) -> Any:
    return json.loads((Path(RECORDINGS or "") / "discourse" / name).read_text("utf-8"))


@needs_recordings
def test_the_recorded_list_of_newest_posts_becomes_whole_posts(forum: DiscourseService) -> None:
    recorded = _recorded("posts_latest.json")
    forum.refuse_with = json_reply(recorded)
    page = next_page(reader_of(forum, backfill="3650d"), 0)
    assert not page.notes and len(page.posts) == len(recorded["latest_posts"]) > 0
    _assert_whole(page.posts, recorded["latest_posts"])


@needs_recordings
@pytest.mark.parametrize("name", ["topic.json", "topic_posts.json"])
def test_recorded_posts_of_topics_have_the_same_shape(name: str) -> None:
    items = _recorded(name)["post_stream"]["posts"]
    _assert_whole([post_of_item(item, Forum("https://forum.example", "forum.example"), NOW) for item in items], items)


def _assert_whole(posts: Any, items: list[dict[str, Any]]) -> None:
    for post, item in zip(posts, items, strict=True):
        assert (post.external_id, post.author.handle) == (str(item["id"]), f"{item['username']}@{post.instance}")
        assert post.published_at == datetime.fromisoformat(item["created_at"]).astimezone(UTC)
        assert bool(post.text) == bool(re.sub(r"<[^>]*>", "", item["cooked"]).strip()) and "<p>" not in post.text
        assert post.url.endswith(f"/t/{item['topic_slug']}/{item['topic_id']}/{item['post_number']}")
        assert (post.engagement.replies, post.engagement.views) == (item["reply_count"], item["reads"])
        assert post.engagement.likes is not None
        assert post.title == (item.get("topic_title", "") if item["post_number"] == 1 else "")
