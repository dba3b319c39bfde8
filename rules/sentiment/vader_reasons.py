"""Why VADER scored a text as it did: the words that counted, and what changed their weight."""

from __future__ import annotations

from rules.reading import Reason
from rules.sentiment.vader_scorer import BEFORE, Scored, Scorer

MOST_REASONS = 6
_NEUTRAL = "it"  # stands in for a modifier to see what the word counts without it
_OPENERS = frozenset({"kind", "sort", "just"})  # of "kind of", "sort of", "just enough"


def reasons(scored: Scored, scorer: Scorer) -> tuple[Reason, ...]:
    """Gives the words that counted most, strongest first, at most MOST_REASONS, in the author's spelling.

    Weights are VADER's own, after negation, boosters, capitals and "but"; their sum, with what exclamation and
    question marks add, is what its score is made of. A modifier is named only if the word counts differently
    without it.
    """
    counted = [at for at, valence in enumerate(scored.valences) if valence]
    strongest = sorted(counted, key=lambda at: (-abs(scored.valences[at]), at))[:MOST_REASONS]
    return tuple(_reason(scored, scorer, at) for at in strongest)


def _reason(scored: Scored, scorer: Scorer, at: int) -> Reason:
    word = scored.words[at]
    final = scored.valences[at]
    counted = scored.counted[at]
    listed = scorer.lexicon[word.lower()]
    begins = at  # a negated word is shown with its "not": alone, "happy" would be no reason for an angry post
    parts = [f"{'positive' if final > 0 else 'negative'} word"]
    if round(final, 3) != round(listed, 3):
        parts.append(f"{listed:+g} in VADER's lexicon")
    idiom = _idiom(scored, scorer, at, counted)
    if idiom:
        parts.append(f"read as {idiom!r}")
    else:
        for near, change in _modifiers(scored, scorer, at, counted):
            parts.append(change)
            begins = min(begins, near) if change.startswith("negated") else begins
        if scored.capitals_differ and word.isupper():
            parts.append("written in capitals")
    if round(final, 6) != round(counted, 6):
        parts.append(
            "before 'but', counts half" if abs(final) < abs(counted) else "after 'but', counts one and a half times"
        )
    return Reason(text=" ".join(scored.shown[begins : at + 1]), why=", ".join(parts), weight=round(final, 2))


def _modifiers(scored: Scored, scorer: Scorer, at: int, counted: float) -> list[tuple[int, str]]:
    """What changed a word's weight, each with the place of its first word."""
    found = []
    for near in range(max(0, at - BEFORE), at):
        word = scored.words[near]
        lowered = word.lower()
        if not (lowered in scorer.boosters or lowered in scorer.negations or lowered in _OPENERS or "n't" in lowered):
            continue
        without = [*scored.words[:near], _NEUTRAL, *scored.words[near + 1 : at + BEFORE]]
        alone = scorer.valence(without, at, scored.capitals_differ)
        if round(alone, 6) == round(counted, 6):
            continue
        if lowered in _OPENERS:
            word = " ".join(scored.words[near : near + 2])
        if (alone > 0) != (counted > 0):
            found.append((near, f"negated by {word!r}"))
        else:
            found.append((near, f"{'stronger' if abs(counted) > abs(alone) else 'weaker'} by {word!r}"))
    return found


def _idiom(scored: Scored, scorer: Scorer, at: int, counted: float) -> str:
    """The phrase whose own weight VADER took in place of the word's ("the bomb"), "" if none."""
    if counted not in scorer.idiom_weights:
        return ""
    nearby = f" {' '.join(scored.words[max(0, at - BEFORE) : at + BEFORE]).lower()} "
    for idiom, weight in scorer.idioms.items():
        if f" {idiom} " in nearby and counted == weight:
            return idiom
    return ""
