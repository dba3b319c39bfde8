"""Pauses that a service asks for hold every ask back, and starve none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sources.contract import Page
from sources.taking_turns import TakingTurns

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def turn(turns: TakingTurns, asks: str, now: datetime, pause: timedelta | None) -> tuple[str, bool, timedelta]:
    """One turn of the poller over all asks: which were read, whether one is still to be read, and the longest wish."""
    read, more, wishes = "", False, [timedelta()]
    for ask in asks:
        held = turns.held_back(ask, "at", now)
        if held is None:
            read += ask
            turns.rest(ask, Page(cursor="on"), now, pause)
        else:
            assert held.cursor == "at" and not held.posts
            more = more or held.more
            wishes.append(held.next_check or timedelta())
    return read, more, max(wishes)


def test_without_a_pause_every_ask_is_read_in_every_turn() -> None:
    turns = TakingTurns()
    for _ in range(3):
        assert turn(turns, "abc", NOW, None) == ("abc", False, timedelta())


def test_within_a_pause_one_ask_after_the_other_is_read_once_and_then_the_round_is_over() -> None:
    turns = TakingTurns()
    assert turn(turns, "abc", NOW, MINUTE) == ("a", True, MINUTE)
    assert turn(turns, "abc", NOW + MINUTE / 2, MINUTE) == ("", True, MINUTE / 2)
    assert turn(turns, "abc", NOW + MINUTE, MINUTE) == ("b", True, MINUTE)
    assert turn(turns, "abc", NOW + 2 * MINUTE, MINUTE) == ("c", False, timedelta())
    assert turn(turns, "abc", NOW + 9 * MINUTE, None) == ("abc", False, timedelta())


def test_an_ask_that_is_no_longer_asked_holds_nobody_up_for_ever() -> None:
    turns = TakingTurns()
    turn(turns, "ab", NOW, MINUTE)
    turn(turns, "a", NOW + timedelta(hours=1), None)
    assert turn(turns, "a", NOW + timedelta(days=3), None) == ("a", False, timedelta())


@given(st.lists(st.booleans(), min_size=1, max_size=30), st.integers(1, 5))
def test_no_request_is_made_within_a_pause_and_every_ask_has_its_turn(pauses: list[bool], count: int) -> None:
    turns, now, rest = TakingTurns(), NOW, NOW
    asks = "abcde"[:count]
    seen: list[str] = []
    for paused in [*pauses, *[True] * 2 * count]:
        pause = MINUTE if paused else None
        read, _, _ = turn(turns, asks, now, pause)
        assert not read or now >= rest
        assert len(read) <= 1 or not paused
        rest = now + MINUTE if read and paused else now
        seen += read
        now += MINUTE
    assert set(seen[-count:]) <= set(asks) and set(asks) <= set(seen)
