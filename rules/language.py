"""Which language a text is written in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from operator import itemgetter
from typing import Any

from rules.language_words import ENGLISH, ENGLISH_SHARED, ROMANISED_BENGALI

UNSURE = "und"
READ_CHARACTERS = 1_000  # more text makes the answer no surer

_SURE = 0.42  # share of the evidence that an answer needs without a claim
_CLAIM = 8.0  # how much likelier a language becomes when the source claims it
_NOISE = 0.001  # probabilities below tell nothing
_RARE = 0.15  # how likely a language outside _COMMON is, against one inside, before the text is read
_SHARED_WORTH = 0.35  # of an English word that other languages spell the same
_ENGLISH_FIRST = 3.0  # most posts whose language is hard to tell are short English ones

_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_NOT_WORDS = re.compile(r"[@][\w.-]+(?:@[\w.-]+)?|&\w+;|[#_]|\b\w*\d\w*\b")
_RUNS = re.compile(
    "(?P<Latn>[A-Za-z\u00c0-\u024f\u1e00-\u1eff]+)|(?P<Beng>[\u0980-\u09e3\u09f0-\u09fe]+)|(?P<Deva>[\u0900-\u0963\u0970-\u097f]+)"
    "|(?P<Arab>[\u0620-\u065f\u066e-\u06d3\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc]+)|(?P<Cyrl>[\u0400-\u052f]+)"
    "|(?P<Hani>[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]+)|(?P<Kana>[\u3041-\u3096\u30a1-\u30fa\u30fc\uff66-\uff9d]+)"
    "|(?P<Hang>[\u1100-\u11ff\uac00-\ud7a3]+)|(?P<Thai>[\u0e01-\u0e3a\u0e40-\u0e4e]+)|(?P<Grek>[\u0370-\u03ff\u1f00-\u1fff]+)"
    "|(?P<Hebr>[\u05b0-\u05f4]+)|(?P<Ethi>[\u1200-\u139f]+)|(?P<Taml>[\u0b80-\u0bff]+)|(?P<Telu>[\u0c00-\u0c7f]+)"
    "|(?P<Knda>[\u0c80-\u0cff]+)|(?P<Mlym>[\u0d00-\u0d7f]+)|(?P<Gujr>[\u0a80-\u0aff]+)|(?P<Guru>[\u0a00-\u0a7f]+)"
    "|(?P<Orya>[\u0b00-\u0b7f]+)|(?P<Sinh>[\u0d80-\u0dff]+)|(?P<Laoo>[\u0e80-\u0eff]+)|(?P<Mymr>[\u1000-\u109f]+)"
    "|(?P<Khmr>[\u1780-\u17ff]+)|(?P<Geor>[\u10a0-\u10ff\u1c90-\u1cbf]+)|(?P<Armn>[\u0530-\u058f]+)|(?P<Tibt>[\u0f00-\u0fff]+)"
    "|(?P<Thaa>[\u0780-\u07bf]+)"
)

# The languages a script can stand for; one alone needs no detector. The first is meant where nothing tells them apart.
_WRITTEN_IN: Mapping[str, tuple[str, ...]] = {
    "Thai": ("th",), "Hang": ("ko",), "Kana": ("ja",), "Hani": ("zh", "ja"), "Grek": ("el",),
    "Hebr": ("he", "yi"), "Taml": ("ta",), "Telu": ("te",), "Knda": ("kn",), "Mlym": ("ml",), "Gujr": ("gu",),
    "Guru": ("pa",), "Orya": ("or",), "Sinh": ("si",), "Laoo": ("lo",), "Mymr": ("my",), "Khmr": ("km",),
    "Geor": ("ka",), "Armn": ("hy",), "Tibt": ("bo", "dz"), "Thaa": ("dv",), "Ethi": ("am", "ti"),
    "Deva": ("hi", "mr", "ne", "sa", "gom"), "Arab": ("ar", "fa", "ur", "ps", "ckb", "ku", "ug", "sd"),
    "Cyrl": ("ru", "uk", "bg", "sr", "be", "mk", "kk", "ky", "mn", "tg", "tt", "ba"),
}  # fmt: skip
_TOLD_BY_DETECTOR = frozenset({"Deva", "Arab", "Cyrl", "Ethi"})
SAME_LANGUAGE = {
    "iw": "he", "in": "id", "ji": "yi", "jw": "jv", "nb": "no", "nn": "no", "fil": "tl", "arz": "ar", "ary": "ar",
    "arq": "ar", "yue": "zh", "wuu": "zh", "cmn": "zh", "hbo": "he", "grc": "el", "uzs": "uz", "sdh": "ku", "gug": "gn",
    "eng": "en", "ben": "bn", "deu": "de", "ger": "de", "fra": "fr", "fre": "fr", "spa": "es", "por": "pt",
    "ita": "it", "nld": "nl", "dut": "nl", "rus": "ru", "jpn": "ja", "kor": "ko", "zho": "zh", "chi": "zh",
    "hin": "hi", "ara": "ar", "tur": "tr", "pol": "pl", "ind": "id", "vie": "vi", "tha": "th", "swe": "sv",
}  # fmt: skip
"""Codes that mean the same to readers: renamed ones, those of three letters, and ways to write one language."""

_NO_LANGUAGE = frozenset({"", "und", "zxx", "mul", "mis", "qme", "qht", "qam", "qct", "qst", "art", "vo", "la"})
_COMMON = frozenset(
    re.findall(
        "[a-z]+",
        """
    en es pt fr de it nl id ms tr pl ru uk ar fa ur hi mr ne bn ja zh ko vi th tl sv da no fi cs sk hu ro bg
    el he sr hr bs sl lt lv et ca sw ha yo ig pcm am az kk uz ta te ml kn gu pa si sq af so zu xh rw sn mg st
    om gl eu is cy ga
