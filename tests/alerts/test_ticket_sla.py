"""Promises in working time, as time lines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from msgspec import json
from msgspec.structs import replace

from alerts.calendar import ALWAYS, Calendar, read_hours
from alerts.tickets.sla import (
    Clocks,
    Policy,
    answered,
    changed,
    most_pressing,
    next_look,
    paused,
    policy_for,
    reopened,
    resumed,
    solved,
    started,
    told_now,
)

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = Calendar(timezone=BERLIN, hours=read_hours({"mon-fri": "09:00-17:00"}))
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
POLICY = Policy(name="urgent", first_answer=HOUR, resolution=8 * HOUR, warn_before=15 * MINUTE, calendar=OFFICE)


def at(day: int, clock: str) -> datetime:
    """A moment in March 2026 in Berlin; the 2nd is a Monday."""
    hours, minutes = map(int, clock.split(":"))
    return datetime(2026, 3, day, hours, minutes, tzinfo=BERLIN).astimezone(UTC)


def heard(clocks: Clocks, now: datetime) -> tuple[Clocks, list[str]]:
    clocks, told = told_now(clocks, now)
    return clocks, [f"{one.promise}: {one.word}" for one in told]


def test_opened_on_monday_at_16_50_it_must_be_answered_on_tuesday_at_9_50() -> None:
    clocks = started(POLICY, at(2, "16:50"))
    assert clocks.answer is not None and clocks.resolution is not None
    assert clocks.answer.due == at(3, "09:50")
    assert clocks.answer.warn == at(3, "09:35")
    assert clocks.resolution.due == at(3, "16:50")
    assert next_look(clocks) == at(3, "09:35")


def test_a_warning_and_a_breach_are_told_once_each() -> None:
    clocks = started(POLICY, at(2, "16:50"))
    clocks, said = heard(clocks, at(3, "09:00"))
    assert said == []
    clocks, said = heard(clocks, at(3, "09:35"))
    assert said == ["first answer: warning"]
    clocks, said = heard(clocks, at(3, "09:36"))
    assert said == [] and next_look(clocks) == at(3, "09:50")
    clocks, said = heard(clocks, at(3, "09:50"))
    assert said == ["first answer: breach"]
    clocks, said = heard(clocks, at(3, "10:50"))
    assert said == [] and next_look(clocks) == at(3, "16:35")


def test_who_was_away_over_the_warning_tells_the_breach_alone() -> None:
    _, said = heard(started(POLICY, at(2, "16:50")), at(5, "12:00"))
    assert said == ["first answer: breach", "resolution: breach"]


def test_an_answer_in_time_ends_the_first_promise_and_leaves_the_other() -> None:
    clocks = answered(started(POLICY, at(2, "16:50")), at(3, "09:10"))
    clocks, said = heard(clocks, at(3, "16:40"))
    assert said == ["resolution: warning"]
    assert clocks.answer is not None and clocks.answer.late is None
    assert answered(clocks, at(3, "16:45")) == clocks


def test_an_answer_after_the_promise_is_late_even_where_nobody_looked_in_between() -> None:
    clocks = answered(started(POLICY, at(2, "16:50")), at(3, "11:00"))
    assert clocks.answer is not None and clocks.answer.late == at(3, "09:50")


def test_an_answer_in_time_that_is_told_of_only_later_was_not_late_after_all() -> None:
    clocks, said = heard(started(POLICY, at(2, "16:50")), at(3, "12:00"))
    assert said == ["first answer: breach"]
    clocks = answered(clocks, at(3, "09:10"))
    assert clocks.answer is not None and (clocks.answer.late, clocks.answer.met) == (None, at(3, "09:10"))


def test_while_it_waits_for_the_customer_the_clocks_stand_still() -> None:
    clocks = started(POLICY, at(2, "09:00"))
    clocks = paused(clocks, OFFICE, at(2, "09:30"))
    assert next_look(clocks) is None and heard(clocks, at(9, "12:00")) == (clocks, [])
    clocks = resumed(clocks, OFFICE, at(4, "16:45"))
    assert clocks.answer is not None and clocks.resolution is not None
    assert clocks.answer.due == at(5, "09:15")
    assert clocks.answer.warn == at(4, "17:00")
    assert clocks.resolution.due == at(5, "16:15")


def test_solving_is_the_answer_where_there_was_none() -> None:
    clocks = solved(started(POLICY, at(2, "09:00")), at(2, "09:20"))
    assert clocks.answer is not None and clocks.answer.met == at(2, "09:20")
    assert next_look(clocks) is None and most_pressing(clocks) is None


def test_opened_again_a_new_resolution_is_promised_and_the_answer_stays_given() -> None:
    clocks = solved(answered(started(POLICY, at(2, "09:00")), at(2, "09:10")), at(2, "10:00"))
    again = reopened(clocks, POLICY, at(4, "09:00"))
    assert again.answer == clocks.answer
    assert again.resolution is not None and again.resolution.due == at(4, "17:00")
    assert reopened(clocks, None, at(4, "09:00")).resolution is None


def test_what_becomes_more_pressing_gets_the_shorter_promise_and_never_a_later_one() -> None:
    slow = replace(POLICY, name="usual", first_answer=4 * HOUR)
    clocks = started(slow, at(2, "09:00"))
    sooner = changed(clocks, POLICY, at(2, "10:00"), more_pressing=True)
    assert sooner.answer is not None and sooner.answer.due == at(2, "11:00")
    assert sooner.policy == "urgent"
    late_in_the_day = changed(clocks, POLICY, at(2, "12:30"), more_pressing=True)
    assert late_in_the_day.answer is not None and late_in_the_day.answer.due == at(2, "13:00")
    calmer = changed(started(POLICY, at(2, "09:00")), slow, at(2, "09:30"), more_pressing=False)
    assert calmer.answer is not None and calmer.answer.due == at(2, "13:30")
    assert changed(started(POLICY, at(2, "09:00")), None, at(2, "09:30"), more_pressing=False) == Clocks()


def test_a_paused_clock_stays_paused_under_another_policy() -> None:
    slow = replace(POLICY, name="usual", first_answer=4 * HOUR)
    clocks = paused(started(slow, at(2, "09:00")), OFFICE, at(2, "10:00"))
    clocks = changed(clocks, POLICY, at(2, "10:30"), more_pressing=True)
    assert clocks.answer is not None and (clocks.answer.due, clocks.answer.left) == (None, 3_600.0)


def test_the_first_policy_that_fits_counts_and_case_makes_no_difference() -> None:
    policies = (
        Policy(name="vip", tiers=("Gold",), first_answer=HOUR),
        Policy(name="urgent", priorities=("urgent",), brands=("Acme",), first_answer=HOUR),
    )
    assert policy_for(policies, "low", "gold", "X") == policies[0]
    assert policy_for(policies, "urgent", "", "acme") == policies[1]
    assert policy_for(policies, "urgent", "", "X") is policy_for(policies, "low", "", "acme") is None


weeks = st.sampled_from([{"mon-fri": "09:00-17:00"}, {"mon-sun": "00:00-24:00"}, {"mon": "22:00-06:00"}])
calendars = st.builds(Calendar, timezone=st.sampled_from([UTC, BERLIN]), hours=weeks.map(read_hours)) | st.just(ALWAYS)
minutes = st.integers(min_value=0, max_value=20_000).map(lambda number: number * MINUTE)
starts = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)).map(lambda one: one.replace(tzinfo=UTC))


@given(calendars, starts, st.integers(1, 3_000), st.lists(st.tuples(minutes, minutes), max_size=4))
def test_however_often_it_is_paused_as_much_working_time_passes_as_was_promised(
    calendar: Calendar, start: datetime, target: int, pauses: list[tuple[timedelta, timedelta]]
) -> None:
    policy = Policy(name="p", resolution=target * MINUTE, calendar=calendar)
    now, worked = start, timedelta()
    clocks = started(policy, now)
    for run, pause in pauses:
        assert clocks.resolution is not None and clocks.resolution.due is not None
        if now + run >= clocks.resolution.due:
            break
        worked += calendar.between(now, now + run)
        now += run
        clocks = resumed(paused(clocks, calendar, now), calendar, now + pause)
        now += pause
    assert clocks.resolution is not None and clocks.resolution.due is not None
    left = calendar.between(now, clocks.resolution.due)
    assert abs(worked + left - target * MINUTE) < timedelta(seconds=1)


@given(calendars, starts, st.integers(1, 3_000), st.integers(0, 4_000), st.lists(minutes, max_size=8))
def test_nothing_is_told_twice_and_a_breach_is_always_told(
    calendar: Calendar, start: datetime, target: int, warn: int, looks: list[timedelta]
) -> None:
    policy = Policy(name="p", first_answer=target * MINUTE, warn_before=warn * MINUTE, calendar=calendar)
    clocks = started(policy, start)
    said = []
    for look in [*sorted(looks), timedelta(days=3_000)]:
        clocks, told = told_now(clocks, start + look)
        said += [one.word for one in told]
        assert next_look(clocks) is None or next_look(clocks) > start + look  # type: ignore[operator]
    assert said in (["breach"], ["warning", "breach"])


@given(calendars, starts, st.integers(1, 3_000))
def test_clocks_come_back_from_where_they_are_kept_as_they_were(
    calendar: Calendar, start: datetime, target: int
) -> None:
    clocks = started(Policy(name="p", first_answer=target * MINUTE, calendar=calendar), start)
    for kept in (clocks, paused(clocks, calendar, start + MINUTE), solved(clocks, start)):
        assert json.decode(json.encode(kept), type=Clocks) == kept
