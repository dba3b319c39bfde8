"""Keeps each channel to the rate that its service documents."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from alerts.contract import Rate

BURST = timedelta(seconds=20)
"""So much of its rate a channel may be given at once after a rest; services take short bursts, or say when to wait."""


class ChannelPace:
    """A bucket of messages for each channel, which fills at its rate (a token bucket, RFC 2697, section 3).

    Only one program tells at a time, so what it remembers is all that was told. After a start the buckets are full.
    """

    def __init__(self, rates: Mapping[str, Rate | None]) -> None:
        self._each: dict[str, timedelta] = {}
        self._room: dict[str, timedelta] = {}
        self._full_at: dict[str, datetime] = {}
        for name, rate in rates.items():
            if rate is not None:
                self._each[name] = rate.window / rate.messages
                self._room[name] = max(rate.window, BURST)

    def free_at(self, channel: str, now: datetime) -> datetime | None:
        """When the channel may be told next; None for now."""
        full_at = self._full_at.get(channel)
        if full_at is None:
            return None
        full_at = min(full_at, now + self._room[channel])  # a clock that was put back must not keep it waiting
        free_at = full_at - self._room[channel] + self._each[channel]
        return free_at if free_at > now else None

    def sends(self, channel: str, now: datetime) -> None:
        """Takes one message out of the channel's bucket."""
        if channel in self._each:
            self._full_at[channel] = max(self._full_at.get(channel, now), now) + self._each[channel]
