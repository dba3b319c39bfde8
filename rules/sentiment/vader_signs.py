"""Turns words into signs, one byte each: words that VADER's rules treat alike have the same sign.

A text becomes a short row of bytes, in which most stand for words that no rule names. To find the words that count, or
what stands near one of them, is then a call or two that run in C.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from rules.sentiment.vader_rules import ANY_NEGATION, NEUTRAL, Rules

EDGE, QUIET = b"\0", b"\1"
"""The sign for no word, before a text begins, and that for a word which no rule names."""

LOUD = 128
"""Added to the sign of a word in capitals, so that a text without any is ASCII."""


class Alphabet:
    """Which sign stands for which words: one for each weight of the lexicon, and one for each word of its own rule.

    Its tables are for `bytes.translate`.
    """

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._signs: dict[str, int] = {}
        self._words = {QUIET[0]: NEUTRAL}
        kinds: dict[object, int] = {}
        for word in sorted(rules.named):
            kind = word if word in rules.singled_out else _kind(rules, word)
            if kind not in kinds:
                kinds[kind] = 2 + len(kinds)
                self._words[kinds[kind]] = word
            self._signs[word] = kinds[kind]
        assert 2 + len(kinds) < LOUD, "a sign beyond ASCII would be taken for a word in capitals"
        raised = {sign for sign, word in self._words.items() if rules.weighs(word) or word in rules.boosters}
        self._words |= {sign + LOUD: self._words[sign] for sign in raised}
        self._by_word = {word: (bytes((sign,)), sign in raised) for word, sign in self._signs.items()}
        self.named = frozenset(self._signs)
        self._negation = self._by_word[ANY_NEGATION][0]
        self.but = self._signs["but"]
        self.calm = bytes(sign - LOUD if sign - LOUD in raised else sign for sign in range(256))
        """Takes capitals away."""

        self.counting = bytes(sign in self._words and rules.weighs(self._words[sign]) for sign in range(256))
        """Gives 1 for words that count by themselves, and 0 for others."""

        self.near = self._alike(rules.named_before)
        """Gives one sign to words that are the same to what stands behind them, unless a phrase is among them."""

        self.in_phrases = self._alike(rules.singled_out)
        """Gives one sign to words that are the same to all around them."""

        phrasal = {self.near[sign] for sign, word in self._words.items() if word in rules.of_phrases or word == "no"}
        self.not_phrasal = bytes({*range(256)} - phrasal)
        """What `near` gives for words other than those of which each phrase has one."""

        opening = self._any_of(first for first, _ in self._phrases())
        whole = b"|".join(phrase for _, phrase in self._phrases())
        self.phrases = re.compile(b"(?=%s)(?:%s)" % (opening, whole), re.DOTALL)  # most words begin none
        """Where the rules look further than at three words before a word, each by itself."""

    def sign(self, lowered: str, word: str) -> bytes:
        """Gives the sign of a word: `lowered` is what VADER looks up, without the punctuation around it."""
        sign, raised = self._by_word.get(lowered, (None, False))
        if sign is None:
            return self._negation if "n't" in lowered else QUIET
        return bytes((sign[0] + LOUD,)) if raised and word.isupper() else sign

    def calm_sign(self, named: str) -> tuple[bytes, bool]:
        """Gives the sign of a word that is named, in small letters, and whether it has another one in capitals."""
        return self._by_word[named]

    def weight(self, sign: int) -> float:
        """Gives what the lexicon says of the words of a sign; 0.0 where it has none."""
        return self._rules.lexicon.get(self._words.get(sign, ""), 0.0)

    def word(self, sign: int) -> str:
        """Gives one of the words that `sign` stands for, lowered: to the rules it is as good as any of them."""
        return self._words[sign]

    def _alike(self, unlike: frozenset[str]) -> bytes:
        """Gives words but those of `unlike` the sign of the first of which the rules ask the same."""
        rules, alike, table = self._rules, dict[object, int](), bytearray(range(256))
        for sign, word in self._words.items():
            if word not in unlike:
                _, boost, negates = _kind(rules, word)
                loud = is_loud(sign) and boost is not None  # how loud a word of the lexicon is counts for itself alone
                kind = word in rules.lexicon, boost, negates, loud, word in rules.of_phrases
                table[sign] = alike.setdefault(kind, sign)
        return bytes(table)

    def _phrases(self) -> Iterable[tuple[str, bytes]]:
        """Those of the package's lists, and "no" before a word that counts, or before "or" with a word between.

        Each as its first word and as an expression.
        """
        for phrase in [*self._rules.idioms, *self._rules.boosters]:
            first, *others = phrase.split()
            if others:
                yield first, b"".join(self._any_of([word]) for word in (first, *others))
        no = self._any_of(["no"])
        yield "no", no + self._any_of(self._rules.lexicon)
        yield "no", no + b"." + self._any_of(["or", "nor"])

    def _any_of(self, words: Iterable[str]) -> bytes:
        calm = {self._signs[word] for word in words if word in self._signs}
        return b"[%s]" % b"".join(re.escape(bytes((sign,))) for sign in self._words if sign % LOUD in calm)


def is_loud(sign: int) -> bool:
    """Whether this is the sign of a word in capitals."""
    return sign >= LOUD


def _kind(rules: Rules, word: str) -> tuple[float | None, float | None, bool]:
    """All that the rules ask about a word that they do not name by itself."""
    return rules.lexicon.get(word), rules.boosters.get(word), word in rules.negations
