"""Makes a Sentiment of the probabilities that an analyzer gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from rules.reading import Reason, Sentiment

Feeling = Literal["negative", "neutral", "positive"]
LABELS: tuple[Feeling, ...] = ("negative", "neutral", "positive")
SURE = 0.40
"""A label needs this probability; else the text is `unsure`, as in listener's own reader."""


def sentiment_of(shares: Mapping[Feeling, float], reasons: Sequence[Reason], why: str | None) -> Sentiment:
    """Gives the Sentiment of three probabilities, which need not sum to 1. Raises ValueError where they are none."""
    total = sum(shares.get(label, 0.0) for label in LABELS)
    if not 0.0 < total < float("inf") or any(shares.get(label, 0.0) < 0.0 for label in LABELS):
        raise ValueError(f"{dict(shares)} are no probabilities")
    low, high = (round(shares.get(label, 0.0) / total, 4) for label in ("negative", "positive"))
    said: dict[str, float] = {"negative": low, "neutral": round(1.0 - low - high, 4), "positive": high}
    best = max(LABELS, key=said.__getitem__)
    return Sentiment(
        label=best if said[best] >= SURE else "unsure",
        probabilities=said,
        score=round(high - low, 4),
        confidence=said[best],
        reasons=tuple(reasons),
        why=why,
    )
