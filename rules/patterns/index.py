"""Names the few patterns that are worth running on a text, from its words alone.

A phrase names words that must all stand wherever it is found. What each spelling gives towards that is worked out once
and remembered as bits of a number, so that a text is refused before anything in it is folded or cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import filterfalse

from msgspec import Struct

from rules.patterns.pattern import LETTER, Choices, Pattern, fold_anew

_WORD = re.compile(f"{LETTER}+")
_PARTED = bytes(code if code < 128 and (chr(code).isalnum() or chr(code) == "_") else 0x20 for code in range(256))
_LONGEST = 40  # characters of a word in which a stem is looked for
_ROOM = 5_000_000  # characters of tokens remembered, each counted with what it takes besides: 10 to 20 MB
_BESIDES = 100


class _Token(Struct, frozen=True, gc=False):
    """What a token gives: the elements of phrases that it fills, and the patterns filed under it."""

    elements: int  # bits
    filed: tuple[tuple[int, int], ...]  # the elements that a pattern needs, and its number


_IDLE = _Token(0, ())


class Index:
    """Patterns filed under the element that the fewest posts hold. Usable from several threads."""

    def __init__(self, patterns: Sequence[Pattern], room: int = _ROOM) -> None:
        self.patterns = patterns
        self._words: dict[str, int] = {}  # the elements that a word fills
        self._stems: dict[str, int] = {}
        self._filed: dict[int, list[tuple[int, int]]] = {}  # by element
        self._bits: dict[Choices, int] = {}
        for number, pattern in enumerate(patterns):
            needed = 0
            for choices in pattern.needs:
                needed |= self._bit(choices)
            self._filed.setdefault(self._bits[pattern.anchor], []).append((needed, number))
        self._lengths = sorted({len(stem) for stem in self._stems})
        self._shortest = min(self._lengths, default=0)
        self._begins = frozenset(stem[: self._shortest] for stem in self._stems)
        self._memory = self._room = room
        self._idle: set[str] = set()  # tokens that fill no element
        self._tokens: dict[str, _Token] = {}

    def worth_running(self, text: str) -> list[Pattern]:
        """The patterns all of whose elements stand in the text, in their order.

        Folding keeps the spaces of a text and looks across none of them, so that its tokens are folded alone.
        """
        tokens = self._tokens
        elements = 0
        filed: list[tuple[int, int]] = []
        for spelt in filterfalse(self._idle.__contains__, text.split()):
            token = tokens.get(spelt) or self._learn(spelt)
            elements |= token.elements
            if token.filed:
                filed += token.filed
        numbers = {number for needed, number in filed if needed & elements == needed}
        return [self.patterns[number] for number in sorted(numbers)]

    def _bit(self, choices: Choices) -> int:
        if choices not in self._bits:
            self._bits[choices] = bit = 1 << len(self._bits)
            for word, any_ending in choices:
                shelf = self._stems if any_ending else self._words
                shelf[word] = shelf.get(word, 0) | bit
        return self._bits[choices]

    def _learn(self, spelt: str) -> _Token:
        if self._room < 0:
            self._idle, self._tokens, self._room = set(), {}, self._memory
        self._room -= len(spelt) + _BESIDES
        elements = 0
        for word in words_of(fold_anew(spelt)):
            elements |= self._words.get(word, 0)
            if word[: self._shortest] in self._begins:
                elements |= self._by_stem(word[:_LONGEST])
        if not elements:
            self._idle.add(spelt)
            return _IDLE
        token = self._tokens[spelt] = _Token(elements, tuple(self._filed_under(elements)))
        return token

    def _filed_under(self, elements: int) -> Iterator[tuple[int, int]]:
        while elements:
            lowest = elements & -elements
            yield from self._filed.get(lowest, ())
            elements ^= lowest

    def _by_stem(self, word: str) -> int:
        elements = 0
        for length in self._lengths:
            elements |= self._stems.get(word[:length], 0)
        return elements


def words_of(folded: str) -> list[str]:
    """The words of a folded text, in their order."""
    if folded.isascii():  # cut by one look-up a byte, which finds the same several times as fast
        return folded.encode("ascii").translate(_PARTED).decode("ascii").split()
    return _WORD.findall(folded)
