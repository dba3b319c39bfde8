"""The fingerprints of many texts at once.

Why it is fast: the texts of a batch are one array of bytes. Where words begin and end, their hashes (differences of one
running sum), the shingles and the smallest of each text are a few operations over all of it; no word is ever an object.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from rules.story.marks import FIGURES, SHAPE
from rules.story.sketch import (
    BASE,
    FIGURE_BITS,
    FIGURE_SHIFTS,
    FINISH,
    LAST_SHIFT,
    MASK,
    MIX,
    NAME_BYTES,
    SHAPE_BITS,
    SHINGLE,
    SHORT,
    SHORTEST_NAME,
    SKETCH,
    STOPS,
    article_mark,
    fingerprint,
    is_unspaced,
)  # fmt: skip
from rules.story.wording import FEWEST_WORDS, LEAD, SPACES, own_words, words_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BATCH_CHARACTERS = 64_000
"""Texts at a time: arrays over this many characters stay in the processor's cache."""

_BETWEEN = "\0"  # stands in no text that is cleaned


def fingerprints(texts: Sequence[tuple[str, str]], links: Sequence[str] = ()) -> list[tuple[int, ...]]:
    """Gives what `fingerprint` gives for each title and text, with its link where links are given; much faster."""
    found: list[tuple[int, ...]] = []
    unspaced: list[int] = []
    waiting: list[str] = []
    articles: list[tuple[int, ...]] = []
    characters = 0
    for place, (title, text) in enumerate(texts):
        own, link = own_words(title, text), links[place] if links else ""
        waiting.append(own)
        articles.append(article_mark(title, text, link, own) if link or "://" in text else ())
        characters += len(own)
        if not own.isascii() and is_unspaced(own, len(words_of(own))):
            unspaced.append(place)
        if characters >= BATCH_CHARACTERS:
            found += _of_batch(waiting, articles)
            waiting, articles, characters = [], [], 0
    found += _of_batch(waiting, articles)
    for place in unspaced:
        found[place] = fingerprint(*texts[place], links[place] if links else "")
    return found


