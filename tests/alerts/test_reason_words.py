"""The reasons of rules in another language."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.language import ENGLISH, language
from alerts.reason_words import _ASKED, reason_words
from rules.variables import VARIABLES

BENGALI = language("bn")


@pytest.mark.parametrize(
    ("english", "bengali"),
    [
        ("Jane (gold) wrote -0.81: 'refund'", "Jane (gold) লিখেছেন, মান -০.৮১: 'refund'"),
        (
            "Ann (gold) wrote -0.81 about 'Jane's wrote about': 'refund; urgency high', '3rd'; complaint ('broken')",
            "Ann (gold) 'Jane's wrote about' নিয়ে লিখেছেন, মান -০.৮১: 'refund; urgency high', '3rd'; অভিযোগ ('broken')",
        ),
        (
            "ann (not a known customer) wrote about 'Acme'; urgency critical ('fire'); author followers: 12,000",
            "ann (পরিচিত গ্রাহক নন) 'Acme' নিয়ে লিখেছেন; জরুরি মাত্রা: অত্যন্ত জরুরি ('fire'); লেখকের অনুসারী: ১২,০০০",
        ),
        (
            "someone wrote about 'Acme' (sentiment unknown: no evidence for th); waits for answer: yes; title is empty",
            "কেউ একজন 'Acme' নিয়ে লিখেছেন (মনোভাব জানা যায়নি: no evidence for th); উত্তরের অপেক্ষায়: হ্যাঁ; শিরোনাম: নেই",
        ),
        (
            "x wrote; topics: battery, none; customer fields plan: pro",
            "x লিখেছেন; আলোচ্য বিষয়: battery, none; customer fields plan: pro",
        ),
        ("a rule of another package says so; and so", "a rule of another package says so; and so"),
        ("", ""),
    ],
)
def test_own_words_are_translated_and_quotes_are_not(english: str, bengali: str) -> None:
    assert reason_words(english, BENGALI) == bengali
    assert reason_words(english, ENGLISH) == english


def test_everything_that_a_reason_can_name_has_words() -> None:
    apart = ("sentiment.", "urgency.", "customer.known", "customer.name", "customer.tier", "intent", "brand")
    named = {name.replace(".", " ").replace("_", " ") for name in VARIABLES if not name.startswith(apart)}
    assert named == set(_ASKED)


REASON = r"\w{1,5} wrote( -0\.5)?( about 'A')?(: '.{1,9}')?(; .{1,12}){0,3}"


@given(st.text(max_size=80) | st.from_regex(REASON, fullmatch=True))
def test_any_text_is_said_somehow_in_one_piece(told: str) -> None:
    assert bool(reason_words(told, BENGALI)) == bool(told)
