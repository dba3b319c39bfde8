"""How a desk did, week by week."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from alerts.calendar import Calendar, read_hours
from alerts.tickets.figures import What, Worked, figures, quantile, weeks_until

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
WEEKS = [(MONDAY + number * WEEK, MONDAY + (number + 1) * WEEK) for number in range(3)]


def worked(number: int, *moves: tuple[timedelta, What], **options: Calendar) -> Worked:
    return Worked(number=number, moves=tuple((MONDAY + after, what) for after, what in moves), **options)


def test_one_answer_and_solved_is_first_contact_and_two_or_a_return_is_not() -> None:
    tickets = [
        worked(1, (HOUR, "opened"), (2 * HOUR, "answered"), (3 * HOUR, "solved")),
        worked(2, (HOUR, "opened"), (2 * HOUR, "answered"), (3 * HOUR, "answered"), (4 * HOUR, "solved")),
        worked(3, (HOUR, "opened"), (3 * HOUR, "solved"), (WEEK, "reopened"), (WEEK + HOUR, "solved")),
        worked(4, (HOUR, "opened")),
    ]
    first, second, third = figures(tickets, WEEKS)
    assert (first.opened, first.solved, first.first_contact, first.reopened, first.backlog) == (4, 3, 1 / 3, 1 / 3, 1)
    assert (second.opened, second.solved, second.first_contact, second.reopened, second.backlog) == (0, 1, 0.0, 0.0, 1)
    assert (third.solved, third.first_contact, third.kept, third.answer_median) == (0, None, None, None)


def test_time_to_answer_is_working_time() -> None:
    office = Calendar(hours=read_hours({"mon-fri": "09:00-17:00"}))
    over_night = worked(1, (16 * HOUR, "opened"), (DAY + 10 * HOUR, "answered"), calendar=office)
    assert figures([over_night], WEEKS)[0].answer_median == 2 * HOUR


def test_weeks_begin_on_monday_of_the_time_zone_whatever_clocks_do() -> None:
    zone = ZoneInfo("Europe/Berlin")
    spans = weeks_until(datetime(2026, 4, 1, 12, tzinfo=UTC), 2, zone)
    assert [since.isoformat() for since, _ in spans] == ["2026-03-23T00:00:00+01:00", "2026-03-30T00:00:00+02:00"]
    assert spans[0][1] == spans[1][0]


def test_nine_of_ten_stay_within_the_p90() -> None:
    lengths = [number * HOUR for number in range(1, 11)]
    assert (quantile(lengths, 0.9), quantile(lengths, 0.5), quantile([], 0.5)) == (9 * HOUR, 5 * HOUR, None)


kinds = st.sampled_from(["answered", "solved", "reopened"])
moves = st.lists(st.tuples(st.integers(1, 500), kinds), max_size=12).map(sorted)


@given(st.lists(moves, max_size=6))
def test_shares_are_shares_and_what_is_open_now_was_the_last_backlog(histories: list[list[tuple[int, What]]]) -> None:
    tickets = [
        worked(number, (timedelta(), "opened"), *((after * HOUR, what) for after, what in history))
        for number, history in enumerate(histories)
    ]
    found = figures(tickets, WEEKS)
    for week in found:
        for share in (week.first_contact, week.reopened, week.kept):
            assert share is None or 0 <= share <= 1
        assert 0 <= week.backlog <= len(tickets)
    assert sum(week.opened for week in found) == len(tickets)
    ended = [[what for _, what in one.moves if what != "answered"][-1] for one in tickets]
    assert found[-1].backlog == sum(what != "solved" for what in ended)
