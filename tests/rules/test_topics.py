"""What people talk about is named; what they always say, and what one of them repeats, is not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules import topic_choice
from rules.topic import Said, Span, Topic
from rules.topic_odds import Side, log_odds, moved
from rules.topic_words import can_name, holds, spoken, terms_of
from rules.topics import MOST_TOPICS, find_topics

NOW = datetime(2026, 3, 2, tzinfo=UTC)
WEEK = timedelta(days=7)
SPAN = Span(since=NOW - WEEK, until=NOW, background_since=NOW - 5 * WEEK)

OPENERS = ("I think the", "honestly my", "so this", "we got a", "does the", "has the", "is it the", "they say the")
MIDDLES = (
    "lamp is good for reading", "lamp came in a nice box", "switch is where I want it", "light is warm and soft",
    "shade is easy to clean", "cable could be a bit longer", "stand looks fine on my desk", "price is fair I guess",
)  # fmt: skip
CLOSERS = (
    "and that is that",
    "for the money",
    "if you ask me",
    "as they said it would",
    "on most days",
    "to be honest",
)
BENGALI = (
    "বাতিটা পড়ার জন্য ভালো", "দাম একটু বেশি কিন্তু জিনিস ভালো", "আমার টেবিলে খুব সুন্দর লাগে", "আলোটা নরম আর আরামের",
    "তারটা আরেকটু লম্বা হলে ভালো হতো", "বাক্সটা সুন্দর ছিল",
)  # fmt: skip
_numbers = [count(1)]


@pytest.fixture(autouse=True)
def _counted_anew() -> None:
    """So that a test's posts are the same whichever tests ran before it."""
    _numbers[0] = count(1)


def say(text: str, **options: Any) -> Said:
    number = next(_numbers[0])
    told = {"number": number, "text": text, "lang": "en", "story": f"s{number}", "author": f"a{number}"}
    return Said(**(told | {"at": NOW - timedelta(hours=1 + number % 160)} | options))


def then(text: str, **options: Any) -> Said:
    """A post of the four weeks before."""
    return say(text, **({"at": NOW - WEEK - timedelta(hours=1 + next(_numbers[0]) % 600)} | options))


def usual(posts: int, make: Any = say, seed: int = 1) -> list[Said]:
    """Posts about everything as often as about anything else, in an order of their own for each `seed`."""
    every = [f"{opener} {MIDDLES[n % 8]} {CLOSERS[n % 6]}" for n in range(24) for opener in OPENERS[n % 3 :: 3]]
    Random(seed).shuffle(every)
    return [make(every[n % len(every)]) for n in range(posts)]


def bengali(posts: int, make: Any = say, seed: int = 1) -> list[Said]:
    chance = Random(seed)
    return [make(f"{chance.choice(BENGALI)}, {chance.choice(BENGALI)}", lang="bn") for _ in range(posts)]


def told(posts: list[Said], **options: Any) -> list[Topic]:
    return find_topics(posts, SPAN, **({"name": "Lumo"} | options))


def names(posts: list[Said], **options: Any) -> list[str]:
    return [topic.term for topic in told(posts, **options) if topic.trend != "fell"]


@pytest.fixture
def quiet() -> list[Said]:
    return usual(40) + usual(160, then, seed=2)


def test_a_week_like_the_others_has_no_topic(quiet: list[Said]) -> None:
    assert told(quiet) == []


def test_what_breaks_out_is_the_first_topic(quiet: list[Said]) -> None:
    incident = [say(f"{opener} plug melted overnight") for opener in OPENERS]
    found = told(quiet + incident)
    assert (found[0].term, found[0].trend, found[0].mentions, found[0].before) == ("plug melted overnight", "new", 8, 0)
    assert found[0].share == pytest.approx(8 / 48)
    assert len(found) == 1  # its words, and shorter phrases of it, say nothing new


def test_a_word_that_stands_alone_too_is_not_named_by_a_phrase(quiet: list[Said]) -> None:
    battery = [say(f"{opener} battery {end}") for opener in OPENERS for end in ("died", "swelled up", "is hot")]
    assert names(quiet + battery)[0] == "battery"


def test_a_topic_is_said_to_have_risen_where_it_was_there_before(quiet: list[Said]) -> None:
    rising = [say(f"{opener} flicker {end}") for opener, end in zip(OPENERS, CLOSERS * 2, strict=False)]
    found = told([*quiet, *rising, then("a flicker now and then", at=NOW - WEEK - timedelta(days=2))])[0]
    assert (found.term, found.trend, found.mentions, found.before) == ("flicker", "rose", 8, 1)


