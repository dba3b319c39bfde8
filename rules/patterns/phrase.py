"""Finds a phrase in a text, word by word.

Fast because nothing is compiled for it: an expression of a phrase takes a millisecond to make, and some phrase is
looked for the first time however long a stream has run. A text is cut into words once, for all phrases.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Literal, NamedTuple

from rules.patterns.folding import LETTER, fold_anew

_WORD = re.compile(f"{LETTER}+")
_ASCII_WORD = re.compile(r"\w+", re.ASCII)
_PARTS_NONE = frozenset(".!?।\n").isdisjoint  # of the marks that end a sentence
_FARTHEST = 3  # characters between two words of a phrase
IN_A_GAP = 3
"""Words that may stand where a phrase has "..", at most."""

_NOWHERE = -1


class Words:
    """The words of a folded text. `goes_on[i]`: whether a phrase that has word i may go on with the next one."""

    __slots__ = ("goes_on", "places", "words")

    def __init__(self, folded: str) -> None:
        found = (_ASCII_WORD if folded.isascii() else _WORD).finditer(folded)
        self.places = [one.span() for one in found]
        self.words = [folded[start:end] for start, end in self.places]
        between = [folded[end:start] for (_, end), (start, _) in pairwise(self.places)]
        self.goes_on = [one == " " or (len(one) <= _FARTHEST and _PARTS_NONE(one)) for one in between]
        self.goes_on.append(False)


class Choice(NamedTuple):
    """One way to fill an element: its words, and of each whether any ending may follow."""

    words: tuple[str, ...]
    stems: tuple[bool, ...]


class Element(NamedTuple):
    """What stands at one place of a phrase: one of its choices, none of them if it `may` be left out, or any words."""

    kind: Literal["must", "may", "gap"]
    choices: tuple[Choice, ...] = ()


class Phrase:
    """A row of elements, as `rules.patterns.pattern.Group` explains them.

    Raises ValueError for one that no text could hold as it is written, or that begins or ends in a gap.
    """

    __slots__ = ("_begins", "_begun", "_elements", "_last", "_longer")

    def __init__(self, written: str) -> None:
        self._elements = tuple(map(_element, fold_anew(written).split()))
        self._last = len(self._elements) - 1
        kinds = [element.kind for element in self._elements]
        if "must" not in kinds:
            raise ValueError(f"the phrase {written!r} names no word that must stand in the text")
        if kinds[0] == "gap" or kinds[-1] == "gap" or (kinds[-1] == "may" and kinds[-2] != "must"):
            raise ValueError(f"the phrase {written!r} must begin and end beside a word that stands in the text")
        # elements of which some choice is more than one word: where to look for it is told by one of these alone
        must = [element.choices for element in self._elements if element.kind == "must"]
        self._longer = tuple(choices for choices in must if any(len(choice.words) > 1 for choice in choices))
        first = [choice for element in self._elements[: kinds.index("must") + 1] for choice in element.choices]
        self._begins = frozenset(choice.words[0] for choice in first if not choice.stems[0])
        self._begun = tuple({choice.words[0] for choice in first if choice.stems[0]})

    def may_stand(self, folded: str) -> bool:
        """False for most texts in which it does not stand although the rarest word of each element does."""
        return all(any(_holds(folded, choice.words) for choice in choices) for choices in self._longer)

    def found(self, text: Words) -> Iterator[tuple[int, int]]:
        """Which words of the text are the phrase, first and last, in their order; none is part of two finds."""
        begins, begun = self._begins, self._begun
        reached = 0
        for at, word in enumerate(text.words):
            if at >= reached and (word in begins or (begun and word.startswith(begun))):
                last = self._end(0, text, at)
                if last != _NOWHERE:
                    yield at, last
                    reached = last + 1

    def _end(self, number: int, text: Words, at: int) -> int:
        """The last word of the phrase if its elements from `number` on stand there from word `at` on, else _NOWHERE."""
        element = self._elements[number]
        if element.kind == "gap":
            return self._behind_gap(number, text, at)
        for choice in element.choices:
            last = _filled(choice, text, at)
            if last != _NOWHERE:
                end = self._going_on(number, text, last)
                if end != _NOWHERE:
                    return end
        return _NOWHERE if element.kind == "must" or number == self._last else self._end(number + 1, text, at)

    def _behind_gap(self, number: int, text: Words, at: int) -> int:
        for left_out in range(IN_A_GAP + 1):
            end = self._end(number + 1, text, at + left_out)
            if end != _NOWHERE:
                return end
            if at + left_out >= len(text.words) or not text.goes_on[at + left_out]:
                break
        return _NOWHERE

    def _going_on(self, number: int, text: Words, last: int) -> int:
        """The same, where element `number` ends with word `last`."""
        if number == self._last:
            return last
        end = self._end(number + 1, text, last + 1) if text.goes_on[last] else _NOWHERE
        if end == _NOWHERE and number + 1 == self._last and self._elements[-1].kind == "may":
            return last
        return end


def _holds(folded: str, words: Sequence[str]) -> bool:
    for word in words:  # noqa: SIM110 — a generator would take several times as long
        if word not in folded:
            return False
    return True


def _filled(choice: Choice, text: Words, at: int) -> int:
    """The last of the words that fill a choice from word `at` on, or _NOWHERE."""
    words, stems = choice
    end = at + len(words) - 1
    if end >= len(text.words):
        return _NOWHERE
    for place, (word, is_stem) in enumerate(zip(words, stems, strict=True), at):
        one = text.words[place]
        if not (one.startswith(word) if is_stem else one == word) or (place < end and not text.goes_on[place]):
            return _NOWHERE
    return end


@lru_cache(maxsize=4_096)
def phrase(written: str) -> Phrase:
    """Reads once what the tables hold; most phrases are never looked for."""
    return Phrase(written)


def _element(written: str) -> Element:
    if written == "..":
        return Element("gap")
    may = written.endswith("?")
    choices = written[:-1] if may else written
    return Element("may" if may else "must", tuple(map(_choice, choices.split("/"))))


def _choice(written: str) -> Choice:
    if written.isalnum():  # two in three
        return Choice((written,), (False,))
    words = written.split("_")
    return Choice(tuple(map(_word, words)), tuple(word.endswith("*") for word in words))


def _word(word: str) -> str:
    """One word of a folded phrase. Raises ValueError if a text could never hold it as one word."""
    bare = word.rstrip("*")
    if not bare.isalnum() and not _WORD.fullmatch(bare):
        raise ValueError(f"{word!r} is not one word of letters and digits")
    return bare
