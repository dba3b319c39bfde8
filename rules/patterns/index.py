"""Names the few patterns that are worth running on a text, from its words alone.

A phrase names words that must all stand wherever it is found, and is filed under the rarest of them. Fast because most
spellings that posts are made of file nothing, and are remembered: one difference of two sets, made in C, leaves what
may, and nothing is folded, cut or asked word by word in a post of which nothing is left.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import reduce
from operator import or_

from rules.patterns.pattern import LETTER, LINK, Choices, Pattern, fold_anew

_WORD = re.compile(f"{LETTER}+")
_PARTED = bytes(code if code < 128 and (chr(code).isalnum() or chr(code) == "_") else 0x20 for code in range(256))
_LONGEST = 40  # characters of a word in which a stem is looked for
_ROOM = 10_000_000  # characters of spellings remembered, each counted with what it takes besides: some 15 MB
_BESIDES = 100

_Filed = tuple[tuple[int, int], ...]
"""The elements that a pattern needs, as bits, and its number."""


class _Memory:
    """What is known of spellings: the patterns `filed` under one, the elements of phrases `filled` by it, as bits.

    `quiet` are those that file nothing; they may fill. A spelling stands there or in `filed`, last of all.
    """

    __slots__ = ("filed", "filled", "quiet", "room")

    def __init__(self, room: int) -> None:
        self.room = room
        self.quiet: set[str] = set()
        self.filed: dict[str, _Filed] = {}
        self.filled: dict[str, int] = {}


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
        self._room = room
        self._memory = _Memory(room)

    def worth_running(self, text: str) -> list[Pattern]:
        """The patterns all of whose elements stand in the text, in their order.

        Folding keeps the spaces of a text and looks across none of them, so that its tokens are folded alone.
        """
        memory = self._memory
        if memory.room < 0:  # a post costs a word or two to learn, so that all can be forgotten at once
            memory = self._memory = _Memory(self._room)
        spelt = text.split()
        filed: list[tuple[int, int]] = []
        for one in set(spelt) - memory.quiet:
            found = memory.filed.get(one)
            filed += self._learn(one, memory) if found is None else found
        if not filed:
            return []
        elements = reduce(or_, filter(None, map(memory.filled.get, spelt)), 0)
        numbers = {number for needed, number in filed if needed & elements == needed}
        return [self.patterns[number] for number in sorted(numbers)]

    def _bit(self, choices: Choices) -> int:
        if choices not in self._bits:
            self._bits[choices] = bit = 1 << len(self._bits)
            for word, any_ending in choices:
                shelf = self._stems if any_ending else self._words
                shelf[word] = shelf.get(word, 0) | bit
        return self._bits[choices]

    def _learn(self, spelt: str, memory: _Memory) -> _Filed:
        if spelt.isascii() and spelt.isalpha():  # two in three
            elements = self._elements_of(spelt.lower())
        elif LINK.fullmatch(spelt):  # has no words, and is seldom met again
            return ()
        else:
            elements = reduce(or_, map(self._elements_of, words_of(fold_anew(spelt))), 0)
        memory.room -= len(spelt) + _BESIDES
        if elements:
            memory.filled[spelt] = elements
            if filed := tuple(self._filed_under(elements)):
                memory.filed[spelt] = filed
                return filed
        memory.quiet.add(spelt)
        return ()

    def _elements_of(self, word: str) -> int:
        elements = self._words.get(word, 0)
        return elements | self._by_stem(word[:_LONGEST]) if word[: self._shortest] in self._begins else elements

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
