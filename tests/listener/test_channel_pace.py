"""A channel is told no faster than its service documents, and a clock that is put back keeps it waiting for nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from alerts.contract import Rate
from listener.delivery.channel_pace import ChannelPace

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_after_a_rest_a_short_burst_then_the_rate() -> None:
    pace = ChannelPace({"slack": Rate(messages=1, window=SECOND), "mail": None})
    sent = []
    now = NOW
    while len(sent) < 40:
        free_at = pace.free_at("slack", now)
        if free_at is None:
            pace.sends("slack", now)
            sent.append(now)
        else:
            assert now < free_at <= now + SECOND
            now = free_at
    assert sent[:20] == [NOW] * 20
    assert sent[39] == NOW + 20 * SECOND
    assert pace.free_at("mail", NOW) is None


def test_a_clock_that_is_put_back_keeps_a_channel_waiting_no_longer_than_its_rate() -> None:
    pace = ChannelPace({"slack": Rate(messages=1, window=SECOND)})
    pace.sends("slack", NOW + timedelta(days=365))
    free_at = pace.free_at("slack", NOW)
    assert free_at is not None and free_at <= NOW + SECOND
