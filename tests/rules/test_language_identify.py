"""Behaviour of language identification."""

from __future__ import annotations

import lzma
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rules import language_memory
from rules.language import identify_language, identify_languages, primary_subtag
from rules.language_decision import Decision, main_scripts
from rules.language_memory import WordMemory
from rules.language_scripts import SCRIPTS, letters_by_script
from rules.language_table import features_of, language_table
from rules.language_words import words_of


@pytest.mark.parametrize(
    "text",
    [
        "ok thanks",
        "acme sucks",
        "This is great",
        "love it",
        "worst app ever",
        "is acme down?",
        "my order never arrived",
        "@acmehelp still waiting https://t.co/abc #fail",
        "Great service!!! 😍",
    ],
)
def test_short_english_is_english(text: str) -> None:
    assert identify_language(text) == "en"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("আমার টাকা ফেরত দেন", "bn"),
        ("Acme এর সার্ভিস খুব বাজে, refund চাই", "bn"),
        ("ৰাতিপুৱা আমি ভাত খাওঁ আৰু কামলৈ যাওঁ", "as"),
        ("amar taka ferot den vai, ekhono pai nai", "bn-Latn"),
        ("khub baje service, product ta valo na", "bn-Latn"),
        ("bhai mera paisa wapas karo, bahut bekar service hai", "hi-Latn"),
        ("yeh app bilkul kaam nahi kar raha", "hi-Latn"),
        ("3lach had l'application makat5demch, wach kayn chi 7el", "ar-Latn"),
        ("Teslimat hala gelmedi, kimse cevap vermiyor", "tr"),
        ("Pesanan saya belum sampai, tolong dibantu", "id"),
        ("O pedido ainda não chegou e ninguém responde", "pt"),
        ("Il pacco non è ancora arrivato e nessuno risponde", "it"),
        ("De bestelling is nog steeds niet aangekomen", "nl"),
        ("Przesyłka jeszcze nie dotarła, nikt nie odpowiada", "pl"),
        ("Har ni problem med appen idag? Den kraschar hela tiden", "sv"),
        ("Bado sijapata mzigo wangu, hakuna anayejibu", "sw"),
        ("Har yanzu ban sami kayana ba", "ha"),
        ("Đơn hàng của tôi vẫn chưa đến", "vi"),
        ("Die Lieferung ist immer noch nicht angekommen", "de"),
        ("El pedido todavía no ha llegado y nadie responde", "es"),
        ("La livraison n'est toujours pas arrivée, c'est honteux", "fr"),
        ("บริการแย่มาก", "th"),
        ("서비스가 최악이에요", "ko"),
        ("サービスが最悪です", "ja"),
        ("服务太差了", "zh"),
        ("Απαράδεκτη εξυπηρέτηση", "el"),
        ("השירות גרוע", "he"),
        ("الخدمة سيئة جدا ولم يصل الطلب", "ar"),
        ("آپ کی سروس بہت خراب ہے اور کوئی جواب نہیں دیتا", "ur"),
        ("سرویس شما خیلی بد است و هیچ کس جواب نمی دهد", "fa"),
        ("आपकी सेवा बहुत खराब है, मेरा पैसा वापस करो", "hi"),
        ("तुमची सेवा खूप वाईट आहे, माझे पैसे परत करा", "mr"),
        ("Обслуживание ужасное, деньги не вернули", "ru"),
        ("Обслуговування жахливе, гроші не повернули", "uk"),
    ],
)
def test_scripts_and_languages_are_told(text: str, language: str) -> None:
    assert identify_language(text) == language


@pytest.mark.parametrize(
    "text", ["", "   ", "😀", "12345", "https://example.org/the/good/news", "@acme #", "!!!", "xq"]
)
def test_nothing_to_read_is_und(text: str) -> None:
    assert identify_language(text) == "und"


def test_a_claim_fills_in_where_the_text_says_too_little() -> None:
    assert identify_language("Suarez Maluma") == "und"
    assert identify_language("Suarez Maluma", "es-MX") == "es"


def test_a_claim_never_stands_against_the_text() -> None:
    assert identify_language("আমার টাকা ফেরত দেন", "en") == "bn"
    assert identify_language("The delivery never arrived and nobody answers my calls", "bn") == "en"
    assert identify_language("Die Lieferung ist immer noch nicht angekommen", "en") == "de"
    assert identify_language("Suarez Maluma", "th") == "und"
    assert identify_language("😀", "en") == "und"


