"""What the author of a post wants or tells: complaint, question, outage, danger, ..."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rules.patterns.find import Found, Hit, find
from rules.patterns.folding import fold
from rules.reading import Intent, Reason

LABELS = (
    "safety",
    "security",
    "legal",
    "fraud",
    "outage",
    "press",
    "churn",
    "complaint",
    "question",
    "purchase",
    "praise",
    "spam",
    "job",
)
"""All intents, the gravest first."""

MOST_REASONS = 4
_WORTH_TELLING = 0.3
_OVERRULES = 0.6  # a post that sells or hires this clearly has no customer's voice
_JEST = 0.5  # what danger weighs in a post that laughs

_QUESTION_MARKS = "?؟"
_MAY_ASK = re.compile("[?؟⁇⁈⁉︖﹖？]")  # all characters that fold to a question mark, or to several
_LAUGHS = re.compile(
    r"\b(?:lol|lmao|lmfao|rofl|ha(?:ha)+|he(?:he)+|jk|just kidding|joking)\b|[😂🤣😹😆]|হাহা|হা হা", re.IGNORECASE
)
_GRAVE = frozenset({"safety", "security", "legal", "fraud"})


def read_intents(text: str, lang: str, found: Found | None = None) -> list[Intent]:
    """Gives what `text` wants or tells, surest first, each with the words that say so. Never raises.

    `found`: what `find` gave for the same, to spare another look.

    A score is 1 - the product of (1 - weight) over the different things found for a label, at most 0.99: each
    piece of evidence closes part of the gap to certainty. What repeats a weightier find counts for nothing.
    """
    if found is None:
        found = find(text, lang)
    asked = _asks(text)
    if not found and not asked:
        return []
    scores: dict[str, float] = {}
    hits = {label: _apart(found[label]) for label in found}
    for label in LABELS:
        gap = 1.0
        for hit in hits.get(label, ()):
            gap *= 1.0 - hit.group.weight
        if asked and label == "question":
            gap = min(gap, 0.4)
        if gap < 1.0:
            scores[label] = 1.0 - gap
    _settle(scores, text)
    intents = [
        Intent(label=label, score=min(round(score, 2), 0.99), reasons=_reasons(label, hits.get(label, ()), asked))
        for label, score in scores.items()
        if score >= _WORTH_TELLING
    ]
    return sorted(intents, key=lambda intent: -intent.score)  # stable: equal scores keep the gravest first


def _settle(scores: dict[str, float], text: str) -> None:
    """Lets one reading weigh on another: sales talk and job offers borrow words that would alarm elsewhere."""
    if scores.get("job", 0.0) >= _OVERRULES or scores.get("spam", 0.0) >= _OVERRULES:
        for label in scores:
            if label not in {"job", "spam"}:
                scores[label] = 0.0
        return
    grave = _GRAVE.intersection(scores)
    if grave and _LAUGHS.search(text):
        for label in grave:
            scores[label] *= _JEST


def _asks(text: str) -> bool:
    if not ("?" in text if text.isascii() else _MAY_ASK.search(text)):
        return False
    said = fold(text)  # without addresses, which may hold a question mark too
    return any(mark in said for mark in _QUESTION_MARKS)


def _apart(hits: Sequence[Hit]) -> list[Hit]:
    """The weightiest first, without those that repeat a weightier one."""
    if len(hits) == 1:
        return list(hits)
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda hit: -hit.group.weight):
        if not any(_repeats(hit, other) for other in kept):
            kept.append(hit)
    return kept


def _repeats(one: Hit, other: Hit) -> bool:
    """Whether two finds are one piece of evidence: they share words, and mean the same or are the same."""
    if one.end <= other.start or other.end <= one.start:
        return False
    return one.group.meaning == other.group.meaning or (one.start, one.end) == (other.start, other.end)


def _reasons(label: str, hits: Sequence[Hit], asked: bool) -> tuple[Reason, ...]:
    reasons = [
        Reason(text=hit.text, why=f"{label}: {hit.group.meaning}", weight=hit.group.weight)
        for hit in hits[:MOST_REASONS]
    ]
    if label == "question" and asked and not reasons:
        reasons.append(Reason(text="?", why="question: ends in a question mark", weight=0.6))
    return tuple(reasons)
