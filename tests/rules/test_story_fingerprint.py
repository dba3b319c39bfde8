"""Behaviour of stories: which posts tell the same text."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from time import process_time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rules.story import SKETCH, StoryIndex, fingerprint, same_story, story_id

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
RELEASE = (
    "DHAKA, Nov 20. Acme Corporation today announced the voluntary recall of forty thousand rocket skates sold "
    "between March and October after reports of overheating batteries. Customers are asked to stop using the skates "
    "at once and to return them to any store for a full refund. The company said that no injuries had been confirmed "
    "so far, and that it was working with its supplier to find the cause of the fault. A hotline has been set up for "
    "questions, and replacement batteries will be shipped from December on to all owners who registered their product."
)
WORDS = RELEASE.lower().replace(",", "").replace(".", "").split()


def same(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return same_story(len(set(one) & set(other)), len(one), len(other))


def test_a_fingerprint_is_the_same_in_every_process_and_version() -> None:
    assert fingerprint("", "Acme recalls forty thousand rocket skates after fires") == (
        -6875533871408499197,
        -5448322492099085373,
        -2331142754211225112,
        -632861708073403024,
        7306335898486853707,
        9123949862322905785,
    )
    assert story_id("feed:example.org:1") == story_id("feed:example.org:1")
    assert story_id("feed:example.org:1") != story_id("feed:example.org:2")


def test_numbers_fit_a_signed_64_bit_column() -> None:
    assert all(-(2**63) <= number < 2**63 for number in fingerprint("", RELEASE))
    assert len(fingerprint("", RELEASE)) == SKETCH


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Acme recalls 40,000 rocket skates - The Daily Planet", RELEASE),
        (
            "Acme recalls rocket skates | Planet News",
            RELEASE + " © 2026 Planet News. All rights reserved. Terms apply here.",
        ),
        ("", "RT @newswire: " + RELEASE),
        ("", "BREAKING: " + RELEASE + " via @newswire"),
        ("", RELEASE + " https://example.org/a/b?utm_source=x #acme #recall"),
        ("", RELEASE.upper()),
        ("", RELEASE.replace("voluntary", "urgent").replace("hotline", "phone line")),
        ("Acme recalls rocket skates", " ".join(RELEASE.split()[:55]) + " […]"),
    ],
)
def test_edited_copies_of_a_release_are_one_story(title: str, text: str) -> None:
    assert same(fingerprint("", RELEASE), fingerprint(title, text))


@pytest.mark.parametrize(
    "end", [" vİa @x", " VIA @x", " credıt: x", " ſource: @x", " (H/T @x)", " Hat Tip @x", " ... [+20 chars]"]
)
def test_an_ending_is_dropped_however_its_letters_are_written(end: str) -> None:
    assert fingerprint("", RELEASE + end) == fingerprint("", RELEASE)


def test_short_posts_that_two_people_write_are_no_story() -> None:
    assert fingerprint("", "thanks!") == ()
    assert fingerprint("", "acme is down again") == ()
    assert fingerprint("", "😀😀😀😀😀😀😀😀😀😀") == ()
    assert not same_story(0, 0, 0)


def test_a_text_of_five_to_seven_words_matches_only_as_a_whole() -> None:
    one = fingerprint("", "Acme opens new store in Lisbon")
    assert len(one) == 1
    assert same(one, fingerprint("", "RT @planet: Acme opens new store in Lisbon https://t.co/x"))
    assert not same(one, fingerprint("", "Acme opens new store in Madrid"))


def test_numbers_tell_short_texts_apart() -> None:
    one = fingerprint("", "Flight 123 from Dhaka to Dubai is delayed by two hours, we are sorry")
    other = fingerprint("", "Flight 456 from Dhaka to Dubai is delayed by two hours, we are sorry")
    assert not same(one, other)
    assert not set(one) & set(other)


def test_scripts_without_spaces_have_stories_too() -> None:
    text = "艾克美公司今天宣布召回四万双火箭滑板鞋因为电池可能过热起火请顾客立即停止使用并退货"
    assert same(fingerprint("", text), fingerprint("", text + "。转发"))
    assert not same(
        fingerprint("", text), fingerprint("", "今天天气很好我们一起去公园散步然后吃了一顿美味的晚餐真的很开心啊")
    )


def test_form_headings_do_not_make_two_reports_one_story() -> None:
    form = "### Describe the bug\n{}\n### To Reproduce\n- [x] I have searched the existing issues\n{}"
    one = form.format(
        "The skate does not start when it rains outside at night", "Turn it on in heavy rain and wait a bit"
    )
    other = form.format(
        "Battery level shows the wrong value after an update", "Install the update and look at the app screen"
    )
    assert not same(fingerprint("", one), fingerprint("", other))


def test_generated_copies_are_found_and_strangers_are_not() -> None:
    seeded = random.Random(20261120)
    found = strangers = 0
    texts = [" ".join(seeded.choices(WORDS, k=seeded.randint(14, 60))) for _ in range(400)]
    prints = [fingerprint("", text) for text in texts]
    for text, known in zip(texts, prints, strict=True):
        words = text.split()
        words[seeded.randrange(len(words))] = "zorp"
        copy = seeded.choice(["RT @a: {}", "{} via @b", "{} https://t.co/q", "Breaking: {}", "{} #tag"]).format(
            " ".join(words)
        )
        found += same(known, fingerprint("", copy))
    for at, known in enumerate(prints):
        strangers += sum(same(known, other) for other in prints[:at])
    assert found >= 0.97 * len(texts)
    assert strangers == 0


def test_the_index_gives_copies_the_story_of_the_first() -> None:
    index = StoryIndex()
    first = index.assign("a", fingerprint("", RELEASE), NOON)
    assert first == story_id("a")
    assert index.assign("b", fingerprint("", "RT @x: " + RELEASE), NOON + timedelta(hours=5)) == first
    assert index.assign("a", fingerprint("", RELEASE), NOON + timedelta(hours=6)) == first
    assert index.assign(
        "c", fingerprint("", "A quite different text about a bakery in the old town of Lisbon"), NOON
    ) == (story_id("c"))
    assert index.assign("d", (), NOON) == story_id("d")


def test_the_index_forgets_what_the_window_has_passed() -> None:
    index = StoryIndex(timedelta(days=7))
    first = index.assign("a", fingerprint("", RELEASE), NOON)
    assert index.assign("b", fingerprint("", RELEASE), NOON + timedelta(days=6)) == first
    assert index.assign("c", fingerprint("", RELEASE), NOON + timedelta(days=12)) == first  # told again meanwhile
    assert index.assign("d", fingerprint("", RELEASE), NOON + timedelta(days=30)) == story_id("d")


def test_the_index_keeps_a_bounded_number_of_wordings() -> None:
    index = StoryIndex(most=10)
    for number in range(200):
        index.assign(str(number), (number, number + 1, number + 2, -1, -2, -number - 3), NOON)
    assert len(index._tellings) == 10
    assert sum(map(len, index._holders.values())) <= 10 * SKETCH


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(codec=None), max_size=100), st.text(st.characters(codec=None), max_size=400))
@example("", "\ud800\udfff " * 30)
@example("", "a" * 100_000)
@example("", "١٢٣ ২৪ " * 40)
def test_no_text_is_an_error_and_the_same_text_is_the_same_story(title: str, text: str) -> None:
    known = fingerprint(title, text)
    assert len(known) <= SKETCH
    assert known == fingerprint(title, text)
    assert list(known) == sorted(set(known))
    assert not known or same(known, known)


def test_a_text_made_to_be_slow_costs_what_others_cost() -> None:
    slow = [(piece * 4_000)[:3_800] + end for piece in ("( ", "[ ", "(", "[") for end in ("", " x")]
    began = process_time()
    for text in slow:
        fingerprint(text[:1_000], text)
    assert process_time() - began < 0.04 * len(slow)  # seconds of this process; a seventh of it is usual
