"""What spikes are made of: the stories of an hour, the spikes that are open, the sources that were not heard."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import Connection, bindparam, func, select

from alerts.pipeline.inhibit import CATCHES_UP, OpenSpike, Outage
from listener.store.handling import states
from listener.store.heard import ALL_BRANDS, list_quiet, minute_of
from listener.store.ranks import severity_of
from listener.store.sources import list_sources
from listener.store.tables import ALERT, ALERT_CHANNEL, ALERT_MENTION, HEARD, MENTION, POST

OPEN_FOR = timedelta(hours=3)
"""So long after it grew last a spike counts as open."""

FAILURES_OF_AN_OUTAGE = 3


class Heard(Struct, frozen=True, kw_only=True):
    """A mention of the hour, and its story."""

    mention: int
    story: str


def heard_since(tx: Connection, brand: str, since: datetime) -> list[Heard]:
    """The mentions of a brand that were first seen since then, the newest first; its own accounts left out."""
    asked = (
        select(MENTION.c.id, POST.c.story)
        .join(POST, POST.c.id == MENTION.c.post_id)
        .where(
            MENTION.c.brand == brand,
            MENTION.c.at >= since - timedelta(days=1),
            POST.c.first_seen_at >= since,
            POST.c.deleted_at.is_(None),
            MENTION.c.own.is_(False),
        )
        .order_by(MENTION.c.id.desc())
    )
    return [Heard(mention=row.id, story=row.story) for row in tx.execute(asked)]


_GREW_LATELY = select(ALERT).where(
    ALERT.c.kind == "spike", ALERT.c.updated_at > bindparam("since", type_=ALERT.c.updated_at.type)
)


def open_spikes(tx: Connection, now: datetime) -> list[OpenSpike]:
    """The spikes that have grown lately and that nobody has settled, each with its stories.

    Its channels are those that were told of it, or are about to be; one that is muted or held speaks for nobody.
    """
    rows = tx.execute(_GREW_LATELY, {"since": now - OPEN_FOR}).all()
    handled = states(tx, [row.id for row in rows])
    found = []
    for row in rows:
        if handled[row.id].state_at(now) in ("resolved", "noise"):
            continue
        asked = (
            select(POST.c.story, MENTION.c.brand)
            .join(MENTION, MENTION.c.post_id == POST.c.id)
            .join(ALERT_MENTION, ALERT_MENTION.c.mention_id == MENTION.c.id)
            .where(ALERT_MENTION.c.alert_id == row.id)
            .distinct()
        )
        told = tx.execute(asked).all()
        stories = frozenset(one.story for one in told if one.story)
        severity = severity_of(row.severity)
        its = ALERT_CHANNEL.c
        hears = select(its.channel).where(its.alert_id == row.id, its.state.in_(("told", "summarised", "waiting")))
        channels = frozenset(tx.execute(hears).scalars())
        found += [
            OpenSpike(alert_id=row.id, brand=brand, severity=severity, stories=stories, channels=channels)
            for brand in sorted({one.brand for one in told})
        ]
    return found


def spike_of(tx: Connection, brand: str, now: datetime) -> str | None:
    """The key of the spike of a brand that is open, whatever people did about it; None where there is none."""
    asked = (
        select(ALERT.c.key)
        .where(
            ALERT.c.kind == "spike",
            ALERT.c.updated_at > now - OPEN_FOR,
            ALERT.c.key.startswith(f"spike:{brand}:", autoescape=True),
        )
        .order_by(ALERT.c.id.desc())
        .limit(1)
    )
    key = tx.execute(asked).scalar()
    return None if key is None else str(key)


def already_in(tx: Connection, key: str, mentions: Sequence[int]) -> Collection[int]:
    """Those of the mentions that the alert of this key stands for already."""
    asked = (
        select(ALERT_MENTION.c.mention_id)
        .join(ALERT, ALERT.c.id == ALERT_MENTION.c.alert_id)
        .where(ALERT.c.key == key, ALERT_MENTION.c.mention_id.in_(mentions))
    )
    return set(tx.execute(asked).scalars())


def outages(tx: Connection, now: datetime) -> list[Outage]:
    """The sources that are not heard, or were not until a moment ago and may bring what they missed."""
    found = [
        Outage(source=one.source, since=one.since, until=None, why="has been unusually silent")
        for one in list_quiet(tx)
        if one.brand == ALL_BRANDS
    ]
    for state in list_sources(tx, active_only=True):
        if state.failing_since is not None and (state.failures >= FAILURES_OF_AN_OUTAGE or state.disabled_why):
            found.append(Outage(source=state.name, since=state.failing_since, until=None, why="has been failing"))
        elif (
            state.last_error_at is not None
            and now - state.last_error_at <= CATCHES_UP
            and _was_unheard(tx, state.name, state.last_error_at)
        ):
            at = state.last_error_at
            found.append(Outage(source=state.name, since=at, until=at, why=f"failed until {at:%H:%M} UTC"))
    return found


def _was_unheard(tx: Connection, source: str, until: datetime) -> bool:
    """Whether nothing came of a source in the hour up to its last failure: one failed try among others is no outage."""
    last = minute_of(until)
    asked = select(func.sum(HEARD.c.posts)).where(
        HEARD.c.source == source, HEARD.c.brand == ALL_BRANDS, HEARD.c.minute > last - 60, HEARD.c.minute <= last
    )
    return not tx.execute(asked).scalar()
