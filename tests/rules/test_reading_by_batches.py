"""A post reads the same alone, in any batch and in any order, whatever else stands there."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from rules.analysis import Analyser, BrandSetup, Read, Setup
from rules.row_products import row_products
from rules.sentiment.asked import AT_ONCE
from rules.sentiment.contract import ReadyText
from rules.sentiment.reader import SentimentReader
from rules.sentiment.weigher import Weigher
from sources.post import Post

NOW = datetime(2026, 11, 12, 9, tzinfo=UTC)
ANALYSER = Analyser(Setup(brands=(BrandSetup("Acme", "acme OR 好"), BrandSetup("Bolt", "bolt* NOT acme")), rules=()))

WORDS = (
    "acme", "Acme's", "BOLT", "bolted", "better than", "not", "never so", "good", "BAD", "hate", "love", "sooo", "but",
    "kind of", "no", "or", "worst", "refund", "down again", "schlecht", "malo", "очень", "плохо", "ভালো", "না", "好",
    "很糟糕", "サービス", "حلو", "😀", "😡😡", "👩‍👩‍👧", "🏽", ":)", "<3", "!!!", "?", "...", "#fail", "/s", "@ann",
    "@😀", "http://a.example/b", "www.a.example", "RT @ann:", "&amp;", "flight 123", "-- \n", "> quoted\n", "\n",
)  # fmt: skip
HOSTILE = (
    "", "\ud800", "z̷̛͖a̸l̵g̴o̶", "\u202eacme\u202c", "\u200b", "\x00", "a" * 3_000, "ａｃｍｅ", "ſ", "İ", "\u0301",
    "acme " * 900, "😀" * 400, "\n" * 3_000,
)  # fmt: skip
texts = st.one_of(
    st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join),
    st.lists(st.one_of(st.sampled_from(WORDS), st.sampled_from(HOSTILE), st.text(max_size=8)), max_size=6).map(
        " ".join
    ),
)
batches = st.lists(
    st.tuples(texts, texts.map(lambda text: text[:60]), st.sampled_from(["", "en", "de", "bn"])), max_size=8
)


def read(*posts: Post) -> list[Read]:
    return ANALYSER.analyse(posts, "social", NOW, every=True)


def made(batch: list[tuple[str, str, str]]) -> list[Post]:
    return [
        Post(source="mastodon", instance="host.example", external_id=str(number), text=text, title=title, lang=lang)
        for number, (text, title, lang) in enumerate(batch)
    ]


@given(batches, st.randoms(use_true_random=False))
@settings(max_examples=30)
def test_a_post_reads_the_same_alone_and_in_any_batch_and_order(
    batch: list[tuple[str, str, str]], chance: Random
) -> None:
    posts = made(batch)
    alone = [one for post in posts for one in read(post)]
    assert read(*posts) == alone
    mixed = chance.sample(posts, len(posts))
    place = {post.external_id: at for at, post in enumerate(posts)}
    assert sorted(read(*mixed), key=lambda one: place[one.post.external_id]) == alone


@given(batches)
@settings(max_examples=20)
def test_a_post_reads_as_it_does_where_nothing_was_read_before(batch: list[tuple[str, str, str]]) -> None:
    mentions = [ReadyText(text=text, lang=lang) for text, _, lang in batch]
    assert SentimentReader().analyze(mentions) == ANALYSER._reader.analyze(mentions)


def test_threads_that_read_at_once_read_what_one_reads() -> None:
    chance = Random(4)
    posts = made([(" ".join(chance.choices([*WORDS, *map(str, range(900))], k=20)), "", "") for _ in range(600)])
    shares = [posts[begin::6] for begin in range(6)]
    reader = Analyser(Setup(brands=(BrandSetup("Acme", "acme OR 好"), BrandSetup("Bolt", "bolt* NOT acme")), rules=()))
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda share: reader.analyse(share, "social", NOW, every=True), shares))
    assert found == [read(*share) for share in shares]


@pytest.mark.parametrize(("terms", "columns"), [(16, 93), (6, 2), (1, 1)])
def test_what_a_row_comes_to_depends_on_no_other_row(terms: int, columns: int) -> None:
    drawn = np.random.default_rng(5)
    weights = drawn.normal(size=(terms, columns)).astype(np.float32)
    rows = drawn.normal(size=(300, terms)).astype(np.float32)
    together = row_products(rows, weights)
    for size in (1, 2, 3, 7, 16, 33, 100):
        apart = [row_products(rows[begin : begin + size], weights) for begin in range(0, len(rows), size)]
        assert np.array_equal(np.concatenate(apart), together)
    assert np.allclose(together, rows @ weights, atol=1e-4)


def test_however_many_long_texts_come_together_few_pieces_are_held_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[int] = []
    look_up = Weigher.look_up

    def seen(self: Weigher, pieces: list[str]) -> NDArray[np.void]:
        held.append(len(pieces))
        return look_up(self, pieces)

    monkeypatch.setattr(Weigher, "look_up", seen)
    mentions = [ReadyText(text=f"{number} {'好坏' * 3_000}", lang="zh") for number in range(20)]
    assert len(SentimentReader().analyze(mentions)) == len(mentions)
    assert max(held) <= 3 * (AT_ONCE + 5_000) < sum(held)