""",
    )
)  # the detector knows 140; these are met every day


def identify_language(text: str, claimed: str = "") -> str:
    """Gives the BCP 47 primary subtag of the language of `text`, or "und" when unsure.

    The script decides where only one language uses it; else the detector's probabilities, English's common
    words and what the source claims are weighed together. A claim alone decides only where the text says too
    little, and never against its script. Never raises.
    """
    words = _words_alone(text)
    script = _script(words)
    claim = primary_subtag(claimed)
    if not script:
        return UNSURE
    if script == "Latn":
        return _latin(words, "" if claim in _OTHER_SCRIPTS else claim)
    if script == "Beng":  # ৰ and ৱ are Assamese letters; one in a long Bengali text is a slip
        return "as" if (words.count("\u09f0") + words.count("\u09f1")) * 80 > len(words) else "bn"
    candidates = _WRITTEN_IN[script]
    if claim not in candidates:
        claim = ""
    if script in _TOLD_BY_DETECTOR:
        return _among(words, candidates, claim)
    return claim or candidates[0]


def primary_subtag(tag: str) -> str:
    """Gives the primary subtag of a language tag as services write it ("en-GB", "pt_BR", "in"), "" for none."""
    subtag = re.split("[-_]", tag.strip().lower(), maxsplit=1)[0]
    subtag = SAME_LANGUAGE.get(subtag, subtag)
    return (
        ""
        if subtag in _NO_LANGUAGE or not (subtag.isascii() and subtag.isalpha() and len(subtag) in {2, 3})
        else subtag
    )


_OTHER_SCRIPTS = frozenset(language for languages in _WRITTEN_IN.values() for language in languages) - {
    "sr", "ku", "kk", "az", "uz", "bn", "hi", "ur", "ar"
}  # fmt: skip
"""Languages that are not written in Latin letters, but for those whose speakers do so online."""


def _words_alone(text: str) -> str:
    text = text[: READ_CHARACTERS * 3]
    if "://" in text or "www." in text.lower():
        text = _LINK.sub(" ", text)
    return _NOT_WORDS.sub(" ", text)[:READ_CHARACTERS]


def _script(words: str) -> str:
    """The script of most letters; others than Latin win at a third, since brands are spelt in Latin everywhere."""
    if words.isascii():
        return "Latn" if any(map(str.isalpha, words)) else ""
    letters: dict[str, int] = {}
    for run in _RUNS.finditer(words):
        script = run.lastgroup or ""
        letters[script] = letters.get(script, 0) + run.end() - run.start()
    if not letters:
        return ""
    total = sum(letters.values())
    latin = letters.pop("Latn", 0)
    if not letters or latin * 3 > total * 2:
        return "Latn"
    if letters.get("Kana", 0) * 8 > letters.get("Kana", 0) + letters.get("Hani", 0):
        letters["Kana"] += letters.pop("Hani", 0)
    return max(letters, key=lambda script: letters[script])


def _latin(words: str, claim: str) -> str:
    lowered = words.lower().replace("’", "'").split()
    stripped = [word.strip(".,!?;:()[]\"'“”‘…-*~") for word in lowered]
    stripped = [word for word in stripped if word]
    if not stripped:
        return UNSURE
    bengali = sum(1 for word in stripped if word in ROMANISED_BENGALI)
    english = sum(1.0 for word in stripped if word in ENGLISH)
    shared = sum(1.0 for word in stripped if word in ENGLISH_SHARED)
    count = len(stripped)
    if bengali >= 2 and bengali * 4 >= count and bengali > english:
        return "bn"
    if count >= 4 and english >= 0.5 * count and claim in {"", "en"}:
        return "en"  # no other language has half of its words in common with English: spare the detector
    evidence = _weigh(_probabilities(words), claim)
    # The fewer words, the less letter patterns tell and the more a known word does.
    share = (english + shared * _SHARED_WORTH) / count
    evidence["en"] = evidence.get("en", 0.0) + 0.002
    evidence["en"] *= _ENGLISH_FIRST * (1.0 + 60.0 * share * share * (2.0 if count <= 12 else 1.0))
    return _surest(evidence, claim)


def _among(words: str, candidates: tuple[str, ...], claim: str) -> str:
    ranked = _probabilities(words)
    evidence = _weigh({language: max(ranked.get(language, 0.0), _NOISE) for language in candidates}, claim)
    return _surest(evidence, claim) if len(words) > 3 or claim else UNSURE


def _weigh(probabilities: Mapping[str, float], claim: str) -> dict[str, float]:
    evidence: dict[str, float] = {}
    for label, probability in probabilities.items():
        language = SAME_LANGUAGE.get(label, label)
        if language in _NO_LANGUAGE:
            continue
        weight = probability * (1.0 if language in _COMMON else _RARE)
        evidence[language] = evidence.get(language, 0.0) + weight
    if claim:
        evidence[claim] = evidence.get(claim, 0.0) * _CLAIM + 0.02
    return evidence


def _surest(evidence: Mapping[str, float], claim: str) -> str:
    best = max(evidence, key=lambda language: evidence[language])
    share = evidence[best] / sum(evidence.values())
    if share >= _SURE:
        return best
    if claim and evidence[claim] >= evidence[best] * 0.2:
        return claim
    return UNSURE


def _probabilities(words: str) -> dict[str, float]:
    """The labels that are not noise, likeliest first: what `rank` gives, without ordering the 130 others each time."""
    detector = _detector()
    scores = zip(detector.nb_classes, detector._decide(words).tolist(), strict=True)
    likely = [(label, score) for label, score in scores if score >= _NOISE]
    return dict(sorted(likely, key=itemgetter(1), reverse=True))


@lru_cache(maxsize=1)
def _detector() -> Any:
    """py3langid's model of 140 labels, loaded once (0.6 s, 100 MB) and only where a text needs it."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
