"""Reads time zones and times of day as people write them in a configuration."""

from __future__ import annotations

import re
from datetime import time
from zoneinfo import ZoneInfo, available_timezones

from listener.configuration.mistakes import meant, shown

_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


def timezone_of(value: object) -> object:
    """Gives the time zone of a name. Raises ValueError with a sentence; leaves what is no text."""
    if not isinstance(value, str):
        return value
    try:
        return ZoneInfo(value)
    except (ValueError, OSError, KeyError):
        near = meant(value, available_timezones()) or "Europe/Berlin"
        raise ValueError(f"is {shown(value)}, must be a time zone such as {near!r}") from None


def clock_time(value: object) -> object:
    """Gives the time of day of "08:00". Raises ValueError with a sentence."""
    if isinstance(value, time):
        return value.replace(tzinfo=None)
    found = _CLOCK.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        said = f"is {shown(value)}, " if isinstance(value, str | int) else ""
        raise ValueError(f'{said}must be a time of day such as "08:00"')
    return time(int(found[1]), int(found[2]))
