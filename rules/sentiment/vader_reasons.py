"""Why VADER scored a text as it did: the words that counted, and what changed their weight."""

from __future__ import annotations

from rules.reading import Reason
from rules.sentiment.vader_rules import NEUTRAL, Rules, Window
from rules.sentiment.vader_scorer import Counted, Scored
from rules.sentiment.vader_words import trimmed

MOST_REASONS = 6
_NOISE = 1e-6  # what the order of sums may leave; VADER's smallest step is thousands of times larger
_OPENERS = frozenset({"kind", "sort", "just"})  # of "kind of", "sort of", "just enough"


def reasons(scored: Scored, rules: Rules) -> tuple[Reason, ...]:
    """Gives the words that counted most, strongest first, at most MOST_REASONS, in the author's spelling.

    Weights are VADER's own, after negation, boosters, capitals and "but"; their sum, with what exclamation and
    question marks add, is what its score is made of. A modifier is named only if the word counts differently
    without it.
    """
    counted = [word for word in scored.counted if word.valence]
    if len(counted) > 1:
        counted.sort(key=_weakest_last)
    return tuple([_reason(scored, rules, word) for word in counted[:MOST_REASONS]])


def _weakest_last(word: Counted) -> float:
    return -abs(word.valence)


def _reason(scored: Scored, rules: Rules, counted: Counted) -> Reason:
    at, final = counted.at, counted.valence
    if counted.window is None:
        if scored.written is None and final == counted.word.weight:
            return counted.word.alone
        why, back = ", ".join([*_as_listed(counted.before_but, final), *_by_but(counted.before_but, final)]), 0
    else:
        why, back = _explained(scored, rules, counted, counted.window)
    # a negated word is shown with its "not": alone, "happy" would be no reason for an angry post
    return Reason(" ".join(scored.shown(at - back, at + 1)), why, round(final, 2))


def _explained(scored: Scored, rules: Rules, counted: Counted, window: Window) -> tuple[str, int]:
    """Says why a word counted what it did, and how many words before it belong to it."""
    begins = window.at
    parts = _as_listed(rules.lexicon[window.words[window.at]], counted.valence)
    idiom = _idiom(window, rules, counted.before_but)
    if idiom:
        parts.append(f"read as {idiom!r}")
    else:
        for near, change in _modifiers(scored, rules, counted, window):
            parts.append(change)
            begins = min(begins, near) if change.startswith("negated") else begins
        if window.shouted and window.shouted[window.at]:
            parts.append("written in capitals")
    return ", ".join([*parts, *_by_but(counted.before_but, counted.valence)]), window.at - begins


def _as_listed(listed: float, final: float) -> list[str]:
    parts = ["positive word" if final > 0 else "negative word"]
    if not _same(final, listed):
        parts.append(f"{listed:+g} in VADER's lexicon")
    return parts


def _by_but(counted: float, final: float) -> list[str]:
    if _same(final, counted):
        return []
    return ["before 'but', counts half" if abs(final) < abs(counted) else "after 'but', counts one and a half times"]


def _same(one: float, other: float) -> bool:
    return abs(one - other) < _NOISE


def _modifiers(scored: Scored, rules: Rules, counted: Counted, window: Window) -> list[tuple[int, str]]:
    """What changed a word's weight, each with the place of its first word in the window."""
    found = []
    words, at, weight = window.words, window.at, counted.before_but
    for near in range(at):
        word = words[near]
        if word not in rules.changing and word not in _OPENERS:
            continue
        without = rules.valence(Window([*words[:near], NEUTRAL, *words[near + 1 :]], at, window.shouted))
        if _same(without, weight):
            continue
        start = counted.at - at + near
        said = trimmed(scored.tokens[start])
        if word in _OPENERS and f"{word} {words[near + 1]}" in rules.boosters:
            said = f"{said} {trimmed(scored.tokens[start + 1])}"
        if (without > 0) != (weight > 0):
            found.append((near, f"negated by {said!r}"))
        else:
            found.append((near, f"{'stronger' if abs(weight) > abs(without) else 'weaker'} by {said!r}"))
    return found


def _idiom(window: Window, rules: Rules, counted: float) -> str:
    """The phrase whose own weight VADER took in place of the word's ("the bomb"), "" if none."""
    if counted not in rules.idiom_weights:
        return ""
    nearby = f" {' '.join(window.words)} "
    for idiom, weight in rules.idioms.items():
        if f" {idiom} " in nearby and counted == weight:
            return idiom
    return ""
