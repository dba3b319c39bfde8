"""How a reading is kept: a few columns to look for, and the whole as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Row

from alerts.alert import ReadMention
from rules.analysis import Read
from rules.reading import CustomerMatch, Intent, Reason, RuleMatch, Sentiment, Span, Urgency
from sources.post import Author, Engagement, Post


class KeptReading(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was understood of a mention, without what stands in columns beside it.

    `decided`: a person's word made `customer` what it is, and the evidence alone gave `found`. `may_match`: whether
    the author might be matched with customers when it was read.
    """

    spans: tuple[Span, ...]
    sentiment: Sentiment
    urgency: Urgency
    intent: tuple[Intent, ...]
    topics: tuple[str, ...]
    customer: CustomerMatch | None
    rules: tuple[RuleMatch, ...]
    decided: bool = False
    found: CustomerMatch | None = None
    may_match: bool = True
    waits_for_answer: bool = False  # kept before this was read: false
    waits_because: tuple[Reason, ...] = ()


_encode = msgspec.json.Encoder().encode
_decode_reading = msgspec.json.Decoder(KeptReading).decode
_decode_author = msgspec.json.Decoder(Author).decode
_decode_engagement = msgspec.json.Decoder(Engagement).decode


def to_json(value: object) -> str:
    """A struct as the `*_json` columns hold it."""
    return _encode(value).decode()


READING_COLUMNS = ("lang", "label", "score", "urgency", "customer_id", "own", "reading_json")
"""The columns of MENTION that a reading fills."""


def reading_values(read: Read) -> tuple[Any, ...]:
    """What a reading fills READING_COLUMNS with."""
    reading = read.reading
    customer = reading.customer
    kept = KeptReading(
        spans=tuple(reading.spans),
        sentiment=reading.sentiment,
        urgency=reading.urgency,
        intent=tuple(reading.intent),
        topics=tuple(reading.topics),
        customer=customer,
        rules=tuple(reading.rules),
        decided=read.decided,
        found=read.found,
        may_match=read.may_match,
        waits_for_answer=reading.waits_for_answer,
        waits_because=tuple(reading.waits_because),
    )
    return (
        reading.lang,
        reading.sentiment.label or "",
        reading.sentiment.score,
        reading.urgency.label,
        customer.id if customer else "",
        read.own,
        to_json(kept),
    )


def found_customer(reading_json: str) -> str:
    """The customer whom the evidence alone found, "" for nobody."""
    kept = _decode_reading(reading_json)
    found = kept.found if kept.decided else kept.customer
    return found.id if found else ""


def without_words(reading_json: str) -> str:
    """The reading with its verdicts, but nothing that the author wrote and nobody's name."""
    kept = _decode_reading(reading_json)
    bare = KeptReading(
        spans=(),
        sentiment=replace(kept.sentiment, reasons=()),
        urgency=replace(kept.urgency, reasons=()),
        intent=tuple(replace(intent, reasons=()) for intent in kept.intent),
        topics=kept.topics,
        customer=None,
        rules=tuple(replace(rule, reason="") for rule in kept.rules),
        waits_for_answer=kept.waits_for_answer,
    )
    return to_json(bare)


def engagement_of(row: Row[Any]) -> Engagement:
    """The engagement of a row of POST."""
    return _decode_engagement(row.engagement_json)


def author_of(row: Row[Any]) -> Author:
    """The author of a row of POST."""
    return _decode_author(row.author_json)


def new_mention(
    number: int, read: Read, post: Post, story: str, seen_by: str, now: datetime, first_reading: bool
) -> ReadMention:
    """A mention of a post that was kept just now too, from what was read: it tells what `read_mention` would."""
    reading = read.reading
    return ReadMention(
        id=number,
        post=post,
        seen_by=(seen_by,),
        first_seen_at=now,
        brand=str(reading.brand),
        spans=tuple(reading.spans),
        lang=reading.lang,
        sentiment=reading.sentiment,
        urgency=reading.urgency,
        intent=tuple(reading.intent),
        topics=tuple(reading.topics),
        story=story,
        customer=reading.customer,
        rules=tuple(reading.rules),
        own=read.own,
        first_reading=first_reading,
        waits_for_answer=reading.waits_for_answer,
        waits_because=tuple(reading.waits_because),
    )


def read_mention(row: Row[Any], seen_by: Sequence[str]) -> ReadMention:
    """A row of MENTION joined with POST (labels of `mentions.columns`) as everybody else knows it."""
    kept = _decode_reading(row.reading_json)
    post = Post(
        source=row.source,
        instance=row.instance,
        external_id=row.external_id,
        url=row.url,
        title=row.title,
        text=row.text,
        published_at=row.published_at,
        lang=row.post_lang,
        author=author_of(row),
        engagement=engagement_of(row),
        in_reply_to=row.in_reply_to,
        kind=row.kind,
    )
    return ReadMention(
        id=row.id,
        post=post,
        seen_by=tuple(seen_by),
        first_seen_at=row.first_seen_at,
        brand=row.brand,
        spans=kept.spans,
        lang=row.lang,
        sentiment=kept.sentiment,
        urgency=kept.urgency,
        intent=kept.intent,
        topics=kept.topics,
        story=row.story,
        customer=kept.customer,
        rules=kept.rules,
        own=row.own,
        first_reading=row.first_reading,
        held=row.held,
        mark=row.mark,
        waits_for_answer=kept.waits_for_answer,
        waits_because=kept.waits_because,
    )
