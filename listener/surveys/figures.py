"""What surveys come to, week by week."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta, tzinfo
from typing import Any

from alerts.survey import satisfaction
from listener.store.surveys import Survey


def since_weeks(now: datetime, weeks: int, timezone: tzinfo) -> datetime:
    """The beginning of the Monday `weeks` - 1 weeks before the current one, in that zone."""
    day = now.astimezone(timezone).date()
    monday = day - timedelta(days=day.weekday(), weeks=weeks - 1)
    return datetime.combine(monday, time(), timezone)


def weekly(surveys: Sequence[Survey], timezone: tzinfo) -> list[dict[str, Any]]:
    """One row a week (by its Monday) and kind: how many were asked, how many answered, what that comes to."""
    weeks: dict[tuple[str, str], list[Survey]] = {}
    for one in surveys:
        if one.sent_at is not None:
            day = one.sent_at.astimezone(timezone).date()
            weeks.setdefault(((day - timedelta(days=day.weekday())).isoformat(), one.kind), []).append(one)
    rows = []
    for (week, _), asked in sorted(weeks.items()):
        scores = [one.score for one in asked if one.score is not None]
        kind = asked[0].kind
        rows.append(
            {
                "week": week,
                "kind": kind,
                "asked": len(asked),
                "answered": len(scores),
                "satisfaction": satisfaction(kind, scores),
            }
        )
    return rows
