"""Topics are counted from the mentions that people wrote, and kept until they are counted again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from listener.store import Store, topics
from listener.store.digest import digest_data
from listener.store.marks import mark_mention
from listener.store.mentions import put_results, tombstone_posts
from rules.analysis import Read
from rules.reading import Intent
from rules.topic import BrandTopics, Said
from sources.post import Author

MakeRead = Callable[..., Read]
DAY = timedelta(days=1)
ENDS = ("today", "again", "as always", "it seems", "for now", "I guess", "so far", "by the way")
USUAL = ("the light is warm", "the price is fair", "it stands on my desk", "the box was nice", "a good lamp to read by")


@pytest.fixture
def keep(store: Store, make_read: MakeRead, now: datetime) -> Callable[..., list[int]]:
    """Keeps posts of these texts, an hour apart, each by somebody else; gives the numbers of their mentions."""
    made: list[int] = []

    def put(texts: list[str], age: timedelta, **options: Any) -> list[int]:
        reads = []
        for place, text in enumerate(texts):
            made.append(1)
            about = {"published_at": now - age - place * timedelta(minutes=7)} | options
            author = about.pop("author", Author(id=f"u{len(made)}"))
            reads.append(make_read(f"p{len(made)}", text, author=author, **about))
        with store.write() as tx:
            return [one.id for one in put_results(tx, reads, "blogs", False, now).new]

    return put


@pytest.fixture
def history(keep: Callable[..., list[int]]) -> None:
    keep([f"{USUAL[n % 5]} {ENDS[n % 8]}" for n in range(40)], 3 * DAY)
    keep([f"{USUAL[n % 5]} {ENDS[n % 7]}" for n in range(20)], timedelta(hours=1))


def _count(store: Store, now: datetime, brand: str = "Acme", narrow: bool = False, days: int = 1) -> BrandTopics:
    with store.read() as tx:
        return topics.count_topics(tx, brand, now - days * DAY, now, narrow=narrow)


def _terms(found: BrandTopics) -> list[str]:
    return [topic.term for topic in found.rising]


@pytest.mark.usefixtures("history")
def test_a_topic_is_counted_with_an_example(store: Store, keep: Callable[..., list[int]], now: datetime) -> None:
    numbers = keep([f"plug melted {end}" for end in ENDS], timedelta(hours=2), label="negative")
    found = _count(store, now)
    assert (found.compared, found.posts, found.sampled, _terms(found)) == ("earlier", 28, 1.0, ["plug melted"])
    (topic,) = found.rising
    assert (topic.mentions, topic.before, topic.negative) == (8, 0, 1.0)
    assert set(topic.examples) <= set(numbers)
    with store.read() as tx:
        assert topics.examples_of(tx, found)["plug melted"].id == numbers[0]


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize("fate", ["own", "noise", "deleted", "spam", "one story", "one author", "another brand"])
def test_what_nobody_else_said_is_no_topic(store: Store, make_read: MakeRead, now: datetime, fate: str) -> None:
    options: dict[str, Any] = {
        "own": {"own": True},
        "one story": {"fingerprint": (1, 2, 3, 4, 5, 6)},
        "one author": {"author": Author(id="one")},
        "another brand": {"brand": "Bolt"},
    }.get(fate, {})
    reads = [
        make_read(f"x{n}", f"plug melted {end}", **({"author": Author(id=f"x{n}")} | options))
        for n, end in enumerate(ENDS)
    ]
    if fate == "spam":
        spam = (Intent(label="spam", score=0.9),)
        reads = [replace(read, reading=replace(read.reading, intent=spam)) for read in reads]
    with store.write() as tx:
        numbers = [one.id for one in put_results(tx, reads, "blogs", False, now).new]
        for number in numbers if fate == "noise" else ():
            mark_mention(tx, number, "noise", now)
        if fate == "deleted":
            tombstone_posts(tx, [read.post.key for read in reads], now)
    assert len(numbers) == len(ENDS)
    assert "plug melted" not in _terms(_count(store, now))


def test_without_a_past_a_brand_is_compared_with_the_others(
    store: Store, keep: Callable[..., list[int]], now: datetime
) -> None:
    keep([f"{USUAL[n % 5]} {ENDS[n % 8]}" for n in range(120)], 3 * DAY, brand="Bolt")
    keep([f"{USUAL[n % 5]} {ENDS[n % 7]}" for n in range(20)], timedelta(hours=1))
    keep([f"plug melted {end}" for end in ENDS], timedelta(hours=2))
    found = _count(store, now)
    assert (found.compared, _terms(found)) == ("other brands", ["plug melted"])
    assert found.rising[0].trend == "typical"


def test_a_short_history_stands_against_its_own_newest_part(
    store: Store, keep: Callable[..., list[int]], now: datetime
) -> None:
    keep([f"{USUAL[n % 5]} {ENDS[n % 8]}" for n in range(40)], 3 * DAY)
    keep([f"{USUAL[n % 5]} {ENDS[n % 7]}" for n in range(20)], timedelta(hours=1))
    keep([f"plug melted {end}" for end in ENDS], timedelta(hours=2))
    assert _count(store, now, days=7).compared == "nothing"
    narrowed = _count(store, now, days=7, narrow=True)
    assert _terms(narrowed) == ["plug melted"]
    assert now - DAY < narrowed.since < now


def test_nothing_kept_has_no_topics(store: Store, now: datetime) -> None:
    found = _count(store, now, narrow=True)
    assert (found.posts, found.compared, found.topics) == (0, "nothing", ())


@pytest.mark.usefixtures("history")
def test_of_many_posts_a_part_is_read_and_told_for_all(
    store: Store, keep: Callable[..., list[int]], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep([f"plug melted {end} {n}" for n, end in enumerate(ENDS * 10)], timedelta(hours=2))
    monkeypatch.setattr(topics, "MOST_READ", 50)
    found = _count(store, now)
    assert found.posts == 100
    assert found.sampled == 0.5
    assert _terms(found)[0] == "plug melted"
    assert 40 <= found.rising[0].mentions <= 120


@pytest.mark.usefixtures("history")
def test_topics_are_kept_until_they_are_counted_again(
    store: Store, keep: Callable[..., list[int]], now: datetime
) -> None:
    keep([f"plug melted {end}" for end in ENDS], timedelta(hours=2))
    found = _count(store, now)
    with store.write() as tx:
        topics.keep_topics(tx, found, 5, now - DAY)
        topics.keep_topics(tx, found, topics.newest_of(tx, "Acme"), now)
    with store.read() as tx:
        kept = topics.kept_topics(tx)
        assert kept == {"Acme": topics.KeptTopics(topics=found, counted_at=now, newest=topics.newest_of(tx, "Acme"))}
        assert topics.current_terms(tx) == {"Acme": ("plug melted",)}
    with store.write() as tx:
        assert topics.forget_topics(tx, ["Bolt"]) == 1
        assert topics.kept_topics(tx) == {}


@pytest.mark.usefixtures("history")
def test_a_digest_tells_the_topics_of_its_own_period(
    store: Store, keep: Callable[..., list[int]], now: datetime
) -> None:
    keep([f"plug melted {end}" for end in ENDS], timedelta(hours=2))
    with store.read() as tx:
        (brand,) = digest_data(tx, now - DAY, now, ["Acme"]).brands
        (earlier,) = digest_data(tx, now - 2 * DAY, now - DAY, ["Acme"]).brands
    assert brand.topics is not None and earlier.topics is not None
    assert _terms(brand.topics) == ["plug melted"]
    assert "plug melted" in brand.topic_examples["plug melted"].post.text
    assert _terms(earlier.topics) == []


def test_the_longest_texts_are_cut_so_that_all_have_so_many_letters(now: datetime) -> None:
    texts = ["short", "a" * 1_000, "b" * 3_000, "\u6f22" * 1_000]
    said = [Said(number=n, text=one, lang="en", story="", author="", at=now) for n, one in enumerate(texts)]
    assert [len(one.text) for one in topics.within(said, 2_405)] == [5, 800, 800, 266]
    assert topics.within(said, 7_005) == said
    assert topics.within([], 10) == []
