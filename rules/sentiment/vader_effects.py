"""What its neighbours do to a word of the lexicon, worked out once for each row of signs around it.

It is the same whatever the word, so that a few hundred rows are nearly all that ever come up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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
_NOTHING_KNOWN: dict[bytes, Effect] = {}


class Effects:
    """Effects by the signs of three words before a word, and of two behind it where a phrase may be; remembered."""

    def __init__(self, rules: Rules, alphabet: Alphabet) -> None:
        self._rules = rules
        self._alphabet = alphabet
        self._near = alphabet.near
        self._plain = alphabet.plain
        self._not_phrasal = alphabet.not_phrasal
        self._phrases = alphabet.phrases.search
        self._calm: dict[bytes, Effect] = {}
        self._loud: dict[bytes, Effect] = {}  # on words in capitals

    def on(self, signs: bytes, places: Sequence[int]) -> list[Effect] | None:
        """Gives what happens to the words of the lexicon at these places of a text; None where nothing does."""
        row, length = signs.translate(self._near), BEFORE
        changing = row.strip(self._plain)
        if not changing and signs.isascii():
            return None
        if changing.translate(None, self._not_phrasal) and self._phrases(signs):
            row, length = signs.translate(self._alphabet.in_phrases), BEFORE + AFTER
        row = _BEFORE + row
        known = self._calm if signs.isascii() else _NOTHING_KNOWN
        effects = [known.get(row[at : at + length]) or self._effect(signs, at, row[at : at + length]) for at in places]
        return None if effects.count(NO_EFFECT) == len(effects) else effects

    def _effect(self, signs: bytes, at: int, row: bytes) -> Effect:
        known = self._loud if is_loud(signs[at]) else self._calm
        effect = known.get(row)
        if effect is None:
            if len(known) >= _MOST_ROWS:
                known.clear()
            effect = known[row] = self._work_out(signs[max(0, at - BEFORE) : at + AFTER], min(at, BEFORE))
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
