"""A spike is more than the hour's rhythm and chance explain; a busy morning is none."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.spikes import at_least, spike

WEEKS = 4
NOW = 500_000 * 1.0 - (500_000 % 168) + 10  # 10:00 of the first day of a week
HOURS = range(int(NOW) - WEEKS * 168, int(NOW))


def daily(busy: float, quiet: float, seed: int = 1) -> dict[int, int]:
    """Counts with a busy day from 8 to 20 and a quiet night."""
    chance = Random(seed)
    mean = {hour: busy if 8 <= hour % 24 < 20 else quiet for hour in HOURS}
    return {hour: sum(chance.random() < mean[hour] / 60 for _ in range(60)) for hour in HOURS}


def test_ten_times_as_much_as_usual_is_a_spike_and_says_what_is_usual() -> None:
    found = spike(daily(6, 1), set(HOURS), NOW, 60, least=10, times=3)
    assert found is not None and 4 < found.expected < 8 and found.chance < 1e-10


def test_what_is_usual_in_the_morning_is_a_spike_at_night() -> None:
    counts = daily(12, 0.5)
    assert spike(counts, set(HOURS), NOW, 15, least=10, times=3) is None
    assert spike(counts, set(HOURS), NOW - 7, 15, least=10, times=3) is not None


def test_a_bursty_brand_needs_more() -> None:
    chance = Random(2)
    bursty = {hour: 40 if chance.random() < 0.1 else 1 for hour in HOURS}
    assert spike(bursty, set(HOURS), NOW, 40, least=10, times=3) is None
    assert spike(bursty, set(HOURS), NOW, 400, least=10, times=3) is not None


def test_little_is_no_spike_and_neither_is_much_where_nothing_is_known() -> None:
    assert spike(daily(6, 1), set(HOURS), NOW, 9, least=10, times=3) is None
    assert spike({int(NOW) - 5: 3}, set(HOURS), NOW, 500, least=10, times=3) is None


def test_a_spike_that_goes_on_does_not_explain_itself() -> None:
    counts = daily(6, 1)
    counts[int(NOW) - 1] = counts[int(NOW)] = 500
    assert spike(counts, set(HOURS), NOW + 0.5, 60, least=10, times=3) is not None


@pytest.mark.parametrize(("count", "mean", "expected"), [(0, 3.0, 1.0), (1, 1.0, 0.6321), (10, 3.0, 0.0011)])
def test_the_chance_of_a_poisson_count_is_that_of_the_textbook(count: int, mean: float, expected: float) -> None:
    assert at_least(count, mean, 1.0) == pytest.approx(expected, abs=0.0001)


@given(st.integers(0, 3_000), st.floats(0.001, 500), st.floats(1, 60))
def test_a_chance_is_one_and_never_grows_with_the_count(count: int, mean: float, dispersion: float) -> None:
    one, more = at_least(count, mean, dispersion), at_least(count + 1, mean, dispersion)
    assert 0.0 <= more <= one + 1e-9 <= 1.0 + 1e-9
