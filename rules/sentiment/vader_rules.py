"""VADER's rules for one word among its neighbours, as vaderSentiment 3.3.2 has them, each list looked at once.

The package lowers all words of the text in each of ten checks; here it is the six that the rules look at, once. What
they do is the same for every word that stands there: it is given as steps, in the order of the package, since each
works on the number that the one before it left.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import ModuleType

from msgspec import Struct

BEFORE, AFTER = 3, 3  # VADER looks three words back and two ahead; the slice's end is exclusive
_DAMPED = (1.0, 0.95, 0.9)  # what a booster is worth directly before the word, one before that, two before
_HELD_OFF = 1.25  # "never so good"
_SO = frozenset({"so", "this"})
_NAMED_BEFORE = ("at", "doubt", "least", "never", "no", "so", "this", "very", "without")
_NAMED = (*_NAMED_BEFORE, "but", "kind", "nor", "of", "or")
NEUTRAL = "it"
"""What stands in a window for a word that no rule names."""

ANY_NEGATION = "n't"
"""What stands in a window for a word with "n't" in it that no list names: VADER takes it for a negation too."""

Step = tuple[float, tuple[float, float, float] | None]
"""A factor; or what is added instead to a number below zero, to zero, to one above."""

_NOTHING: Step = (0.0, None)


class Window(Struct, frozen=True, gc=False):
    """As much of a text as VADER looks at for one word: `words[at]`, a word of its lexicon, among its neighbours.

    Words are lowered, NEUTRAL where no rule names them; `shouted` tells which are all capitals, where some words of
    the text are not.
    """

    words: tuple[str, ...]
    at: int
    shouted: tuple[bool, ...]


class Rules:
    """The rules, with the package's lists and numbers."""

    def __init__(self, package: ModuleType, lexicon: dict[str, float]) -> None:
        self.lexicon = lexicon
        self.idioms: dict[str, float] = package.SPECIAL_CASES
        self.boosters: dict[str, float] = package.BOOSTER_DICT
        self.negations: frozenset[str] = frozenset([*package.NEGATE, ANY_NEGATION])
        self._reverse: Step = (package.N_SCALAR, None)
        self._capitals: float = package.C_INCR
        phrases = [phrase.split() for phrase in [*self.idioms, *self.boosters] if " " in phrase]
        # a phrase counts as a whole: its longest word makes each worth a look ("shit" of "the shit")
        self.of_phrases = frozenset(max(phrase, key=len) for phrase in phrases)
        self.changing = self.of_phrases.union(self.boosters, self.negations, ["no", "least", "this"])
        self.singled_out = frozenset(_NAMED).union(*phrases)
        """Words that a rule names; of others it asks only whether they are in a list, and with which number."""

        self.named_before = frozenset(_NAMED_BEFORE)
        """Those of them that may matter to a word behind them without being part of a phrase."""

        self.named = frozenset(word for word in self.changing.union(lexicon, self.singled_out) if " " not in word)

    def weighs(self, word: str) -> bool:
        """Whether a lowered word counts by itself."""
        return word in self.lexicon and word not in self.boosters

    def steps(self, window: Window) -> tuple[Step, ...]:
        """What VADER does to the weight of the window's word, before it weighs "but"; see `after`."""
        words, at = window.words, window.at
        if words[at] == "kind" and words[at + 1 : at + 2] == ("of",):
            return (_NOTHING,)
        return tuple(self._steps(words, at, window.shouted))

    def _steps(self, words: Sequence[str], at: int, shouted: Sequence[bool]) -> Iterator[Step]:
        first, second, third = before = tuple(words[at - back] if at >= back else "" for back in (1, 2, 3))
        if first == "no" or second == "no" or (third == "no" and first in {"or", "nor"}):
            yield self._reverse
        elif words[at] == "no" and at + 1 < len(words) and words[at + 1] in self.lexicon:
            yield _NOTHING
        if shouted[at]:
            yield 1.0, (-self._capitals, -self._capitals, self._capitals)
        for back, near in enumerate(before):
            if at <= back or near in self.lexicon:
                continue
            if near in self.boosters:
                yield self._boost(self.boosters[near], self._capitals if shouted[at - 1 - back] else 0.0, _DAMPED[back])
            yield from self._negation(near, back, before)
            if back == BEFORE - 1 and not self.of_phrases.isdisjoint(words):
                yield from self._phrase(words, at)
        if first == "least" and second not in {"at", "very"}:
            yield self._reverse

    @staticmethod
    def _boost(boost: float, capitals: float, damped: float) -> Step:
        return 1.0, ((-boost - capitals) * damped, (boost - capitals) * damped, (boost + capitals) * damped)

    def _negation(self, near: str, back: int, before: Sequence[str]) -> Iterator[Step]:
        first, second, third = before
        held_off = doubtless = False
        if back == 1:
            held_off = near == "never" and first in _SO
            doubtless = near == "without" and first == "doubt"
        elif back == 2:
            held_off = first in _SO or (third == "never" and second in _SO)
            doubtless = third == "without" and "doubt" in {first, second}
        if held_off:
            yield _HELD_OFF, None
        elif near in self.negations and not doubtless:
            yield self._reverse

    def _phrase(self, words: Sequence[str], at: int) -> Iterator[Step]:
        """Idioms, which put their own weight in place of the word's, and boosters of two words."""
        third, second, first, word = words[at - 3 : at + 1]
        to_second, to_first = f"{third} {second}", f"{second} {first}"
        to_both = f"{to_second} {first}"
        following = [" ".join(words[at:end]) for end in range(at + 2, min(at + AFTER, len(words)) + 1)]
        before = [f"{first} {word}", f"{to_first} {word}", to_first, to_both, to_second]
        for phrase in [*[phrase for phrase in before if phrase in self.idioms][:1], *following]:
            if phrase in self.idioms:
                yield _NOTHING
                yield 1.0, (self.idioms[phrase],) * 3
        for phrase in (to_both, to_second, to_first):
            if phrase in self.boosters:
                yield 1.0, (self.boosters[phrase],) * 3


def after(steps: Sequence[Step], valence: float) -> float:
    """What these steps leave of a word's weight."""
    for factor, added in steps:
        valence = valence * factor if added is None else valence + added[(valence >= 0) + (valence > 0)]
    return valence
