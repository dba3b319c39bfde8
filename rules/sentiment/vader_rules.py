"""VADER's rules for one word among its neighbours, as vaderSentiment 3.3.2 has them, each list looked at once.

The package lowers all words of the text in each of ten checks; here it is the six that the rules look at, once. The
order of the steps is the package's, since each works on the number that the one before it left.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

from msgspec import Struct

BEFORE, AFTER = 3, 3  # VADER looks three words back and two ahead; the slice's end is exclusive
_DAMPED = (1.0, 0.95, 0.9)  # what a booster is worth directly before the word, one before that, two before
_HELD_OFF = 1.25  # "never so good"
_SO = frozenset({"so", "this"})
NEUTRAL = "it"
"""What stands in a window for a word that no rule names."""

ANY_NEGATION = "n't"
"""What stands in a window for a word with "n't" in it that no list names: VADER takes it for a negation too."""


class Window(Struct, frozen=True, gc=False):
    """As much of a text as VADER looks at for one word: `words[at]`, a word of its lexicon, among its neighbours.

    Words are lowered, NEUTRAL where no rule names them; `shouted` tells which are all capitals, where some words of
    the text are not (else None).
    """

    words: Sequence[str]
    at: int
    shouted: Sequence[bool] | None = None


class Rules:
    """The rules, with the package's lists and numbers."""

    def __init__(self, package: ModuleType, lexicon: dict[str, float]) -> None:
        self.lexicon = lexicon
        self.idioms: dict[str, float] = package.SPECIAL_CASES
        self.idiom_weights = frozenset(self.idioms.values())
        self.boosters: dict[str, float] = package.BOOSTER_DICT
        self.negations: frozenset[str] = frozenset([*package.NEGATE, ANY_NEGATION])
        self._reverse: float = package.N_SCALAR
        self._capitals: float = package.C_INCR
        phrases = [phrase.split() for phrase in [*self.idioms, *self.boosters] if " " in phrase]
        # a phrase counts as a whole: its longest word makes each worth a look ("shit" of "the shit")
        self._of_phrases = frozenset(max(phrase, key=len) for phrase in phrases)
        self.changing = self._of_phrases.union(self.boosters, self.negations, ["no", "least", "this"])
        self.named = self.changing.union(lexicon, *phrases, ["at", "but", "doubt", "nor", "or"])

    def valence(self, window: Window) -> float:
        """What VADER counts for the window's word, before it weighs "but"."""
        words, at, shouted = window.words, window.at, window.shouted
        if shouted is None and self.changing.isdisjoint(words):
            return self.lexicon[words[at]]
        word, after = words[at], words[at + 1] if at + 1 < len(words) else ""
        if word == "kind" and after == "of":
            return 0.0
        lexicon, boosters = self.lexicon, self.boosters
        first = words[at - 1] if at else ""
        second = words[at - 2] if at > 1 else ""
        third = words[at - 3] if at > 2 else ""
        valence = lexicon[word]
        if first == "no" or second == "no" or (third == "no" and first in {"or", "nor"}):
            valence *= self._reverse
        elif word == "no" and after in lexicon:
            valence = 0.0
        if shouted and shouted[at]:
            valence += self._capitals if valence > 0 else -self._capitals
        for back, near in enumerate((first, second, third)):
            if at <= back or near in lexicon:
                continue
            if near in boosters:
                valence += self._boost(boosters[near], valence, shouted is not None and shouted[at - 1 - back], back)
            valence = self._negate(valence, near, back, (first, second, third))
            if back == BEFORE - 1 and not self._of_phrases.isdisjoint(words):
                valence = self._phrase(valence, words, at)
        if first == "least" and first not in lexicon and second not in {"at", "very"}:
            valence *= self._reverse
        return valence

    def _boost(self, boost: float, valence: float, shouted: bool, back: int) -> float:
        if valence < 0:
            boost = -boost
        if shouted:
            boost += self._capitals if valence > 0 else -self._capitals
        return boost * _DAMPED[back]

    def _negate(self, valence: float, near: str, back: int, before: tuple[str, str, str]) -> float:
        first, second, third = before
        if back == 1:
            if near == "never" and first in _SO:
                return valence * _HELD_OFF
            if near == "without" and first == "doubt":
                return valence
        elif back == 2:
            if first in _SO or (third == "never" and second in _SO):
                return valence * _HELD_OFF
            if third == "without" and "doubt" in {first, second}:
                return valence
        return valence * self._reverse if near in self.negations else valence

    def _phrase(self, valence: float, words: Sequence[str], at: int) -> float:
        """Idioms, which put their own weight in place of the word's, and boosters of two words."""
        third, second, first, word = words[at - 3 : at + 1]
        to_second, to_first = f"{third} {second}", f"{second} {first}"
        to_both = f"{to_second} {first}"
        for phrase in (f"{first} {word}", f"{to_first} {word}", to_first, to_both, to_second):
            if phrase in self.idioms:
                valence = self.idioms[phrase]
                break
        following = words[at + 1 : at + AFTER]
        for end in range(1, len(following) + 1):
            valence = self.idioms.get(" ".join([word, *following[:end]]), valence)
        for phrase in (to_both, to_second, to_first):
            valence += self.boosters.get(phrase, 0.0)
        return valence
