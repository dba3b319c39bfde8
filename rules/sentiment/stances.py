"""Looks in a clause for what says where it stands toward a brand: a comparison, a phrase, or a deed."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set

from rules.sentiment.comparisons import compared, may_compare
from rules.sentiment.deeds import done, may_tell_deed
from rules.sentiment.phrases import may_hold_phrase, phrased
from rules.sentiment.stance import NAME, Stance

_DONE = 0.5
"""What a deed counts beside a comparison: one that is told may have come late."""


def may_stand(words: Sequence[str]) -> bool:
    """Whether one of these words stands in what is looked for: this is much faster than looking."""
    return _may_stand(frozenset(words))


def _may_stand(words: Set[str]) -> bool:
    return may_hold_phrase(words) or may_tell_deed(words) or may_compare(words)


def stance(pieces: Sequence[str], words: Sequence[str], named: Sequence[bool]) -> Stance | None:
    """Gives where one clause stands; `words`: its pieces, bare; `named` tells which of them are the brand's name."""
    held = frozenset(words)
    if not _may_stand(held) or pieces[-1].endswith("?") or "whether" in held:
        return None
    kept = [at for at, is_name in enumerate(named) if not (is_name and at and named[at - 1])]
    put = [NAME if named[at] else pieces[at].replace(NAME, "") for at in kept]
    clause = " ".join(put)
    name = next((pieces[at] for at in kept if named[at]), "")
    if name:
        comparison = compared(clause, held)
        if comparison is not None:
            toward, found = comparison
            return Stance(toward, found.group().replace(NAME, name).strip(), "comparison", turns=_turns(toward, found))
    phrase = phrased(clause, held)
    if phrase is not None:
        toward, found = phrase
        start, end = _pieces_of(found, clause, kept, len(pieces))
        return Stance(toward, found.group().replace(NAME, name).strip(), "phrase", start, end)
    deed = done([NAME if named[at] else words[at] for at in kept]) if name else None
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
