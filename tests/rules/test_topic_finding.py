"""Readings find the topics of a brand, whole and alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rules.topic_finding import TopicFinder
from rules.topic_words import spoken, terms_of

FINDER = TopicFinder(["plug melted", "battery", "batch 24", "ধোঁয়া", "トランス"])


def test_topics_are_found_in_their_own_order_whatever_the_case_or_accents() -> None:
    assert FINDER.find("Batch-24! The BATTERY is fine, the Plug melted") == ("plug melted", "battery", "batch 24")
    assert TopicFinder(["cafe"]).find("at the Café") == ("cafe",)


def test_a_phrase_is_not_found_across_a_sentence_nor_a_word_within_another() -> None:
    assert FINDER.find("out of plug. melted cheese, batteryless") == ()


def test_topics_in_links_and_handles_do_not_count() -> None:
    assert FINDER.find("see https://example.org/battery or @battery") == ()


def test_topics_of_every_script_are_found() -> None:
    assert FINDER.find("কেটলি থেকে ধোঁয়া বের হয়েছে") == ("ধোঁয়া",)
    assert FINDER.find("昨日トランスが熱い") == ("トランス",)


@given(st.text(max_size=120))
def test_whatever_is_counted_is_found(text: str) -> None:
    terms = sorted(terms_of(spoken(text)))[:40]
    assert TopicFinder(terms).find(text) == tuple(terms)


def test_without_topics_nothing_is_found() -> None:
    assert TopicFinder([]).find("battery") == ()
