"""Holds what a planned campaign was meant to bring about, until it is over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from alerts.pipeline.candidate import Candidate
from alerts.pipeline.decision import Decision, on
from alerts.pipeline.matching import holds
from rules.alert_match import AlertMatch


class Campaign(Struct, frozen=True, kw_only=True):
    """A window in which talk is planned. `match`: what belongs to it; `brands`: of whom, empty for all."""

    name: str
    starts_at: datetime
    ends_at: datetime
    brands: tuple[str, ...] = ()
    match: AlertMatch | None = None


def campaign(candidate: Candidate, campaigns: Sequence[Campaign], now: datetime) -> Decision:
    """Holds spikes and what was not negative, of a campaign's brands; or just what its own condition matches."""
    for one in campaigns:
        if one.starts_at <= now < one.ends_at and _belongs(candidate, one, now):
            why = f"campaign '{one.name}' is planned until {one.ends_at:%Y-%m-%d %H:%M} UTC"
            return Decision(stage="campaign", verdict="held", reason=why, until=one.ends_at)
    return on("campaign", "no planned campaign covers it")


def _belongs(candidate: Candidate, one: Campaign, now: datetime) -> bool:
    if one.brands and candidate.lead.brand not in one.brands:
        return False
    if one.match is not None:
        return holds(one.match, candidate.lead, candidate.rules, candidate.severity, now)
    return candidate.kind == "spike" or candidate.lead.sentiment.label == "positive"
