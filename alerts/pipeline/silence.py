"""Mutes what people do not want to be told of for a while, with their name, their reason and the end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from alerts.pipeline.candidate import Candidate
from alerts.pipeline.decision import Decision, on
from alerts.pipeline.matching import holds
from rules.alert_match import AlertMatch


class ActiveSilence(Struct, frozen=True, kw_only=True):
    """A silence whose time is now."""

    id: int
    match: AlertMatch
    by: str
    reason: str
    ends_at: datetime


def silence(candidate: Candidate, silences: Sequence[ActiveSilence], now: datetime) -> Decision:
    """Mutes what one of the silences matches."""
    for one in silences:
        if holds(one.match, candidate.lead, candidate.rules, candidate.severity, now):
            why = f"silence {one.id} by {one.by} until {one.ends_at:%Y-%m-%d %H:%M} UTC: {one.reason}"
            return Decision(stage="silence", verdict="muted", reason=why, until=one.ends_at)
    return on("silence", "no silence matches")
