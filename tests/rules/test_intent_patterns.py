"""Behaviour of intents and urgency: what customers write."""

from __future__ import annotations

import re
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rules.intent import _MAY_ASK, LABELS, read_intents
from rules.language import identify_language
from rules.patterns.find import _index, _may_mean_another, _means_another, find, find_all
from rules.patterns.folding import LETTER, fold
from rules.patterns.index import Index, words_of
from rules.patterns.pattern import compile_groups
from rules.patterns.phrase import Words, phrase
from rules.patterns.table import parse_table, read_tables
from rules.urgency import WEIGHTS, read_urgency

POSTS = Path(__file__).parent / "posts"


def posts(name: str) -> list[tuple[str, str, str]]:
    lines = (POSTS / f"{name}.txt").read_text("utf-8").splitlines()
    cells = [line.split("|", 2) for line in lines if line and not line.startswith("#")]
    return [(urgency.strip(), intents.strip(), text.strip()) for urgency, intents, text in cells]


@pytest.mark.parametrize(("urgency", "intents", "text"), posts("english") + posts("bengali") + posts("languages"))
def test_a_post_is_heard_as_people_mean_it(urgency: str, intents: str, text: str) -> None:
    lang = identify_language(text)
    found = read_intents(text, lang)
    labels = {intent.label for intent in found}
    expected = set(intents.split())
    assert expected <= labels
    assert labels <= expected | {"question", "complaint"}
    assert read_urgency(text, lang, found).label == urgency


def test_there_are_enough_posts_of_each_language() -> None:
    assert len(posts("english")) >= 80
    assert len(posts("bengali")) >= 60
    assert len(posts("languages")) >= 60


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


def test_no_phrase_names_the_brand_of_our_own_posts_which_nobody_elses_have() -> None:
    words = {word for group in read_tables() for phrase in (*group.phrases, *group.unless) for word in phrase.split()}
    assert [word for word in words if "acme" in fold(word)] == []


def test_all_labels_of_the_tables_are_documented_intents() -> None:
    assert {group.label for group in read_tables()} <= {*LABELS, "urgent", "waiting", "rhetorical"}
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
PHRASES = sorted(
    {
        " ".join(element.rstrip("?*").split("/")[0].replace("_", " ") for element in phrase.split() if element != "..")
        for group in read_tables()
        for phrase in [*group.phrases, *group.unless]
    }
)
texts_of_words = st.lists(
    st.sampled_from(PHRASE_WORDS)
    | st.sampled_from(PHRASES)
    | st.text(max_size=6)
    | st.sampled_from(["not", "Acme's", "ＷＨＹ？", "না", "_", "x" * 60, "www.scam.example/?a", "@fire", "́", "but"])
    | st.sampled_from([" ", "\u00a0", "\u3000", "\n", "\x85", "\u2028", "-", ". ", "\u200b"]),
    max_size=14,
).flatmap(lambda words: st.sampled_from([" ", "", "\u00a0", "'"]).map(lambda between: between.join(words)))


def plain_find(text: str, lang: str) -> dict[str, list[tuple[str, str]]]:
    """What each pattern finds, looked for in each text: what `find` must give, and slow."""
    folded = fold(text)
    words = Words(folded)
    found: dict[str, list[tuple[str, str]]] = {}
    seen = []
    for pattern in _index().patterns:
        if pattern.group in seen or (pattern.single and _may_mean_another(pattern.group.langs, lang)):
            continue
        for first, last in phrase(pattern.phrase).found(words):
            start, end = words.places[first][0], words.places[last][1]
            if not _means_another(pattern, folded, start, end):
                seen.append(pattern.group)
                found.setdefault(pattern.group.label, []).append((pattern.group.meaning, folded[start:end]))
                break
    return found


@settings(deadline=None, max_examples=60)
@given(texts_of_words, st.sampled_from(["en", "bn", "de", "und"]))
@example("a xscam scam but not a scam", "en")
@example("Caught\u00a0fire", "en")
def test_what_is_found_is_what_every_pattern_would_find(text: str, lang: str) -> None:
    folded = fold(text)
    assert set(words_of(folded)) == set(re.findall(f"{LETTER}+", folded))
    found = find(text, lang)
    plain = plain_find(text, lang)
    assert {label: [hit.group.meaning for hit in hits] for label, hits in found.items()} == {
        label: [meaning for meaning, _ in hits] for label, hits in plain.items()
    }
    if len(text.split()) != len(folded.split()):  # a find is then shown as it was folded
        assert [hit.text for hits in found.values() for hit in hits] == [
            said for label in found for _, said in plain[label]
        ]
    intents = read_intents(text, lang)
    assert intents == read_intents(text, lang, found)
    assert read_urgency(text, lang, intents) == read_urgency(text, lang, intents, found)


@settings(deadline=None, max_examples=60)
@given(st.lists(texts_of_words, max_size=4))
def test_what_is_remembered_of_tokens_has_an_end_and_no_text_notices_it(texts: list[str]) -> None:
    patterns = _index().patterns[::7]
    forgetful = Index(patterns, room=400)
    together = Index(patterns).worth_running(texts)
    for text, expected in zip(texts, together, strict=True):
        (told,) = forgetful.worth_running([text])
        assert [pattern.phrase for pattern in told] == [pattern.phrase for pattern in expected]
        assert len(forgetful._memory._numbers) <= 6 + len(text.split())


@settings(deadline=None, max_examples=60)
@given(st.lists(texts_of_words, max_size=4), st.sampled_from(["en", "bn", "de", "und"]))
def test_many_texts_are_looked_at_together_as_each_alone(texts: list[str], lang: str) -> None:
    assert find_all(texts, [lang] * len(texts)) == [find(text, lang) for text in texts]


def test_every_character_that_folds_to_a_question_mark_is_looked_for() -> None:
    folding = [chr(code) for code in range(0x110000) if {"?", "؟"} & {*unicodedata.normalize("NFKC", chr(code))}]
    assert folding == [chr(code) for code in range(0x110000) if _MAY_ASK.match(chr(code))]
    for mark in folding:
        assert "question" in {intent.label for intent in read_intents(f"acmeé{mark}", "en")}
    assert read_intents("acmeé https://acme.example/?a=1 @a?", "en") != []
    assert read_intents("acmeé https://acme.example/?a=1", "en") == []


def test_a_thing_that_does_not_work_is_a_complaint_in_german() -> None:
    for text in ("Die Kaffeemaschine funktioniert leider nicht", "Seit gestern geht das Radio nicht mehr"):
        assert "complaint" in {intent.label for intent in read_intents(text, "de")}, text