def test_claims_are_read_as_services_write_them() -> None:
    assert [primary_subtag(tag) for tag in ("en-GB", "pt_BR", "in", "und", "", "zxx", "iw", "x-klingon!")] == [
        "en", "pt", "id", "", "", "", "he", "",
    ]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(codec=None), max_size=200), st.text(max_size=12))
@example("\ud800 lone", "en")
@example("ع" * 50_000, "ar")
@example("Z̸̢̛̰͎͌a̶̡̛l̷̨̛g̸̢̛o̵̧̕" * 50, "")
def test_no_text_is_an_error(text: str, claimed: str) -> None:
    language = identify_language(text, claimed)
    assert language.removesuffix("-Latn") == "und" or primary_subtag(language) == language.removesuffix("-Latn")


@pytest.mark.parametrize("token", ["well-known-" * 90, "nǃxóõ-" * 160])
def test_a_token_of_very_many_words_fails_neither_its_text_nor_those_after_it(token: str) -> None:
    memory = WordMemory(language_table())
    letters = memory.evidence([token]).letters
    assert 0 < letters.sum() <= len(token)
    assert np.array_equal(memory.evidence(["a plain post"]).letters, memory.evidence(["some other a"]).letters)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.text(st.sampled_from("aeinrst lüçßéбгдеж سلام 的是かなক ৰ#@.'1"), max_size=60),
            st.sampled_from(["", "en", "bn", "ja", "xx"]),
        )
    )
)
def test_many_at_once_are_told_as_each_alone(posts: list[tuple[str, str]]) -> None:
    texts, claims = [text for text, _ in posts], [claim for _, claim in posts]
    assert identify_languages(texts, claims) == [identify_language(*post) for post in posts]


def test_as_many_claims_as_texts_are_asked_for() -> None:
    with pytest.raises(ValueError, match="2 texts have 1 claims"):
        identify_languages(["one", "two"], [""])


def test_a_claim_of_a_language_that_the_table_does_not_know_stands_where_the_text_is_not_clear() -> None:
    assert "lb" not in language_table().languages
    assert identify_language("Suarez Maluma", "lb") == "lb"
    assert identify_language("The delivery never arrived and nobody answers my calls", "lb") == "en"


def test_what_a_writer_of_bengali_or_hindi_claims_speaks_for_its_typed_form() -> None:
    text = "kharap bhai kal"
    assert {identify_language(text, "bn-BD"), identify_language(text, "hi")} == {"bn-Latn", "hi-Latn"}
    assert identify_language(text, "ur") == "hi-Latn"


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("Great,", ["great"]),
        ("#LoveThisPhone", ["love", "this", "phone"]),
        ("@acme_help", []),
        ("https://example.org/the/good/news", []),
        ("ann@example.org", []),
        ("covid19", []),
        ("sooooo", ["soo"]),
        ("l’homme", ["l'homme"]),
        ("good/bad", ["good", "bad"]),
        ("fish&amp;chips", ["fish", "chips"]),
        ("E\u0301cole", ["école"]),
        ("RT", []),
        ("😀", []),
        ("খারাপ।", ["খারাপ"]),
        ("ب\u0640\u0640\u0640يت", ["بيت"]),
    ],
)
def test_a_token_is_taken_apart_into_its_words(token: str, words: list[str]) -> None:
    assert words_of(token) == words


def test_features_are_hashed_the_same_everywhere() -> None:
    """The table was fitted on these numbers: another hash would make it say nothing, and no text would fail."""
    features = features_of(["no", "নয়"])
    assert features.valid.sum(axis=0).tolist() == [7, 7, 5, 3, 1]
    assert [features.starts.tolist(), int(features.hashes[features.valid].sum())] == [[0, 4], 47676278799]


def test_most_words_of_each_language_of_the_table_speak_for_it() -> None:
    table = language_table()
    words = {
        "en": "the never would",
        "de": "nicht wird ich",
        "id": "yang tidak saya",
        "yo": "àwọn nígbà",
        "ru": "что это",
    }
    for language, some in words.items():
        spoken = table.vectors_of(some.split()) @ table.weights + table.bias
        assert table.languages[spoken.sum(axis=0).argmax()] == language


