"""Tells a brand that is where somebody weeps from one that they weep about."""

from __future__ import annotations

from collections.abc import Sequence

from rules.sentiment.clauses import Clause
from rules.sentiment.word_lists import GRIEF, PLACING, SMALL


def is_place_in_grief(words: Sequence[str], named: Sequence[bool], cut: Sequence[Clause]) -> bool:
    """Whether words of grief stand in the sentence that first names the brand, as a place or a thing.

    `words`: bare; `named`: which of them are the brand's name; `cut`: the text's clauses.
    """
    if GRIEF.isdisjoint(words):
        return False
    name = named.index(True)
    borders = [clause.start for clause in cut if clause.opens_sentence]
    start = max(border for border in borders if border <= name)
    end = min((border for border in borders if border > name), default=len(words))
    return _is_placed(words, name) and not GRIEF.isdisjoint(words[start:end])


def _is_placed(words: Sequence[str], name: int) -> bool:
    at = name - 1
    while at >= 0 and words[at] in SMALL:
        at -= 1
    return at >= 0 and words[at] in PLACING
