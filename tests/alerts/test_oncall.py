"""Who is on call, by the clock on the wall, with stand-ins, and when it changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.oncall import Schedule, StandIn, next_person, who_is_on

BERLIN = ZoneInfo("Europe/Berlin")
WEEK = timedelta(days=7)
WEEKLY = Schedule(
    name="support", people=("Ann", "Bob", "Cy"), shift=WEEK, starts=datetime(2026, 3, 2, 9), timezone=BERLIN
)


def at(day: int, hour: int, minute: int = 0, *, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("moment", "person"),
    [
        (at(2, 8, 59), "Cy"),  # before the first shift the rotation goes back
        (at(2, 9), "Ann"),
        (at(9, 8, 59), "Ann"),
        (at(9, 9), "Bob"),
        (at(16, 9), "Cy"),
        (at(23, 9), "Ann"),
        (at(30, 8, 59), "Ann"),  # clocks went forward on the 29th: the handover stays at nine
        (at(30, 9), "Bob"),
    ],
)
def test_a_shift_begins_and_ends_by_the_clock_on_the_wall(moment: datetime, person: str) -> None:
    assert who_is_on(WEEKLY, moment).person == person
    assert who_is_on(WEEKLY, moment.astimezone(UTC)).person == person


def test_it_is_told_until_when(request: pytest.FixtureRequest) -> None:
    assert who_is_on(WEEKLY, at(24, 12)).until == at(30, 9)
    assert who_is_on(WEEKLY, at(24, 12)).until == datetime(2026, 3, 30, 7, tzinfo=UTC)  # summer time by then


def test_who_stands_in_is_on_call_for_just_that_time_and_the_last_one_counts() -> None:
    schedule = Schedule(
        name="s", people=("Ann", "Bob"), shift=WEEK, starts=datetime(2026, 3, 2, 9), timezone=BERLIN,
        stand_ins=(
            StandIn(person="Dee", start=at(3, 0), end=at(5, 0)), StandIn(person="Eve", start=at(4, 0), end=at(4, 12)),
        ),
    )  # fmt: skip
    seen = [(who_is_on(schedule, moment).person, who_is_on(schedule, moment).until) for moment in
            (at(2, 23), at(3, 0), at(4, 0), at(4, 12), at(5, 0))]  # fmt: skip
    assert seen == [("Ann", at(3, 0)), ("Dee", at(4, 0)), ("Eve", at(4, 12)), ("Dee", at(5, 0)), ("Ann", at(9, 9))]
    assert who_is_on(schedule, at(4, 1)).stands_in and not who_is_on(schedule, at(5, 1)).stands_in


def test_the_next_person_is_on_call_first_and_then_whose_turn_comes() -> None:
    moment = at(10, 12)  # Bob's week
    assert next_person(WEEKLY, moment, ()) == "Bob"
    assert next_person(WEEKLY, moment, ("Bob",)) == "Cy"
    assert next_person(WEEKLY, moment, ("Bob", "Cy")) == "Ann"
    assert next_person(WEEKLY, moment, ("Ann", "Bob", "Cy")) == ""


@given(
    moment=st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),
    hours=st.integers(1, 24 * 21),
    people=st.integers(1, 5),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "Asia/Dhaka", "America/New_York", "Australia/Lord_Howe"]),
)
def test_somebody_is_always_on_call_and_the_next_change_lies_ahead(
    moment: datetime, hours: int, people: int, zone: str
) -> None:
    schedule = Schedule(
        name="s",
        people=tuple("ABCDE"[:people]),
        shift=timedelta(hours=hours),
        starts=datetime(2026, 3, 2, 9),
        timezone=ZoneInfo(zone),
    )
    now = who_is_on(schedule, moment)
    assert now.person in schedule.people
    assert moment < now.until <= moment + timedelta(hours=hours + 2)
    halfway = moment + (now.until - moment) / 2
    assert who_is_on(schedule, halfway).person == now.person or hours <= 2  # an hour that comes twice is two halves
