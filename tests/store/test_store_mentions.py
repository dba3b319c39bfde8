"""Posts are kept once, mentions once a brand; only what nobody had seen comes back as new."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from listener.store import Store
from listener.store.marks import mark_mention
from listener.store.mentions import (
    MentionFilter,
    count_mentions,
    get_mention,
    hold,
    list_mentions,
    newest_id,
    put_results,
    tombstone_posts,
)
from listener.store.purge import purge_older
from rules.analysis import Read
from rules.reading import CustomerMatch, RuleMatch
from sources.post import Author, Engagement, Post

MakeRead = Callable[..., Read]
ALL = MentionFilter(limit=1_000)


def _put(store: Store, reads: list[Read], now: datetime, seen_by: str = "blogs", first: bool = False) -> Any:
    with store.write() as tx:
        return put_results(tx, reads, seen_by, first, now)


def _list(store: Store, **wanted: Any) -> list[Any]:
    with store.read() as tx:
        return list_mentions(tx, MentionFilter(**{"limit": 1_000, **wanted}))


def test_what_was_put_in_comes_out_whole(store: Store, make_read: MakeRead, now: datetime) -> None:
    customer = CustomerMatch(id="c1", name="Ann", tier="gold", confidence=1.0, evidence=("feed:ann",))
    read = make_read(
        "1",
        "Acme আমার রকেট ভেঙে ফেলেছে 🚀",
        title="Broken",
        label="negative",
        urgency="high",
        customer=customer,
        rules=(RuleMatch(name="angry", severity="high", reason="'ভেঙে'"),),
        engagement=Engagement(likes=3),
        in_reply_to="0",
        kind="comment",
    )
    kept = _put(store, [read], now, first=True)
    (mention,) = kept.new
    assert kept.updated == []
    assert mention.post == read.post
    assert (mention.brand, mention.seen_by, mention.first_seen_at) == ("Acme", ("blogs",), now)
    for part in ("spans", "lang", "sentiment", "urgency", "intent", "topics", "customer", "rules"):
        assert msgspec.json.encode(getattr(mention, part)) == msgspec.json.encode(getattr(read.reading, part)), part
    assert mention.first_reading and not mention.own and mention.held == mention.mark == ""
    with store.read() as tx:
        assert get_mention(tx, mention.id) == mention
        assert newest_id(tx) == mention.id


def test_the_same_batch_twice_brings_nothing_new(store: Store, make_read: MakeRead, now: datetime) -> None:
    reads = [make_read(str(number)) for number in range(20)]
    assert len(_put(store, reads, now).new) == 20
    before = _list(store)
    again = _put(store, reads, now + timedelta(hours=1))
    assert (again.new, again.updated) == ([], [])
    assert _list(store) == before


def test_a_post_twice_in_one_batch_is_kept_once(store: Store, make_read: MakeRead, now: datetime) -> None:
    kept = _put(store, [make_read("1", "acme one"), make_read("1", "acme two")], now)
    assert [mention.post.text for mention in kept.new] == ["acme two"]


def test_a_post_for_two_brands_is_two_mentions_of_one_post(store: Store, make_read: MakeRead, now: datetime) -> None:
    kept = _put(store, [make_read("1"), make_read("1", brand="Bolt")], now)
    assert [mention.brand for mention in kept.new] == ["Acme", "Bolt"]
    assert len({mention.story for mention in kept.new}) == 1


def test_a_known_post_that_another_source_sees_only_gains_its_name_and_counters(
    store: Store, make_read: MakeRead, now: datetime
) -> None:
    _put(store, [make_read("1", engagement=Engagement(likes=1, views=10))], now)
    kept = _put(store, [make_read("1", engagement=Engagement(likes=5))], now, seen_by="news")
    assert (kept.new, kept.updated) == ([], [])
    (mention,) = _list(store)
    assert mention.seen_by == ("blogs", "news")
    assert mention.post.engagement == Engagement(likes=5, views=10)


def test_a_known_post_of_a_new_brand_is_a_new_mention(store: Store, make_read: MakeRead, now: datetime) -> None:
    _put(store, [make_read("1")], now)
    kept = _put(store, [make_read("1"), make_read("1", brand="Bolt")], now + timedelta(hours=1))
    assert [mention.brand for mention in kept.new] == ["Bolt"]
    assert kept.new[0].first_seen_at == now


def test_an_edited_post_is_updated_in_place_and_what_people_marked_stays(
    store: Store, make_read: MakeRead, now: datetime
) -> None:
    (before,) = _put(store, [make_read("1", "acme is great")], now).new
    with store.write() as tx:
        assert mark_mention(tx, before.id, "noise", now)
    edited = make_read("1", "EDIT: acme is terrible", label="negative")
    kept = _put(store, [edited, make_read("1", edited.post.text, brand="Bolt")], now)
    assert [mention.brand for mention in kept.new] == ["Bolt"]
    (updated,) = kept.updated
    assert (updated.id, updated.post.text, updated.mark) == (before.id, "EDIT: acme is terrible", "noise")
    assert updated.sentiment.label == "negative"
    assert updated.story == before.story
    assert len(_list(store, search="terrible")) == 2
    assert _list(store, search="great") == []


def test_reads_that_no_brand_asked_for_are_not_kept(store: Store, make_read: MakeRead, now: datetime) -> None:
    assert _put(store, [make_read("1", brand=None)], now).new == []
    assert _list(store) == []


def test_a_post_with_parts_of_any_length_is_kept_once(store: Store, make_read: MakeRead, now: datetime) -> None:
    """Longer than what an index entry of PostgreSQL holds, in characters that do not compress."""
    long = "".join(chr(0x4E00 + (number * 7919) % 20_000) for number in range(2_000))
    read = make_read(long, long * 50, instance=long, author=Author(id=long, handle=long, name=long))
    assert len(_put(store, [read], now).new) == 1
    assert _put(store, [read], now).new == []


def test_a_text_of_nothing_but_different_long_words_is_kept(store: Store, make_read: MakeRead, now: datetime) -> None:
    text = " ".join(f"{'ﷺ' * 40}{number}" for number in range(4_000))
    assert len(_put(store, [make_read("1", text)], now).new) == 1


def test_posts_that_tell_the_same_text_share_a_story(store: Store, make_read: MakeRead, now: datetime) -> None:
    release = (1, 2, 3, 4, 5, 6)
    first = _put(store, [make_read("1", fingerprint=release), make_read("2", fingerprint=release)], now).new
    later = _put(store, [make_read("3", fingerprint=(1, 2, 3, 4, 9, 10)), make_read("4", fingerprint=(7, 8))], now).new
    assert first[0].story == first[1].story == later[0].story != later[1].story


def test_readers_that_go_on_from_the_last_number_get_each_mention_once(
    store: Store, make_read: MakeRead, now: datetime
) -> None:
    _put(store, [make_read(str(number), published_at=now - timedelta(days=number)) for number in range(5)], now)
    seen: list[int] = []
    while page := _list(store, min_id=(seen[-1] if seen else 0) + 1, limit=2, oldest_first=True):
        seen += [mention.id for mention in page]
    assert len(seen) == len(set(seen)) == 5
    newest_first = [mention.post.external_id for mention in _list(store)]
    assert newest_first == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"brand": "Bolt"}, {"b"}),
        ({"source": "hackernews"}, {"b"}),
        ({"source": "blogs"}, {"a", "c"}),
        ({"source": "hn"}, {"b"}),
        ({"label": "negative"}, {"a"}),
        ({"label": "unread"}, {"c"}),
        ({"label": "positive"}, {"b"}),
        ({"urgency": "critical"}, {"a"}),
        ({"customer": "c1"}, {"a"}),
        ({"mark": "positive"}, {"b"}),
        ({"search": "rocket"}, {"a"}),
        ({"search": "acme -rocket"}, {"a"}),
        ({"brand": "Acme", "label": "negative"}, {"a"}),
        ({"brand": "Nobody"}, set()),
    ],
)
def test_mentions_are_found_by_each_of_their_sides(
    store: Store, make_read: MakeRead, now: datetime, wanted: dict[str, Any], found: set[str]
) -> None:
    customer = CustomerMatch(id="c1", confidence=1.0)
    angry = make_read("a", "acme rocket", label="negative", urgency="critical", customer=customer)
    _put(store, [angry, make_read("c", "acme", label=None)], now)
    (other,) = _put(store, [make_read("b", "bolt", brand="Bolt", source="hackernews")], now, seen_by="hn").new
    with store.write() as tx:
        mark_mention(tx, other.id, "positive", now)
        assert not mark_mention(tx, 10_000, "noise", now)
    assert {mention.post.external_id for mention in _list(store, **wanted)} == found
    with store.read() as tx:
        assert count_mentions(tx, MentionFilter(limit=0, **wanted)) == len(found)


def test_time_goes_by_the_posts_own_date_or_by_when_it_was_seen(
    store: Store, make_read: MakeRead, now: datetime
) -> None:
    _put(store, [make_read("old", published_at=now - timedelta(days=3)), make_read("undated", published_at=None)], now)
    recent = _list(store, since=now - timedelta(days=1))
    assert [mention.post.external_id for mention in recent] == ["undated"]
    assert [mention.post.external_id for mention in _list(store, until=now)] == ["old"]


def test_why_nobody_was_told_is_kept(store: Store, make_read: MakeRead, now: datetime) -> None:
    (mention,) = _put(store, [make_read("1")], now).new
    with store.write() as tx:
        hold(tx, {mention.id: "older than a day"})
    assert _list(store)[0].held == "older than a day"


def test_a_post_deleted_upstream_loses_its_words_everywhere_and_stays_gone(
    store: Store, make_read: MakeRead, now: datetime
) -> None:
    rules = (RuleMatch(name="angry", severity="high", reason="Ann wrote 'secretword'"),)
    customer = CustomerMatch(id="c1", name="Ann", confidence=1.0, evidence=("secretword",))
    read = make_read("1", "secretword acme", label="negative", rules=rules, customer=customer)
    (mention,) = _put(store, [read], now).new
    with store.write() as tx:
        assert tombstone_posts(tx, [read.post.key, replace(read.post.key, external_id="2")], now) == 1
        assert tombstone_posts(tx, [read.post.key], now) == 0
    with store.read() as tx:
        left = get_mention(tx, mention.id)
        assert list_mentions(tx, ALL) == []
        assert list_mentions(tx, MentionFilter(search="secretword")) == []
    assert left is not None
    assert left.post == Post(source="feed", instance="example.org", external_id="", published_at=read.post.published_at)
    assert (left.sentiment.label, left.customer, left.rules[0].name) == ("negative", None, "angry")
    assert "secretword" not in str(left) and "ann" not in str(left).lower()
    again = _put(store, [read, make_read("1", "secretword acme edited")], now)
    assert (again.new, again.updated) == ([], [])
    assert _list(store) == []


def test_what_is_told_of_a_batch_is_what_is_kept_of_it(store: Store, make_read: MakeRead, now: datetime) -> None:
    _put(store, [make_read("1", "acme one"), make_read("2", "acme two")], now)
    kept = _put(
        store,
        [
            make_read("2", "acme two", brand="Beta"),
            make_read("3", "acme three", published_at=None),
            make_read("1", "acme one, edited", brand="Acme"),
            make_read("3", "acme three", brand="Beta", published_at=None),
            make_read("1", "acme one, edited", brand="Beta"),
        ],
        now + timedelta(hours=1),
        seen_by="news",
    )
    assert [(one.post.external_id, one.brand) for one in kept.new] == [
        ("2", "Beta"), ("3", "Acme"), ("3", "Beta"), ("1", "Beta")
    ]  # fmt: skip
    assert [one.id for one in kept.new] == sorted(one.id for one in kept.new)
    with store.read() as tx:
        assert kept.new == [get_mention(tx, one.id) for one in kept.new]
        assert kept.updated == [get_mention(tx, one.id) for one in kept.updated]


def test_numbers_are_never_given_twice_after_the_newest_are_gone(
    store: Store, make_read: MakeRead, now: datetime
) -> None:
    (first,) = _put(store, [make_read("1")], now).new
    with store.write() as tx:
        purge_older(tx, now + timedelta(days=1))
    (second,) = _put(store, [make_read("2")], now).new
    assert second.id > first.id
