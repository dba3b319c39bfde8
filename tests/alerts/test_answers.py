"""Prepared answers are found by what somebody wrote, in English and Bengali, and say why they were."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.answers import AnswerIndex, PreparedAnswer, UnusableAnswer, read_answer

REFUND = read_answer(
    "billing/refund",
    "---\ntitle: How to get a refund\nlink: https://acme.example/refund\ntags: [refund, money back]\nlang: en\n---\n"
    "Send us the number of your order, and the money is back within five days.\n",
)
LEAK = read_answer("leak", "# The kettle leaks\n\nTighten the lid of the kettle, and fill it to the mark only.\n")
PASSWORD = read_answer("password", "---\ntitle: Forgotten password\n---\nUse the link on the page where you log in.")
BENGALI = read_answer(
    "bn/refund",
    "---\ntitle: টাকা ফেরত\nlang: bn\ntags: ফেরত, টাকা\n---\nঅর্ডার নম্বরটি পাঠান, পাঁচ দিনের মধ্যে টাকা ফেরত পাবেন।\n",
)
INDEX = AnswerIndex([REFUND, LEAK, PASSWORD, BENGALI])


@pytest.mark.parametrize(
    ("text", "lang", "best"),
    [
        ("I want a refund for my order, third time!", "en", "billing/refund"),
        ("refunds please", "en", "billing/refund"),
        ("why are your kettles leaking all over my table", "en", "leak"),
        ("cannot log in, what is my password", "en", "password"),
        ("আমার টাকাটা ফেরত চাই", "bn", "bn/refund"),
        ("টাকা কবে ফেরত দিবেন?", "bn", "bn/refund"),
    ],
)
def test_the_answer_that_fits_comes_first(text: str, lang: str, best: str) -> None:
    found = INDEX.suggest(text, lang)
    assert found[0].answer.name == best and found[0].because


def test_it_says_by_which_words_and_offers_nothing_that_does_not_fit() -> None:
    assert INDEX.suggest("refunds please", "en")[0].because == ("refunds",)
    assert INDEX.suggest("what a lovely day in the park", "en") == []
    assert INDEX.suggest("", "en") == []
    assert AnswerIndex([]).suggest("refund", "en") == []


def test_what_is_known_besides_the_words_counts() -> None:
    tagged = PreparedAnswer(name="x", title="We are on it", text="Sorry.", tags=("outage",))
    found = AnswerIndex([REFUND, tagged]).suggest("nothing loads", "en", ["outage"])
    assert [one.answer.name for one in found] == ["x"]


def test_an_answer_in_another_language_comes_after_one_in_the_same() -> None:
    english = PreparedAnswer(name="en", title="refund", text="refund", lang="en")
    german = PreparedAnswer(name="de", title="refund", text="refund", lang="de")
    assert [one.answer.name for one in AnswerIndex([english, german]).suggest("refund", "de")] == ["de", "en"]


def test_the_whole_has_its_link_and_the_short_form_fits_little_room() -> None:
    assert REFUND.whole.endswith("five days.\n\nhttps://acme.example/refund")
    assert REFUND.short == "How to get a refund: https://acme.example/refund"
    assert LEAK.title == "The kettle leaks" and LEAK.whole.startswith("Tighten")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("just text", "no title"),
        ("---\ntitle: x\n---\n \n", "no text"),
        ("---\ntitle: x\ntext", "does not end"),
        ("---\ncolour: red\n---\ntext", "must be one of title"),
        ("---\ntitle: x\nlink: javascript:alert(1)\n---\ntext", "must begin with http"),
    ],
)
def test_a_file_that_is_no_answer_says_why(content: str, says: str) -> None:
    with pytest.raises(UnusableAnswer, match=says):
        read_answer("x", content)


@given(st.text(max_size=300))
def test_no_file_and_no_post_is_too_odd(text: str) -> None:
    INDEX.suggest(text, "en")
    with contextlib.suppress(UnusableAnswer):
        read_answer("x", text)
