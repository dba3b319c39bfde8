"""The archive: what is kept there, how it goes, and that nothing is both kept and archived."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from listener.store import Store, archive, archive_extent, backfill
from listener.store.hashes import author_handle_hash, author_id_hash, key_hash
from listener.store.mentions import MentionFilter, list_mentions, put_results, tombstone_posts
from listener.store.purge import Purged, erase_author
from listener.store.search import found as words_in
from rules.analysis import Read
from sources.post import Author, Engagement, Post

MakeRead = Callable[..., Read]


@pytest.fixture
def make_post(make_read: MakeRead) -> Callable[..., Post]:
    return lambda *told, **options: make_read(*told, **options).post


def _put(store: Store, posts: Sequence[Post], now: datetime, seen_by: str = "sky", score: float | None = 0.5) -> int:
    with store.write() as tx:
        return archive.put_posts(tx, archive.made_ready((post, score) for post in posts), seen_by, now)


def _archived(store: Store, after: int = 0) -> list[archive.Archived]:
    with store.read() as tx:
        return archive.posts_after(tx, after, 1_000)


def _ids(store: Store) -> list[str]:
    return [one.post.external_id for one in _archived(store)]


def test_a_post_is_archived_whole_and_once(store: Store, make_post: Any, now: datetime) -> None:
    full = make_post(
        "1",
        "three words here",
        title="A title",
        lang="en",
        kind="comment",
        in_reply_to="0",
        engagement=Engagement(likes=3, views=0),
        author=Author(id="u9", handle="bo", name="Bo", followers=0, bio="b", links=("https://a.example",)),
    )
    bare = Post(source="sky", instance="", external_id="2")
    assert _put(store, [full, bare], now, score=-0.25) == 2
    before = _archived(store)
    assert [one.post for one in before] == [full, bare]
    assert {(one.seen_by, one.score, one.first_seen_at) for one in before} == {("sky", -0.25, now)}
    assert _put(store, [bare, full], now + timedelta(days=1), score=-0.25) == 0
    assert _archived(store) == before


def test_an_edited_post_becomes_what_it_is_now_and_stays_where_it_is(
    store: Store, make_post: Any, now: datetime
) -> None:
    _put(store, [make_post("1"), make_post("2")], now)
    (first, _) = _archived(store)
    later = make_post("1", "other words", author=Author(id="u2", handle="bo"))
    assert _put(store, [later], now + timedelta(days=1), "other", score=-1.0) == 0
    (again, _) = _archived(store)
    assert (again.number, again.seen_by, again.first_seen_at) == (first.number, "sky", now)
    assert (again.post, again.score) == (later, -1.0)
    with store.write() as tx:
        assert archive.forget_authors(tx, [("feed", "u1")]) == 1  # the other one's
    assert _ids(store) == ["1"]


def test_what_comes_twice_at_once_counts_as_it_came_last(store: Store, make_post: Any, now: datetime) -> None:
    assert _put(store, [make_post("1", "old"), make_post("1", "new")], now) == 1
    assert [one.post.text for one in _archived(store)] == ["new"]


def test_nothing_is_both_kept_and_archived(store: Store, make_read: MakeRead, now: datetime) -> None:
    kept, other = make_read("1", "acme is fine"), make_read("2", "acme is fine too")
    with store.write() as tx:
        put_results(tx, [kept], "sky", False, now)
    assert _put(store, [kept.post, other.post], now) == 1
    assert _ids(store) == ["2"]
    with store.write() as tx:
        put_results(tx, [other], "sky", False, now)
    assert _ids(store) == []
    with store.write() as tx:
        tombstone_posts(tx, [kept.post.key], now)  # its key is a hash alone from now on
    assert _put(store, [kept.post], now) == 0


def test_what_was_deleted_upstream_or_whose_author_left_is_gone(store: Store, make_post: Any, now: datetime) -> None:
    bo = Author(id="u2", handle="bo")
    _put(
        store, [make_post("1"), make_post("2"), make_post("3", author=bo), make_post("4", source="sky", author=bo)], now
    )
    with store.write() as tx:
        assert archive.forget_keys(tx, [make_post("1").key, make_post("9").key]) == 1
        assert archive.forget_authors(tx, [("feed", "u2"), ("feed", ""), ("feed", "nobody")]) == 1
    assert _ids(store) == ["2", "4"]


@pytest.mark.parametrize("name", ["bo", "@Bo", "u2"])
def test_an_erased_author_is_gone_under_every_handle_and_stays_away(
    store: Store, make_post: Any, make_read: MakeRead, now: datetime, name: str
) -> None:
    then, later = Author(id="u2", handle="bo"), Author(id="u2", handle="bobby")
    _put(store, [make_post("1"), make_post("2", author=then), make_post("3", author=later)], now)
    with store.write() as tx:
        put_results(tx, [make_read("4", author=later)], "sky", False, now)
        assert erase_author(tx, "feed", name, now) == Purged(posts=1, mentions=1, archived=2)
    assert _ids(store) == ["1"]
    assert _put(store, [make_post("5", author=then), make_post("6", author=Author(id="u2")), make_post("7")], now) == 1
    assert _ids(store) == ["1", "7"]


def test_a_number_that_each_forum_counts_by_itself_erases_nobody(store: Store, make_post: Any, now: datetime) -> None:
    _put(store, [make_post("1", source="discourse", author=Author(id="7", handle="bo"))], now)
    with store.write() as tx:
        assert erase_author(tx, "discourse", "7", now).archived == 0
        assert erase_author(tx, "discourse", "bo", now).archived == 1


def test_what_is_too_old_goes_a_few_at_a_time_and_by_its_source(store: Store, make_post: Any, now: datetime) -> None:
    for hour in range(4):
        at = now + timedelta(hours=hour)
        _put(store, [make_post(f"a{hour}")], at, "sky")
        _put(store, [make_post(f"b{hour}")], at, "news")
    with store.write() as tx:
        assert archive.sources_archived(tx) == ["news", "sky"]
        assert archive.prune(tx, "sky", now + timedelta(hours=3), 2) == 2
        assert archive.prune(tx, "sky", now + timedelta(hours=3), 2) == 1
        assert archive.prune(tx, "news", None, 100) == 4
        assert archive.sources_archived(tx) == ["sky"]
    assert _ids(store) == ["a3"]


def test_it_tells_how_much_there_is(store: Store, make_post: Any, now: datetime) -> None:
    with store.read() as tx:
        assert archive_extent.extent(tx) == archive_extent.Extent(posts=0, bytes=0, since=None)
    _put(store, [make_post(str(number)) for number in range(10)], now)
    _put(store, [make_post("11")], now + timedelta(hours=1))
    with store.read() as tx:
        extent = archive_extent.extent(tx)
    assert (extent.posts, extent.since) == (11, now)
    assert 11 * 250 < extent.bytes < 11 * 1_000


def test_pages_can_begin_at_a_time(store: Store, make_post: Any, now: datetime) -> None:
    _put(store, [make_post("1")], now)
    _put(store, [make_post("2"), make_post("3")], now + timedelta(hours=1))
    with store.read() as tx:
        page = archive.posts_after(tx, 0, 1, now + timedelta(minutes=1))
        assert [one.post.external_id for one in page] == ["2"]
        rest = archive.posts_after(tx, page[0].number, 9, now + timedelta(minutes=1))
        assert [one.post.external_id for one in rest] == ["3"]
        assert archive.newest_post(tx) == rest[0].number


def test_a_look_can_begin_behind_what_was_seen_before_a_time(store: Store, make_post: Any, now: datetime) -> None:
    with store.read() as tx:
        assert archive.last_before(tx, now) == 0
    for day in range(12):
        _put(store, [make_post(f"{day}.{number}") for number in range(3)], now + timedelta(days=day))
    with store.write() as tx:
        archive.forget_keys(tx, [make_post(f"{day}.{number}").key for day in (0, 4, 11) for number in range(3)])
    for since in (now + timedelta(days=day, hours=hour) for day in range(-1, 14) for hour in (0, 1)):
        with store.read() as tx:
            last = archive.last_before(tx, since)
            behind = archive.posts_after(tx, last, 99)
            assert archive.posts_after(tx, last, 99, since) == archive.posts_after(tx, 0, 99, since)
        assert all(one.first_seen_at >= since - timedelta(days=1) for one in behind)


def test_what_a_back_fill_found_is_kept_as_of_when_it_was_seen(
    store: Store, make_read: MakeRead, now: datetime
) -> None:
    reads = [make_read("1", "acme kettle"), make_read("2", "acme lamp", published_at=None), make_read("3", "acme cup")]
    _put(store, [read.post for read in reads], now)
    archived = _archived(store)
    _put(store, [make_read("3", "acme cup, edited").post], now)  # after it was read
    found = list(zip(archived, reads, strict=True))
    later = now + timedelta(days=2)
    with store.write() as tx:
        assert backfill.put_archived(tx, found, later) == 2
    with store.write() as tx:
        assert backfill.put_archived(tx, found, later) == 0
    assert _ids(store) == ["3"]
    with store.read() as tx:
        kept = list_mentions(tx, MentionFilter(oldest_first=True))
        assert [one.post.external_id for one in kept] == ["1", "2"]
        assert {(one.first_seen_at, one.seen_by) for one in kept} == {(now, ("sky",))}
        assert [one.story for one in kept] != ["", ""]
        assert list_mentions(tx, MentionFilter(search="kettle")) == kept[:1]
        assert list_mentions(tx, MentionFilter(since=now, until=now + timedelta(seconds=1))) == kept[1:]
        assert words_in(tx, "lamp") is not None


def test_hashes_are_those_of_kept_posts(make_post: Any) -> None:
    post = make_post("1")
    (ready,) = archive.made_ready([(post, None)])
    assert ready.key == key_hash(post)
    assert ready.author == author_id_hash("feed", post.author)
    assert ready.handle == author_handle_hash("feed", post.author)
