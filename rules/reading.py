"""A mention, understood: what was read from it, each part with its reasons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from sources.post import Post, PostKey

SEVERITIES = ("low", "medium", "high", "critical")
Severity = Literal["low", "medium", "high", "critical"]
SentimentLabel = Literal["negative", "neutral", "positive", "unsure"]
UrgencyLabel = Literal["none", "low", "high", "critical"]


class Span(Struct, frozen=True, gc=False):
    """Where a query's word stands: characters [start, end) of the post's `field`."""

    field: Literal["title", "text"]
    start: int
    end: int
    text: str


class Mention(Struct, frozen=True, kw_only=True):
    """A post that a brand's query matched; `brand` is None where every post is read, matched or not."""

    post: Post
    brand: str | None
    spans: Sequence[Span] = ()


class Reason(Struct, frozen=True, gc=False):
    """Why a decision came out as it did: the post's own words, what they count for, and by how much."""

    text: str
    why: str
    weight: float = 0.0


class Sentiment(Struct, frozen=True, kw_only=True, gc=False):
    """What the author feels. `label` is None, with a `why`, where we have no evidence for the language."""

    label: SentimentLabel | None
    probabilities: dict[str, float] | None = None  # negative, neutral, positive; sums to 1
    score: float | None = None  # -1 (worst) to 1 (best)
    confidence: float | None = None  # 0 to 1
    reasons: Sequence[Reason] = ()
    why: str | None = None


class Urgency(Struct, frozen=True, kw_only=True):
    """How soon somebody should act. `score` runs from 0 to 1."""

    label: UrgencyLabel = "none"
    score: float = 0.0
    reasons: Sequence[Reason] = ()


class Intent(Struct, frozen=True, kw_only=True):
    """One thing the author wants or tells: complaint, question, outage, safety, legal, churn, fraud, praise, ..."""

    label: str
    score: float
    reasons: Sequence[Reason] = ()


class CustomerMatch(Struct, frozen=True, kw_only=True):
    """Which known customer the author is, how sure, on what evidence. `fields`: the directory's own columns."""

    id: str
    name: str = ""
    tier: str = ""
    owner: str = ""
    company: str = ""
    fields: dict[str, str] = {}
    confidence: float
    evidence: Sequence[str] = ()


class RuleMatch(Struct, frozen=True, kw_only=True):
    """A rule that speaks for a mention, and why in words."""

    name: str
    severity: Severity
    reason: str


class Reading(Struct, frozen=True, kw_only=True):
    """All that was understood of one mention. `story` names the posts that tell the same text."""

    key: PostKey
    brand: str | None
    spans: Sequence[Span]
    lang: str
    sentiment: Sentiment
    urgency: Urgency
    intent: Sequence[Intent]
    topics: Sequence[str]
    story: str
    customer: CustomerMatch | None
    rules: Sequence[RuleMatch]
    waits_for_answer: bool = False
    waits_because: Sequence[Reason] = ()
