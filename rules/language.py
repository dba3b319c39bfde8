"""Which language a text is written in."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from threading import Lock

UNSURE = "und"

SAME_LANGUAGE = {
    "iw": "he", "in": "id", "ji": "yi", "jw": "jv", "nb": "no", "nn": "no", "fil": "tl", "arz": "ar", "ary": "ar",
    "arq": "ar", "yue": "zh", "wuu": "zh", "cmn": "zh", "hbo": "he", "grc": "el", "uzs": "uz", "sdh": "ku", "gug": "gn",
    "eng": "en", "ben": "bn", "deu": "de", "ger": "de", "fra": "fr", "fre": "fr", "spa": "es", "por": "pt",
    "ita": "it", "nld": "nl", "dut": "nl", "rus": "ru", "jpn": "ja", "kor": "ko", "zho": "zh", "chi": "zh",
    "hin": "hi", "ara": "ar", "tur": "tr", "pol": "pl", "ind": "id", "vie": "vi", "tha": "th", "swe": "sv",
}  # fmt: skip
"""Codes that mean the same to readers: renamed ones, those of three letters, and ways to write one language."""

_NO_LANGUAGE = frozenset({"", "und", "zxx", "mul", "mis", "qme", "qht", "qam", "qct", "qst", "art", "vo", "la"})
_BATCH = 512  # texts read at once: what they need fits the processor's cache


def identify_language(text: str, claimed: str = "") -> str:
    """Gives the language of one text, as `identify_languages` does of many at a fraction of the cost for each."""
    return identify_languages([text], [claimed])[0]


def identify_languages(texts: Sequence[str], claimed: Sequence[str]) -> list[str]:
    """Gives the language of each text as a BCP 47 tag, or "und" when unsure; `claimed`: what its source says, or "".

    A tag is a primary subtag, but for Bengali and Hindi typed in Latin letters: "bn-Latn", "hi-Latn". The script
    decides where only one language uses it; else a trained table weighs the words and what the source claims
    together. A claim alone decides only where the text says too little, and never against its script. Never raises
    for what a text holds; ValueError where there are not as many claims as texts. Usable from several threads.
    """
    if len(texts) != len(claimed):
        raise ValueError(f"{len(texts)} texts have {len(claimed)} claims")
    identify = _identifier()
    answers: list[str] = []
    for begun in range(0, len(texts), _BATCH):
        claims = [primary_subtag(claim) if claim else "" for claim in claimed[begun : begun + _BATCH]]
        answers += identify(texts[begun : begun + _BATCH], claims)
    return answers


@lru_cache(maxsize=1_024)
def primary_subtag(tag: str) -> str:
    """Gives the primary subtag of a language tag as services write it ("en-GB", "pt_BR", "in"), "" for none."""
    subtag = re.split("[-_]", tag.strip().lower(), maxsplit=1)[0]
    subtag = SAME_LANGUAGE.get(subtag, subtag)
    return (
        ""
        if subtag in _NO_LANGUAGE or not (subtag.isascii() and subtag.isalpha() and len(subtag) in {2, 3})
        else subtag
    )


@lru_cache(maxsize=1)
def _identifier() -> Callable[[Sequence[str], Sequence[str]], list[str]]:
    """Reads the table, once and only where a text needs it, since it brings numpy with it."""
    from rules.language_decision import Decision
    from rules.language_memory import WordMemory
    from rules.language_table import language_table

    table = language_table()
    memory, decision = WordMemory(table), Decision(table, UNSURE)
    one_at_a_time = Lock()

    def identify(texts: Sequence[str], claims: Sequence[str]) -> list[str]:
        with one_at_a_time:
            evidence = memory.evidence(texts)
        return decision.decide(evidence, claims)

    return identify
