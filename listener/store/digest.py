"""Gathers what a digest tells of a period."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, func, select

from alerts.alert import Alert
from alerts.digest_data import BrandDigest, DigestData, UnreadStretch
from listener.store.alerts import list_alerts
from listener.store.digest_counts import (
    Period,
    authors,
    held,
    labels,
    most_of,
    stories,
    timeline,
    top_mentions,
)
from listener.store.ranks import rank
from listener.store.sources import list_sources
from listener.store.tables import GAP, MENTION, POST
from listener.store.tickets import list_tickets
from listener.store.topics import count_topics, examples_of

MOST_LISTED = 1_000
MOST_STRETCHES = 10


def digest_data(tx: Connection, since: datetime, until: datetime, brands: Sequence[str]) -> DigestData:
    """All of [since, until) beside the period of the same length before it, by when posts were published.

    A mention counts by its post's own date, or by when it was first seen where there is none; what a person marked
    counts as marked. Failing sources and open tickets are those of now.
    """
    gaps = and_(GAP.c.noticed_at >= since, GAP.c.noticed_at < until, GAP.c.closed_at.is_(None))
    stretches = select(GAP.c.source, GAP.c.since, GAP.c.until, GAP.c.why).where(gaps).order_by(GAP.c.id.desc())
    return DigestData(
        since=since,
        until=until,
        brands=tuple(_brand(tx, brand, since, until) for brand in brands),
        alerts=_alerts(tx, since, until, brands),
        open_tickets=tuple(ticket for ticket in list_tickets(tx, limit=MOST_LISTED) if ticket.brand in brands),
        failing_sources=tuple(
            (state.name, state.disabled_why or state.last_error)
            for state in list_sources(tx, active_only=True)
            if state.disabled_why or state.failing_since
        ),
        gaps=int(tx.execute(select(func.count()).where(gaps)).scalar_one()),
        unread=tuple(UnreadStretch(**row._asdict()) for row in tx.execute(stretches.limit(MOST_STRETCHES))),
    )


def _alerts(tx: Connection, since: datetime, until: datetime, brands: Sequence[str]) -> tuple[Alert, ...]:
    """The worst first, of those the newest."""
    made = list_alerts(tx, since=since, until=until, limit=MOST_LISTED)
    ours = [alert for alert in made if not set(alert.brands).isdisjoint(brands)]
    return tuple(sorted(ours, key=lambda alert: rank(alert.severity), reverse=True))


def _brand(tx: Connection, brand: str, since: datetime, until: datetime) -> BrandDigest:
    period = Period(brand, since, until)
    before = Period(brand, since - (until - since), since)
    topics = count_topics(tx, brand, since, until, narrow=False)
    felt, felt_before = labels(tx, period), labels(tx, before)
    return BrandDigest(
        brand=brand,
        mentions=sum(felt.values()),
        mentions_before=sum(felt_before.values()),
        labels=felt,
        labels_before=felt_before,
        timeline=timeline(tx, period),
        timeline_before=tuple(count for _, count, _ in timeline(tx, before)),
        sources=most_of(tx, period, POST.c.source),
        languages=most_of(tx, period, MENTION.c.lang),
        top_mentions=tuple(top_mentions(tx, period)),
        top_authors=authors(tx, period),
        stories=stories(tx, period),
        held=held(tx, period),
        topics=topics,
        topic_examples=examples_of(tx, topics),
    )
