"""Behaviour of intents and urgency: what customers write in English and Bengali."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rules.intent import LABELS, read_intents
from rules.language import identify_language
from rules.patterns.find import _first, _index, find, words_of
from rules.patterns.pattern import LETTER, compile_groups, compiled, fold
from rules.patterns.table import parse_table, read_tables
from rules.urgency import WEIGHTS, read_urgency

POSTS = Path(__file__).parent / "posts"


def posts(name: str) -> list[tuple[str, str, str]]:
    lines = (POSTS / f"{name}.txt").read_text("utf-8").splitlines()
    cells = [line.split("|", 2) for line in lines if line and not line.startswith("#")]
    return [(urgency.strip(), intents.strip(), text.strip()) for urgency, intents, text in cells]


@pytest.mark.parametrize(("urgency", "intents", "text"), posts("english") + posts("bengali"))
def test_a_post_is_heard_as_people_mean_it(urgency: str, intents: str, text: str) -> None:
    lang = identify_language(text)
    found = read_intents(text, lang)
    labels = {intent.label for intent in found}
    expected = set(intents.split())
    assert expected <= labels
    assert labels <= expected | {"question", "complaint"}
    assert read_urgency(text, lang, found).label == urgency


def test_there_are_enough_posts_of_both_languages() -> None:
    assert len(posts("english")) >= 80
    assert len(posts("bengali")) >= 60


def test_reasons_show_the_authors_own_spelling_and_what_it_means() -> None:
    intent = read_intents("Help!! My Acme charger CAUGHT FIRE, @acmehelp", "en")[0]
    assert (intent.label, intent.reasons[0].text, intent.reasons[0].why) == (
        "safety",
        "CAUGHT FIRE",
        "safety: something burned",
    )


def test_bengali_is_found_however_its_letters_are_composed() -> None:
    composed, apart = "এখনো পাই\u09a8ি হ\u09df\u09a8ি টাকা ফেরত চা\u09df", "টাকা ফেরত চা\u09af\u09bc"
    assert {intent.label for intent in read_intents(composed, "bn")} >= {"complaint"}
    assert {intent.label for intent in read_intents(apart, "bn")} >= {"complaint"}
    assert fold("হ\u09dfরানি") == fold("হ\u09af\u09bcরানি")


def test_words_in_an_address_or_a_handle_are_not_the_authors() -> None:
    assert read_intents("see https://example.org/scam-fraud-lawsuit?q=fire @refund_scam", "en") == []


def test_a_lone_english_word_is_not_taken_for_one_in_a_language_that_may_mean_another() -> None:
    assert read_intents("Le sue parole sono un urgent scam", "it") == []
    assert {intent.label for intent in read_intents("Mein charger caught fire", "de")} == {"safety"}


def test_more_evidence_makes_a_score_surer_and_never_certain() -> None:
    one = read_intents("I want a refund", "en")[0].score
    more = read_intents(
        "I want a refund, it never arrived, terrible service, I am so disappointed, it is broken", "en"
    )[0]
    assert one < more.score <= 0.99
    assert len(more.reasons) <= 4


def test_haste_lifts_urgency_and_thanks_do_not() -> None:
    calm = read_urgency("The zipper broke", "en", read_intents("The zipper broke after two days", "en"))
    hasty_text = "The zipper broke after two days, need an answer asap, third time I write"
    hasty = read_urgency(hasty_text, "en", read_intents(hasty_text, "en"))
    assert calm.score < hasty.score
    assert any(reason.why.startswith("urgent:") for reason in hasty.reasons)
    thanks = "Great service, thank you so much"
    assert read_urgency(thanks, "en", read_intents(thanks, "en")).label == "none"


def test_all_labels_of_the_tables_are_documented_intents() -> None:
    assert {group.label for group in read_tables()} <= {*LABELS, "urgent"}
    assert set(WEIGHTS) <= set(LABELS)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("caught fire", "line 1"),
        ("[safety] x", "must read like"),
        ("[safety 0.9] x\n..", "names no word"),
        ("[safety 0.9] x\n100% free", "not one word"),
    ],
)
def test_a_table_that_cannot_be_read_names_its_line_or_phrase(table: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        list(compile_groups(parse_table(table, "table.txt")))


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(codec=None), max_size=400), st.sampled_from(["en", "bn", "und", "fr", ""]))
@example("\ud800 scam \udfff", "en")
@example("not " * 2000 + "scam", "en")
@example("প্রতারণা" * 10_000, "bn")
@example("™ caught ﷺ fire", "en")
@example("Z̸̢̛s̶c̶a̶m̶", "und")
def test_no_text_is_an_error(text: str, lang: str) -> None:
    intents = read_intents(text, lang)
    assert all(0.0 < intent.score <= 0.99 for intent in intents)
    urgency = read_urgency(text, lang, intents)
    assert 0.0 <= urgency.score <= 1.0


def test_every_phrase_of_the_tables_can_be_looked_for() -> None:
    for pattern in compile_groups(read_tables()):
        compiled(pattern.expression)
        compiled(pattern.unless)


def test_a_hostile_text_of_pattern_words_takes_no_longer_than_a_blink() -> None:
    words = sorted(
        {word.rstrip("*?") for group in read_tables() for phrase in group.phrases for word in phrase.split()}
    )
    text = " ".join(word.split("/")[0].replace("_", " ") for word in words) * 20
    begun = time.process_time()
    read_urgency(text, "en", read_intents(text, "en"))
    assert time.process_time() - begun < 1.0


def test_the_examples_of_the_documentation_come_out_as_they_say() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reading.md").read_text("utf-8")
    rows = page.split("| post | urgency |\n|---|---|\n")[1].split("\n\n")[0].splitlines()
    assert len(rows) >= 5
    for row in rows:
        text, outcome = (cell.strip() for cell in row.strip("|").split("|"))
        lang = identify_language(text)
        assert read_urgency(text, lang, read_intents(text, lang)).label == outcome.split(":")[0], text


PHRASE_WORDS = sorted(
    {
        word.rstrip("*?").replace("_", " ")
        for group in read_tables()
        for phrase in group.phrases
        for element in phrase.split()
        for word in element.split("/")
    }
)
texts_of_words = st.lists(
    st.sampled_from(PHRASE_WORDS)
    | st.text(max_size=6)
    | st.sampled_from(["not", "Acme's", "ＷＨＹ？", "না", "_", "x" * 60]),
    max_size=14,
).map(" ".join)


@settings(deadline=None, max_examples=60)
@given(texts_of_words, st.sampled_from(["en", "bn", "de", "und"]))
def test_what_words_refuse_no_pattern_would_have_found(text: str, lang: str) -> None:
    folded = fold(text)
    assert set(words_of(folded)) == set(re.findall(f"{LETTER}+", folded))
    index = _index()
    by_index = [pattern for pattern in index.worth_running(folded) if _first(pattern, folded)]
    assert by_index == [pattern for pattern in index.patterns if _first(pattern, folded)]
    found = find(text, lang)
    intents = read_intents(text, lang)
    assert intents == read_intents(text, lang, found)
    assert read_urgency(text, lang, intents) == read_urgency(text, lang, intents, found)