def test_what_is_remembered_is_bounded_and_forgetting_changes_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language_memory, "MOST_TOKENS", 300)
    table = language_table()
    memory, decision = WordMemory(table), Decision(table, "und")
    texts = [
        f"the delivery of ab{chr(97 + number % 26)}{chr(97 + number // 26)}zq never arrived" for number in range(600)
    ]
    for begun in range(0, len(texts), 50):
        some = texts[begun : begun + 50]
        assert decision.decide(memory.evidence(some), [""] * 50) == identify_languages(some, [""] * 50)
        assert len(memory._numbers) <= 300 + 50 * 6


def test_what_was_met_again_is_not_forgotten_whatever_its_script(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language_memory, "MOST_TOKENS", 60)
    memory = WordMemory(language_table())
    common = ["never the খারাপ-app сервис", "#never 新型号 ৰ'ab the", "सेवा খারাপ-app mañana"]
    for number in range(40):
        once = [f"w{chr(97 + number % 26)}{letter}q{'ж' * (number // 26)}" for letter in "abcdefg"]
        found = memory.evidence([*common, *once])
        anew = WordMemory(language_table()).evidence([*common, *once])
        assert np.array_equal(found.letters, anew.letters)
        assert np.array_equal(found.said, anew.said)
        assert np.array_equal(found.words, anew.words)
        assert len(memory._numbers) <= 60 + 12
        assert all(token in memory._numbers for text in common for token in text.split())


def test_a_batch_that_fails_spoils_none_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = WordMemory(language_table())
    with monkeypatch.context() as broken:
        broken.setattr(language_memory, "letters_by_script", lambda token: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            memory.evidence(["plain words", "খারাপ"])
    again, anew = (one.evidence(["খারাপ plain"]) for one in (memory, WordMemory(language_table())))
    assert np.array_equal(again.said, anew.said)
    assert np.array_equal(again.letters, anew.letters)


def test_texts_of_a_large_batch_are_told_as_each_alone() -> None:
    some = ["the delivery never arrived", "la livraison est jamais arrivée", "এটা খুব খারাপ", "die Lieferung kam nicht an"]
    assert identify_languages(some * 150, [""] * 600) == [identify_language(text) for text in some] * 150


def test_long_tokens_count_by_their_characters() -> None:
    memory = WordMemory(language_table())
    for number in range(0, 2_400, 100):
        memory.evidence([chr(0x4E00 + one) * 1_000 for one in range(number, number + 100)])
        assert sum(map(len, memory._numbers)) <= language_memory.MOST_CHARACTERS + 100_000


def test_links_and_names_are_not_remembered() -> None:
    memory = WordMemory(language_table())
    memory.evidence(["see https://example.org/1 @ann", "see https://example.org/2 @bob"])
    assert set(memory._numbers) == {"", "see"}


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("plain", "Latn"),
        ("Acme বাজে", "Beng"),
        ("Acme rockets are great but খারাপ", "Latn"),
        ("ৰাতিপুৱা আমি", "Asse"),
        ("新しいモデル", "Kana"),
        ("新型号很好", "Hani"),
    ],
)
def test_the_script_of_most_letters_counts_and_a_third_beats_latin(text: str, script: str) -> None:
    import numpy as np

    letters = np.zeros((1, len(SCRIPTS)), np.int64)
    for place, count in letters_by_script(text).items():
        letters[0, place] = count
    assert SCRIPTS[main_scripts(letters)[0]] == script


def test_labelled_sets_are_recognised() -> None:
    folder = os.environ.get("LISTENER_EVAL")
    if not folder:
        pytest.skip("LISTENER_EVAL names no folder of labelled texts")
    least = {
        "tweeteval_sentiment": ("en", 0.9),
        "airline": ("en", 0.97),
        "umsab_fr": ("fr", 0.95),
        "umsab_pt": ("pt", 0.9),
        "sentnob": ("bn", 0.98),
        "afrisenti_hau": ("ha", 0.9),
    }
    for name, (language, share) in least.items():
        with lzma.open(Path(folder) / "dev" / f"{name}.tsv.xz", "rt", encoding="utf-8") as opened:
            texts = [line.split("\t")[0] for line in opened.read().split("\n")[1:301] if line]
        assert sum(identify_language(text) == language for text in texts) >= share * len(texts), name
