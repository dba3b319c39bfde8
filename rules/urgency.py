"""How soon somebody should act on a post."""

from __future__ import annotations

from collections.abc import Iterable

from rules.patterns.find import Found, find
from rules.reading import Intent, Reason, Urgency, UrgencyLabel

WEIGHTS = {
    "safety": 0.95,
    "security": 0.70,
    "legal": 0.65,
    "fraud": 0.60,
    "outage": 0.60,
    "press": 0.55,
    "churn": 0.45,
    "complaint": 0.40,
    "question": 0.10,
    "purchase": 0.10,
}
"""How much each intent, when certain, presses for an answer; one that is not named does not."""

HASTE = 0.5  # what "urgent" and "third time" count, when certain, beside something to act on
CRITICAL, HIGH, LOW = 0.80, 0.45, 0.15
MOST_REASONS = 6
_NONE = Urgency()
_QUIET = frozenset({"spam", "job"})


def read_urgency(text: str, lang: str, intents: Iterable[Intent], found: Found | None = None) -> Urgency:
    """Gives how urgent a post is from its `intents` and its words of haste. Never raises.

    `found`: what `find` gave for the same text and language, to spare another look.

    The score is 1 - the product of (1 - weight x score) over the intents and the haste found, so that one grave
    thing or several lesser ones make a post urgent: from 0.15 low, from 0.45 high, from 0.80 critical. Offers and
    job advertisements are never urgent.
    """
    known = list(intents)
    if found is None:
        found = find(text, lang)
    if not known and not found:
        return _NONE
    if any(intent.label in _QUIET for intent in known):
        return Urgency()
    gap = 1.0
    reasons: list[Reason] = []
    for intent in known:
        share = WEIGHTS.get(intent.label, 0.0) * intent.score
        if share:
            gap *= 1.0 - share
            said = intent.reasons[0] if intent.reasons else Reason(text="", why=intent.label)
            reasons.append(Reason(text=said.text, why=said.why, weight=round(share, 2)))
    for hit in found.get("urgent", ()):
        share = HASTE * hit.group.weight
        gap *= 1.0 - share
        reasons.append(Reason(text=hit.text, why=f"urgent: {hit.group.meaning}", weight=round(share, 2)))
    score = round(1.0 - gap, 2)
    if score < LOW:
        return Urgency(score=score)
    reasons.sort(key=lambda reason: -reason.weight)
    return Urgency(label=_label(score), score=score, reasons=tuple(reasons[:MOST_REASONS]))


def _label(score: float) -> UrgencyLabel:
    if score >= CRITICAL:
        return "critical"
    return "high" if score >= HIGH else "low"
