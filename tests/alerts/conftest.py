"""The mentions and alerts that the tests of telling are about."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from alerts.alert import Alert, ReadMention
from rules.reading import CustomerMatch, Intent, Reason, RuleMatch, Sentiment, Span, Urgency
from sources.post import Author, Post

sys.path.append(str(Path(__file__).parent))  # the checks and the servers that stand beside the tests

NOW = datetime(2025, 6, 3, 12, 0, tzinfo=UTC)


def mention(**changes: Any) -> ReadMention:
    """A mention by a known, angry customer; `post` takes changes of the post's fields as a dict."""
    text = "My Acme rocket exploded again. Third time! I want a refund, @acmehelp."
    post = Post(
        source="mastodon",
        instance="mastodon.social",
        external_id="1",
        url="https://mastodon.social/@jane/1?a=1&b=2",
        text=text,
        published_at=NOW - timedelta(minutes=5),
        lang="en",
        author=Author(id="7", handle="jane@mastodon.social", name="Jane D.", followers=1204),
    )
    values: dict[str, Any] = {
        "id": 1,
        "post": msgspec.structs.replace(post, **changes.pop("post", {})),
        "seen_by": ("fediverse",),
        "first_seen_at": NOW,
        "brand": "Acme",
        "spans": (Span("text", 3, 7, "Acme"),),
        "lang": "en",
        "sentiment": Sentiment(
            label="negative", score=-0.81, reasons=(Reason("exploded", "lexicon", -1.9), Reason("refund", "x", -0.4))
        ),
        "urgency": Urgency(label="high", score=0.8, reasons=(Reason("Third time", "repeated"),)),
        "intent": (Intent(label="complaint", score=0.9),),
        "topics": (),
        "story": "story-1",
        "customer": CustomerMatch(
            id="c1",
            name="Jane Doe",
            tier="gold",
            owner="Sam Reed",
            company="Doe Ltd",
            confidence=1.0,
            evidence=("mastodon:jane@mastodon.social",),
        ),
        "rules": (RuleMatch(name="angry customer", severity="high", reason="Jane (gold) wrote -0.81: 'refund'"),),
    }
    return ReadMention(**(values | changes))


def alert(lead: ReadMention | None = None, **changes: Any) -> Alert:
    lead = lead or mention()
    values: dict[str, Any] = {
        "id": 5,
        "key": lead.story or str(lead.post.key),
        "story": lead.story,
        "severity": "high",
        "brands": (lead.brand,),
        "rules": lead.rules,
        "lead": lead,
        "mentions": 1,
        "others": (),
        "created_at": NOW,
        "updated_at": NOW,
        "ticket": 12,
    }
    return Alert(**(values | changes))


@pytest.fixture(scope="session")
def make_mention() -> Callable[..., ReadMention]:
    return mention


@pytest.fixture(scope="session")
def make_alert() -> Callable[..., Alert]:
    return alert


@pytest.fixture(scope="session")
def now() -> datetime:
    return NOW
