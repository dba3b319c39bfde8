"""Working hours: when people are there, and how much working time lies between two moments."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.calendar import ALWAYS, Calendar, read_hours

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = Calendar(
    name="office", timezone=BERLIN, hours=read_hours({"mon-fri": "09:00-17:00"}), holidays={date(2026, 12, 25)}
)
NIGHTS = Calendar(name="nights", timezone=BERLIN, hours=read_hours({"mon-sun": "22:00-06:00"}))
ROUND = Calendar(name="round the clock", timezone=BERLIN, hours=read_hours({"mon-sun": "00:00-24:00"}))


def berlin(day: int, hour: int, minute: int = 0, month: int = 12) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=BERLIN)


def test_it_opens_the_next_morning_of_a_working_day() -> None:
    assert OFFICE.opens_next(berlin(4, 18)) == berlin(7, 9)  # a Friday evening
    assert OFFICE.opens_next(berlin(7, 9)) == berlin(7, 9)
    assert not OFFICE.is_open(berlin(7, 17)) and OFFICE.is_open(berlin(7, 16, 59))


def test_a_holiday_is_no_working_day() -> None:
    assert OFFICE.opens_next(berlin(24, 17)) == berlin(28, 9)
    assert OFFICE.after(berlin(24, 16), timedelta(hours=2)) == berlin(28, 10)


def test_business_time_goes_on_the_next_working_day() -> None:
    assert OFFICE.after(berlin(7, 16, 50), timedelta(hours=1)) == berlin(8, 9, 50)
    assert OFFICE.between(berlin(4, 16), berlin(7, 10)) == timedelta(hours=2)
    assert OFFICE.closes_next(berlin(7, 12)) == berlin(7, 17)


def test_a_night_shift_goes_over_midnight_and_through_a_change_of_clocks() -> None:
    assert NIGHTS.is_open(berlin(8, 2)) and not NIGHTS.is_open(berlin(8, 12))
    assert NIGHTS.closes_next(berlin(8, 23)) == berlin(9, 6)
    # in the night of 25 October the hour from 2 to 3 comes twice
    assert NIGHTS.between(berlin(24, 22, month=10), berlin(25, 6, month=10)) == timedelta(hours=9)


def test_what_touches_is_one_working_time() -> None:
    assert ROUND.closes_next(berlin(8, 2)) is None
    assert ROUND.after(berlin(8, 2), timedelta(days=30)) == berlin(8, 2) + timedelta(days=30)
    twice = Calendar(timezone=BERLIN, hours=read_hours({"mon-fri": "09:00-12:00, 12:00-17:00"}))
    assert twice.closes_next(berlin(7, 10)) == berlin(7, 17)


def test_without_hours_it_is_open_day_and_night() -> None:
    assert ALWAYS.is_open(berlin(25, 3)) and ALWAYS.closes_next(berlin(25, 3)) is None
    assert ALWAYS.between(berlin(1, 0), berlin(2, 0)) == timedelta(days=1)


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ({"mondays": "9-17"}, "hours"),
        ({"someday": "09:00-17:00"}, "days"),
        ({"mon": "09:00-09:00"}, "end where they begin"),
        ({"mon": "24:00-25:00"}, "hours"),
        ({"mon-wed": "09:00-17:00", "tue": "10:00-12:00"}, "'tue' twice"),
    ],
)
def test_hours_that_cannot_be_read_are_told(written: dict[str, str], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_hours(written)


moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 20)).map(lambda at: at.replace(tzinfo=UTC))
calendars = st.sampled_from([OFFICE, NIGHTS, ROUND, ALWAYS])


@given(calendars, moments, st.timedeltas(timedelta(seconds=1), timedelta(days=20)))
def test_the_working_time_up_to_the_end_of_a_piece_of_work_is_its_length(
    calendar: Calendar, at: datetime, worked: timedelta
) -> None:
    assert calendar.between(at, calendar.after(at, worked)) == worked


@given(calendars, moments, st.timedeltas(timedelta(0), timedelta(days=9)), st.timedeltas(timedelta(0), timedelta(9)))
def test_working_time_adds_up(calendar: Calendar, at: datetime, first: timedelta, second: timedelta) -> None:
    middle, end = at + first, at + first + second
    assert calendar.between(at, middle) + calendar.between(middle, end) == calendar.between(at, end)


@given(calendars, moments)
def test_it_is_open_when_it_opens_and_closed_before(calendar: Calendar, at: datetime) -> None:
    opens = calendar.opens_next(at)
    assert calendar.is_open(opens) and opens >= at
    assert calendar.is_open(at) == (opens == at)
    assert calendar.between(at, opens) == timedelta(0)
