"""What comes in together lies together in the indexes, and what is looked for is looked up there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, event, text

from listener.store import Store
from listener.store.customers import mentions_of_customer
from listener.store.hashes import HASH_BYTES, hash_of, key_hash
from listener.store.mentions import MentionFilter, keys_of_authors, list_mentions, put_results, tombstone_posts
from rules.analysis import Read
from sources.post import Author, PostKey

MakeRead = Callable[..., Read]


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("https://mastodon.example/users/ann/statuses/113344556677889900", "https://x.example/y/statuses/113344556679"),
        ("at://did:plc:zzzz/app.bsky.feed.post/3lbabcdefgh2k", "at://did:plc:aaaa/app.bsky.feed.post/3lbabcxefgh2k"),
        ("t3_1abcdef", "t3_1abdaaa"),
        ("1890123456789012345", "1890123999999999999"),
    ],
)
def test_the_hashes_of_ids_that_count_upward_stand_in_the_order_of_the_ids(earlier: str, later: str) -> None:
    assert key_hash(PostKey("any", "", earlier)) < key_hash(PostKey("other", "host", later))


@pytest.mark.parametrize("drawn", ["dQw4w9WgXcQ", "https://news.example/jane-doe-was-here", "I_kwDOABCD123456", "7"])
def test_nothing_of_an_id_that_is_no_number_stands_before_its_hash(drawn: str) -> None:
    assert len(key_hash(PostKey("any", "", drawn))) == HASH_BYTES


@given(st.text(max_size=8), st.text(max_size=8), st.text(max_size=60))
def test_a_key_ends_with_the_hash_of_all_its_parts(source: str, instance: str, external_id: str) -> None:
    try:
        whole = hash_of(source, instance, external_id)
    except UnicodeEncodeError:
        return  # no source gives lone surrogates
    assert key_hash(PostKey(source, instance, external_id))[-HASH_BYTES:] == whole


def test_posts_are_found_by_story_and_author_in_whatever_block_they_lie(
    store: Store, make_read: MakeRead, now: datetime
) -> None:
    jo, al = Author(id="jo"), Author(id="al")
    told = tuple(range(6))
    reads = [make_read(str(n), fingerprint=told if n % 3 else (), author=jo if n % 2 else al) for n in range(1, 8)]
    with store.write() as tx:
        for read, number in zip(reads, (1, 2, 4_095, 4_096, 20_000, 90_000, 90_001), strict=True):
            _number_next(tx, number)
            put_results(tx, [read], "blogs", False, now)
        story = list_mentions(tx, MentionFilter(oldest_first=True))[0].story
        same = list_mentions(tx, MentionFilter(story=story, oldest_first=True))
        assert [one.post.external_id for one in same] == ["1", "2", "4", "5", "7"]
        assert {key.external_id for key in keys_of_authors(tx, [("feed", "jo")])} == {"1", "3", "5", "7"}
        assert {key.external_id for key in keys_of_authors(tx, [("feed", "jo"), ("feed", "al")])} == set("1234567")


def _number_next(tx: Connection, number: int) -> None:
    if tx.dialect.name == "sqlite":
        tx.execute(text("DELETE FROM sqlite_sequence WHERE name = 'post'"))
        tx.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES ('post', :last)"), {"last": number - 1})
    else:
        sequence = "setval(pg_get_serial_sequence('post', 'id'), :number, false)"
        tx.execute(text(f"SELECT {sequence}"), {"number": number})


@pytest.mark.parametrize(
    ("look", "index"),
    [
        (lambda tx: list_mentions(tx, MentionFilter(story="s")), "ix_post_block_story (<expr>=? AND story=?)"),
        (lambda tx: keys_of_authors(tx, [("feed", "jo")]), "ix_post_block_author (<expr>=? AND author_id_hash=?)"),
        (lambda tx: list_mentions(tx, MentionFilter(customer="c1")), "ix_mention_customer_id (customer_id=?)"),
        (lambda tx: mentions_of_customer(tx, "c1", 5), "ix_mention_customer_id (customer_id=?)"),
    ],
)
def test_sqlite_looks_such_things_up_in_their_index(
    tmp_path: Path, look: Callable[[Connection], object], index: str
) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'listener.db'}")
    asked: list[tuple[str, Any]] = []
    with store.read() as tx:
        event.listen(
            tx, "before_cursor_execute", lambda _, __, statement, values, *___: asked.append((statement, values))
        )
        look(tx)
        plans = [tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values).all() for sql, values in list(asked)]
    store.close()
    assert any(str(step.detail).endswith(index) for plan in plans for step in plan)


def test_of_a_post_that_its_author_deleted_no_part_of_its_number_stays(
    store: Store, make_read: MakeRead, now: datetime
) -> None:
    reads = [make_read("1890123456789012345"), make_read("1890123456789012399")]
    with store.write() as tx:
        put_results(tx, reads, "blogs", False, now)
        assert tombstone_posts(tx, [reads[0].post.key], now) == 1
        assert tombstone_posts(tx, [reads[0].post.key], now) == 0
    with store.write() as tx:
        kept = [bytes(row.key_hash) for row in tx.execute(text("SELECT key_hash FROM post ORDER BY id"))]
        assert kept == [key_hash(reads[0].post)[-HASH_BYTES:], key_hash(reads[1].post)]
        assert put_results(tx, reads, "news", False, now).new == []
