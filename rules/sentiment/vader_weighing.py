"""Weighs the words of many texts as VADER does, from the signs of all of them as one array.

One word in ten counts, one in a hundred is changed by its neighbours: those alone are looked at one by one.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from math import sqrt

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from rules.sentiment.vader_effects import NO_EFFECT, Effect, Effects
from rules.sentiment.vader_rules import BEFORE, after
from rules.sentiment.vader_signs import LOUD, Alphabet

_NO_TIE = 0.499_999
_ALMOST_NOTHING = 1e-9  # on which side of zero a sum lies depends on how it was added up
_ALPHA = 15  # of VADER's `normalize`
_CHANGES, _IS_LOUD = 1 << 40, (1 << 32) + (1 << 24)  # beside the signs of the words before, which are 24 bits
_ONE_CHANGES = 1 << 32


class Weighing(Struct, frozen=True):
    """What words count: a number for each that does by itself; text n has those from `bounds[n]` to `bounds[n + 1]`."""

    bounds: NDArray[np.int64]
    owners: NDArray[np.int64]  # which text it is of
    places: NDArray[np.int64]  # which of its words it is
    weights: NDArray[np.float64]  # what the lexicon says
    effects: dict[int, Effect]  # what neighbours do to some of them
    unweighed: NDArray[np.float64]  # what that leaves
    valences: NDArray[np.float64]  # the same after VADER weighed "but"

    @property
    def says_something(self) -> NDArray[np.bool_]:
        """In which texts some word counts."""
        return np.asarray(self.bounds[1:] > self.bounds[:-1])

    @property
    def changed(self) -> NDArray[np.bool_]:
        """Which words do not simply count what the lexicon says."""
        changed: NDArray[np.bool_] = self.valences != self.weights
        changed[[*self.effects]] = True
        return changed


class WordWeigher:
    """VADER's rules on rows of signs."""

    def __init__(self, alphabet: Alphabet, effects: Effects) -> None:
        self._alphabet = alphabet
        self._effects = effects
        self._counting = np.frombuffer(alphabet.counting, np.bool_)
        self._weights = np.array(list(map(alphabet.weight, range(256))))
        near = np.frombuffer(alphabet.near, np.uint8)
        plain, not_phrasal = (
            np.isin(near, np.frombuffer(of, np.uint8)) for of in (alphabet.plain, alphabet.not_phrasal)
        )
        self._phrasal = ~not_phrasal
        self._before = near.astype(np.int64) + np.where(plain, 0, _CHANGES)

    def weigh(self, signs: NDArray[np.uint8], firsts: NDArray[np.int64], words: Callable[[int], list[str]]) -> Weighing:
        """Weighs texts whose words have these signs; text n begins with word `firsts[n]`."""
        signs = self._heard(signs, firsts, words)
        at = np.flatnonzero(self._counting.take(signs))
        owners = _texts(firsts, at)
        found = _Found(signs, firsts, at, firsts.take(owners), at.searchsorted(firsts), signs.tobytes())
        weights = self._weights.take(signs.take(at))
        effects = self._effects_on(found)
        unweighed = weights
        if effects:
            unweighed = weights.copy()
            for number, effect in effects.items():
                unweighed[number] = after(effect.steps, float(weights[number]))
        valences = self._weighed_by_but(found, unweighed)
        return Weighing(found.bounds, owners, at - found.begins, weights, effects, unweighed, valences)

    def _heard(
        self, signs: NDArray[np.uint8], firsts: NDArray[np.int64], words: Callable[[int], list[str]]
    ) -> NDArray[np.uint8]:
        """The signs without those of words in capitals in texts in which nothing but capitals stands."""
        loud = np.flatnonzero(signs >= LOUD)
        if not len(loud):
            return signs
        heard = signs.copy()
        for text in np.unique(_texts(firsts, loud)).tolist():
            spoken = words(text)
            if sum(map(str.isupper, spoken)) == len(spoken):
                row = heard[firsts[text] : firsts[text + 1]]
                row[:] = np.frombuffer(row.tobytes().translate(self._alphabet.calm), np.uint8)
        return heard

    def _effects_on(self, found: _Found) -> dict[int, Effect]:
        """What neighbours do to words, by number; words to which they do nothing are left out."""
        effects = self._effects_in_phrases(found)
        signs, at = found.signs, found.at
        keys = np.where(signs.take(at) >= LOUD, _IS_LOUD, 0)
        before = at - found.begins
        for back in range(1, BEFORE + 1):
            near = self._before.take(signs.take(at - back, mode="clip"))
            keys += np.where(before >= back, near, 0) << (8 * (back - 1))
        changed = [number for number in np.flatnonzero(keys >= _ONE_CHANGES).tolist() if number not in effects]
        told = self._effects.of_words_before(
            keys.take(changed).tolist(), found.row, at.take(changed).tolist(), found.begins.take(changed).tolist()
        )
        effects.update(zip(changed, told, strict=True))
        return {number: effect for number, effect in effects.items() if effect is not NO_EFFECT}

    def _effects_in_phrases(self, found: _Found) -> dict[int, Effect]:
        """What happens to all words of the texts in which phrases stand."""
        effects: dict[int, Effect] = {}
        phrasal = np.flatnonzero(self._phrasal.take(found.signs))
        for text in np.unique(_texts(found.firsts, phrasal)).tolist():
            first, last = found.bounds[text : text + 2].tolist()
            if first < last:
                begin, end = found.firsts[text : text + 2].tolist()
                told = self._effects.in_text(found.row[begin:end], (found.at[first:last] - begin).tolist())
                effects.update(enumerate(told or (), first))
        return effects

    def _weighed_by_but(self, found: _Found, unweighed: NDArray[np.float64]) -> NDArray[np.float64]:
        buts = np.flatnonzero(found.signs == self._alphabet.but)
        texts, which = np.unique(_texts(found.firsts, buts), return_index=True)
        valences = unweighed
        for text, but in zip(texts.tolist(), buts.take(which).tolist(), strict=True):
            first, last = found.bounds[text : text + 2].tolist()
            if first < last:
                valences = unweighed.copy() if valences is unweighed else valences
                before = bisect_left(found.at[first:last].tolist(), but)
                valences[first:last] = weighed_by_but(unweighed[first:last].tolist(), before)
        return valences


