"""How most authors write a term that is known folded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from rules.topic_words import READ_CHARACTERS
from sources.query.words import cut, is_dense

MOST_LOOKED_AT = 40
"""Texts in which spellings are looked for."""

_LONGEST = 80


def spelling(term: str, texts: Sequence[tuple[str, str]]) -> str:
    """Gives the spelling of `term` that most authors of these (text, author) use, `term` itself where none is found.

    Each author has one vote a spelling; of spellings with as many votes the plainer one is given.
    """
    votes: dict[str, set[str]] = defaultdict(set)
    for place, (text, author) in enumerate(texts[:MOST_LOOKED_AT]):
        for written in _written(term, text[:READ_CHARACTERS]):
            votes[written].add(author or f"\0{place}")
    if not votes:
        return term
    return min(votes, key=lambda written: (-len(votes[written]), sum(map(str.isupper, written)), written))


def _written(term: str, text: str) -> set[str]:
    """All ways in which a text spells the term."""
    done = cut(text)
    wanted = list(term) if is_dense(term[0]) else term.split(" ")
    found = set()
    for first in range(len(done.words) - len(wanted) + 1):
        if done.words[first : first + len(wanted)] == wanted:
            start, end = done.original(done.places[first][0], done.places[first + len(wanted) - 1][1])
            written = " ".join(text[start:end].split())
            if len(written) <= _LONGEST:
                found.add(written)
    return found