def _of_batch(texts: list[str], found: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """The fingerprints of texts in scripts with spaces; `found` are the marks of their articles."""
    import numpy as np

    words = _Words(_BETWEEN.join(texts))
    places = np.flatnonzero(words.sizes >= FEWEST_WORDS)
    for place, figures, sketch in zip(places.tolist(), _figures(words, places), _sketches(words, places), strict=True):
        found[place] = (*found[place], figures, *sketch) if figures else (*found[place], *sketch)
    return found


class _Words:
    """The words of texts in a row: text i has `sizes[i]` of them from `starts[i]` on."""

    def __init__(self, joined: str) -> None:
        import numpy as np

        written = joined.encode()
        content = np.frombuffer(written.lower(), np.uint8)
        self._written = np.frombuffer(written, np.uint8)
        is_word = np.zeros(len(content) + 2, np.bool_)
        is_word[1:-1] = _in_word()[content]
        edges = np.flatnonzero(is_word[1:] != is_word[:-1])
        self._begins, self._ends = edges[::2], edges[1::2]
        self._content = content
        # In text[i:j] the polynomial of the running sums' difference begins with BASE^i, which is divided away.
        raised, self._divided = _powers(len(content))
        self._sums = np.zeros(len(content) + 1, np.uint64)
        np.cumsum(content * raised, out=self._sums[1:])
        self.hashes = self._hashed(self._begins, self._ends)
        limits = np.searchsorted(self._begins, np.flatnonzero(content == 0))
        self.starts = np.concatenate(([0], limits))
        self.sizes = np.diff(self.starts, append=len(self._begins))

    def _hashed(self, begins: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.uint64]:
        import numpy as np

        number = (self._sums[ends] - self._sums[begins]) * self._divided[begins]
        for shift, factor in FINISH:
            number = (number ^ number >> np.uint64(shift)) * np.uint64(factor)
        hashed: NDArray[np.uint64] = number ^ number >> np.uint64(LAST_SHIFT)
        return hashed

    def telling(self) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
        """Which words have a digit in them or are names, and the hash by which each counts."""
        import numpy as np

        digits = np.concatenate(([0], np.cumsum((self._content >= ord("0")) & (self._content <= ord("9")))))
        figured = np.flatnonzero(digits[self._ends] > digits[self._begins])
        named = self._names()
        named = named[digits[self._ends[named]] == digits[self._begins[named]]]
        begins = self._begins[named]
        beginnings = self._hashed(begins, np.minimum(begins + NAME_BYTES, self._ends[named]))
        return np.concatenate((figured, named)), np.concatenate((self.hashes[figured], beginnings))

    def _names(self) -> NDArray[np.int64]:
        """Which words are `is_name`."""
        import numpy as np

        letter = self._written[self._begins]
        capital = np.flatnonzero((letter >= ord("A")) & (letter <= ord("Z")))
        opens = np.zeros(len(self._begins) + 1, np.bool_)
        opens[self.starts] = True  # the gap before such a word holds the end of another text
        capital = capital[~opens[capital] & (self._ends[capital] - self._begins[capital] >= SHORTEST_NAME)]
        after, before = self._content[self._ends[capital - 1]], self._content[self._begins[capital] - 1]
        return capital[~(_is_stop()[after] | _is_stop()[before])]


@lru_cache(maxsize=1)
def _in_word() -> NDArray[np.bool_]:
    import numpy as np

    in_word: NDArray[np.bool_] = np.frombuffer(SPACES, np.uint8) != ord(" ")
    return in_word


@lru_cache(maxsize=1)
def _is_stop() -> NDArray[np.bool_]:
    import numpy as np

    return np.isin(np.arange(256), list(STOPS))


def _powers(count: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """The first `count` powers of BASE, and of what undoes it."""
    raised, divided = _made_powers(1 << count.bit_length())
    return raised[:count], divided[:count]


@lru_cache(maxsize=2)
def _made_powers(count: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    import numpy as np

    def of(base: int) -> NDArray[np.uint64]:
        made = np.full(count, base, np.uint64)
        made[0] = 1
        return np.multiply.accumulate(made)

    return of(BASE), of(pow(BASE, -1, MASK + 1))


def _figures(words: _Words, places: NDArray[np.int64]) -> list[int]:
    """The mark of each text's figures and names, 0 for none."""
    import numpy as np

    marks = np.zeros(len(words.sizes), np.int64)
    telling, hashes = words.telling()
    of = np.searchsorted(words.starts, telling, side="right") - 1
    for shift in FIGURE_SHIFTS if len(telling) else ():
        bits = np.uint64(1) << (hashes >> np.uint64(shift)) % np.uint64(FIGURE_BITS)
        np.bitwise_or.at(marks, of, bits.astype(np.int64))
    marks[words.sizes >= SHORT] = 0
    of_text: list[int] = np.where(marks > 0, marks + FIGURES, 0)[places].tolist()
    return of_text


def _sketches(words: _Words, places: NDArray[np.int64]) -> Iterator[list[int]]:
    """The mark of each text's shape and the smallest hashes of its shingles."""
    import numpy as np

    if not len(places):
        return
    first, second, third = (words.hashes * np.uint64(factor) for factor in MIX)
    mixed = first[:-2] ^ second[1:-1] ^ third[2:]
    sizes = np.minimum(words.sizes[places], LEAD) - SHINGLE + 1
    begins = np.cumsum(sizes) - sizes
    row = np.repeat(np.arange(len(places)), sizes)
    column = np.arange(len(row)) - begins[row]
    shingles = mixed[words.starts[places][row] + column]
    shapes = np.bitwise_or.reduceat(np.uint64(1) << shingles % np.uint64(SHAPE_BITS), begins)
    table = np.full((len(places), LEAD), np.iinfo(np.uint64).max, np.uint64)  # a place beyond a text sorts last
    table[row, column] = shingles
    table.sort(axis=1)
    lowest = table[:, :SKETCH]
    odd = (sizes < SKETCH) | (lowest[:, 1:] == lowest[:, :-1]).any(axis=1)  # too short, or a stretch comes twice
    sketches = np.column_stack((shapes.astype(np.int64) + SHAPE, (lowest >> np.uint64(1)).astype(np.int64))).tolist()
    for place in np.flatnonzero(odd).tolist():
        distinct = sorted(set(table[place, : sizes[place]].tolist()))
        sketches[place][1:] = [number >> 1 for number in distinct[:SKETCH]]
    yield from sketches
