"""Weighs the words of many texts as VADER does, from the signs of all of them as one array.

One word in ten counts, one in a hundred is changed by its neighbours: those alone are looked at one by one.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from heapq import heappop, heappush
from itertools import compress
from math import sqrt

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from rules.sentiment.vader_effects import NO_EFFECT, Effect, Effects
from rules.sentiment.vader_rules import after
from rules.sentiment.vader_signs import EDGE, LOUD, Alphabet

_NO_TIE = 0.499_999
_ALMOST_NOTHING = 1e-9  # on which side of zero a sum lies depends on how it was added up
_MANY, _LONG = 60, 1_000  # texts, and words: from there on arrays take less time than a loop
_ALPHA = 15  # of VADER's `normalize`
_IS_LOUD = bytes(LOUD) + b"\1" * LOUD


class Weighing(Struct, frozen=True):
    """What words count: a number for each that does by itself; text n has those from `bounds[n]` to `bounds[n + 1]`."""

    bounds: list[int]
    firsts: Sequence[int]  # which of all words each text begins with
    words: list[int]  # which of all words it is
    texts: list[int]  # which text it is of
    weights: list[float]  # what the lexicon says
    effects: dict[int, Effect]  # what neighbours do to some of them
    unweighed: list[float]  # what that leaves
    valences: list[float]  # the same after VADER weighed "but"


class WordWeigher:
    """VADER's rules on rows of signs."""

    def __init__(self, alphabet: Alphabet, effects: Effects) -> None:
        self._calm = alphabet.calm
        self._but, self._is_but = alphabet.but, _table([alphabet.but])
        self._effects = effects
        self._counting = alphabet.counting
        self._weights = list(map(alphabet.weight, range(256)))
        self._phrasal = _table(sign for sign in range(256) if alphabet.near[sign] not in alphabet.not_phrasal)

    def weigh(self, row: bytes, firsts: Sequence[int], all_in_capitals: Callable[[int], bool]) -> Weighing:
        """Weighs texts by the signs of their words, one behind the other; text n begins with word `firsts[n]`."""
        row = self._heard(row, firsts, all_in_capitals)
        at, texts, bounds = _marked(row.translate(self._counting), firsts)
        begins = [firsts[text] for text in texts]
        found = _Found(row, firsts, at, begins, bounds)
        listed = self._weights
        weights = [listed[row[place]] for place in at]
        effects = self._effects_on(found)
        unweighed = weights
        if effects:
            unweighed = [*weights]
            for number, effect in effects.items():
                unweighed[number] = after(effect.steps, weights[number])
        valences = self._weighed_by_but(found, unweighed)
        return Weighing(bounds, firsts, at, texts, weights, effects, unweighed, valences)

    def _heard(self, row: bytes, firsts: Sequence[int], all_in_capitals: Callable[[int], bool]) -> bytes:
        """The signs without those of words in capitals in texts in which nothing but capitals stands."""
        if row.isascii():
            return row
        heard = bytearray(row)
        for text in _texts_with(_IS_LOUD, row, firsts):
            if all_in_capitals(text):
                begin, end = firsts[text], firsts[text + 1]
                heard[begin:end] = row[begin:end].translate(self._calm)
        return bytes(heard)

    def _effects_on(self, found: _Found) -> dict[int, Effect]:
        """What neighbours do to words, by number; words to which they do nothing are left out."""
        phrased: dict[int, list[Effect]] = {}
        others = bytearray(found.row)
        for text in _texts_with(self._phrasal, found.row, found.firsts):
            first, last = found.bounds[text], found.bounds[text + 1]
            if first < last:
                begin, end = found.firsts[text], found.firsts[text + 1]
                places = [place - begin for place in found.at[first:last]]
                told = self._effects.in_text(found.row[begin:end], places)
                if told is not None:
                    phrased[first] = told
                    others[begin:end] = EDGE * (end - begin)
        effects = self._effects.of_words_before(bytes(others), found.at, found.begins)
        for first, told in phrased.items():
            effects[first : first + len(told)] = told
        return {number: effect for number, effect in enumerate(effects) if effect is not NO_EFFECT}

    def _weighed_by_but(self, found: _Found, unweighed: list[float]) -> list[float]:
        valences = unweighed
        for text in _texts_with(self._is_but, found.row, found.firsts):
            first, last = found.bounds[text], found.bounds[text + 1]
            if first < last:
                valences = [*unweighed] if valences is unweighed else valences
                before = bisect_left(found.at, found.row.index(self._but, found.firsts[text]), first, last) - first
                valences[first:last] = weighed_by_but(unweighed[first:last], before)
        return valences


