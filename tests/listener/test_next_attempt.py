from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from listener.delivery.next_attempt import CAP, next_attempt, spread

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


@given(st.integers(1, 10_000), st.integers(0, 2**32))
def test_without_a_wish_of_the_receiver_the_next_try_lies_between_a_second_and_a_quarter_of_an_hour(
    attempts: int, seed: int
) -> None:
    wait = next_attempt(attempts, None, NOW, Random(seed)) - NOW
    assert timedelta(seconds=1) <= wait <= CAP


@given(st.integers(1, 50), st.integers(0, 86_400))
def test_a_receiver_that_names_its_patience_is_never_asked_before(attempts: int, seconds: int) -> None:
    wish = timedelta(seconds=seconds)
    assert next_attempt(attempts, wish, NOW, Random(1)) > NOW + wish


def test_tries_grow_apart_on_average() -> None:
    def mean(attempts: int) -> float:
        return sum((next_attempt(attempts, None, NOW, Random(seed)) - NOW).total_seconds() for seed in range(300)) / 300

    assert mean(1) < mean(3) < mean(6)


@given(st.integers(1, 86_400), st.integers(0, 2**32))
def test_an_interval_is_moved_by_at_most_a_tenth(seconds: int, seed: int) -> None:
    every = timedelta(seconds=seconds)
    assert every * 0.9 <= spread(every, Random(seed)) <= every * 1.1
