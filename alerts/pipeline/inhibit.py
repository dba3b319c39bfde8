"""Mutes what something greater already tells: a story inside an open spike, a spike that an outage explains."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from alerts.pipeline.candidate import Candidate
from alerts.pipeline.decision import Decision, on
from rules.reading import SEVERITIES, Severity


class OpenSpike(Struct, frozen=True, kw_only=True):
    """A spike that is told and not over: its alert, its brand, the stories that make it up, who hears of it."""

    alert_id: int
    brand: str
    severity: Severity
    stories: frozenset[str]
    channels: frozenset[str]


class Outage(Struct, frozen=True, kw_only=True):
    """A source that is not heard, or was not until `until`: what it then brings at once was written over a while."""

    source: str
    since: datetime
    until: datetime | None
    why: str


CATCHES_UP = timedelta(hours=2)
"""So long after an outage a source may bring what it missed."""


def inhibit(candidate: Candidate, spikes: Sequence[OpenSpike], outages: Sequence[Outage], now: datetime) -> Decision:
    """Mutes single alerts of an open spike's stories that are no worse, and spikes of a source that was not heard."""
    if candidate.kind == "spike":
        return _by_outage(candidate, outages, now)
    for spike in spikes:
        inside = candidate.key in spike.stories and spike.brand in candidate.brands
        inside = inside and candidate.channel in spike.channels  # what nobody there hears of mutes nothing there
        if inside and SEVERITIES.index(candidate.severity) <= SEVERITIES.index(spike.severity):
            why = f"alert {spike.alert_id} tells of a spike of '{spike.brand}' in which this story has its part"
            return Decision(stage="inhibit", verdict="muted", reason=why)
    return on("inhibit", "nothing greater tells it already")


def _by_outage(candidate: Candidate, outages: Sequence[Outage], now: datetime) -> Decision:
    for outage in outages:
        over = outage.until is not None and now - outage.until > CATCHES_UP
        if outage.source in candidate.lead.seen_by and not over:
            why = f"source '{outage.source}' {outage.why}: what it brings now was written over a longer time"
            return Decision(stage="inhibit", verdict="muted", reason=why)
    return on("inhibit", "its sources were heard all the time")
