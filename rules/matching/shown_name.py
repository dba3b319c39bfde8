"""Compares the name that an author shows with a name on record."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from msgspec import Struct

from rules.matching.chances import (
    BITS_LESS_WORDS,
    BITS_MORE_WORDS,
    BITS_NO_NAME,
    BITS_OTHER_NAME,
    BITS_OTHER_WORD,
    BITS_THIRD_WORD,
    M_NAME,
    TOLD,
    Likeness,
    bits,
)
from rules.matching.names import NameWords
from rules.matching.vocabulary import INITIAL, Form, Forms, Vocabulary

SHORTEST_IN_HANDLE = 4
SHORTEST_SPLIT = 5


class Unit(Struct, frozen=True):
    """A word as shown, or put together or parted where a blank got lost; `covers` are the halves of words it takes."""

    text: str
    covers: int
    forms: Forms


class ShownName(Struct, frozen=True):
    """What an author calls themselves, with the words on record of which each word may be a form."""

    units: tuple[Unit, ...]
    initials: tuple[str, ...]
    whole: int  # the halves of all words that are no initials
    is_name: bool  # what people are called, rather than an invented name


class NameEvidence(Struct, frozen=True, gc=False):
    """What the shown name tells of one customer: `agreed` words are theirs, and where it `conflicts` another is not."""

    bits: float  # of the words that agree
    against: float  # of those that do not
    agreed: int
    conflicts: bool
    told: str


def read_shown(words: NameWords, vocabulary: Vocabulary) -> ShownName:
    """Looks the shown words up, and what they may be where a blank was lost, put in, or put elsewhere."""
    units = []
    initials = []
    whole = 0
    for place, word in enumerate(words.words):
        if len(word) == 1:
            initials.append(word)
            continue
        covers = 3 << (2 * place)
        whole |= covers
        units.append(Unit(word, covers, vocabulary.forms(word, word in words.bare)))
    written = list(units)
    for unit in written:
        if not _is_known(unit, vocabulary):
            units += _parted(unit.text, unit.covers & 0x5555, unit.covers & 0xAAAA, vocabulary)
    for one, other in pairwise(written):
        joined = one.text + other.text
        if joined in vocabulary.numbers:
            units.append(Unit(joined, one.covers | other.covers, vocabulary.forms(joined)))
        elif not (_is_known(one, vocabulary) and _is_known(other, vocabulary)):
            units += _parted(joined, one.covers, other.covers, vocabulary)
    known = any(_is_known(unit, vocabulary) for unit in units)
    is_name = (known or len(words.words) > 1) and not words.handle_like
    return ShownName(tuple(units), tuple(initials), whole, is_name)


def _is_known(unit: Unit, vocabulary: Vocabulary) -> bool:
    return vocabulary.knows(unit.text) or any(form.likeness <= Likeness.NICKNAME for form in unit.forms.values())


def _parted(text: str, first: int, second: int, vocabulary: Vocabulary) -> list[Unit]:
    """Two words on record that were written in one; the longest first."""
    if len(text) < SHORTEST_SPLIT:
        return []
    found = []
    for cut in range(2, len(text) - 1):
        head, tail = text[:cut], text[cut:]
        either = head in vocabulary.numbers or tail in vocabulary.numbers
        if either and vocabulary.knows(head) and vocabulary.knows(tail):
            found += [Unit(head, first, vocabulary.forms(head)), Unit(tail, second, vocabulary.forms(tail))]
    return found[:8]


class Comparison:
    """One shown name against one name on record, word by word."""

    def __init__(self, shown: ShownName, record: Sequence[int], vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._shown = shown
        self.agreed, self._open, self._rest = _assign(shown, record)
        self._record = record

    def weigh(self, correlation: float, tied: frozenset[int], handle: str) -> NameEvidence:
        """`correlation`: by how many bits two words of a name come together more often than by chance."""
        self._initials()
        conflicts = bool(self._rest) and any(len(self._word(number)) > 1 for number in self._open)
        if not self.agreed:
            conflicts = self._shown.is_name and bool(self._record)
        against = self._against(conflicts)
        self._in_handle(handle)
        told = [_told(text, form, self._word(number)) for text, form, number in self.agreed]
        return NameEvidence(self._together(correlation, tied), against, len(self.agreed), conflicts, ", ".join(told))

    def _word(self, number: int) -> str:
        return self._vocabulary.words[number]

    def _agree(self, text: str, form: Form, number: int) -> None:
        self._open.remove(number)
        self.agreed.append((text, form, number))

    def _initials(self) -> None:
        """An initial, on either side, agrees with a word that is left."""
        for number in [number for number in self._open if len(self._word(number)) == 1]:
            for unit in self._shown.units:
                if unit.covers & self._rest == unit.covers and unit.text[0] == self._word(number):
                    self._rest &= ~unit.covers
                    self._agree(unit.text, INITIAL, number)
                    break
        for initial in self._shown.initials:
            fitting = next((number for number in self._open if self._word(number)[0] == initial), None)
            if fitting is not None:
                self._agree(initial, INITIAL, fitting)

    def _against(self, conflicts: bool) -> float:
        if not self.agreed:
            return BITS_OTHER_NAME if conflicts else BITS_NO_NAME
        if conflicts:
            return BITS_OTHER_WORD
        return (BITS_MORE_WORDS if self._rest else 0.0) + (BITS_LESS_WORDS if self._open else 0.0)

    def _in_handle(self, handle: str) -> None:
        for number in list(self._open):
            word = self._word(number)
            if len(word) >= SHORTEST_IN_HANDLE and word in handle:
                weight = bits(M_NAME[Likeness.IN_HANDLE], self._vocabulary.frequency(word))
                self._agree(word, Form(Likeness.IN_HANDLE, max(weight, 0.0)), number)

    def _together(self, correlation: float, tied: frozenset[int]) -> float:
        """What the agreeing words weigh: the two rarest that are not tied to one another, and a little for a third."""
        weights = sorted((form.bits for _, form, number in self.agreed if number not in tied), reverse=True)
        family = [form.bits for _, form, number in self.agreed if number in tied]
        if family and len(weights) > 1:
            weights = sorted([max(weights[0], *family), *weights[1:]], reverse=True)
        elif family:
            weights = sorted([*weights, max(family)], reverse=True)
        if not weights:
            return 0.0
        weight = weights[0]
        if len(weights) > 1:
            weight += max(weights[1] - correlation, 0.0)
        return weight + min(sum(weights[2:]), BITS_THIRD_WORD)


def _assign(shown: ShownName, record: Sequence[int]) -> tuple[list[tuple[str, Form, int]], list[int], int]:
    """Gives each word on record the shown word that weighs most, each used once: pairs, words left, halves left."""
    pairs = [
        (form.bits, unit, number, form)
        for unit in shown.units
        for number in record
        if (form := unit.forms.get(number)) is not None
    ]
    pairs.sort(key=lambda pair: (-pair[0], pair[3].likeness, pair[1].text))
    open_words = list(record)
    rest = shown.whole
    agreed = []
    for _, unit, number, form in pairs:
        if number in open_words and unit.covers & rest == unit.covers:
            rest &= ~unit.covers
            open_words.remove(number)
            agreed.append((unit.text, form, number))
    return agreed, open_words, rest


def _told(shown: str, form: Form, known: str) -> str:
    how = TOLD[form.likeness]
    return f"{shown!r} ({how} of {known!r})" if how and shown != known else f"{shown!r}{f' ({how})' if how else ''}"