class _Found(Struct):
    """Where in texts the words stand that count; `begins`: where the text of each begins."""

    signs: NDArray[np.uint8]
    firsts: NDArray[np.int64]
    at: NDArray[np.int64]
    begins: NDArray[np.int64]
    bounds: NDArray[np.int64]
    row: bytes


def _texts(firsts: NDArray[np.int64], words: NDArray[np.int64]) -> NDArray[np.int64]:
    """Which text each of these words stands in."""
    return firsts.searchsorted(words, "right") - 1


def weighed_by_but(valences: list[float], before: int) -> list[float]:
    """Half of the first `before` of these numbers, and one and a half times the others: VADER's weighing of "but".

    It takes equal numbers for one: the second of two is left as it is, and the first is weighed twice.
    """
    weighed = [*valences]
    for valence in weighed:  # the list changes meanwhile, as it does there
        at = weighed.index(valence)
        weighed[at] = valence * (0.5 if at < before else 1.5)
    return weighed


def compounds(weighing: Weighing, emphasis: NDArray[np.float64]) -> NDArray[np.float64]:
    """VADER's score of each text, from what its words count and what its "!" and "?" add: four digits."""
    bounds = weighing.bounds
    totals = np.bincount(weighing.owners, weighing.valences, len(emphasis))
    stressed = totals + emphasis * np.sign(totals)
    scaled = stressed / np.sqrt(stressed * stressed + _ALPHA) * 10_000
    nearest = np.rint(scaled)
    found = nearest / 10_000
    unsure = np.abs(scaled - nearest) > _NO_TIE
    unsure |= (np.abs(totals) < _ALMOST_NOTHING) & weighing.says_something
    for text in np.flatnonzero(unsure).tolist():  # what Python's own `sum` and `round` make of it
        found[text] = compound(sum(weighing.valences[bounds[text] : bounds[text + 1]].tolist()), float(emphasis[text]))
    return found


def compound(total: float, emphasis: float = 0.0) -> float:
    """VADER's score of one text."""
    if emphasis and total:
        total += emphasis if total > 0 else -emphasis
    return round(total / sqrt(total * total + _ALPHA), 4)
