"""Waits for others of the same group, so that they are told in one message."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta, tzinfo

from msgspec import Struct

from alerts.pipeline.candidate import Candidate
from alerts.pipeline.decision import Decision, on
from alerts.wording import length

_DAY = timedelta(days=1)
DAILY_AT = timedelta(hours=8)
"""When a batch of a day is told, by the clock on the wall."""


class Before(Struct, frozen=True, kw_only=True):
    """What the channel was told before of the candidate's group, and of what cools down together with it.

    `group_due`: when others of the group, who wait already, are told.
    """

    group: datetime | None = None
    group_due: datetime | None = None
    cooldown: datetime | None = None


def group_key(candidate: Candidate) -> str:
    """Names the group: alerts of one route whose labels have the same values. Short, and says nothing itself."""
    parts = (candidate.routed.route, *candidate.routed.timing.group_by, *candidate.labels())
    joined = "\n".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def group(candidate: Candidate, before: Before, interval: timedelta, timezone: tzinfo, now: datetime) -> Decision:
    """Waits for the batch's time, for others who wait already, or for the group's interval since it was last told."""
    timing = candidate.routed.timing
    named = ", ".join(timing.group_by)
    if candidate.waited:
        return on("group", f"has waited for others by {named}")
    if timing.batch is not None:
        until = next_batch(now, timing.batch, timezone)
        why = f"is told in batches of {length(timing.batch)}"
        return Decision(stage="group", verdict="waits", reason=why, until=until)
    last_told = before.group
    is_news = candidate.told_as != "" or timing.group_by == ("story",)
    if last_told is not None and last_told + interval > now and not is_news:
        until = last_told + interval
        why = f"its group by {named} was told at {last_told:%H:%M} UTC and keeps still for {length(interval)}"
        return Decision(stage="group", verdict="waits", reason=why, until=until)
    if before.group_due is not None and not is_news:
        why = f"joins others by {named} who wait already"
        return Decision(stage="group", verdict="waits", reason=why, until=before.group_due)
    if timing.wait > timedelta(0) and candidate.told_as == "":
        why = f"waits {length(timing.wait)} for others by {named}"
        return Decision(stage="group", verdict="waits", reason=why, until=now + timing.wait)
    return on("group", f"is the first of its group by {named}" if not is_news else f"grouped by {named}")


def next_batch(now: datetime, every: timedelta, timezone: tzinfo) -> datetime:
    """The next time of the wall clock at which batches of this length are told: quarters, full hours, 08:00."""
    local = now.astimezone(timezone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    if every >= _DAY:
        today = midnight + DAILY_AT
        return (today if today > local else today + _DAY).astimezone(now.tzinfo)
    passed = local - midnight
    found = (midnight + (passed // every + 1) * every).astimezone(now.tzinfo)
    while found <= now:  # an hour that comes twice when clocks are put back
        found += every
    return found
