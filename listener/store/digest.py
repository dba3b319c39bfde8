"""Gathers what a digest tells of a period."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, func, select

from alerts.digests.data import BrandDigest, DigestData, FallenCustomer, UnreadStretch
from listener.store.alerts import worst_alerts
from listener.store.customer_health import fallen
from listener.store.customers import get_customer
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
from listener.store.digest_kept_back import held_and_muted, survey_answers
from listener.store.digest_movers import moved
from listener.store.sources import list_sources
from listener.store.tables import GAP, MENTION, POST
from listener.store.ticket_figures import digest_facts
from listener.store.tickets import list_tickets
from listener.store.topics import count_topics, examples_of

MOST_ALERTS = 10
MOST_STRETCHES = 10
MOST_FALLEN = 10


def digest_data(
    tx: Connection,
    since: datetime,
    until: datetime,
    brands: Sequence[str],
    *,
    before: datetime | None = None,
    name: str = "",
    fall: float = 15.0,
) -> DigestData:
    """All of [since, until) beside the period before it, by when posts were published.

    That begins at `before`, or is of the same length. `fall`: from how many points on a customer's health has fallen.
    A mention counts by its post's own date, or by when it was first seen where there is none; what a person marked
    counts as marked. Failing sources and open tickets are those of now.
    """
    before = before or since - (until - since)
    alerts, alerts_count = worst_alerts(tx, since, until, brands, MOST_ALERTS)
    unsolved = list_tickets(tx, brands=brands, limit=None)
    kept_back, kept_back_count = held_and_muted(tx, since, until, brands)
    gaps = and_(GAP.c.noticed_at >= since, GAP.c.noticed_at < until, GAP.c.closed_at.is_(None))
    stretches = select(GAP.c.source, GAP.c.since, GAP.c.until, GAP.c.why).where(gaps).order_by(GAP.c.id.desc())
    return DigestData(
        since=since,
        until=until,
        brands=tuple(_brand(tx, brand, before, since, until) for brand in brands),
        alerts=tuple(alerts),
        alerts_count=alerts_count,
        open_tickets=tuple(unsolved),
        failing_sources=tuple(
            (state.name, state.disabled_why or state.last_error)
            for state in list_sources(tx, active_only=True)
            if state.disabled_why or state.failing_since
        ),
        gaps=int(tx.execute(select(func.count()).where(gaps)).scalar_one()),
        unread=tuple(UnreadStretch(**row._asdict()) for row in tx.execute(stretches.limit(MOST_STRETCHES))),
        fallen=_fallen(tx, until, brands, fall),
        name=name,
        kept_back=kept_back,
        kept_back_count=kept_back_count,
        desk=digest_facts(tx, since, until, brands, unsolved),
        survey=survey_answers(tx, before, since, until),
    )


def _fallen(tx: Connection, until: datetime, brands: Sequence[str], least: float) -> tuple[FallenCustomer, ...]:
    """Of those of whom something was heard about these brands, or by other ways than mentions alone."""
    found = []
    for one in fallen(tx, until, least, brands)[:MOST_FALLEN]:
        customer = get_customer(tx, one.customer)
        if customer is not None:
            found.append(
                FallenCustomer(
                    name=customer.name or customer.id,
                    tier=customer.tier,
                    owner=customer.owner,
                    start=one.start,
                    end=one.end,
                )
            )
    return tuple(found)


def _brand(tx: Connection, brand: str, begin: datetime, since: datetime, until: datetime) -> BrandDigest:
    period = Period(brand, since, until)
    before = Period(brand, begin, since)
    why, why_negative = moved(tx, period, before)
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
        moved=why,
        moved_negative=why_negative,
    )
