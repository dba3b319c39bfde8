"""What is told: an alert, the mentions behind it, and the intent that makes or grows one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct

from rules.customer_standing import CustomerStanding
from rules.reading import CustomerMatch, Intent, Reason, RuleMatch, Sentiment, Severity, Span, Urgency
from rules.timeline import Entry
from sources.post import Post


class ReadMention(Struct, frozen=True, kw_only=True):
    """A kept mention with its reading: what the store gives back and what people are shown."""

    id: int
    post: Post
    seen_by: Sequence[str]
    first_seen_at: datetime
    brand: str
    spans: Sequence[Span]
    lang: str
    sentiment: Sentiment
    urgency: Urgency
    intent: Sequence[Intent]
    topics: Sequence[str]
    story: str
    customer: CustomerMatch | None
    rules: Sequence[RuleMatch]
    own: bool = False  # written by one of the brand's own accounts
    first_reading: bool = False  # came with the very first reading of its source
    held: str = ""  # why rules spoke and nobody was told
    mark: str = ""  # what a person said of it: noise, negative, neutral, positive, wrong-customer
    waits_for_answer: bool = False
    waits_because: Sequence[Reason] = ()


AlertKind = Literal["mention", "spike"]
"""What an alert is about: a story that somebody tells, or how much is said of a brand."""


class AlertIntent(Struct, frozen=True, kw_only=True):
    """That somebody should be told of a mention: makes the alert of `key`, or grows it.

    One story, one alert: `key` is the story. `channels` and `tickets` gather what the rules that spoke ask for.
    """

    key: str
    story: str
    severity: Severity
    brand: str
    mention_id: int
    rules: Sequence[RuleMatch]
    channels: Sequence[str]
    tickets: Sequence[str] = ()  # desks: "builtin", or the name of a configured one
    kind: AlertKind = "mention"
    followers: int = 0  # of the mention's author, where the service tells it


class Alert(Struct, frozen=True, kw_only=True):
    """An alert as it stands: its leading mention, and how far the story has grown."""

    id: int
    key: str
    story: str
    severity: Severity
    brands: Sequence[str]
    rules: Sequence[RuleMatch]  # of the most severe mention first
    lead: ReadMention
    mentions: int  # how many mentions it stands for, the lead among them
    others: Sequence[str]  # links of the newest others, at most ten
    created_at: datetime
    updated_at: datetime
    ticket: int | None = None
    standing: CustomerStanding | None = None  # how the customer stood when it last grew; None: nobody known
    last_contacts: Sequence[Entry] = ()  # with the customer, before this story; the newest first
    kind: AlertKind = "mention"
    reach: int = 0  # followers of all its authors whose number is known, each author once
