"""Behaviour of telling who waits for an answer from who only talks in questions."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rules.analysis import Analyser, BrandSetup, Setup
from rules.intent import read_intents
from rules.language import identify_language
from rules.patterns.find import find
from rules.rule import Rule
from rules.waiting import Waiting, read_waiting
from sources.post import Post

POSTS = Path(__file__).parent / "posts" / "waiting.txt"
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def posts() -> list[tuple[bool, str]]:
    lines = [line for line in POSTS.read_text("utf-8").splitlines() if not line.startswith("#")]
    return [(waits.strip() == "yes", text.strip()) for waits, text in (line.split("|", 1) for line in lines)]


def read(text: str) -> Waiting:
    lang = identify_language(text)
    return read_waiting(text, lang, read_intents(text, lang))


@pytest.mark.parametrize(("waits", "text"), posts())
def test_who_waits_for_an_answer_is_told_from_who_does_not(waits: bool, text: str) -> None:
    assert read(text).waits == waits


def test_reasons_are_the_authors_own_words() -> None:
    (asked,) = read("Nice shop. And WHEN do you OPEN on Sundays?").reasons
    assert (asked.text, asked.why) == ("WHEN do you", "waits for an answer: asks for a reply")
    (plain,) = read("Lovely. Sundays, Too, or Only Saturdays as before?").reasons
    assert (plain.text, plain.why) == ("Too, or Only Saturdays as before", "waits for an answer: asks")


def test_nobody_waits_without_a_reason_and_no_reason_is_given_for_nobody() -> None:
    for _, text in posts():
        waiting = read(text)
        assert waiting.waits == bool(waiting.reasons)


def test_a_rule_can_ask_for_it_and_the_reading_tells_it() -> None:
    setup = Setup(
        (BrandSetup("Acme", "acme"),), (Rule(name="asks", when="waits_for_answer", severity="low", brands=()),)
    )
    texts = ["When does Acme open on Sunday?", "Acme opens on Sunday"]
    asks, tells = Analyser(setup).analyse(
        [Post(source="test", instance="", external_id=text, text=text) for text in texts], "", NOW
    )
    assert asks.reading.waits_for_answer
    assert asks.reading.waits_because
    assert [rule.reason for rule in asks.reading.rules] == ["someone wrote about 'Acme'; waits for answer: yes"]
    assert not tells.reading.waits_for_answer
    assert tells.reading.rules == []


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(codec=None), max_size=300), st.sampled_from(["en", "bn", "und", "fr", ""]))
@example("\ud800? \udfff", "en")
@example("?" * 3_000, "en")
@example("is it " * 2_000, "en")
@example("؟ when will you ?" + "۔" * 400, "ar")
def test_no_text_is_an_error_and_what_was_found_before_changes_nothing(text: str, lang: str) -> None:
    intents = read_intents(text, lang)
    waiting = read_waiting(text, lang, intents)
    assert waiting == read_waiting(text, lang, intents, find(text, lang))
    assert waiting.waits == bool(waiting.reasons)
