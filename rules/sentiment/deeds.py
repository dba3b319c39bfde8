"""What a brand did for a customer or to one: "Acme refunded", "Acme broke my parcel"."""

from __future__ import annotations

from collections.abc import Sequence

from rules.sentiment.stance import NAME
from rules.sentiment.word_lists import BAD_DEEDS, BEFORE_SUBJECT, GOOD_DEEDS, NO_DEED

DEEDS = GOOD_DEEDS | BAD_DEEDS
"""Words that tell what somebody did."""

_BETWEEN = 3


def opens(before: Sequence[str]) -> bool:
    """Whether a name with these words before it in its clause is what the clause is about."""
    return all(word in BEFORE_SUBJECT for word in before)


def done(clause: Sequence[str]) -> tuple[int, int, int] | None:
    """Finds what the brand did in a clause that it opens: 1 for good or -1, and the words [start, end) that tell it.

    `clause`: bare words, the brand standing as NAME. "Acme never lost" and "Acme, we lost" are no deeds.
    """
    if NAME not in clause:
        return None
    name = clause.index(NAME)
    if not opens(clause[:name]):
        return None
    for at in range(name + 1, min(name + 2 + _BETWEEN, len(clause))):
        if clause[at] in NO_DEED or clause[at] == NAME:
            return None
        if clause[at] in DEEDS:
            return (1 if clause[at] in GOOD_DEEDS else -1), name, at + 1
    return None
