"""Looks in a clause for what says where it stands toward a brand: a comparison, a phrase, or a deed."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rules.sentiment.comparisons import compared
from rules.sentiment.deeds import done
from rules.sentiment.marks import ACTS, CHANGES, COMPARES, PHRASES, STANDS, marks_of
from rules.sentiment.phrases import phrased
from rules.sentiment.stance import NAME, Stance

_DONE = 0.5
"""What a deed counts beside a comparison: one that is told may have come late."""


def stance(pieces: Sequence[str], words: Sequence[str], named: Sequence[bool]) -> Stance | None:
    """Gives where one clause stands; `words`: its pieces, bare; `named` tells which of them are the brand's name."""
    marks = marks_of(words)
    if not marks & STANDS or pieces[-1].endswith("?"):
        return None
    held = frozenset(words)
    if "whether" in held:
        return None
    kept = [at for at, is_name in enumerate(named) if not (is_name and at and named[at - 1])]
    name = next((pieces[at] for at in kept if named[at]), "")
    if NAME in "".join(pieces):
        pieces = [piece if is_name else piece.replace(NAME, "") for piece, is_name in zip(pieces, named, strict=True)]
    put = [NAME if named[at] else pieces[at] for at in kept]
    if marks & (COMPARES | CHANGES | PHRASES):
        clause = " ".join(put)
        comparison = compared(clause, held, changing=bool(marks & CHANGES)) if name else None
        if comparison is not None:
            toward, found = comparison
            return Stance(toward, found.group().replace(NAME, name).strip(), "comparison", turns=_turns(toward, found))
        phrase = phrased(clause, held) if marks & PHRASES else None
        if phrase is not None:
            toward, found = phrase
            start, end = _pieces_of(found, clause, kept, len(pieces))
            return Stance(toward, found.group().replace(NAME, name).strip(), "phrase", start, end)
    deed = done([NAME if named[at] else words[at] for at in kept]) if name and marks & ACTS else None
    if deed is None:
        return None
    toward, first, last = deed
    return Stance(_DONE * toward, " ".join([name, *put[first + 1 : last]]), "deed")


def _turns(toward: int, comparison: re.Match[str]) -> bool:
    """Whether what is said there is said of the other side: "Bolt is better than Acme", not "Acme is worse"."""
    words = comparison.group().split()
    if words[0] == NAME:
        return False
    return toward < 0 or (words[-1] == NAME and words[-2].lower() in {"than", "as"})


def _pieces_of(found: re.Match[str], clause: str, kept: Sequence[int], count: int) -> tuple[int, int]:
    """Which pieces the words found stand in: [start, end)."""
    first, last = clause.count(" ", 0, found.start()), clause.count(" ", 0, found.end())
    return kept[first], kept[last + 1] if last + 1 < len(kept) else count