class _Found(Struct):
    """Where the words stand that count."""

    row: bytes  # the signs of all words
    firsts: Sequence[int]  # where each text begins
    at: list[int]
    begins: list[int]  # where the text of each of them begins
    bounds: list[int]


def _table(signs: Iterable[int]) -> bytes:
    """Gives 1 for these signs and 0 for others."""
    told = {*signs}
    return bytes(sign in told for sign in range(256))


def _marked(told: bytes, firsts: Sequence[int]) -> tuple[list[int], list[int], list[int]]:
    """Where a 1 stands, in which text each is, and how many are before each text."""
    if len(told) < _LONG:
        few = [*compress(range(len(told)), told)]
        return few, [bisect_right(firsts, place) - 1 for place in few], [bisect_left(few, first) for first in firsts]
    begins, many = np.array(firsts), np.flatnonzero(np.frombuffer(told, np.bool_))
    texts = begins.searchsorted(many, "right") - 1
    return many.tolist(), texts.tolist(), many.searchsorted(begins).tolist()


def _texts_with(signs: bytes, row: bytes, firsts: Sequence[int]) -> Iterable[int]:
    """The texts in which a sign stands for which the table gives 1."""
    told = row.translate(signs)
    return dict.fromkeys(bisect_right(firsts, place) - 1 for place in _places(told)) if b"\1" in told else ()


def _places(told: bytes) -> Iterable[int]:
    place = told.find(1)
    while place >= 0:
        yield place
        place = told.find(1, place + 1)


def weighed_by_but(valences: list[float], before: int) -> list[float]:
    """Half of the first `before` of these numbers, and one and a half times the others: VADER's weighing of "but".

    It takes equal numbers for one: the second of two is left as it is, and the first is weighed twice.
    """
    weighed = [*valences]
    places: dict[float, list[int]] = {}  # where each number stands now: heaps, so that long texts take no square
    for place, valence in enumerate(weighed):
        places.setdefault(valence, []).append(place)
    for valence in weighed:  # the list changes meanwhile, as it does there
        at = heappop(places[valence])
        weighed[at] = valence * (0.5 if at < before else 1.5)
        heappush(places.setdefault(weighed[at], []), at)
    return weighed


def compounds(weighing: Weighing, emphasis: Sequence[float]) -> list[float]:
    """VADER's score of each text, from what its words count and what its "!" and "?" add: four digits."""
    unsure: Sequence[int] = range(len(emphasis))
    found = [0.0] * len(emphasis)
    if len(emphasis) >= _MANY:
        digits, near_ties = _rounded(weighing, np.array(emphasis))
        found, unsure = digits.tolist(), np.flatnonzero(near_ties).tolist()
    bounds, valences = weighing.bounds, weighing.valences
    for text in unsure:
        found[text] = compound(sum(valences[bounds[text] : bounds[text + 1]]), emphasis[text])
    return found


def _rounded(weighing: Weighing, emphasis: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The scores of many texts, and of which texts it depends on how Python's own `sum` and `round` go about it."""
    totals = np.bincount(weighing.texts, weighing.valences, len(emphasis)) if weighing.texts else emphasis * 0.0
    stressed = totals + emphasis * np.sign(totals)
    scaled = stressed / np.sqrt(stressed * stressed + _ALPHA) * 10_000
    nearest = np.rint(scaled)
    near_ties = np.abs(scaled - nearest) > _NO_TIE
    near_ties |= (np.abs(totals) < _ALMOST_NOTHING) & (np.diff(weighing.bounds) > 0)
    return nearest / 10_000, near_ties


def compound(total: float, emphasis: float = 0.0) -> float:
    """VADER's score of one text."""
    if emphasis and total:
        total += emphasis if total > 0 else -emphasis
    return round(total / sqrt(total * total + _ALPHA), 4)
