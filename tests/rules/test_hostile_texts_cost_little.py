"""What a text costs grows with its length, and not with the square of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import product
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.patterns.find import find
from rules.sentiment.focus import focus
from rules.sentiment.vader_scorer import scorer
from rules.story import fingerprints
from rules.story.wording import own_words
from rules.waiting import read_waiting

TOO_LONG = 0.03
"""Seconds of a processor: what these texts took before was several times as much, and takes a thousandth of it now."""


def taken(read: Callable[[], object]) -> float:
    """The least time of three, since what is made ready once counts for nothing."""
    times = []
    for _ in range(3):
        begun = process_time()
        read()
        times.append(process_time() - begun)
    return min(times)


@pytest.mark.parametrize("blank", ["\n", " \n", "\n "])
def test_the_own_words_of_a_text_of_empty_lines_are_found_at_once(blank: str) -> None:
    text = f"# A\n{blank * 2_000}b"
    assert taken(lambda: fingerprints([("", text)])) < TOO_LONG


@pytest.mark.parametrize("stem", ["ofert", "scam", "টাউট"])
def test_a_word_of_a_thousand_stems_is_looked_through_once(stem: str) -> None:
    text = f"x{stem * (4_900 // len(stem))} {stem}"
    assert taken(lambda: find.__wrapped__(text, "und")) < TOO_LONG


def test_of_a_thousand_questions_the_first_are_shown() -> None:
    text = "? a" * 1_600
    assert len(read_waiting(text, "en", []).reasons) == 3
    assert taken(lambda: read_waiting(text, "en", [])) < TOO_LONG


@given(st.lists(st.sampled_from(["# A", "- [ ] b", "* [x] c", "**d**", "**e**:", "f g", "", " ", "\t"])))
def test_lines_of_forms_are_left_out_whatever_stands_between_them(lines: list[str]) -> None:
    kept = [line for line in lines if line not in {"# A", "- [ ] b", "* [x] c", "**d**", "**e**:"}]
    assert own_words("", "\n".join(["begin", *lines, "end"])).split() == (
        own_words("", "\n".join(["begin", *kept, "end"])).split()
    )


@given(
    st.lists(st.sampled_from(["scam", "scammers", "x", "not", "a", "refund", "refunds", "down", "is", "-", ".", ""]))
)
def test_the_same_is_found_beside_a_long_word_as_without_one(words: list[str]) -> None:
    for text in (" ".join(words), "".join(words)):
        found = find(text, "en")
        beside = find(f"{text} . {'x' * 201}", "en")
        assert {label: [hit.start for hit in hits] for label, hits in beside.items()} == (
            {label: [hit.start for hit in hits] for label, hits in found.items()}
        )


def test_a_brand_spelt_in_hundreds_of_ways_is_looked_for_once() -> None:
    spelt = ["".join(two) for two in product(*(letter + letter.upper() for letter in "acmecorp"))]
    assert taken(lambda: focus(spelt, spelt)) < TOO_LONG


def test_a_name_with_thousands_of_endings_is_read_once() -> None:
    one_word = "acme" + "'s" * 10_000
    assert focus([one_word, "hi"], ["acme"]) is not None
    assert taken(lambda: focus([one_word, "hi"], ["acme"])) < TOO_LONG


def test_thousands_of_words_before_and_behind_but_are_weighed_once() -> None:
    text = "good but " * 5_000
    assert taken(lambda: scorer().score(text)) < TOO_LONG


@given(
    st.lists(
        st.sampled_from(["acme", "Acme's", "acme-style", "ACME’s", "acmex", "corp", "corp's", "@acme", "x", "..."])
    )
)
def test_a_name_is_met_where_its_words_stand_one_after_the_other_in_any_form(words: list[str]) -> None:
    bared = [word.casefold().strip("@.") for word in words]
    one = [re.fullmatch(r"acme(?:['’-].*)?", word) is not None for word in bared]
    other = [re.fullmatch(r"corp(?:['’-].*)?", word) is not None for word in bared]
    both = [here and after for here, after in zip(one, [*other[1:], False], strict=False)]
    wanted = [here or before for here, before in zip(both, [False, *both[:-1]], strict=False)] if words else []
    found = focus(words, ["acme corp"])
    assert [worth == 0.0 for worth in found.worth] == wanted if found else not any(wanted)
