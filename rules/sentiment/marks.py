"""Which words of a text are worth a closer look, for what is said of a brand in it.

Fast because a text is asked about as a whole. What is known of each of its pieces is not remembered: a post brings new
ones, and a look-up that misses the processor's caches takes as long as the work.
"""

from __future__ import annotations

from collections.abc import Sequence

from rules.sentiment.comparisons import CHANGES_BEGIN, COMPARING
from rules.sentiment.deeds import DEEDS
from rules.sentiment.phrases import PHRASING
from rules.sentiment.word_lists import GRIEF

COMPARES, CHANGES, PHRASES, ACTS, GRIEVES = (1 << bit for bit in range(5))
"""Bits of words: that stand in comparisons; that begin as those of a change do; that stand in phrases of
praise or blame; deeds; of grief."""

STANDS = COMPARES | CHANGES | PHRASES | ACTS

_AROUND = ".,!?;:…।۔،؟()[]{}\"'“”‘’«»*_~#@"
_LISTED = ((COMPARES, COMPARING), (PHRASES, PHRASING), (ACTS, DEEDS), (GRIEVES, GRIEF))
_MARKED = frozenset[str]().union(*(words for _, words in _LISTED))
_BITS = {word: sum(bit for bit, words in _LISTED if word in words) for word in _MARKED}
_BEGINNINGS = tuple(f" {beginning}" for beginning in CHANGES_BEGIN)


def bare(piece: str) -> str:
    """The piece without the marks around it, case folded."""
    return piece.strip(_AROUND).casefold()


def bare_words(pieces: Sequence[str]) -> list[str]:
    """Each piece, bare. No piece has a space in it."""
    if not pieces:
        return []
    # Folded in one go: what is folded alone is folded the same, and nothing folds to a mark or to a space.
    return [piece.strip(_AROUND) for piece in " ".join(pieces).casefold().split(" ")]


def marks_of(words: Sequence[str]) -> int:
    """The bits that some of these bare words have."""
    found = 0
    for word in _MARKED.intersection(words):
        found |= _BITS[word]
    joined = f" {' '.join(words)}"
    for beginning in _BEGINNINGS:
        if beginning in joined:
            return found | CHANGES
    return found
