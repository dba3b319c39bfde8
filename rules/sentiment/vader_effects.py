"""What its neighbours do to a word of the lexicon, worked out once for each row of signs around it.

It is the same whatever the word, so that a few hundred rows are nearly all that ever come up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from rules.sentiment.vader_rules import AFTER, BEFORE, NEUTRAL, Rules, Step, Window
from rules.sentiment.vader_signs import EDGE, Alphabet, is_loud

_MOST_ROWS = 20_000  # some 10 MB
_OPENERS = frozenset({"kind", "sort", "just"})  # of "kind of", "sort of", "just enough"
_BEFORE = EDGE * BEFORE


class Modifier(Struct, frozen=True, gc=False):
    """Words before a word of the lexicon that may change what it counts."""

    back: int  # how many words before it they begin
    words: int  # "kind of" has two
    without: tuple[Step, ...]  # what the other neighbours do alone


class Effect(Struct, frozen=True, gc=False, eq=False):
    """What its neighbours do to a word of the lexicon before VADER weighs "but"."""

    steps: tuple[Step, ...] = ()
    modifiers: tuple[Modifier, ...] = ()
    idioms: tuple[tuple[str, float], ...] = ()  # phrases around it whose own weight takes the place of the word's
    capitals: bool = False


NO_EFFECT = Effect()


class Effects:
    """Effects by the signs of three words before a word, and of two behind it where a phrase may be; remembered."""

    def __init__(self, rules: Rules, alphabet: Alphabet) -> None:
        self._rules = rules
        self._alphabet = alphabet
        self._in_phrases = alphabet.in_phrases
        self._phrases = alphabet.phrases.search
        self._known: dict[int | tuple[bool, bytes], Effect] = {}

    def in_text(self, signs: bytes, places: Sequence[int]) -> list[Effect] | None:
        """Gives what happens to the words of the lexicon at these places of a text; None where it holds no phrase.

        Then what happens to a word is told by the words before it alone.
        """
        if not self._phrases(signs):
            return None
        row = _BEFORE + signs.translate(self._in_phrases)
        rows = [(is_loud(signs[at]), row[at : at + BEFORE + AFTER]) for at in places]
        return [self._known.get(row) or self._effect(row, signs, at) for row, at in zip(rows, places, strict=True)]

    def of_words_before(
        self, keys: Iterable[int], signs: bytes, places: Iterable[int], firsts: Iterable[int]
    ) -> list[Effect]:
        """Gives what happens to words of the lexicon at these places of `signs`, of which each text begins in `firsts`.

        `keys`: equal where the words before are alike, and the word itself as loud.
        """
        return [
            self._known.get(key) or self._effect(key, signs[max(first, at - BEFORE) : at + 1], min(at - first, BEFORE))
            for key, at, first in zip(keys, places, firsts, strict=True)
        ]

    def _effect(self, key: int | tuple[bool, bytes], signs: bytes, at: int) -> Effect:
        if len(self._known) >= _MOST_ROWS:
            self._known.clear()
        effect = self._known[key] = self._work_out(signs[max(0, at - BEFORE) : at + AFTER], min(at, BEFORE))
        return effect

    def _work_out(self, signs: bytes, at: int) -> Effect:
        words = tuple(map(self._alphabet.word, signs))
        window = Window(words, at, tuple(map(is_loud, signs)))
        steps = self._rules.steps(window)
        modifiers = tuple(self._modifiers(window, steps))
        if not steps and not modifiers:
            return NO_EFFECT
        return Effect(steps, modifiers, tuple(self._idioms(words)), is_loud(signs[at]))

    def _modifiers(self, window: Window, steps: tuple[Step, ...]) -> Iterator[Modifier]:
        rules, words, at = self._rules, window.words, window.at
        for near, word in enumerate(words[:at]):
            if word in rules.changing or word in _OPENERS:
                without = rules.steps(Window((*words[:near], NEUTRAL, *words[near + 1 :]), at, window.shouted))
                if without != steps:
                    opens = word in _OPENERS and f"{word} {words[near + 1]}" in rules.boosters
                    yield Modifier(at - near, 2 if opens else 1, without)

    def _idioms(self, words: tuple[str, ...]) -> Iterator[tuple[str, float]]:
        nearby = f" {' '.join(words)} "
        for idiom, weight in self._rules.idioms.items():
            if " " in idiom and f" {idiom} " in nearby:
                yield idiom, weight
