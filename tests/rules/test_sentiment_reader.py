"""Behaviour of sentiment by tables learned from posts."""

from __future__ import annotations

import random
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rules.reading import Sentiment, Span
from rules.sentiment.contract import Analyzer, ReadyText
from rules.sentiment.irony import hints, irony, may_be_ironic
from rules.sentiment.pieces import pieces
from rules.sentiment.reader import SentimentReader
from rules.sentiment.rounding import rounded

READER: Analyzer = SentimentReader()
POSTS = Path(__file__).parent / "posts"
OPENERS = ("My parcel", "The new update", "Customer support", "This charger", "Their app", "The skates", "Your website")
MIDDLES = (
    "is really great and I would buy it again", "keeps crashing every time I open it", "never came, nobody replies",
    "was terrible, I hate it", "looks beautiful and works perfectly", "is the worst purchase of my life",
    "made my day, thank you so much", "is broken again, so disappointed", "was rude and useless",
    "is fantastic, love it", "is a scam, give me my money back", "was quick and friendly",
)  # fmt: skip
CLOSERS = ("today.", "this week", "😡😡", "😍", "!!!", "honestly", "as always", ":(", "in London", "#acme", "again")
NEUTRAL = ("The office is in the main street.", "It opens at nine on Monday.", "The box has a label with a number.")


def read(text: str, lang: str = "en", brand: str | None = None) -> Sentiment:
    spans = [Span("text", at.start(), at.end(), brand) for at in re.finditer(re.escape(brand), text)] if brand else []
    return READER.analyze([ReadyText(text=text, lang=lang, brand=brand, spans=spans)])[0]


def score(text: str, lang: str = "en") -> float:
    found = read(text, lang).score
    assert found is not None
    return found


def made(count: int) -> list[str]:
    chance = random.Random(7)
    return [" ".join((chance.choice(OPENERS), chance.choice(MIDDLES), chance.choice(CLOSERS))) for _ in range(count)]


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(codec=None), max_size=200), st.sampled_from(["en", "bn", "th", "und", "ja", "", "x-y"]))
@example("\ud800 bad", "en")
@example("\u202egood\u202c Z\u0338\u0322a\u0336l\u0334g\u0335o\u0337", "en")
@example("😡", "und")
@example("bad very not " * 8_000, "en")
@example("x" * 100_000, "en")
@example("ไม่ดี" * 20_000, "th")
@example("مرحبا good খারাপ 好 😡", "und")
def test_every_text_gives_a_reading(text: str, lang: str) -> None:
    found = read(text, lang)
    if found.label is None:
        assert found.why and found.score is None
        return
    assert found.probabilities is not None and found.score is not None
    assert sum(found.probabilities.values()) == pytest.approx(1.0)
    assert found.score == pytest.approx(found.probabilities["positive"] - found.probabilities["negative"], abs=1e-4)
    assert found.confidence == max(found.probabilities.values())
    assert len(found.reasons) <= 6


@pytest.mark.parametrize(
    ("text", "lang", "label"),
    [
        ("The support is terrible, I hate this", "en", "negative"),
        ("I love these skates, great work!", "en", "positive"),
        ("The meeting on Tuesday starts at 9, see the agenda", "en", "neutral"),
        ("acme এর সেবা খুব খারাপ, আমি টাকা ফেরত চাই", "bn", "negative"),
        ("খুব ভালো লেগেছে, ধন্যবাদ", "bn", "positive"),
        ("khub baje service, taka ferot den", "bn", "negative"),
        ("onek bhalo laglo, dhonnobad", "bn", "positive"),
        ("j'adore ce produit, merci beaucoup", "fr", "positive"),
        ("Der Kundendienst ist schrecklich, nie wieder", "de", "negative"),
        ("el peor servicio, una estafa", "es", "negative"),
        ("muito obrigado, adorei", "pt", "positive"),
        ("الخدمة سيئة جدا", "ar", "negative"),
        ("อร่อยมาก ชอบมาก", "th", "positive"),
        ("pelayanan buruk sekali, kecewa", "id", "negative"),
    ],
)
def test_plain_words_are_read_in_many_languages(text: str, lang: str, label: str) -> None:
    assert read(text, lang).label == label


def test_a_language_without_evidence_has_no_label_and_says_why() -> None:
    assert read("サービスが悪い", "ja") == Sentiment(label=None, why="no evidence for ja")
    assert read("12345", "und").label is None


def test_emoji_and_emoticons_are_understood_in_every_language() -> None:
    assert read("サービス 😡😡", "ja").label == "negative"
    assert read("❤️😍", "und").label == "positive"
    assert [reason.text for reason in read("サービスが 😍", "ja").reasons] == ["😍"]


def test_the_order_and_company_of_texts_change_nothing() -> None:
    mentions = [ReadyText(text=text, lang=lang) for text in made(20) for lang in ("en", "fr", "und")]
    together = READER.analyze(mentions)
    alone = [SentimentReader().analyze([mention])[0] for mention in mentions[::7]]
    assert together[::7] == alone
    assert READER.analyze([]) == []


