"""Behaviour of the text that reading parts see."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rules.text import READ_CHARACTERS, clean, readable
from sources.post import Post


def post(title: str = "", text: str = "") -> Post:
    return Post(source="feed", instance="example.org", external_id="1", title=title, text=text)


def test_title_and_text_stand_on_lines_of_their_own() -> None:
    assert readable(post("Acme recalls rockets", "Forty people wrote to us.")) == (
        "Acme recalls rockets\nForty people wrote to us."
    )


def test_a_title_that_the_text_repeats_is_given_once() -> None:
    text = "Acme recalls rockets! Forty people wrote to us."
    assert readable(post("Acme recalls rockets", text)) == text
    assert readable(post("Acme recalls rock…", text)) == text
    assert readable(post("Only a title")) == "Only a title"


def test_residue_of_content_systems_is_dropped_and_the_authors_words_stay() -> None:
    text = "We read more books than ever.\nShare this:\nThe post Acme news first appeared on The Planet."
    assert clean(text) == "We read more books than ever."
    assert clean("They were late [...] Read more") == "They were late"
    assert clean("submitted by /u/jane [link] [comments]") == ""


def test_entities_that_survived_are_decoded_and_addresses_stay_whole() -> None:
    assert clean("Tom &amp; Ann: https://example.org/a?b=1&c=2") == "Tom & Ann: https://example.org/a?b=1&c=2"


def test_a_hundred_kilobytes_are_cut_to_what_counts() -> None:
    assert len(readable(post("t", "wort " * 40_000))) == READ_CHARACTERS


def test_direction_controls_and_zero_width_characters_are_dropped() -> None:
    assert clean("ac\u200bme \u202eis\u202c \x07here") == "acme is here"


@given(st.text(st.characters(codec=None), max_size=300), st.text(st.characters(codec=None), max_size=600))
def test_no_text_is_an_error_and_none_grows(title: str, text: str) -> None:
    shown = readable(post(title, text))
    assert len(shown) <= READ_CHARACTERS
    assert "\n\n" not in shown
    shown.encode("utf-8")
