"""Why VADER scored a text as it did: the words that counted, and what changed their weight."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import numpy as np
from msgspec import Struct

from rules.reading import Reason
from rules.sentiment.vader_effects import NO_EFFECT, Effect
from rules.sentiment.vader_rules import after
from rules.sentiment.vader_scored import Batch
from rules.sentiment.vader_weighing import Weighing
from rules.sentiment.vader_words import trimmed

MOST_REASONS = 6
_POSITIVE, _NEGATIVE = "positive word", "negative word"
_MANY = 100  # words: to sort arrays takes less time than a loop
_NOISE = 1e-6  # what the order of sums may leave; VADER's smallest step is thousands of times larger


class _Account(Struct, frozen=True, gc=False):
    """What there is to say about any word of some weight in some row; what the author said goes in between."""

    opening: str
    said: tuple[tuple[str, int, int], ...]  # what it does, how many words before the word it begins, how many it has
    closing: str
    back: int  # how many words before the word belong to it
    weight: float


def reasons(batch: Batch) -> list[tuple[Reason, ...]]:
    """Gives for each text the words that counted most, strongest first, at most MOST_REASONS, in its author's spelling.

    Weights are VADER's own, after negation, boosters, capitals and "but"; their sum, with what exclamation and
    question marks add, is what its score is made of. A modifier is named only if the word counts differently
    without it.
    """
    weighing = batch.weighing
    weights, valences, effects = weighing.weights, weighing.valences, weighing.effects
    named, ends = _strongest(weighing)
    words, texts = weighing.words, weighing.texts
    written = batch.words.written([words[number] for number in named], [texts[number] for number in named])
    found = [
        Reason(trimmed(token), _POSITIVE if weights[number] > 0 else _NEGATIVE, weights[number])
        if number not in effects and valences[number] == weights[number]
        else _changed(batch, number, token)
        for number, token in zip(named, written, strict=True)
    ]
    return [tuple(found[start:end]) for start, end in pairwise([0, *ends])]


def _strongest(weighing: Weighing) -> tuple[list[int], list[int]]:
    """Which words are named of all texts, and where those of each text end among them."""
    if len(weighing.valences) >= _MANY:
        return _strongest_of_many(weighing)
    valences = weighing.valences
    strengths = [-abs(valence) for valence in valences]
    named: list[int] = []
    ends: list[int] = []
    for first, last in pairwise(weighing.bounds):
        order = sorted(range(first, last), key=strengths.__getitem__)[:MOST_REASONS]
        named += [number for number in order if valences[number]]
        ends.append(len(named))
    return named, ends


def _strongest_of_many(weighing: Weighing) -> tuple[list[int], list[int]]:
    texts, strengths = np.array(weighing.texts), np.abs(np.array(weighing.valences))
    order = np.lexsort((-strengths, texts))
    ranks = np.arange(len(order)) - np.array(weighing.bounds).take(texts)
    named = order[(ranks < MOST_REASONS) & (strengths.take(order) > 0.0)]
    ends = np.bincount(texts.take(named), minlength=len(weighing.bounds) - 1).cumsum()
    return named.tolist(), ends.tolist()


def _changed(batch: Batch, number: int, token: str) -> Reason:
    weighing = batch.weighing
    text = weighing.texts[number]
    at = weighing.words[number] - weighing.firsts[text]
    effect = weighing.effects.get(number, NO_EFFECT)
    account = _account(effect, weighing.weights[number], weighing.unweighed[number], weighing.valences[number])
    if not account.said:
        return Reason(trimmed(token), account.opening + account.closing, account.weight)
    words, written = batch.words.of(text)
    why = account.opening
    for does, back, length in account.said:
        said = " ".join(map(trimmed, words[at - back : at - back + length]))
        why += f", {does} by {said!r}"
    shown = " ".join(map(trimmed, written[at - account.back : at + 1]))
    return Reason(shown, why + account.closing, account.weight)


@lru_cache(maxsize=8_192)
def _account(effect: Effect, listed: float, unweighed: float, valence: float) -> _Account:
    opening = _POSITIVE if valence > 0 else _NEGATIVE
    if not _same(valence, listed):
        opening += f", {listed:+g} in VADER's lexicon"
    said: list[tuple[str, int, int]] = []
    closing = ""
    idiom = next((idiom for idiom, weight in effect.idioms if unweighed == weight), None)
    if idiom:
        closing = f", read as {idiom!r}"
    else:
        for modifier in effect.modifiers:
            without = after(modifier.without, listed)
            if not _same(without, unweighed):
                said.append((_does(without, unweighed), modifier.back, modifier.words))
        if effect.capitals:
            closing = ", written in capitals"
    if not _same(valence, unweighed):
        half = abs(valence) < abs(unweighed)
        closing += ", before 'but', counts half" if half else ", after 'but', counts one and a half times"
    # a negated word is shown with its "not": alone, "happy" would be no reason for an angry post
    back = max((back for does, back, _ in said if does == "negated"), default=0)
    return _Account(opening, tuple(said), closing, back, round(valence, 2))


def _does(without: float, valence: float) -> str:
    if (without > 0) != (valence > 0):
        return "negated"
    return "stronger" if abs(valence) > abs(without) else "weaker"


def _same(one: float, other: float) -> bool:
    return abs(one - other) < _NOISE
