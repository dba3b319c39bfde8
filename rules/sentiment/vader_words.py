"""Which words of a text VADER's rules name: most posts have three or four, the rest is skipped.

Each spelling is looked at once: stripped of its punctuation, lowered, looked up. From then on one call tells that all
of a text's tokens are known, and a dictionary holds those that are named.
"""

from __future__ import annotations

import string

from msgspec import Struct

from rules.reading import Reason
from rules.sentiment.vader_rules import ANY_NEGATION, Rules

_ROOM = 5_000_000  # characters of spellings remembered, each counted with what it takes besides: 10 to 15 MB
_BESIDES = 50
_PUNCTUATION = string.punctuation


class Word(Struct, frozen=True, gc=False):
    """A word that VADER's rules name."""

    lowered: str
    weight: float | None  # in the lexicon; None: it only changes others
    plain: bool  # all it can do is count its weight
    changes: bool  # it may change what words near it count
    upper: bool
    alone: Reason  # why it counts, where nothing near it changes it


class Spellings(Struct, frozen=True, gc=False):
    """What is remembered of words as authors spell them."""

    known: set[str]
    named: dict[str, Word]  # those that count, or change what others count
    parts: dict[str, str]  # those that only matter beside such a word ("the" of "the shit"), lowered


class Words:
    """Finds the words that VADER's rules name. Remembers spellings, and begins anew when they have become too many."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._spellings = Spellings(set(), {}, {})
        self._room = _ROOM

    def spellings(self, tokens: list[str]) -> Spellings:
        """Gives spellings among which are all `tokens`, as `str.split` cuts them."""
        spellings = self._spellings
        return spellings if spellings.known.issuperset(tokens) else self._learn(tokens)

    def _learn(self, tokens: list[str]) -> Spellings:
        if self._room < 0:
            self._spellings, self._room = Spellings(set(), {}, {}), _ROOM
        spellings = self._spellings
        known, listed = spellings.known, self._rules.named
        room = self._room
        for token in tokens:
            if token in known:
                continue
            stripped = token.strip(_PUNCTUATION)
            lowered = (stripped if len(stripped) > 2 else token).lower()  # `trimmed`, without the cost of calling it
            if lowered in listed or "n't" in lowered:
                self._name(spellings, token, lowered)
            known.add(token)  # after it is named: other threads read this
            room -= len(token) + _BESIDES
        self._room = room
        return spellings

    def _name(self, spellings: Spellings, token: str, lowered: str) -> None:
        rules = self._rules
        if lowered not in rules.named:
            lowered = ANY_NEGATION
        weight = None if lowered in rules.boosters else rules.lexicon.get(lowered)
        changes = lowered in rules.changing
        if weight is None and not changes and lowered != "but":
            spellings.parts[token] = lowered
            return
        upper = token.isupper()
        alone = Reason(trimmed(token), "positive word" if (weight or 0) > 0 else "negative word", round(weight or 0, 2))
        plain = weight is not None and not changes and not upper
        spellings.named[token] = Word(lowered, weight, plain, changes, upper, alone)


def trimmed(token: str) -> str:
    """The token without the punctuation around it, unless that leaves two characters or less, as VADER cuts words."""
    stripped = token.strip(_PUNCTUATION)
    return stripped if len(stripped) > 2 else token
