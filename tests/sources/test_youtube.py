"""YouTube: the real collector against a server that answers as its Data API does."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polling import DEFECTS, NOW, START, History, Item, Reader, histories, seed_defect, walk_through
from pydantic import ValidationError
from youtube_service import KEY, YouTubeService, comment_id, refusal

import sources.youtube_comments as walking
from sources.abilities import Rechecking
from sources.contract import Source, SourceBusy, SourceError, SourceRefused, SourceUnavailable
from sources.post import PostKey, storable_post
from sources.query import parse
from sources.youtube import YouTube, YouTubeSettings
from sources.youtube_answers import read_search, rest_of_day
from sources.youtube_post import post_of_comment, post_of_video

CHANNEL = "UCacme0123456789"
HOUR = 3_600


@pytest.fixture(scope="module")
def server() -> Iterator[YouTubeService]:
    with YouTubeService() as service:
        yield service


@pytest.fixture
def service(server: YouTubeService) -> YouTubeService:
    server.renew()
    return server


def opened(service: YouTubeService, **more: Any) -> YouTube:
    told = {"kind": "youtube", "name": "yt", "base_url": service.url, "allow_private": True, "key": KEY}
    return YouTubeSettings.model_validate(told | more).open()


def reader(service: YouTubeService, ask: str = "acme", **more: Any) -> Reader:
    return Reader(opened(service, **more), service, ask)


def asked(service: YouTubeService, path: str) -> int:
    return sum(1 for one in service.asked if one.endswith(path))


# What a post becomes


def test_a_video_is_read_whole_and_not_as_the_search_shows_it(service: YouTubeService) -> None:
    service.add(7, START - 60)
    read = reader(service)
    read.poll(START)
    (post,) = read.kept
    assert str(post.key) == "youtube:www.youtube.com:7"
    assert post.url == "https://www.youtube.com/watch?v=7"
    assert (post.title, post.text) == ("Acme & <b>", ("About rockets. " * 20).strip())
    assert post.published_at == NOW - timedelta(seconds=60)
    assert (post.author.id, post.author.name) == ("UCrocket0001", "Rocket TV")
    assert (post.engagement.views, post.engagement.likes, post.engagement.replies) == (7, 3, 0)
    assert (post.lang, post.kind) == ("en", "post")


def test_a_comment_names_its_author_its_video_and_what_it_answers(service: YouTubeService) -> None:
    service.add(7, START - HOUR)
    thread = service.comment(1, START - 60, "7", text="Acme < all & more", likes=4, answers=["So true"])
    read = reader(service)
    read.poll(START)
    _, top, answer = read.kept
    assert top.external_id == comment_id(thread) and top.in_reply_to == "7"
    assert top.url == f"https://www.youtube.com/watch?v=7&lc={comment_id(thread)}"
    assert (top.text, top.author.handle, top.author.id) == ("Acme < all & more", "ann-lee", "UCann")
    assert (top.engagement.likes, top.engagement.replies, top.kind) == (4, 1, "comment")
    assert (answer.text, answer.in_reply_to) == ("So true", comment_id(thread))


def test_a_video_that_only_the_search_knows_is_kept_unescaped() -> None:
    snippet = {"title": "Tom &amp; &#39;Jerry&#39;", "publishedAt": "2026-11-20T10:00:00Z"}
    told = {"items": [{"id": {"videoId": "abc"}, "snippet": snippet}, {"id": {"channelId": "UC1"}}, 7]}
    shown = read_search(told, {}, NOW)
    assert [post.title for post in shown.posts] == ["Tom & 'Jerry'"]
    assert len(shown.unreadable) == 2


# What is asked


def test_a_search_is_asked_by_the_second_newest_first_and_the_key_stands_in_no_address(service: YouTubeService) -> None:
    service.add(7, START - 60)
    reader(service, backfill="2d").poll(START)
    assert service.params[0] == {
        "part": "snippet",
        "type": "video",
        "order": "date",
        "safeSearch": "none",
        "maxResults": "50",
        "q": "acme",
        "publishedAfter": "2026-11-18T12:00:00Z",
    }
    assert service.params[1] == {"part": "snippet,statistics", "id": "7"}
    assert KEY not in str(service.params)


@pytest.mark.parametrize(
    ("query", "asks"),
    [
        ("acme", ["acme"]),
        ('"acme rockets" OR acme OR "wile e" OR roadrunner', ['acme|"wile e"|roadrunner']),
        ("(acme rockets) OR coyote", ["coyote", "acme rockets"]),
        ("acme NOT coyote lang:en", ["acme"]),
        ("reliab*", []),
        ("source:feed acme", []),
        ("site:youtube.com acme", ["acme"]),
        ("site:example.org acme", []),
    ],
)
def test_a_query_is_asked_in_the_fewest_searches(service: YouTubeService, query: str, asks: list[str]) -> None:
    plan = opened(service).plan(parse(query))
    assert list(plan.asks) == asks and plan.coverage == "partial"


def test_the_plan_tells_how_often_a_day_of_searches_lets_it_ask(service: YouTubeService) -> None:
    plan = opened(service, channel=CHANNEL).plan(parse("(acme rockets) OR (acme kettle)"))
    assert list(plan.asks) == ["acme rockets", "acme kettle", f"channel:{CHANNEL}"]
    assert any("100 searches a day" in note and "every 29 minutes" in note for note in plan.notes)


def test_it_is_a_source_that_never_shows_its_key() -> None:
    told = YouTubeSettings.model_validate({"kind": "youtube", "name": "yt", "key": "s3cret"})
    source = told.open()
    assert isinstance(source, Source) and isinstance(source, Rechecking)
    assert "s3cret" not in repr(told) + source.credential
    assert (told.terms.exportable, told.terms.attribution) == ("ids", "YouTube")
    for wrong in ("", "a b", "ключ"):
        with pytest.raises(ValidationError):
            YouTubeSettings.model_validate({"kind": "youtube", "name": "yt", "key": wrong})


# The day's searches


def test_searches_rest_so_that_those_of_a_day_last_for_all_of_it(service: YouTubeService) -> None:
    source = opened(service, searches_a_day=48)
    cursors: dict[str, str | None] = {"acme": None, "kettle": None}
    for minute in range(0, 24 * 60, 5):
        at = NOW - timedelta(hours=4) + timedelta(minutes=minute)  # from midnight in California on
        service.now = int(at.timestamp())
        for ask, cursor in cursors.items():
            page = asyncio.run(source.fetch(ask, cursor, at))
            cursors[ask] = page.cursor
            assert not page.more
    assert 44 <= asked(service, "/search") <= 48


def test_the_day_s_count_survives_a_restart_and_a_walk_in_progress_waits_for_the_next_day(
    service: YouTubeService,
) -> None:
    service.cap = 2
    for number in range(20):
        service.add(100 + number, START - 1_000 + number)
    source, cursor = opened(service, searches_a_day=3), None
    for _ in range(3):
        cursor = asyncio.run(source.fetch("acme", cursor, NOW)).cursor
    again = opened(service, searches_a_day=3)
    page = asyncio.run(again.fetch("acme", cursor, NOW))
    assert asked(service, "/search") == 3
    assert (page.more, page.next_check, page.posts) == (True, timedelta(hours=20), ())
    asyncio.run(again.fetch("acme", page.cursor, NOW + timedelta(hours=21)))
    assert asked(service, "/search") == 4


def test_a_used_up_quota_waits_for_midnight_in_california(service: YouTubeService) -> None:
    service.searches_left = 0
    with pytest.raises(SourceBusy) as busy:
        reader(service).poll(START)
    assert busy.value.retry_after == timedelta(hours=20)
    assert rest_of_day(datetime(2026, 3, 8, 8, 0, tzinfo=UTC)) == timedelta(hours=23)  # the clocks are put forward


# Never skip


def through(server: YouTubeService, history: History) -> None:
    server.renew(history.cap)
    server.searches_left = 10**6
    for item in history.items:
        item.moved_at.clear()  # videos stand where they were published
    walk_through(history, reader(server, searches_a_day=100_000, most_pages=200, follow=0))


@given(history=histories(lag=20 * HOUR))
@settings(max_examples=25)
def test_what_the_service_had_is_kept_or_told_as_a_gap(server: YouTubeService, history: History) -> None:
    through(server, history)


@pytest.mark.parametrize("defect", DEFECTS)
def test_the_property_finds_seeded_defects(
    server: YouTubeService, monkeypatch: pytest.MonkeyPatch, defect: str
) -> None:
    seed_defect(monkeypatch, "sources.youtube", defect)
    late = Item(id=99, at=START + 100, shown_from=START + 2 * HOUR)
    items = [Item(id=100 + number, at=START + 60 * number, shown_from=START + 60 * number) for number in range(9)]
    with pytest.raises(AssertionError):
        through(server, History(items=[*items, late], polls=[HOUR, 3 * HOUR], cap=2, pace=0, crashes=[]))


@st.composite
def talks(draw: st.DrawFn) -> tuple[list[tuple[int, int, int]], list[int], int, list[int]]:
    """Comments (when written, how late shown, below which video), polls, threads on a page, and pages that are lost."""
    written = draw(
        st.lists(st.tuples(st.integers(0, 40), st.sampled_from([0, 0, 1, 20]), st.integers(1, 3)), max_size=25)
    )
    polls = sorted(draw(st.lists(st.integers(1, 60), min_size=1, max_size=4)))
    return written, polls, draw(st.integers(1, 4)), draw(st.lists(st.integers(1, 20), max_size=3))


def talked_through(
    server: YouTubeService, talk: tuple[list[tuple[int, int, int]], list[int], int, list[int]], ask: str
) -> None:
    written, polls, size, crashes = talk
    server.renew()
    server.threads_a_page = size
    for number in (1, 2, 3):
        server.add(number, START - 60 * number)
    for number, (hour, late, video) in enumerate(written):
        server.comment(number, START + hour * HOUR + number, str(video)).shown_from += late * HOUR
    read = reader(server, ask, searches_a_day=100_000, channel=CHANNEL)
    for hour in [*polls, polls[-1] + 7]:  # hours later at the latest, whatever the numbers say
        read.poll(START + hour * HOUR, crashes=crashes)
    shown = {comment_id(thread) for thread in server.threads if thread.is_shown(server.now)}
    assert shown <= read.ids() and read.gaps == []


@given(talk=talks(), ask=st.sampled_from(["acme", f"channel:{CHANNEL}"]))
@settings(max_examples=30)
def test_every_comment_on_a_followed_video_is_kept(server: YouTubeService, talk: Any, ask: str) -> None:
    talked_through(server, talk, ask)


@pytest.mark.parametrize("defect", ["first page is all", "no stretch read again", "read before the walk has ended"])
def test_the_property_of_comments_finds_seeded_defects(
    server: YouTubeService, monkeypatch: pytest.MonkeyPatch, defect: str
) -> None:
    advance, begin = walking.advance, walking.begin
    if defect == "first page is all":
        monkeypatch.setattr(
            walking,
            "advance",
            lambda standing, answer, *told: advance(standing, {**answer, "nextPageToken": ""}, *told),
        )
    elif defect == "no stretch read again":
        none = walking.Bounds(most_videos=50, follow_for=timedelta(days=14), reread=timedelta())
        monkeypatch.setattr(walking, "begin", lambda standing, now, bounds: begin(standing, now, none))
    else:

        def too_early(standing: Any, answer: Any, now: Any, bounds: Any) -> Any:
            after, *rest = advance(standing, answer, now, bounds)
            first = standing.queue[0]
            read = walking.replace(after.followed[first], read_to=standing.walk.began, looked_at=standing.walk.began)
            walk = None if after.walk is None else walking.replace(after.walk, low=standing.walk.began)
            return walking.replace(after, followed={**after.followed, first: read}, walk=walk), *rest

        monkeypatch.setattr(walking, "advance", too_early)
    late = [(1, 20, 1), (3, 0, 1), (4, 0, 1), (5, 0, 1), (29, 0, 1), (30, 0, 1)]
    talk = (late, [10, 40], 2, []) if defect == "no stretch read again" else ([(2, 0, 1)] * 9, [4, 40], 2, [])
    with pytest.raises(AssertionError):
        talked_through(server, talk, "acme")


def test_a_burst_of_videos_is_kept_whole_in_few_searches(service: YouTubeService) -> None:
    read = reader(service)
    read.poll(START)
    for number in range(1_000):
        service.add(100 + number, START + number)
    service.asked.clear()
    read.poll(START + HOUR)
    assert len(read.ids()) == 1_000 and asked(service, "/search") <= 22
    assert all("are not followed: more than 50" in gap.why for gap in read.gaps)


def test_a_video_that_is_not_followed_any_more_is_a_gap_and_old_ones_are_just_left(service: YouTubeService) -> None:
    for number in range(4):
        service.add(100 + number, START - 1_000 + number)
    read = reader(service, follow=3)
    read.poll(START)
    assert ["the comments of 1 videos are not followed" in gap.why for gap in read.gaps] == [True]
    read.poll(START + 15 * 86_400)
    assert len(read.gaps) == 1 and '"followed":{}' in str(read.cursor)


def test_comments_are_asked_for_only_where_their_number_has_changed(service: YouTubeService) -> None:
    for number in range(5):
        service.add(100 + number, START - 1_000 + number)
    read = reader(service)
    read.poll(START)
    assert asked(service, "/commentThreads") == 0
    service.comment(1, START + 10, "102")
    read.poll(START + 1_200)
    assert asked(service, "/commentThreads") == 1 and comment_id(service.threads[0]) in read.ids()


def test_all_answers_of_a_long_thread_are_read_and_only_when_their_number_changes(service: YouTubeService) -> None:
    service.threads_a_page = 5
    service.add(7, START - HOUR)
    thread = service.comment(1, START - 60, "7", answers=[f"No. {number}" for number in range(23)])
    read = reader(service)
    read.poll(START)
    assert {post.text for post in read.kept if post.in_reply_to == comment_id(thread)} == {
        f"No. {n}" for n in range(23)
    }
    assert all(post.url for post in read.kept)
    kept = len(read.ids())
    service.asked.clear()
    read.poll(START + 7 * HOUR)
    assert asked(service, "/commentThreads") == 1 and asked(service, "/comments") == 0
    thread.told["answers"].append("No. 23")
    read.poll(START + 14 * HOUR)
    assert len(read.ids()) == kept + 1
    thread.told["answers"].append("No. 24")
    source, cursor = read.source, read.cursor
    service.now = START + 21 * HOUR
    for _ in range(3):  # the search, the numbers, the thread
        cursor = asyncio.run(source.fetch("acme", cursor, NOW + timedelta(hours=21))).cursor
    thread.deleted_at = START
    assert asyncio.run(source.fetch("acme", cursor, NOW + timedelta(hours=21))).more is False


def test_a_page_whose_name_is_stale_begins_the_comments_anew(service: YouTubeService) -> None:
    service.threads_a_page = 2
    service.add(7, START - HOUR)
    for number in range(7):
        service.comment(number, START - 100 + number, "7")
    service.stale_tokens = True
    read = reader(service)
    read.poll(START)
    assert len(read.ids()) == 8


def test_comments_that_cannot_be_shown_today_are_read_another_time(service: YouTubeService) -> None:
    service.add(7, START - HOUR)
    thread = service.comment(1, START - 60, "7", answers=["a"] * 9)
    read = reader(service)
    service.fail(400, body=refusal(400, "processingFailure", "no").body.decode(), path="/commentThreads")
    read.poll(START)
    assert read.ids() == {"7"} and read.notes and read.gaps == []
    service.mend()
    service.fail(400, body=refusal(400, "processingFailure", "no").body.decode(), path="/comments")
    read.poll(START + 7 * HOUR)
    assert comment_id(thread) in read.ids() and "answers to a comment cannot be shown" in read.gaps[0].why


def test_closed_comments_and_videos_that_are_gone_stop_nothing(service: YouTubeService) -> None:
    closed, gone = service.add(7, START - HOUR), service.add(8, START - HOUR)
    service.comment(1, START - 60, "7")
    service.comment(2, START - 60, "8")
    read = reader(service)
    read.poll(START)
    service.comment(3, START + 60, "7")
    service.comment(4, START + 60, "8")
    source, cursor = read.source, read.cursor
    service.now = START + HOUR
    for _ in range(2):  # the search, and the numbers of comments
        cursor = asyncio.run(source.fetch("acme", cursor, NOW + timedelta(hours=1))).cursor
    closed.told["closed"], gone.deleted_at = True, START
    read.cursor = cursor
    read.poll(START + HOUR)
    assert read.gaps == []


def test_an_old_comment_that_is_pinned_on_top_hides_no_newer_ones(service: YouTubeService) -> None:
    service.threads_a_page = 2
    service.add(7, START - HOUR)
    service.pinned = service.comment(1, START - 90 * 86_400, "7")
    written = [comment_id(service.comment(2 + number, START - 100 + number, "7")) for number in range(7)]
    read = reader(service)
    read.poll(START)
    assert set(written) <= read.ids()


def test_a_video_whose_comments_are_forbidden_stops_nothing(service: YouTubeService) -> None:
    service.add(7, START - HOUR)
    service.comment(1, START - 60, "7")
    read = reader(service)
    service.fail(403, body=refusal(403, "forbidden", "no").body.decode(), path="/commentThreads")
    read.poll(START)
    assert read.ids() == {"7"}


# Looking again


def test_a_recheck_tells_what_changed_and_what_is_gone(service: YouTubeService) -> None:
    service.add(7, START - HOUR, views=99)
    kept = service.comment(1, START - 60, "7", text="edited")
    keys = [
        PostKey("youtube", "www.youtube.com", number) for number in ("7", "8", comment_id(kept), "UgxGone" + "0" * 19)
    ]
    page = asyncio.run(opened(service).recheck(keys, NOW))
    assert [(post.external_id, post.engagement.views) for post in page.posts] == [("7", 99), (comment_id(kept), None)]
    assert [change.key.external_id for change in page.changes] == ["8", "UgxGone" + "0" * 19]
    assert len(service.params) == 2


def test_a_recheck_finds_the_one_comment_for_which_all_are_refused(service: YouTubeService) -> None:
    service.refuses_all_for_one = True
    kept = [comment_id(service.comment(number, START - 60, "7")) for number in range(9)]
    keys = [PostKey("youtube", "www.youtube.com", number) for number in (*kept, "UgxGone" + "0" * 19)]
    page = asyncio.run(opened(service).recheck(keys, NOW))
    assert [post.external_id for post in page.posts] == kept and [change.key for change in page.changes] == [keys[-1]]


def test_a_recheck_takes_nothing_for_gone_that_a_second_page_may_show(
    service: YouTubeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = opened(service)

    async def halved(*_: Any) -> dict[str, Any]:
        return {"items": [{"id": "7", "snippet": {}}], "nextPageToken": "CAUQAA"}

    monkeypatch.setattr(source, "_ask", halved)
    keys = [PostKey("youtube", "www.youtube.com", number) for number in ("7", "8")]
    page = asyncio.run(source.recheck(keys, NOW))
    assert [post.external_id for post in page.posts] == ["7"] and not page.changes


# Errors, and hostile answers


@pytest.mark.parametrize(
    ("status", "reason", "error"),
    [
        (400, "keyInvalid", SourceRefused),
        (403, "accessNotConfigured", SourceRefused),
        (403, "forbidden", SourceRefused),
        (403, "quotaExceeded", SourceBusy),
        (403, "rateLimitExceeded", SourceBusy),
        (403, "SERVICE_UNAVAILABLE", SourceUnavailable),
        (400, "invalidPageToken", SourceUnavailable),
        (404, "videoNotFound", SourceUnavailable),
        (404, "", SourceUnavailable),
        (400, "", SourceUnavailable),
    ],
)
def test_refusals_are_told_apart_by_their_reason(
    service: YouTubeService, status: int, reason: str, error: type[SourceError]
) -> None:
    service.fail(status, body=refusal(status, reason, "no").body.decode())
    with pytest.raises(error):
        reader(service).poll(START)


_HOSTILE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["\ud83d", 10**40]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
_NAMES = ["id", "snippet", "statistics", "replies", "comments", "topLevelComment", "publishedAt", "videoId", "title"]
_NAMES += [
    "description",
    "channelId",
    "authorChannelId",
    "textDisplay",
    "commentCount",
    "likeCount",
    "parentId",
    "totalReplyCount",
]
_ITEM = st.recursive(_HOSTILE, lambda inner: st.dictionaries(st.sampled_from(_NAMES), inner, max_size=5), max_leaves=12)


@given(
    items=st.lists(_ITEM, max_size=4) | _HOSTILE,
    stage=st.sampled_from(["search", "counts", "comments"]),
    answers=st.integers(0, 1),
)
@settings(max_examples=80)
def test_hostile_answers_raise_nothing_but_source_errors(
    server: YouTubeService, items: Any, stage: str, answers: int
) -> None:
    server.renew()
    server.fail(200, body=json.dumps({"kind": "youtube#xListResponse", "items": items, "nextPageToken": "x"}))
    told: Any = {"stage": stage, "comments": {"followed": {"7": {"at": START, "read_to": START}}, "queue": ["7"]}}
    told["comments"]["threads"] = [{"id": "UgxComment", "video": "7"}] * answers
    try:
        page = asyncio.run(opened(server).fetch("acme", json.dumps(told), NOW))
    except SourceError as error:
        assert str(error).isprintable()
    else:
        for post in page.posts:
            assert storable_post(post, NOW) == post


@given(item=_ITEM)
@settings(max_examples=100)
def test_hostile_items_are_read_or_left_out(item: Any) -> None:
    for read in (post_of_video, post_of_comment):
        try:
            assert storable_post(read(item, NOW), NOW)
        except ValueError:
            continue


@pytest.mark.parametrize(
    "cursor",
    ['{"stage":"comments"}', '{"stage":"comments","comments":{"queue":["9"]}}', '{"search":"oops"}', '{"used":9999}'],
)
def test_a_cursor_that_makes_no_sense_is_survived(service: YouTubeService, cursor: str) -> None:
    service.add(7, START - 60)
    read = reader(service)
    read.cursor = cursor
    read.poll(START)
    read.poll(START + 86_400)
    assert read.ids() == {"7"}


# Recordings

RECORDINGS = os.environ.get("LISTENER_RECORDINGS", "")
needs_recordings = pytest.mark.skipif(not RECORDINGS, reason="LISTENER_RECORDINGS names no folder of recordings")


def recorded(name: str) -> Any:
    return json.loads((Path(RECORDINGS) / "youtube" / name).read_text("utf-8"))


@needs_recordings
@pytest.mark.parametrize("name", ["search_by_keywords_p1", "search_by_keywords_p2"])
def test_recorded_searches_are_read_whole(name: str) -> None:
    told = recorded(f"search/{name}.json")
    shown = read_search(told, {}, NOW)
    assert len(shown.posts) == len(told["items"]) == 25 and shown.full and not shown.unreadable
    for post, item in zip(shown.posts, told["items"], strict=True):
        assert post.external_id == item["id"]["videoId"] and post.author.id == item["snippet"]["channelId"]
        assert post.title and "&amp;" not in post.title and post.published_at is not None and post.author.name


@needs_recordings
@pytest.mark.parametrize("name", ["comment_threads_by_video_paged_1", "comment_threads_by_video_paged_2"])
def test_recorded_threads_are_read_with_their_answers(name: str) -> None:
    told = recorded(f"comment_threads/{name}.json")
    standing = walking.Comments(followed={"v": walking.Followed(at=0, read_to=0)}, queue=("v",))
    bounds = walking.Bounds(most_videos=5, follow_for=timedelta(days=99_999), reread=timedelta(hours=24))
    _, posts, _, unreadable = walking.advance(walking.begin(standing, NOW, bounds), told, NOW, bounds)
    answers = [one for thread in told["items"] for one in thread.get("replies", {}).get("comments", ())]
    assert len(posts) == len(told["items"]) + len(answers) and not unreadable
    assert all(post.text and post.author.name and post.author.id and post.published_at and post.url for post in posts)


@needs_recordings
def test_recorded_videos_comments_and_the_refusal_are_read(service: YouTubeService) -> None:
    for name in ("videos/videos_info_single", "videos/videos_info_multi"):
        for item in recorded(f"{name}.json")["items"]:
            post = post_of_video(item, NOW)
            assert post.title == item["snippet"]["title"] and post.text and post.published_at
    for name in ("comments_single", "comments_by_parent_paged_1", "comments_by_parent_paged_2"):
        posts = [post_of_comment(item, NOW) for item in recorded(f"comments/{name}.json")["items"]]
        assert posts and all(post.text and post.author.id for post in posts)
    service.fail(403, body=json.dumps(recorded("error_permission_resp.json")))
    with pytest.raises(SourceUnavailable):
        reader(service).poll(START)
