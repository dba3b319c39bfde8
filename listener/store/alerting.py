"""What alerting kept back in a time: for digests, and for whoever asks why nobody was told."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, select

from listener.store.notices import NoticeState
from listener.store.ranks import severity_of
from listener.store.tables import ALERT, ALERT_CHANNEL, MENTION, POST
from rules.reading import Severity

MOST_KEPT_BACK = 500


class KeptBack(Struct, frozen=True, kw_only=True):
    """An alert that a channel was not told of, or in a summary only.

    `state`: waiting, held or muted, or summarised where it was held and has been listed since. `stage` and `reason`
    are what kept it back; for what was summarised they are how it was told.
    """

    alert_id: int
    channel: str
    state: NoticeState
    stage: str
    reason: str
    severity: Severity
    at: datetime
    until: datetime | None
    brand: str
    title: str
    url: str


def held_and_muted(tx: Connection, since: datetime, until: datetime) -> list[KeptBack]:
    """What was decided to be kept back in [since, until) and is so still, or was summarised: the worst first.

    MOST_KEPT_BACK at most; what its author deleted is left out.
    """
    its = ALERT_CHANNEL.c
    asked = (
        select(
            its.alert_id,
            its.channel,
            its.state,
            its.stage,
            its.reason,
            its.severity,
            its.decided_at,
            its.due_at,
            MENTION.c.brand,
            POST.c.title,
            POST.c.text,
            POST.c.url,
        )
        .join(ALERT, ALERT.c.id == its.alert_id)
        .join(MENTION, MENTION.c.id == ALERT.c.lead_mention_id)
        .join(POST, POST.c.id == MENTION.c.post_id)
        .where(
            its.state.in_(("waiting", "held", "muted", "summarised")),
            its.decided_at >= since,
            its.decided_at < until,
            POST.c.deleted_at.is_(None),
        )
        .order_by(its.severity.desc(), its.alert_id, its.channel)
        .limit(MOST_KEPT_BACK)
    )
    return [
        KeptBack(
            alert_id=row.alert_id,
            channel=row.channel,
            state=row.state,
            stage=row.stage,
            reason=row.reason,
            severity=severity_of(row.severity),
            at=row.decided_at,
            until=row.due_at,
            brand=row.brand,
            title=row.title or row.text[:300],
            url=row.url,
        )
        for row in tx.execute(asked)
    ]