def test_what_people_no_longer_say_fell(quiet: list[Said]) -> None:
    gone = [then(f"{opener} winter discount", at=NOW - WEEK - timedelta(hours=5)) for opener in OPENERS]
    fell = [topic for topic in told([*quiet, *usual(200, seed=5), *gone]) if topic.trend == "fell"]
    assert [(topic.term, topic.mentions, topic.before) for topic in fell] == [("winter discount", 0, 8)]
    assert fell[0].z < 0


def test_a_press_release_on_thirty_sites_is_told_once_and_no_topic(quiet: list[Said]) -> None:
    release = [say("Lumo presents a solar lantern for gardens", story="release") for _ in range(30)]
    assert names(quiet + release) == []


def test_who_repeats_the_same_word_makes_no_topic(quiet: list[Said]) -> None:
    loud = [say(f"{opener} boycott {end}", author="one") for opener in OPENERS for end in CLOSERS]
    assert names(quiet + loud) == []


def test_brand_names_handles_links_and_numbers_are_no_topics(quiet: list[Said]) -> None:
    noise = [
        say(f"{opener} Lumo Glow, 2026 @lumocare https://lumo.example/sale lumo.com mail@lumo.com 4711 #lumo")
        for opener in OPENERS
    ]
    assert names(quiet + noise, matched=["Lumo Glow", "#lumo"]) == []


def test_a_product_with_something_more_is_a_topic(quiet: list[Said]) -> None:
    launch = [say(f"{opener} Glow 2 in blue") for opener in OPENERS]
    assert names(quiet + launch, matched=["Lumo Glow"])[0] in ("glow 2", "glow 2 in blue", "blue")


def test_a_number_may_end_a_phrase_and_not_be_one(quiet: list[Said]) -> None:
    recall = [say(f"{opener} batch 24, {end}") for opener, end in zip(OPENERS, CLOSERS * 2, strict=False)]
    assert names(quiet + recall) == ["batch 24"]


def test_bengali_topics_are_named_in_bengali() -> None:
    posts = bengali(30) + bengali(120, then, seed=2)
    fire = [say(f"বাতি থেকে ধোঁয়া বের হচ্ছে, {text}", lang="bn") for text in BENGALI] * 2
    fire = [msgspec.structs.replace(said, number=900 + n, story="", author=f"b{n}") for n, said in enumerate(fire)]
    found = told(posts + fire)
    assert "ধোঁয়া" in found[0].term
    assert found[0].shown == found[0].term
    assert found[0].mentions == 12


def test_more_posts_in_a_language_do_not_make_its_small_words_topics(quiet: list[Said]) -> None:
    assert names(quiet + bengali(40) + bengali(12, then, seed=3)) == []
    assert names(quiet + bengali(40)) == []  # a language never met before: what is usual in it is not known


def test_words_of_a_script_without_spaces_grow_to_their_length() -> None:
    filler = (
        "この照明は明るいです",
        "値段は少し高いです",
        "読書にちょうどいい",
        "箱がきれいでした",
        "机に合います",
        "色がやさしいです",
    )
    chance = Random(3)
    posts = [say(chance.choice(filler), lang="ja") for _ in range(30)]
    posts += [then(chance.choice(filler), lang="ja") for _ in range(120)]
    endings = ("が心配です", "の音がする", "で困った", "は熱い", "を見た", "まで焦げた", "に問合せた", "も切れた")
    fault = [say(f"昨日トランスフォーマー{end}", lang="ja") for end in endings]
    found = names(posts + fault)
    assert any("トランスフォーマー" in name for name in found)
    assert not any(name in ("トラ", "ランスフ", "ォーマー") for name in found)


def test_a_topic_is_shown_as_most_authors_spell_it(quiet: list[Said]) -> None:
    spelled = ["LiFePO cells"] * 5 + ["lifepo cells"] * 2 + ["LIFEPO CELLS"]
    posts = [say(f"{opener} {how}") for opener, how in zip(OPENERS, spelled, strict=True)]
    shouting = [say("LIFEPO CELLS again", author="loud") for _ in range(9)]
    found = told([*quiet, *posts, *shouting])
    assert (found[0].term, found[0].shown) == ("lifepo cells", "LiFePO cells")


def test_a_topic_tells_feeling_time_and_examples(quiet: list[Said]) -> None:
    hours = (1, 2, 3, 4, 100, 101)
    feelings = (True, True, False, None, True, None)
    posts = [
        say(f"{opener} overheating", at=NOW - timedelta(hours=hour), negative=negative, number=5_000 + hour)
        for opener, hour, negative in zip(OPENERS, hours, feelings, strict=False)
    ]
    (found,) = told(quiet + posts)
    assert found.negative == pytest.approx(3 / 4)
    assert found.timeline == (0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 4)
    assert found.examples == (5_001, 5_002, 5_003, 5_004, 5_100)


