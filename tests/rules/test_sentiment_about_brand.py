"""What is felt about the brand that a post names, however it is put."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.reading import Sentiment, Span
from rules.sentiment.contract import ReadyText
from rules.sentiment.focus import focus
from rules.sentiment.pieces import pieces
from rules.sentiment.reader import SentimentReader

READER = SentimentReader()


def read(text: str, lang: str = "en", brand: str = "Acme") -> Sentiment:
    spans = [Span("text", at.start(), at.end(), brand) for at in re.finditer(re.escape(brand), text)]
    return READER.analyze([ReadyText(text=text, lang=lang, brand=brand, spans=spans)])[0]


def first_reason(text: str) -> tuple[str, str]:
    reason = read(text).reasons[0]
    return reason.text, reason.why


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("You can't fault Acme, parcels arrive every time", "en"),
        ("Six years with Acme, haven't had one issue", "en"),
        ("My Acme kettle has never let me down", "en"),
        ("I can't recommend Acme enough", "en"),
        ("Without Acme I would have missed the wedding", "en"),
        ("Kudos to Acme for answering at midnight", "en"),
        ("Ich hatte mit Acme noch nie Probleme", "de"),
        ("Nunca me ha fallado Acme", "es"),
        ("Acme নিয়ে কোনো অভিযোগ নেই", "bn"),
    ],
)
def test_praise_by_words_of_trouble_is_praise(text: str, lang: str) -> None:
    assert read(text, lang).label == "positive"


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("I can't say I am pleased with Acme", "en"),
        ("Went to Acme, never again", "en"),
        ("Never using Acme again", "en"),
        ("I can't recommend Acme", "en"),
        ("Nothing but excuses from Acme", "en"),
        ("Nie wieder Acme", "de"),
    ],
)
def test_blame_by_words_of_praise_is_blame(text: str, lang: str) -> None:
    assert read(text, lang).label == "negative"


@pytest.mark.parametrize(
    ("text", "lang", "label"),
    [
        ("Nobody else comes close to Acme", "en", "positive"),
        ("I wish every shop were like Acme", "en", "positive"),
        ("Acme > all the others", "en", "positive"),
        ("Acme ist deutlich besser als Bolt", "de", "positive"),
        ("My neighbour's Bolt mower is twice as good as Acme", "en", "negative"),
        ("Acme is not as quiet as Bolt", "en", "negative"),
        ("Bolt makes Acme look slow", "en", "negative"),
        ("The plumber found in a minute what Acme could not find in a week", "en", "negative"),
        ("Bolt es mejor que Acme", "es", "negative"),
    ],
)
def test_a_comparison_speaks_for_one_side(text: str, lang: str, label: str) -> None:
    assert read(text, lang).label == label


def test_a_side_that_is_worse_is_not_praised_by_the_word() -> None:
    assert read("Acme is worse than Bolt").label == "negative"
    assert read("Bolt is worse than Acme").label == "positive"


def test_a_question_compares_nothing() -> None:
    assert read("Is Acme better than Bolt?").label == "neutral"
    assert read("Is Acme better than Bolt").label == "positive"


def test_who_is_addressed_is_no_side_of_a_comparison() -> None:
    assert read("@Acme over an hour until the next one leaves", brand="Acme").label == "neutral"


def test_going_somewhere_is_no_change_of_supplier() -> None:
    assert read("I left Acme at noon and went for a walk").label == "neutral"
    assert first_reason("We left Acme for Bolt")[1] == "compares against it"


def test_what_the_brand_did_counts_and_is_told() -> None:
    assert first_reason("Acme lost our seats") == ("Acme lost", "is what it did to somebody")
    assert first_reason("Acme rebooked us at once") == ("Acme rebooked", "is what it did for somebody")
    assert first_reason("Acme, we lost our seats")[1].startswith("speaks for")


def test_hoping_for_no_more_trouble_is_no_praise() -> None:
    assert "meant as praise" not in str(read("Hope Acme has no problems at all this time").reasons)
    assert "meant as praise" in str(read("Acme has no problems at all").reasons)


def test_words_of_a_phrase_count_no_second_time() -> None:
    told = [reason.text for reason in read("My Acme kettle has never let me down").reasons]
    assert told[0] == "never let me down"
    assert "down" not in told
    assert "never" not in told


def test_praise_of_one_and_a_turn_to_the_brand_speaks_against_the_brand() -> None:
    alone = read("Acme charged the card three times").score
    turned = read("The waiter was lovely, but Acme charged the card three times").score
    assert alone is not None and turned is not None
    assert turned < alone


def test_an_emoji_ends_a_sentence() -> None:
    assert read("The singer was brilliant ✨ Acme lost our seats").label == "negative"


def test_weeping_at_a_place_is_not_about_the_place() -> None:
    assert read("Crying on the Acme ferry, dad died this morning").label == "neutral"
    assert read("Crying because Acme lost my dress").label == "negative"


def test_german_nouns_are_no_other_brands() -> None:
    text = "Acme hat mein Paket verloren. Die Post ist und war schrecklich, der Service eine Katastrophe."
    about = focus(pieces(text), ["Acme"])
    assert about is not None
    assert min(about.worth[1:]) >= 0.8


TOLD = """
    Acme Acme, @Acme than better not never as wish what couldn't from switched 😭 crying in . but no problem? the lost
    refunded over nothing like used to love ধারেকাছে নেই \x00
"""
WORDS = st.sampled_from(TOLD.split())


@given(st.lists(WORDS, max_size=25))
def test_any_order_of_such_words_is_read(words: list[str]) -> None:
    about = focus(words, ["Acme"])
    if about is not None:
        assert len(about.worth) == len(words)
        assert all(-1.0 <= worth <= 1.2 for worth in about.worth)
        assert -1.0 <= about.toward <= 1.0
    score = read(" ".join(words)).score
    assert score is None or -1.0 <= score <= 1.0
