"""What people say of mentions is kept with what had been read, can be taken back, and goes with its post."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from listener.store import Store
from listener.store.marks import (
    MarkedText,
    gone,
    keep_texts,
    list_marks,
    mark_mention,
    marked_mentions,
    marked_texts,
    take_back,
    take_back_file,
)
from listener.store.mentions import get_mention, put_results, tombstone_posts
from listener.store.purge import erase_author, purge_older
from rules.analysis import Read
from sources.post import Author

MakeRead = Callable[..., Read]


@pytest.fixture
def keep(store: Store, make_read: MakeRead, now: datetime) -> Callable[..., int]:
    """Keeps a post; gives the number of its mention."""

    def put(external_id: str, text: str = "", *, at: datetime = now, label: str = "neutral") -> int:
        read = make_read(external_id, text, label=label, author=Author(id=f"id-{external_id}"))
        with store.write() as tx:
            return put_results(tx, [read], "blogs", False, at).new[0].id

    return put


def _mark_of(store: Store, number: int) -> str:
    with store.read() as tx:
        mention = get_mention(tx, number)
    assert mention is not None
    return mention.mark


def test_a_mark_tells_who_said_what_when_and_what_had_been_read(
    store: Store, keep: Callable[..., int], now: datetime
) -> None:
    number = keep("1", "acme is slow", label="positive")
    with store.write() as tx:
        assert mark_mention(tx, number, "negative", now, "ann")
        (mark,) = list_marks(tx, limit=9)
    assert (mark.mention, mark.mark, mark.by, mark.at, mark.said) == (number, "negative", "ann", now, "positive")
    assert (mark.said_score, mark.brand, mark.text, mark.counts) == (0.8, "Acme", "acme is slow", True)


def test_the_last_mark_counts_and_taking_it_back_lets_the_one_before_count_again(
    store: Store, keep: Callable[..., int], now: datetime
) -> None:
    number = keep("1")
    with store.write() as tx:
        mark_mention(tx, number, "negative", now, "ann")
        mark_mention(tx, number, "noise", now + timedelta(hours=1), "bob")
        assert [(one.mark, one.counts) for one in list_marks(tx, limit=9)] == [("noise", True), ("negative", False)]
    assert _mark_of(store, number) == "noise"
    with store.write() as tx:
        assert take_back(tx, number, now) == "negative"
    assert _mark_of(store, number) == "negative"
    with store.write() as tx:
        assert take_back(tx, number, now) == ""
        assert take_back(tx, number, now) is None
    assert _mark_of(store, number) == ""


def test_what_a_file_brought_is_taken_back_as_one_and_nothing_else(
    store: Store, keep: Callable[..., int], now: datetime
) -> None:
    both, alone = keep("1"), keep("2")
    with store.write() as tx:
        mark_mention(tx, both, "noise", now, "ann")
        mark_mention(tx, both, "positive", now, "ann", "labels.csv")
        mark_mention(tx, alone, "positive", now, "ann", "labels.csv")
        keep_texts(tx, [MarkedText("so slow", "negative", "Acme")], now, "ann", "labels.csv")
        assert marked_texts(tx, 9) == [MarkedText("so slow", "negative", "Acme")]
        assert take_back_file(tx, "labels.csv", now) == 3
        assert take_back_file(tx, "labels.csv", now) == 0
        assert marked_texts(tx, 9) == []
    assert (_mark_of(store, both), _mark_of(store, alone)) == ("noise", "")


def test_only_feelings_are_there_to_learn_from_the_last_marked_first(
    store: Store, keep: Callable[..., int], now: datetime
) -> None:
    first, second, noise = keep("1"), keep("2"), keep("3")
    with store.write() as tx:
        for number, mark in ((first, "negative"), (second, "positive"), (noise, "noise"), (first, "neutral")):
            mark_mention(tx, number, mark, now)
        assert marked_mentions(tx, 9) == [first, second]
        assert marked_mentions(tx, 1) == [first]


def test_the_mark_of_a_post_that_its_author_deleted_goes_with_it_and_is_counted(
    store: Store, keep: Callable[..., int], make_read: MakeRead, now: datetime
) -> None:
    number = keep("1")
    with store.write() as tx:
        mark_mention(tx, number, "negative", now, "ann")
        mark_mention(tx, number, "positive", now, "ann")
        assert tombstone_posts(tx, [make_read("1").post.key], now) == 1
        assert (list_marks(tx, limit=9), gone(tx)) == ([], 2)
    assert _mark_of(store, number) == "positive", "yesterday's figures stay"


def test_marks_go_with_age_and_with_the_author_who_is_erased_copies_of_the_text_too(
    store: Store, keep: Callable[..., int], now: datetime
) -> None:
    old, theirs, other = keep("1", at=now - timedelta(days=9)), keep("2", "acme, my words"), keep("3")
    with store.write() as tx:
        keep_texts(tx, [MarkedText("an old text", "negative")], now - timedelta(days=9), "ann", "labels.csv")
        copies = ["acme, my words", "'acme, my words"]
        keep_texts(tx, [MarkedText(copy, "negative") for copy in copies], now, "ann", "more.csv")
        for number in (old, theirs, other):
            mark_mention(tx, number, "negative", now, "ann")
        purge_older(tx, now - timedelta(days=7))
        assert gone(tx) == 2
        assert {one.mention for one in list_marks(tx, limit=9)} == {theirs, other, None}
        erase_author(tx, "feed", "id-2", now)
        assert [one.mention for one in list_marks(tx, limit=9)] == [other]
        assert gone(tx) == 5
