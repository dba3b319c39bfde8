from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from listener.schedule import digest_period

BERLIN = ZoneInfo("Europe/Berlin")


def test_before_the_hour_the_newest_whole_day_ended_yesterday() -> None:
    since, until = digest_period(time(8), datetime(2026, 11, 22, 6, 59, tzinfo=UTC), BERLIN)
    assert until == datetime(2026, 11, 21, 8, tzinfo=BERLIN)
    assert since == datetime(2026, 11, 20, 8, tzinfo=BERLIN)


def test_at_the_hour_the_day_that_just_ended_is_told() -> None:
    _, until = digest_period(time(8), datetime(2026, 11, 22, 7, 0, tzinfo=UTC), BERLIN)
    assert until == datetime(2026, 11, 22, 8, tzinfo=BERLIN)


def test_the_day_on_which_clocks_go_back_is_25_hours_long() -> None:
    since, until = digest_period(time(8), datetime(2026, 10, 25, 12, tzinfo=UTC), BERLIN)
    assert until.astimezone(UTC) - since.astimezone(UTC) == timedelta(hours=25)


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)),
    st.times(),
    st.sampled_from(["Asia/Dhaka", "America/New_York", "UTC"]),
)
def test_periods_end_in_the_past_and_within_the_last_day_or_so(naive: datetime, at: time, zone: str) -> None:
    now = naive.replace(tzinfo=UTC)
    since, until = digest_period(at.replace(second=0, microsecond=0), now, ZoneInfo(zone))
    assert since < until <= now
    assert now - until.astimezone(UTC) < timedelta(hours=26)
