"""What a brand did for a customer or to one: "Acme refunded", "Acme broke my parcel"."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rules.sentiment.stance import NAME

_GOOD = frozenset(
    """refunded rebooked replaced reimbursed upgraded waived compensated credited sorted solved resolved rescued saved
    helped repaired fixed donated reassured apologised apologized remembered spotted""".split()
)
_BAD = frozenset(
    """lost lose loses losing broke breaks crashed crashes froze freezes forgot forgets ignored ignores ignoring ruined
    ruins cancelled canceled refused refuses failed fails overcharged leaked leaks stranded damaged smashed cheated
    scammed lied lies misled deleted wiped wrecked stole steals messed screwed delayed dumped threw""".split()
)
_NOT = frozenset(
    """not never didn't didn’t didnt don't don’t dont doesn't doesn’t doesnt hasn't hasn’t hasnt haven't haven’t havent
    won't won’t wont can't can’t cant cannot couldn't couldn’t couldnt hardly barely nearly almost
    i we you they he she it my our your who am is are was were be been get got if will would no""".split()
)
_BEFORE = frozenset("but and so then because all while however the a an our my these this at least".split())
_DEEDS = _GOOD | _BAD
_BETWEEN = 3


def may_tell_deed(words: Iterable[str]) -> bool:
    """Whether one of these words is a deed."""
    return not _DEEDS.isdisjoint(words)


def opens(before: Sequence[str]) -> bool:
    """Whether a name with these words before it in its clause is what the clause is about."""
    return all(word in _BEFORE for word in before)


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
        if clause[at] in _NOT or clause[at] == NAME:
            return None
        if clause[at] in _DEEDS:
            return (1 if clause[at] in _GOOD else -1), name, at + 1
    return None
