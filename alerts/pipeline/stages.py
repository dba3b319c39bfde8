"""Sends an alert through the stages, one after another, until one keeps it back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo

from msgspec import Struct

from alerts.calendar import ALWAYS, Calendar
from alerts.pipeline.campaign import Campaign, campaign
from alerts.pipeline.candidate import Candidate
from alerts.pipeline.cooldown import cooldown
from alerts.pipeline.decision import Decision
from alerts.pipeline.deduplicate import deduplicate
from alerts.pipeline.group import Before, group
from alerts.pipeline.inhibit import OpenSpike, Outage, inhibit
from alerts.pipeline.quiet_hours import quiet_hours
from alerts.pipeline.route import by_route
from alerts.pipeline.silence import ActiveSilence, silence
from rules.reading import Severity


class Surroundings(Struct, frozen=True, kw_only=True):
    """What stands around all alerts at one moment."""

    now: datetime
    timezone: tzinfo = UTC
    spikes: Sequence[OpenSpike] = ()
    outages: Sequence[Outage] = ()
    silences: Sequence[ActiveSilence] = ()
    campaigns: Sequence[Campaign] = ()
    cooldowns: Mapping[str, timedelta] = {}


class OfChannel(Struct, frozen=True, kw_only=True):
    """What a channel asks for. `interval`: how long a group keeps still there, unless its route says."""

    interval: timedelta
    calendar: Calendar = ALWAYS
    urgent: Severity = "critical"
    most_an_hour: int = 0


def decide(candidate: Candidate, around: Surroundings, channel: OfChannel, before: Before) -> tuple[Decision, ...]:
    """Each stage's word in their order; the last one is the only that may keep the alert back.

    The throttle is asked afterwards, once for each message, since a message may hold several alerts.
    """
    found = []
    for stage in _stages(candidate, around, channel, before):
        decision = stage()
        found.append(decision)
        if not decision.goes_on:
            break
    return tuple(found)


def _stages(
    candidate: Candidate, around: Surroundings, channel: OfChannel, before: Before
) -> Iterator[Callable[[], Decision]]:
    now = around.now
    timing = candidate.routed.timing
    interval = channel.interval if timing.interval is None else timing.interval
    yield lambda: by_route(candidate.routed)
    yield lambda: inhibit(candidate, around.spikes, around.outages, now)
    yield lambda: silence(candidate, around.silences, now)
    yield lambda: campaign(candidate, around.campaigns, now)
    yield lambda: cooldown(candidate, around.cooldowns, before.cooldown, now)
    yield lambda: group(candidate, before, interval, around.timezone, now)
    yield lambda: deduplicate(candidate)
    yield lambda: quiet_hours(candidate, channel.calendar, channel.urgent, now)
