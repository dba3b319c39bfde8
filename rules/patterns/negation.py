"""Tells whether a text denies what stands at a place in it."""

from __future__ import annotations

import re

from rules.patterns.pattern import fold

_BEFORE, _BEHIND = 40, 30  # characters around a place in which a "not" is looked for
_CLAUSE_END = re.compile(r"[.!?;:।,،؛؟\n·]|(?<!\w)(?:but|aber|mais|pero|mas|ma|maar|ama|tapi|ale|но|لكن)(?!\w)")
_NEGATORS = frozenset(map(fold, """
    no not never without isnt wasnt arent werent dont didnt doesnt wont cant cannot hasnt havent aint wouldnt couldnt
    nothing none neither nor zero nobody
    nicht kein keine keinen keiner keinem nie niemals ohne weder
    pas sans aucun aucune jamais ni nunca sin ningun ninguna tampoco jamas nadie
    não sem nenhum nenhuma nem non senza nessun nessuna nessuno niet geen nooit zonder
    tidak bukan nggak gak enggak tanpa belum takde nie bez żaden żadnego не без нет ни никакого
    नहीं ना मत nahi nahin لا لم ليس ليست بدون لن غير
""".split()))  # fmt: skip
_NO_NEGATION = re.compile(
    r"(?:cant|cannot|dont|wouldnt) (?:believe|wait|recommend)|no (?:doubt|joke|wonder)"
    r"|not (?:only|just|even|sure|to mention)|nicht nur|pas seulement|no solo|sin duda|nao so|non solo|niet alleen"
)
_NEGATORS_BEHIND = frozenset(map(fold, """
    না নয় নাই নেই নি হয়নি লাগেনি করেনি ঘটেনি হয়নাই নহে পাইনি হচ্ছেনা ছিলনা ছিলোনা
    na noy nai nei hoyni hoini lageni koreni hoynai değil yok नहीं nahi nahin nicht
""".split()))  # fmt: skip


def negated(folded: str, start: int, end: int) -> bool:
    """Whether the clause around characters [start, end) of a folded text says "not" just before, or just behind.

    Bengali, Hindi and Turkish negate behind the word.
    """
    return _negated_before(folded, start) or _negated_behind(folded, end)


def _negated_before(folded: str, start: int) -> bool:
    clause = _CLAUSE_END.split(folded[max(0, start - _BEFORE) : start])[-1]
    words = clause.split()[-3:]
    return not _NEGATORS.isdisjoint(words) and not _NO_NEGATION.search(clause)


def _negated_behind(folded: str, end: int) -> bool:
    clause = _CLAUSE_END.split(folded[end : end + _BEHIND])[0]
    return not _NEGATORS_BEHIND.isdisjoint(clause.split()[:2])
