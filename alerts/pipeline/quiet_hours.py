"""Holds what can wait while nobody is at work."""

from __future__ import annotations

from datetime import datetime

from alerts.calendar import Calendar
from alerts.pipeline.candidate import Candidate
from alerts.pipeline.decision import Decision, on
from rules.reading import SEVERITIES, Severity


def quiet_hours(candidate: Candidate, calendar: Calendar, urgent: Severity, now: datetime) -> Decision:
    """Holds what is less severe than `urgent` until the calendar opens."""
    if calendar.is_always_open:
        return on("quiet hours", "the channel has none")
    if calendar.is_open(now):
        return on("quiet hours", f"calendar '{calendar.name}' is open")
    if SEVERITIES.index(candidate.severity) >= SEVERITIES.index(urgent):
        return on("quiet hours", f"calendar '{calendar.name}' is closed, and {candidate.severity} does not wait")
    opens = calendar.opens_next(now)
    local = opens.astimezone(calendar.timezone)
    why = f"calendar '{calendar.name}' is closed until {local:%a %H:%M}"
    return Decision(stage="quiet hours", verdict="held", reason=why, until=opens)
