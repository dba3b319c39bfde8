"""The words that are named as reasons are those that decide: without them a reading is nearer to neutral."""

from __future__ import annotations

import re
from itertools import product

from rules.reading import Sentiment
from rules.sentiment.contract import ReadyText
from rules.sentiment.reader import SentimentReader

# Sentences with room for a thing and for a feeling, things, feelings.
MADE_OF: dict[str, tuple[list[str], list[str], list[str]]] = {
    "en": (
        ["The {} is {}.", "I bought a {} last week, it is {}", "my {} from them: {}", "honestly, this {} is {}!"],
        ["kettle", "phone", "delivery", "app", "hotel"],
        [
            "great",
            "awful",
            "terrible",
            "wonderful",
            "useless",
            "amazing",
            "broken",
            "so slow",
            "very good",
            "really bad",
        ],
    ),
    "de": (
        ["Der {} ist {}.", "Habe letzte Woche den {} gekauft, {}", "Mein {} von denen: {}"],
        ["Kocher", "Service", "Versand", "Laden"],
        ["super", "schrecklich", "kaputt", "toll", "furchtbar", "wunderbar", "enttäuschend", "perfekt", "sehr gut"],
    ),
    "fr": (
        ["Le {} est {}.", "J'ai acheté ce {} la semaine dernière, {}", "mon {} : {}"],
        ["téléphone", "service", "produit", "magasin"],
        ["génial", "horrible", "nul", "parfait", "excellent", "décevant", "mauvais", "magnifique"],
    ),
    "es": (
        ["El {} es {}.", "Compré este {} la semana pasada, {}", "mi {}: {}"],
        ["teléfono", "servicio", "producto"],
        ["excelente", "horrible", "malo", "perfecto", "pésimo", "maravilloso"],
    ),
    "it": (
        ["Il {} è {}.", "Ho comprato questo {}, {}"],
        ["telefono", "servizio", "prodotto"],
        ["ottimo", "pessimo", "orribile", "fantastico", "perfetto", "brutto"],
    ),
    "pt": (
        ["O {} é {}.", "Comprei este {} e é {}"],
        ["telefone", "serviço", "produto"],
        ["ótimo", "péssimo", "horrível", "maravilhoso", "perfeito", "ruim"],
    ),
    "bn": (
        ["{} {}।", "এই {} কিনলাম, {}", "আমার {} {}"],
        ["ফোন", "সার্ভিস", "পণ্যটি", "ডেলিভারি"],
        ["খুব ভালো", "খুব খারাপ", "জঘন্য", "অসাধারণ", "চমৎকার", "বাজে"],
    ),
    "ar": (
        ["{} {}", "اشتريت هذا {} وهو {}"],
        ["الهاتف", "المنتج", "المطعم"],
        ["ممتاز", "سيئ جدا", "رائع", "فظيع", "جميل"],
    ),
    "id": (
        ["{} ini {}.", "Saya beli {} ini, {}"],
        ["produk", "layanan", "aplikasi"],
        ["bagus", "jelek", "mengecewakan", "mantap", "buruk"],
    ),
}


def _named(read: Sentiment) -> list[str]:
    """The words that speak for the side on which the text was read."""
    score = read.score or 0.0
    return [reason.text for reason in read.reasons if reason.weight * score > 0]


def test_without_the_words_that_are_named_five_hundred_readings_are_nearer_to_neutral() -> None:
    texts = [
        ReadyText(text=sentence.format(thing, feeling), lang=lang)
        for lang, of in MADE_OF.items()
        for sentence, thing, feeling in product(*of)
    ]
    reader = SentimentReader()
    told = [
        (text, read, _named(read))
        for text, read in zip(texts, reader.analyze(texts), strict=True)
        if read.label in ("negative", "positive") and _named(read)
    ]
    assert len(told) >= 500
    assert {text.lang for text, _, _ in told} == set(MADE_OF)
    assert len(told) >= 0.8 * len(texts)  # hardly any reading is without words for it
    cut = []
    for text, _, words in told:
        left = text.text
        for word in words:
            assert word in text.text
            left = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", " ", left)
        cut.append(ReadyText(text=left, lang=text.lang))
    farther = [
        (text.text, words, read.score, again.score)
        for (text, read, words), again in zip(told, reader.analyze(cut), strict=True)
        if read.score is None or (again.score or 0.0) / read.score >= 1.0
    ]
    assert farther == []
