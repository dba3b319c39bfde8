"""When nothing has been heard for too long, over simulated weeks."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from random import Random
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.silence import LEAST_HISTORY_HOURS, rhythm

WEEK = 168
ALWAYS = range(100_000)


def _benchmark() -> ModuleType:
    path = Path(__file__).resolve().parents[2] / "benchmarks" / "silence.py"
    spec = importlib.util.spec_from_file_location("silence_benchmark", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SIMULATION = _benchmark()


def _hourly(hours: range, count: int = 3) -> dict[int, int]:
    return dict.fromkeys(hours, count)


def test_an_hour_without_posts_is_news_only_where_posts_come_all_the_time() -> None:
    busy = rhythm(_hourly(range(4 * WEEK), 100), ALWAYS)
    calm = rhythm(_hourly(range(0, 4 * WEEK, 24), 1), ALWAYS)
    assert busy is not None and calm is not None
    assert busy.silence(ALWAYS, 0, 4 * WEEK + 1).quiet
    assert not calm.silence(ALWAYS, 0, 4 * WEEK + 100).quiet


def test_the_quiet_of_a_night_or_of_a_weekend_is_no_silence() -> None:
    open_hours = [hour for hour in range(4 * WEEK) if hour % 24 in range(8, 18) and (hour // 24) % 7 < 5]
    usual = rhythm(dict.fromkeys(open_hours, 20), ALWAYS)
    assert usual is not None
    friday_evening, monday_morning = open_hours[-1], 4 * WEEK + 8
    assert not usual.silence(ALWAYS, 0, monday_morning).quiet
    assert usual.silence(ALWAYS, 0, monday_morning + 26).quiet
    assert usual.last == friday_evening


def test_hours_in_which_listener_was_off_are_no_silence() -> None:
    usual = rhythm(_hourly(range(4 * WEEK)), ALWAYS)
    assert usual is not None
    assert usual.silence(ALWAYS, 0, 5 * WEEK).quiet
    off = range(4 * WEEK)
    assert usual.silence(off, 0, 5 * WEEK).hours == 0 and not usual.silence(off, 0, 5 * WEEK).quiet


def test_the_time_before_a_failure_ended_is_no_silence() -> None:
    usual = rhythm(_hourly(range(4 * WEEK)), ALWAYS)
    assert usual is not None
    assert not usual.silence(ALWAYS, 5 * WEEK - 1, 5 * WEEK).quiet


@pytest.mark.parametrize("days", [1, 5, 13])
def test_of_its_first_days_nothing_is_decided(days: int) -> None:
    assert rhythm(_hourly(range(days * 24)), ALWAYS) is None


def test_with_too_few_posts_nothing_is_decided() -> None:
    assert rhythm(_hourly(range(0, 8 * WEEK, 60), 5), ALWAYS) is None
    assert rhythm({}, ALWAYS) is None


def test_a_burst_a_day_makes_nobody_expect_one_an_hour() -> None:
    bursts = {hour: 500 if hour % 24 == 12 else 0 for hour in range(4 * WEEK)}
    usual = rhythm(bursts, ALWAYS)
    assert usual is not None
    assert not usual.silence(ALWAYS, 0, 4 * WEEK + 11).quiet
    assert usual.silence(ALWAYS, 0, 4 * WEEK + 80).quiet


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(st.integers(0, 6 * WEEK), st.integers(0, 10**9), max_size=300),
    st.integers(0, 6 * WEEK),
    st.integers(0, 8 * WEEK),
)
def test_any_history_gives_an_answer_and_silence_only_grows(counts: dict[int, int], working: int, now: int) -> None:
    usual = rhythm(counts, range(working))
    if usual is None:
        return
    assert usual.dispersion >= 1 and all(rate > 0 for rate in usual.by_hour)
    before, after = usual.silence(ALWAYS, 0, now), usual.silence(ALWAYS, 0, now + 24)
    assert before.expected <= after.expected and before.chance >= after.chance >= 0
    assert after.quiet or not before.quiet


@pytest.mark.parametrize(("a_day", "within"), [(5, 250), (100, 96)])
def test_dead_sources_are_noticed_and_living_ones_are_left_alone(a_day: int, within: int) -> None:
    alarms = 0
    for shape in ("even", "bursty", "nightly quiet", "office hours"):
        rate, burst = SIMULATION.SHAPES[shape]
        counts = SIMULATION.simulated(rate, a_day, burst, 10, Random(f"{shape} {a_day}"))
        alarms += SIMULATION.false_alarms(counts, 10)
        delay = SIMULATION.noticed_after(counts, 8 * WEEK + 30)
        assert delay is not None and delay <= within
    assert alarms <= 1  # in 32 weeks; benchmarks/silence.py counts over thousands


def test_the_history_that_is_needed_is_two_weeks() -> None:
    assert LEAST_HISTORY_HOURS == 2 * WEEK
    assert rhythm(_hourly(range(2 * WEEK)), ALWAYS) is not None
