"""Behaviour of sentiment by VADER."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from rules.reading import Sentiment
from rules.sentiment.contract import Analyzer, ReadyText
from rules.sentiment.vader import VaderAnalyzer, probabilities
from rules.sentiment.vader_scorer import scorer

PACKAGE = SentimentIntensityAnalyzer()
SENTIMENTS = """
good bad not never so very kind of least at but without doubt no or nor this the bomb shit to die for yeah right hate
LOVE great GREAT! awful... isn't isnt barely :) :( 😡 😀 ❤️ lol acme rockets it is was sort just enough hardly badass
??? !!!
"""
WORDS = re.findall(r"\S+", SENTIMENTS)


def read(text: str, lang: str = "en") -> Sentiment:
    analyzer: Analyzer = VaderAnalyzer()
    return analyzer.analyze([ReadyText(text=text, lang=lang)])[0]


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join))
@example("not bad 😀x yes 😡😡but I hate it")
def test_the_score_is_the_packages_own(text: str) -> None:
    assert scorer().score(text).compound == PACKAGE.polarity_scores(text)["compound"]


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(codec=None), max_size=300))
@example("\ud800 bad")
@example("bad very not " * 400)
@example("\u202egood\u202c Z\u0338\u0322a\u0336")
def test_no_text_is_an_error(text: str) -> None:
    sentiment = read(text)
    assert sentiment.score == PACKAGE.polarity_scores(text)["compound"]
    assert sentiment.probabilities is not None
    assert sum(sentiment.probabilities.values()) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("The support is terrible, I hate this", "negative"),
        ("I love these skates, great work!", "positive"),
        ("The office opens at nine", "neutral"),
        ("", "neutral"),
    ],
)
def test_labels_follow_the_published_thresholds(text: str, label: str) -> None:
    assert read(text).label == label


def test_reasons_name_the_authors_words_strongest_first_with_what_each_counted() -> None:
    reasons = read("Support was NOT very helpful 😡 but the refund was great, thanks").reasons
    assert [reason.text for reason in reasons] == ["great", "thanks", "Support", "NOT very helpful"]
    assert [reason.weight for reason in reasons] == sorted((r.weight for r in reasons), key=abs, reverse=True)
    helpful = next(reason for reason in reasons if reason.text == "NOT very helpful")
    assert helpful.weight < 0
    assert "negated by 'NOT'" in helpful.why
    assert "stronger by 'very'" in helpful.why
    assert "before 'but'" in helpful.why


def test_an_emoji_is_shown_as_the_author_wrote_it() -> None:
    assert [reason.text for reason in read("this app 😍").reasons] == ["😍"]


def test_reasons_add_up_to_the_score() -> None:
    text = "good but terrible service and a kind answer"
    scored = scorer().score(text)
    total = sum(scored.valences)
    assert scored.compound == pytest.approx(total / (total * total + 15) ** 0.5, abs=1e-4)
    assert sorted(r.weight for r in read(text).reasons) == sorted(round(valence, 2) for valence in scored.valences)


def test_only_a_phrase_is_said_to_take_the_place_of_a_words_weight() -> None:
    assert [reason.why for reason in read("badass relieve this isn't").reasons] == ["positive word", "positive word"]
    bomb = next(reason for reason in read("they say it is the bomb").reasons if reason.text == "bomb")
    assert bomb.why == "positive word, -2.2 in VADER's lexicon, read as 'the bomb'"
    assert bomb.weight == 3.0


@settings(max_examples=15, deadline=None)
@given(st.lists(st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join), min_size=100, max_size=200))
def test_a_text_is_read_alike_alone_and_among_hundreds(texts: list[str]) -> None:
    several = VaderAnalyzer().analyze([ReadyText(text=text, lang="en") for text in texts])
    assert several == [read(text) for text in texts]


def test_six_words_are_named_at_most() -> None:
    reasons = read("good bad great awful nice fine lovely superb").reasons
    assert [reason.text for reason in reasons] == ["great", "superb", "lovely", "bad", "awful", "good"]


def test_a_text_without_a_known_word_says_so() -> None:
    assert read("Acme opens at nine").why == "no word of VADER's lexicon stands in the text"


def test_other_languages_get_no_label_and_the_reason() -> None:
    assert read("সার্ভিস খুব বাজে", "bn") == Sentiment(label=None, why="no lexicon for bn")
    assert read("great", "und") == Sentiment(label=None, why="no lexicon for und: the language is unsure")


def test_confidence_is_the_probability_of_the_label_and_grows_with_the_score() -> None:
    sentiment = read("I love it, great, fantastic, wonderful")
    assert sentiment.probabilities is not None
    assert sentiment.confidence == sentiment.probabilities["positive"]
    assert probabilities(0.9)["positive"] > probabilities(0.3)["positive"]
    assert probabilities(-0.9)["negative"] > probabilities(-0.3)["negative"]
    assert probabilities(0.0)["neutral"] > 0.5
