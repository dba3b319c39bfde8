"""Names the few patterns that are worth running on texts, from their words alone.

A phrase names elements that must all stand wherever it is found, in their order and not far apart, and is filed under
the rarest of them. Fast because the texts of a batch are asked together: which tokens file a pattern, and whether its
second rarest element stands near enough in the same text, are a few operations on arrays, whatever the number of
patterns and of languages; what is left, one pattern in three posts, is looked at token by token.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, compress
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from rules.patterns.folding import LETTER, fold_anew
from rules.patterns.pattern import Choices, Pattern, share_of_posts
from rules.patterns.spellings import WORDLESS, Lists, Spellings, Whole

_WORD = re.compile(f"{LETTER}+")
_PARTED = bytes(code if code < 128 and (chr(code).isalnum() or chr(code) == "_") else 0x20 for code in range(256))
_BEGIN = 3  # letters by which stems are told apart first: few words begin as any of them does
_LONGEST = 40  # characters of a word in which a stem is looked for
_ROOM = 10_000_000  # characters of spellings remembered, each counted with what it takes besides: some 15 MB
_AT_ONCE = 256  # texts: what is noted of them stays in the processor's cache
_FAR = 30_000  # more than the tokens of a text
_PLACES = range(1_000_000_000)


class Index:
    """Patterns filed under the element that the fewest posts hold. Usable from several threads."""

    def __init__(self, patterns: Sequence[Pattern], room: int = _ROOM) -> None:
        self.patterns = patterns
        self._words: dict[str, list[int]] = {}  # the elements that a word fills
        self._stems: dict[str, list[int]] = {}
        self._elements: dict[Choices, int] = {}
        self._needed = [[self._element(choices) for choices in pattern.needs] for pattern in patterns]
        self._filed: dict[int, list[int]] = {}  # patterns by their rarest element
        self._columns: dict[int, int] = {}  # of the elements that are the second rarest of a pattern
        asked = np.array([self._file(number) for number in range(len(patterns))], np.intp).reshape(-1, 3)
        self._second, self._before, self._behind = asked.T.copy()  # as _file gives them
        self._short = sorted({len(stem) for stem in self._stems if len(stem) < _BEGIN})
        self._lengths: dict[str, set[int]] = {}  # of longer stems, by their first letters
        for stem in self._stems:
            if len(stem) >= _BEGIN:
                self._lengths.setdefault(stem[:_BEGIN], set()).add(len(stem))
        self._room = room
        self._memory = self._nothing_met()
        self._learning = Lock()

    def worth_running(self, texts: Sequence[str]) -> list[list[Pattern]]:
        """For each text the patterns all of whose elements stand in it in their order, near enough; in their order.

        Folding keeps the spaces of a text and looks across none of them, so that its tokens are folded alone. The words
        of a phrase stand in one token or in such as follow each other, those that have no words left out.
        """
        found: list[list[Pattern]] = []
        for begun in range(0, len(texts), _AT_ONCE):
            found += self._worth_running([text.split() for text in texts[begun : begun + _AT_ONCE]])
        return found

    def _worth_running(self, spelt: Sequence[list[str]]) -> list[list[Pattern]]:
        with self._learning:
            memory = self._memory
            try:
                rows = memory.rows(list(chain.from_iterable(spelt)))
            except BaseException:  # tokens with a number of which nothing is known would be wrong in all texts to come
                self._memory = self._nothing_met()
                raise
            if memory.room < 0:  # a post costs a word or two to learn, so that all can be forgotten at once
                self._memory = self._nothing_met()
            filed, seconds = memory.filed, memory.seconds
        sizes = np.fromiter(map(len, spelt), np.intp, len(spelt))
        worded = rows != WORDLESS
        found: list[list[Pattern]] = [[] for _ in spelt]
        read, said = -1, [""]
        for text, number in self._near(rows, worded, sizes, filed, seconds):
            if text != read:
                begun = int(sizes[:text].sum())
                read, said = text, list(compress(spelt[text], worded[begun : begun + len(spelt[text])].tolist()))
            if self._in_order(number, said, memory):
                found[text].append(self.patterns[number])
        return found

    def _near(
        self, rows: Whole, worded: NDArray[np.bool_], sizes: Whole, filed: Lists, seconds: Lists
    ) -> Iterator[tuple[int, int]]:
        """Gives texts and the patterns whose two rarest elements stand near enough there, in the order of both."""
        stood = np.concatenate([np.zeros(1, np.intp), np.cumsum(worded)])  # places among the tokens that have words
        telling = np.flatnonzero(rows > WORDLESS)
        rows = rows.take(telling)
        texts = np.repeat(np.arange(len(sizes)), sizes).take(telling)
        places = stood.take(telling) - stood.take(np.cumsum(sizes) - sizes).take(texts)
        width = len(self._columns) + 1
        first, last = np.full(len(sizes) * width, _FAR, np.int16), np.full(len(sizes) * width, -_FAR, np.int16)
        owners, columns = seconds.of(rows)
        cells, at = texts.take(owners) * width + columns, places.take(owners)
        last[cells] = at  # of several the last is kept
        first[cells[::-1]] = at[::-1]
        owners, numbers = filed.of(rows)
        texts, at = texts.take(owners), places.take(owners)
        cells = texts * width + self._second.take(numbers)
        near = last.take(cells) >= at + self._before.take(numbers)
        near &= first.take(cells) <= at + self._behind.take(numbers)
        both = np.flatnonzero(near)
        several = max(len(self.patterns), 1)
        for one in np.unique(texts.take(both) * several + numbers.take(both)).tolist():
            yield divmod(one, several)

    def _in_order(self, number: int, said: Sequence[str], memory: Spellings) -> bool:
        """Whether each element of a pattern stands behind the one before it, as near as the phrase says at most."""
        first, *others = [memory.filling[element].__contains__ for element in self._needed[number]]
        if not others:
            return True
        stands = list(compress(_PLACES, map(first, said)))
        for fills, near in zip(others, self.patterns[number].reaches, strict=True):
            stands = _behind(stands, compress(_PLACES, map(fills, said)), near)
            if not stands:
                return False
        return True

    def _file(self, number: int) -> tuple[int, int, int]:
        """Files a pattern, and gives the column of its second rarest element, and where that stands beside the first.

        That is from so many words before (a negative number) to so many behind it.
        """
        pattern = self.patterns[number]
        anchor, *others = sorted(dict.fromkeys(pattern.needs), key=share_of_posts)
        self._filed.setdefault(self._elements[anchor], []).append(number)
        if not others:
            return 0, -2 * _FAR, 2 * _FAR
        column = self._columns.setdefault(self._elements[others[0]], len(self._columns))
        if len(set(pattern.needs)) < len(pattern.needs):
            return column, -sum(pattern.reaches), sum(pattern.reaches)
        here, there = pattern.needs.index(anchor), pattern.needs.index(others[0])
        return column, -sum(pattern.reaches[there:here]), sum(pattern.reaches[here:there])

    def _nothing_met(self) -> Spellings:
        return Spellings(
            self._room,
            len(self._elements),
            self._elements_in,
            lambda element: self._filed.get(element, ()),
            lambda element: (self._columns[element],) if element in self._columns else (),
        )

    def _element(self, choices: Choices) -> int:
        if choices not in self._elements:
            self._elements[choices] = element = len(self._elements)
            for word, any_ending in choices:
                (self._stems if any_ending else self._words).setdefault(word, []).append(element)
        return self._elements[choices]

    def _elements_in(self, token: str) -> Sequence[Sequence[int]]:
        if token.isascii() and token.isalpha():  # two in three
            return (self._elements_of(token.lower()),)
        return [self._elements_of(word) for word in words_of(fold_anew(token))]

    def _elements_of(self, word: str) -> Sequence[int]:
        elements: Sequence[int] = self._words.get(word, ())
        for length in (*self._short, *self._lengths.get(word[:_BEGIN], ())):
            of_stem = self._stems.get(word[:length]) if length <= _LONGEST else None
            if of_stem:
                elements = (*elements, *of_stem)
        return elements


def _behind(stands: list[int], others: Iterable[int], near: int) -> list[int]:
    """Those of the places `others` that are one of `stands` (ascending), or at most so far behind one."""
    return [at for at in others if (before := bisect_right(stands, at)) and stands[before - 1] >= at - near]


def words_of(folded: str) -> list[str]:
    """The words of a folded text, in their order."""
    if folded.isascii():  # cut by one look-up a byte, which finds the same several times as fast
        return folded.encode("ascii").translate(_PARTED).decode("ascii").split()
    return _WORD.findall(folded)
