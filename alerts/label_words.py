"""What the labels of readings are called where people read them."""

from __future__ import annotations

from alerts.language import ENGLISH, Language, msgid
from rules.reading import Severity

_SEVERITIES: dict[str, str] = {
    "critical": msgid("Critical"),
    "high": msgid("High"),
    "medium": msgid("Medium"),
    "low": msgid("Low"),
}
_FEELINGS = {
    "negative": msgid("negative"),
    "neutral": msgid("neutral"),
    "positive": msgid("positive"),
    "unsure": msgid("unsure"),
    "unread": msgid("language not read"),
}
_URGENCIES = {"critical": msgid("critical"), "high": msgid("high"), "low": msgid("low"), "none": msgid("none")}
_INTENTS = {
    "safety": msgid("safety"),
    "security": msgid("security"),
    "legal": msgid("legal"),
    "fraud": msgid("fraud"),
    "outage": msgid("outage"),
    "press": msgid("press"),
    "churn": msgid("churn"),
    "complaint": msgid("complaint"),
    "question": msgid("question"),
    "purchase": msgid("purchase"),
    "praise": msgid("praise"),
    "spam": msgid("spam"),
    "job": msgid("job"),
}


def severity_word(severity: Severity, words: Language = ENGLISH) -> str:
    """Gives "High"."""
    return words.say(_SEVERITIES[severity])


def feeling_word(label: str, words: Language = ENGLISH) -> str:
    """Gives "negative"; "unread" is called "language not read"."""
    return _said(_FEELINGS, label, words)


def urgency_word(label: str, words: Language = ENGLISH) -> str:
    """Gives "high"."""
    return _said(_URGENCIES, label, words)


def intent_word(label: str, words: Language = ENGLISH) -> str:
    """Gives "complaint"."""
    return _said(_INTENTS, label, words)


def _said(named: dict[str, str], label: str, words: Language) -> str:
    """A label that another package brought stands as it is."""
    name = named.get(label)
    return label if name is None else words.say(name)
