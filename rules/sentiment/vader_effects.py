"""What its neighbours do to a word of the lexicon, worked out once for each row of signs around it.

It is the same whatever the word, so that a few hundred rows are nearly all that ever come up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from rules.sentiment.vader_rules import AFTER, BEFORE, NEUTRAL, Rules, Step, Window
from rules.sentiment.vader_signs import EDGE, LOUD, Alphabet, is_loud

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
        self._near = alphabet.near
        self._in_phrases = alphabet.in_phrases
        self._phrases = alphabet.phrases.search
        self._calm: dict[bytes, Effect] = {}
        self._loud: dict[bytes, Effect] = {}  # on words in capitals
        self._kinds: dict[object, Effect] = {}  # one object for all rows that do the same: what is said of it is known

    def of_words_before(self, signs: bytes, places: Sequence[int], begins: Sequence[int]) -> list[Effect]:
        """Gives what happens to words of the lexicon at these places of `signs`, which are of texts without phrases.

        `begins`: where the text of each begins.
        """
        near = signs.translate(self._near)
        rows = [
            near[at - BEFORE : at] if at - begin >= BEFORE else near[begin:at].rjust(BEFORE, EDGE)
            for at, begin in zip(places, begins, strict=True)
        ]
        return self._on(rows, signs, places)

    def in_text(self, signs: bytes, places: Sequence[int]) -> list[Effect] | None:
        """Gives what happens to the words of the lexicon at these places of a text; None where it holds no phrase."""
        if not self._phrases(signs):
            return None
        row = _BEFORE + signs.translate(self._in_phrases)
        return self._on([row[at : at + BEFORE + AFTER] for at in places], signs, places)

    def _on(self, rows: Sequence[bytes], signs: bytes, places: Sequence[int]) -> list[Effect]:
        calm, loud = self._calm, self._loud
        return [
            (calm.get(row) if signs[at] < LOUD else loud.get(row)) or self._learn(row, signs, at)
            for row, at in zip(rows, places, strict=True)
        ]

    def _learn(self, row: bytes, signs: bytes, at: int) -> Effect:
        known = self._loud if is_loud(signs[at]) else self._calm
        if known is self._calm and not row.strip(EDGE):
            return NO_EFFECT
        if len(known) >= _MOST_ROWS:
            known.clear()
        begin = at - BEFORE + row.count(EDGE, 0, BEFORE)  # no earlier than the text
        end = at + AFTER if len(row) > BEFORE else at + 1
        effect = known[row] = self._work_out(signs[begin:end], at - begin)
        return effect

    def _work_out(self, signs: bytes, at: int) -> Effect:
        words = tuple(map(self._alphabet.word, signs))
        window = Window(words, at, tuple(map(is_loud, signs)))
        steps = self._rules.steps(window)
        modifiers = tuple(self._modifiers(window, steps))
        if not steps and not modifiers:
            return NO_EFFECT
        effect = Effect(steps, modifiers, tuple(self._idioms(words)), is_loud(signs[at]))
        if len(self._kinds) >= _MOST_ROWS:
            self._kinds.clear()
        return self._kinds.setdefault((steps, modifiers, effect.idioms, effect.capitals), effect)

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