def test_taking_the_named_words_away_moves_the_score_toward_neutral() -> None:
    readings = moved = 0
    lines = [line.split("|")[-1].strip() for name in ("english", "bengali") for line in _posts(name)]
    for text in [*made(550), *lines]:
        for lang in ("en",) if text.isascii() else ("bn",):
            found = read(text, lang)
            if found.label not in {"negative", "positive"} or found.score is None:
                continue
            sign = 1 if found.score > 0 else -1
            named = [reason.text for reason in found.reasons if reason.weight * sign > 0]
            left = text
            for word in sorted(named, key=len, reverse=True):
                left = left.replace(word, " ")
            rest = read(left, lang).score
            readings += 1
            moved += rest is not None and rest * sign < found.score * sign
    assert readings >= 500
    assert moved >= 0.99 * readings


def _posts(name: str) -> list[str]:
    return [line for line in (POSTS / f"{name}.txt").read_text("utf-8").splitlines() if line and line[0] != "#"]


def test_neutral_text_beside_it_never_turns_a_strong_label() -> None:
    strong = 0
    for text in made(300):
        before = read(text)
        if before.score is None or abs(before.score) < 0.6:
            continue
        strong += 1
        for neutral in NEUTRAL:
            for after in (read(f"{text} {neutral}"), read(f"{neutral} {text}")):
                assert after.label in {before.label, "neutral", "unsure"}
                assert after.score is not None and after.score * before.score > 0
    assert strong > 100


@pytest.mark.parametrize("changed", [str.lower, lambda text: f"  {text}\n", lambda text: text.replace(" ", "  ")])
def test_case_and_spacing_barely_move_the_score(changed: object) -> None:
    for text in made(150):
        assert callable(changed)
        assert score(changed(text)) == pytest.approx(score(text), abs=0.05)


def test_capitals_do_not_turn_a_label() -> None:
    for text in made(150):
        assert abs(score(text.upper()) - score(text)) < 0.35


def test_negation_turns_praise() -> None:
    assert score("I am happy with it") > 0.3 > score("I am not happy with it")
    assert "not happy" in [reason.text for reason in read("I am not happy with it").reasons]


@pytest.mark.parametrize(
    "text",
    [
        "Oh great, the app is down again",
        "Great, another delay. Love waiting at the gate",
        "Yeah right, best service ever",
        "Love how you ignore all my messages, amazing #sarcasm",
    ],
)
def test_praise_that_may_be_ironic_is_never_called_positive(text: str) -> None:
    found = read(text)
    assert found.label in {"unsure", "negative"}
    assert found.score is not None and found.score <= 0


def test_thanks_for_nothing_is_no_thanks() -> None:
    found = read("Thanks for nothing, you are wonderful")
    assert found.label == "negative"
    assert (found.reasons[0].text, found.reasons[0].why) == ("Thanks for nothing", "is said in irony")


def test_what_is_said_of_others_is_not_said_of_the_brand() -> None:
    right = total = 0
    for line in _posts("about_the_brand"):
        label, brand, text = (part.strip() for part in line.split("|"))
        total += 1
        right += read(text, brand=brand).label == label
    assert total >= 30
    assert right >= total - 2


def test_one_post_reads_differently_for_its_two_brands() -> None:
    text = "Bolt is so much better than Acme"
    for_it, against = read(text, brand="Bolt"), read(text, brand="Acme")
    assert (for_it.label, against.label) == ("positive", "negative")
    assert [reason.why for reason in (for_it.reasons[0], against.reasons[0])] == [
        "compares in its favour",
        "compares against it",
    ]


def test_a_brands_own_name_says_nothing() -> None:
    assert score("Happy Socks") > 0.2
    found = read("Happy Socks sent a parcel", brand="Happy Socks")
    assert "Happy" not in [reason.text for reason in found.reasons]


def test_a_brand_that_stands_nowhere_in_the_text_changes_nothing() -> None:
    text = "Terrible service, I hate it"
    span = Span("title", 0, 4, "Acme")
    with_brand = READER.analyze([ReadyText(text=text, lang="en", brand="Acme", spans=[span])])
    assert with_brand == [read(text)]


CUES = (
    "thanks for nothing", "Thank you so much for not coming", "Great, another delay", "good luck reaching them",
    "Way to go, app crashed", "worst update ever, great", "/s", "#sarcasm", "yeah, right", "oh great!",
    "well, lovely…", "just what I needed", "love how you", "LOVING being ignored",
    "thanks, for the outages and the bill", "“great”", "' cool '", "🙄", "ju\u017ft what i wanted",
    "than\u212as for nothing", "nice one more fee", "adore paying", "thanks for nothingness",
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.one_of(st.sampled_from(CUES), st.text(max_size=6), st.sampled_from(["好", "late", "for", "'"])), max_size=4
    )
)
def test_irony_is_looked_for_wherever_a_cue_stands(parts: list[str]) -> None:
    text = " ".join(parts)
    bits = 0
    for piece in pieces(text):
        bits |= hints(piece)
    assert irony(text) is None or may_be_ironic(np.array([bits], np.uint16))[0]


@given(
    st.lists(st.floats(-9, 9) | st.integers(-2_000, 2_000).map(lambda number: number / 200)), st.sampled_from([2, 4])
)
def test_numbers_are_rounded_as_python_rounds_them(numbers: list[float], digits: int) -> None:
    found = rounded(np.array(numbers, np.float64), digits).tolist()
    assert list(map(repr, found)) == [repr(round(number, digits)) for number in numbers]