def test_counts_of_a_sample_are_told_for_all(quiet: list[Said]) -> None:
    posts = [say(f"{opener} overheating") for opener in OPENERS]
    half = msgspec.structs.replace(SPAN, sampled=0.5)
    assert find_topics(quiet + posts, half, name="Lumo")[0].mentions == 16


def test_beside_other_brands_a_topic_is_typical_and_nothing_fell() -> None:
    others = [then(said.text) for said in usual(200, seed=4)]
    ours = usual(30) + [say(f"{opener} solder fumes") for opener in OPENERS]
    found = told(ours, background=others)
    assert [(topic.term, topic.trend) for topic in found] == [("solder fumes", "typical")]


def test_too_few_posts_are_not_compared() -> None:
    assert told([say("fire fire fire everywhere"), then("a lamp")]) == []
    assert told([]) == []


@settings(max_examples=10, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_the_posts_does_not_matter(chance: Any) -> None:
    posts = usual(20) + usual(60, then, seed=2) + [say(f"{opener} plug melted") for opener in OPENERS]
    shuffled = posts.copy()
    chance.shuffle(shuffled)
    assert told(shuffled) == told(posts) != []


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 200))
def test_the_same_posts_on_both_sides_change_no_name(more: int) -> None:
    incident = [say(f"{opener} plug melted") for opener in OPENERS]
    posts = usual(60) + usual(200, then, seed=2) + incident
    both = usual(more, seed=7) + usual(more, then, seed=7)
    assert names(posts + both)[:1] == names(posts)[:1] == ["plug melted"]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.text(max_size=60), min_size=12, max_size=16), st.lists(st.text(max_size=60), min_size=12, max_size=16)
)
def test_no_text_is_an_error(now: list[str], before: list[str]) -> None:
    found = told([say(text) for text in now] + [then(text) for text in before], matched=now[:2], name=before[0])
    assert len(found) <= 2 * MOST_TOPICS


@given(st.text(max_size=200))
def test_every_term_of_a_text_stands_in_it(text: str) -> None:
    said = spoken(text)
    for term in terms_of(said):
        assert holds(said, term)
        assert isinstance(can_name(term), bool)


def test_long_and_hostile_texts_take_no_longer() -> None:
    for hostile in (
        "a." * 100_000,
        "@" * 100_000,
        "-+" * 100_000,
        "a@" * 100_000,
        "#x" * 100_000,
        "\u0995\u09cd" * 50_000,
    ):
        assert len(terms_of(spoken(hostile))) < 20_000


def test_a_piece_that_stands_a_hundred_times_in_each_post_is_looked_at_a_few_times(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked = 0
    real = topic_choice._places

    def counted(piece: str, runs: Sequence[str]) -> Iterator[tuple[str, int]]:
        nonlocal looked
        for place in real(piece, runs):
            looked += 1
            yield place

    monkeypatch.setattr(topic_choice, "_places", counted)
    posts = [say("漢字仮名交文" * 100, lang="ja") for _ in range(40)]
    posts += [then("普通話今日" * 100, lang="ja") for _ in range(40)]
    assert names(posts)
    assert 0 < looked < 400_000


COUNTS = st.floats(0, 1_000)


@given(COUNTS, COUNTS, st.floats(0.1, 50))
def test_the_odds_turn_round_with_the_sides(said: float, once: float, alpha: float) -> None:
    there = log_odds((said, 5_000), (once, once, 5_000), (alpha, 1_000))
    back = log_odds((once, 5_000), (said, said, 5_000), (alpha, 1_000))
    assert there.ratio == pytest.approx(-back.ratio)
    assert there.z == pytest.approx(-back.z)
    assert (there.ratio > 0) == (said > once) or there.ratio == pytest.approx(0)


def test_the_odds_are_those_of_the_paper() -> None:
    # by hand, equation 16: log(13/(1000+100-13)) - log(5/(2000+100-5)); equation 20: 1/13 + 1/5
    odds = log_odds((10, 1_000), (2, 2, 2_000), (3, 100))
    assert odds.ratio == pytest.approx(1.611634, abs=1e-5)
    assert odds.z == pytest.approx(1.611634 / 0.276923**0.5, abs=1e-4)


def test_the_same_evidence_twice_is_surer() -> None:
    one = Side({"en": [{"a", "x"}] * 3 + [{"b"}] * 20}), Side({"en": [{"b"}] * 50})
    two = Side({"en": [{"a", "x"}] * 6 + [{"b"}] * 40}), Side({"en": [{"b"}] * 100})
    assert moved(*two, {"a"})["a"].z > moved(*one, {"a"})["a"].z > 0
