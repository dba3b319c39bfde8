"""Behaviour of language identification."""

from __future__ import annotations

import lzma
import os
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rules.language import identify_language, primary_subtag


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
        ("amar taka ferot den vai, ekhono pai nai", "bn"),
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
    assert language.isascii()
    assert 1 <= len(language) <= 3


@settings(max_examples=60, deadline=None)
@given(st.text(st.sampled_from("aeinrst lümçñéбгдеж سلام 的是"), max_size=120))
def test_what_is_likely_is_the_detectors_own_ranking_without_its_tail(text: str) -> None:
    from rules.language import _NOISE, _detector, _probabilities

    ranked = [(label, share) for label, share in _detector().rank(text) if share >= _NOISE]
    assert list(_probabilities(text).items()) == ranked


def test_labelled_sets_are_recognised() -> None:
    folder = os.environ.get("LISTENER_EVAL")
    if not folder:
        pytest.skip("LISTENER_EVAL names no folder of labelled texts")
    least = {
        "tweeteval_sentiment": ("en", 0.9),
        "airline": ("en", 0.97),
        "umsab_fr": ("fr", 0.95),
        "sentnob": ("bn", 0.98),
    }
    for name, (language, share) in least.items():
        with lzma.open(Path(folder) / "dev" / f"{name}.tsv.xz", "rt", encoding="utf-8") as opened:
            texts = [line.split("\t")[0] for line in opened.read().split("\n")[1:301] if line]
        assert sum(identify_language(text) == language for text in texts) >= share * len(texts), name
