"""Why VADER scored a text as it did: the words that counted, and what changed their weight."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from msgspec import Struct

from rules.reading import Reason
from rules.sentiment.vader_effects import NO_EFFECT, Effect
from rules.sentiment.vader_rules import after
from rules.sentiment.vader_scorer import Scored
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


def reasons(scored: Scored) -> tuple[Reason, ...]:
    """Gives the words that counted most, strongest first, at most MOST_REASONS, in the author's spelling.

    Weights are VADER's own, after negation, boosters, capitals and "but"; their sum, with what exclamation and
    question marks add, is what its score is made of. A modifier is named only if the word counts differently
    without it.
    """
    valences, written, places = scored.valences, scored.written, scored.places
    order: Sequence[int] = (0,) if valences else ()
    if len(valences) > 1:
        strengths = [-abs(valence) for valence in valences]
        order = sorted(range(len(valences)), key=strengths.__getitem__)[:MOST_REASONS]
    if valences is scored.weights:  # nothing changed any of them
        return tuple([_as_listed(written[places[number]], valences[number]) for number in order])
    return tuple([_changed(scored, number) for number in order if valences[number]])


def _as_listed(token: str, weight: float) -> Reason:
    return Reason(trimmed(token), "positive word" if weight > 0 else "negative word", weight)


def _changed(scored: Scored, number: int) -> Reason:
    at, valence, weight = scored.places[number], scored.valences[number], scored.weights[number]
    effect = scored.effects[number] if scored.effects else NO_EFFECT
    if effect is NO_EFFECT and valence == weight:
        return _as_listed(scored.written[at], weight)
    return _told(_account(effect, weight, scored.unweighed[number], valence), scored.words, scored.written, at)


def _told(account: _Account, words: list[str], written: list[str], at: int) -> Reason:
    why = account.opening
    for does, back, length in account.said:
        said = (
            trimmed(words[at - back]) if length == 1 else " ".join(map(trimmed, words[at - back : at - back + length]))
        )
        why += f", {does} by {said!r}"
    shown = " ".join(map(trimmed, written[at - account.back : at + 1])) if account.back else trimmed(written[at])
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
