"""Why VADER scored a text as it did: the words that counted, and what changed their weight."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from msgspec import Struct

from rules.reading import Reason
from rules.sentiment.vader_effects import NO_EFFECT, Effect
from rules.sentiment.vader_rules import after
from rules.sentiment.vader_scored import Batch
from rules.sentiment.vader_words import trimmed

MOST_REASONS = 6
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
    order = np.lexsort((-np.abs(weighing.valences), weighing.owners))
    ranks = np.arange(len(order)) - weighing.bounds.take(weighing.owners)
    named = order[(ranks < MOST_REASONS) & (weighing.valences.take(order) != 0.0)]
    texts, places = weighing.owners.take(named), weighing.places.take(named)
    weights = weighing.weights.take(named)
    written = batch.words.written(texts, places)
    found = list(map(_as_listed, written, weights.tolist()))
    for number in np.flatnonzero(weighing.changed.take(named)).tolist():
        found[number] = _changed(batch, int(named[number]), written[number])
    ends = np.bincount(texts, minlength=len(batch.compounds)).cumsum().tolist()
    return [tuple(found[start:end]) for start, end in zip([0, *ends], ends, strict=False)]


def _as_listed(token: str, weight: float) -> Reason:
    return Reason(trimmed(token), "positive word" if weight > 0 else "negative word", weight)


def _changed(batch: Batch, number: int, token: str) -> Reason:
    weighing = batch.weighing
    text, at = int(weighing.owners[number]), int(weighing.places[number])
    account = _account(
        weighing.effects.get(number, NO_EFFECT),
        float(weighing.weights[number]),
        float(weighing.unweighed[number]),
        float(weighing.valences[number]),
    )
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
    opening = "positive word" if valence > 0 else "negative word"
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
