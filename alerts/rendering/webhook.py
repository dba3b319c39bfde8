"""Puts messages into the JSON of the generic webhook: docs/channels/webhook.md, version 1.

Its outer form follows the recommendations of Standard Webhooks 1.0 (github.com/standard-webhooks/standard-webhooks,
spec/standard-webhooks.md, "Payload structure"). Keys are only ever added within a version.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from alerts.alert import Alert
from alerts.contract import Action, Limits
from alerts.escape import readable, web_link
from alerts.excerpt import cut
from sources.kind_terms import terms_of

VERSION = 1
LIMITS = Limits(title=200, text=20_000)
MOST_LISTED = 50

_LONGEST_POST = 10_000
_LONGEST_LISTED_POST = 500
_LONGEST_WORDS = 500
_MOST_NAMES = 50


def alert_event(alert: Alert, title: str, state: str, actions: Sequence[Action]) -> dict[str, Any]:
    """Gives the event that an alert was made: `alert.created`."""
    data = {
        **_alert(alert, title),
        "mention": _mention(alert, _LONGEST_POST),
        "customer": _customer(alert),
        "state": state,
        "actions": [
            {"name": action.name, "label": action.label, "url": action.url} for action in actions if action.url
        ],
    }
    return event("alert.created", data, alert.updated_at)


def listing_event(alerts: Sequence[Alert], title: str, notes: Mapping[int, str], more: int) -> dict[str, Any]:
    """Gives the event that several alerts are told at once: `alerts.summary`."""
    listed = [
        {
            **_alert(alert, ""),
            "mention": _mention(alert, _LONGEST_LISTED_POST),
            "customer": _customer(alert),
            "note": _short(notes.get(alert.id, "")),
        }
        for alert in alerts
    ]
    data = {"title": title, "alerts": listed, "more": more}
    return event("alerts.summary", data, max(alert.updated_at for alert in alerts))


def event(kind: str, data: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """Gives an event of a kind that happened at a time."""
    return {"version": VERSION, "type": kind, "timestamp": _time(at), "data": dict(data)}


def _alert(alert: Alert, title: str) -> dict[str, Any]:
    return {
        "id": alert.id,
        "key": _short(alert.key),
        "severity": alert.severity,
        "title": _short(title),
        "brands": [_short(brand) for brand in alert.brands[:_MOST_NAMES]],
        "rules": [
            {"name": _short(rule.name), "severity": rule.severity, "reason": _short(rule.reason)}
            for rule in alert.rules[:_MOST_NAMES]
        ],
        "story": _short(alert.story),
        "mentions": alert.mentions,
        "others": [link for url in alert.others if (link := web_link(url))],
        "ticket": alert.ticket,
        "created_at": _time(alert.created_at),
        "updated_at": _time(alert.updated_at),
    }


def _mention(alert: Alert, longest: int) -> dict[str, Any]:
    lead = alert.lead
    post = lead.post
    author = post.author
    return {
        "id": lead.id,
        "source": _short(post.source),
        "instance": _short(post.instance),
        "external_id": _short(post.external_id),
        "url": web_link(post.url),
        "title": _short(post.title),
        "text": cut(readable(post.text[: 4 * longest]), longest),
        "author": {
            "handle": _short(author.handle),
            "name": _short(author.name),
            "url": web_link(author.url),
            "followers": author.followers,
        },
        "published_at": _time(post.published_at) if post.published_at else None,
        "brand": _short(lead.brand),
        "lang": _short(lead.lang),
        "sentiment": {"label": lead.sentiment.label, "score": lead.sentiment.score},
        "urgency": lead.urgency.label,
        "intent": [_short(intent.label) for intent in lead.intent[:_MOST_NAMES]],
        "topics": [_short(topic) for topic in lead.topics[:_MOST_NAMES]],
        "attribution": terms_of(post.source).attribution,
    }


def _customer(alert: Alert) -> dict[str, Any] | None:
    known = alert.lead.customer
    if known is None:
        return None
    named = {"id": known.id, "name": known.name, "tier": known.tier, "owner": known.owner, "company": known.company}
    return {**{key: _short(value) for key, value in named.items()}, "confidence": known.confidence}


def _short(text: str) -> str:
    return cut(readable(text[: 4 * _LONGEST_WORDS]), _LONGEST_WORDS)


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
