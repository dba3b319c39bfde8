"""Tells whether a text denies what stands at a place in it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from rules.patterns.folding import fold

_BEFORE, _BEHIND = 40, 30  # characters around a place in which a "not" is looked for
_CLAUSE_END = re.compile(r"[.!?;:।,،؛؟\n·]|(?<!\w)(?:but|aber|mais|pero|mas|ma|maar|ama|tapi|ale|но|لكن)(?!\w)")
_ENGLISH = """no not never without isnt wasnt arent werent dont didnt doesnt wont cant cannot hasnt havent aint wouldnt
    couldnt nothing none neither nor zero nobody"""
_NEGATORS = {
    "en": _ENGLISH,
    "bn": "",
    "bn-Latn": "",
    "de": "nicht nichts kein keine keinen keiner keinem nie niemals ohne weder",
    "fr": "pas sans aucun aucune jamais ni rien",
    "es": "no nunca sin ningun ninguna tampoco jamas nadie nada",
    "pt": "não sem nenhum nenhuma nem nunca jamais nada",
    "it": "non senza nessun nessuna nessuno mai niente",
    "nl": "niet geen nooit zonder niets",
    "tr": "",
    "id": "tidak bukan nggak gak enggak ga tak tanpa belum takde",
    "pl": "nie bez żaden żadnego nigdy",
    "ru": "не без нет ни никакого никогда",
    "hi": "नहीं ना मत",
    "hi-Latn": "nahi nahin nhi mat",
    "ar": "لا لم ليس ليست بدون لن غير ما مو مش",
}
_BENGALI_BEHIND = """না নয় নাই নেই নি হয়নি লাগেনি করেনি ঘটেনি হয়নাই নহে পাইনি হচ্ছেনা ছিলনা ছিলোনা
    na noy nai nei hoyni hoini lageni koreni hoynai"""
_NEGATORS_BEHIND = {
    "en": _BENGALI_BEHIND,
    "bn": _BENGALI_BEHIND,
    "bn-Latn": _BENGALI_BEHIND,
    "tr": "değil yok",
    "hi": "नहीं",
    "hi-Latn": "nahi nahin nhi",
    "de": "nicht",
}
_NO_NEGATION = re.compile(
    r"(?:cant|cannot|dont|wouldnt) (?:believe|wait|recommend)|no (?:doubt|joke|wonder)"
    r"|not (?:only|just|even|sure|to mention)|nicht nur|pas seulement|no solo|sin duda|nao so|non solo|niet alleen"
)


def negated(folded: str, start: int, end: int, langs: tuple[str, ...], own_words: frozenset[str]) -> bool:
    """Whether a "not" stands before characters [start, end) of a folded text, among them or just behind, in its clause.

    `langs`: the languages in which the words there are written; none: English, or English words in another language.
    `own_words`: those of the phrase, which do not deny it.
    """
    before, behind = _negators(langs)
    clause = _CLAUSE_END.split(folded[max(0, start - _BEFORE) : start])[-1]
    if not before.isdisjoint(clause.split()[-3:]) and not _NO_NEGATION.search(clause):
        return True
    if not (before - own_words).isdisjoint(folded[start:end].split()):
        return True
    clause = _CLAUSE_END.split(folded[end : end + _BEHIND])[0]
    return not behind.isdisjoint(clause.split()[:2])


@lru_cache(maxsize=64)
def _negators(langs: tuple[str, ...]) -> tuple[frozenset[str], frozenset[str]]:
    """What denies before a word, and what does behind it: English words are denied in any language."""
    if not langs:
        return _folded(_NEGATORS.values()), _folded([_BENGALI_BEHIND])
    return (
        _folded(_NEGATORS.get(lang, "") for lang in (*langs, "en")),
        _folded(_NEGATORS_BEHIND.get(lang, "") for lang in langs),
    )


def _folded(words: Iterable[str]) -> frozenset[str]:
    return frozenset(fold(word) for text in words for word in text.split())
