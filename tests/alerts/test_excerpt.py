"""Cutting text: never past the limit, never through a character, never through a link."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from alerts.excerpt import around, cut, plain, width

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
WHOLE = [FAMILY, "\U0001f1e9\U0001f1ea", "\U0001f44d\U0001f3fd", "ক্ষ", "কা", "e\u0301", "ü", "字", "س", "a", " "]


def test_a_text_that_fits_is_left_as_it_is():
    assert cut("as it is", 8) == "as it is"


def test_a_cut_ends_on_a_whole_word_and_says_that_more_follows():
    assert cut("one two three four", 12) == "one two…"


def test_a_link_is_left_out_rather_than_broken():
    assert cut("see https://example.org/a/very/long/path for more", 20) == "see…"
    assert cut("見てhttps://example.org/a/very/long/path", 20) == "見て…"


def test_the_words_that_matter_are_shown_even_deep_inside_a_text():
    text = "filler words " * 200 + "then Acme broke" + " more filler" * 200
    start = text.index("Acme")
    pieces = around(text, [(start, start + 4)], 120)
    assert [piece.text for piece in pieces if piece.marked] == ["Acme"]
    assert plain(pieces).startswith("…words")
    assert plain(pieces).endswith("…")
    assert width(plain(pieces)) <= 120


def test_spans_that_overlap_mark_each_character_once():
    pieces = around("Acme Rockets fly", [(0, 12), (5, 12)], 100)
    assert plain(pieces) == "Acme Rockets fly"
    assert [piece.text for piece in pieces if piece.marked] == ["Acme Rockets"]


@given(st.text(max_size=200), st.integers(0, 60))
def test_a_cut_is_never_wider_than_its_limit(text, limit):
    assert width(cut(text, limit)) <= limit


@given(st.lists(st.sampled_from(WHOLE), max_size=60), st.integers(1, 60))
def test_a_cut_never_splits_what_a_reader_sees_as_one_character(characters, limit):
    shown = cut("".join(characters), limit).removesuffix("…")
    starts = {"".join(characters[:count]).rstrip() for count in range(len(characters) + 1)}
    assert shown in starts or shown == "".join(characters)


@given(
    st.text(max_size=300),
    st.lists(st.tuples(st.integers(0, 300), st.integers(0, 20)), max_size=4),
    st.integers(2, 80),
)
def test_an_excerpt_keeps_within_its_limit_whatever_the_spans(text, drawn, limit):
    spans = [(start, start + length) for start, length in drawn]
    assert width(plain(around(text, spans, limit))) <= limit


@given(st.text(alphabet="ab ", max_size=100), st.text(alphabet="ab ", max_size=100), st.integers(60, 90))
def test_a_link_in_an_excerpt_is_whole_or_not_there(before, after, limit):
    link = "https://example.org/p?x=1"
    shown = plain(around(f"{before} {link} {after}", [], limit))
    assert link in shown or "http" not in shown
