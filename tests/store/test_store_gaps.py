"""The coverage ledger on each database."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from listener.store import Store, gaps
from sources.contract import Gap

HOUR = timedelta(hours=1)


def _only(store: Store) -> gaps.KeptGap:
    with store.read() as tx:
        (found,) = gaps.list_gaps(tx)
    return found


def test_gaps_are_kept_with_their_reasons(store: Store, now: datetime) -> None:
    told = [Gap(since=now - HOUR, until=now, why="only the first page"), Gap(since=None, until=None, why="unknown")]
    with store.write() as tx:
        gaps.put_gaps(tx, "bluesky", "acme", told, now)
        gaps.put_gaps(tx, "hn", "", told[:1], now - timedelta(days=9))
        gaps.put_gaps(tx, "hn", "", [], now)
        kept = gaps.newest_of_each(tx, 2)
        assert [(gap.why, gap.state) for gap in kept["bluesky"]] == [
            ("unknown", "unread"),
            ("only the first page", "open"),
        ]
        assert {name: [gap.why for gap in found] for name, found in gaps.newest_of_each(tx, 1).items()} == {
            "bluesky": ["unknown"],
            "hn": ["only the first page"],
        }
        assert len(gaps.list_gaps(tx)) == 3
        assert gaps.count_gaps(tx) == {"bluesky": gaps.GapCount(2, 0), "hn": gaps.GapCount(1, 0)}


@pytest.mark.parametrize(
    "stretches",
    [
        [(-3, -1), (-3, -1), (-2, -1)],
        [(None, -1), (None, -1), (-9, -2)],
        [(None, None), (None, None), (-9, None)],
        [(-2, None), (-2, None), (-1, 0)],
    ],
)
def test_what_is_declared_at_every_poll_stands_once(
    store: Store, now: datetime, stretches: list[tuple[int | None, int | None]]
) -> None:
    for polled, (since, until) in enumerate(stretches):
        told = Gap(
            since=None if since is None else now + since * HOUR,
            until=None if until is None else now + until * HOUR,
            why="the service shows no more",
        )
        with store.write() as tx:
            gaps.put_gaps(tx, "hn", "acme", [told], now + polled * HOUR)
    assert _only(store).why == "the service shows no more"


def test_stretches_that_meet_are_one_and_those_apart_or_for_other_reasons_are_not(store: Store, now: datetime) -> None:
    def put(since: int, until: int, why: str = "too many") -> None:
        with store.write() as tx:
            gaps.put_gaps(tx, "hn", "", [Gap(since=now + since * HOUR, until=now + until * HOUR, why=why)], now)

    put(-9, -8)
    put(-8, -6)
    assert (_only(store).since, _only(store).until) == (now - 9 * HOUR, now - 6 * HOUR)
    put(-5, -4)
    put(-9, -6, "for another reason")
    with store.read() as tx:
        assert len(gaps.list_gaps(tx)) == 3


def test_a_gap_that_is_being_filled_is_not_made_longer(store: Store, now: datetime) -> None:
    with store.write() as tx:
        gaps.put_gaps(tx, "hn", "", [Gap(since=now - 2 * HOUR, until=now - HOUR, why="too many")], now)
        (gap,) = gaps.due(tx, now, 10)
        assert gaps.begin_try(tx, gap, now + HOUR)
        assert gaps.due(tx, now, 10) == []
        gaps.put_gaps(tx, "hn", "", [Gap(since=now - HOUR, until=now, why="too many")], now)
        assert len(gaps.list_gaps(tx)) == 2
        assert gaps.close(tx, gap, now)
        assert gaps.count_gaps(tx) == {"hn": gaps.GapCount(1, 1)}


def test_what_was_read_back_is_not_a_gap_again(store: Store, now: datetime) -> None:
    told = Gap(since=now - 2 * HOUR, until=now - HOUR, why="too many")
    with store.write() as tx:
        gaps.put_gaps(tx, "hn", "", [told], now)
        assert gaps.close(tx, gaps.due(tx, now, 1)[0], now)
        gaps.put_gaps(tx, "hn", "", [told], now + HOUR)
    assert _only(store).state == "filled"


def test_only_who_knows_where_a_gap_stands_moves_it(store: Store, now: datetime) -> None:
    with store.write() as tx:
        gaps.put_gaps(tx, "hn", "", [Gap(since=now - 2 * HOUR, until=now - HOUR, why="too many")], now)
        (gap,) = gaps.due(tx, now, 10)
        assert gaps.go_on(tx, gap, "one", now)
        assert not gaps.go_on(tx, gap, "other", now)
        assert not gaps.close(tx, gap, now)
    assert (_only(store).cursor, _only(store).state) == ("one", "open")


def test_a_gap_given_up_stays_so_and_one_never_tried_is_opened_again(store: Store, now: datetime) -> None:
    with store.write() as tx:
        for number in (1, 2):
            gaps.put_gaps(tx, f"hn{number}", "", [Gap(since=now - HOUR, until=now, why="too many")], now)
        second, first = gaps.due(tx, now, 10)
        gaps.put_off(tx, first, 12, None, "given up after 12 tries")
        gaps.put_off(tx, second, 0, None, "no source can read it back")
        assert gaps.reconsider(tx, ["hn1", "hn2"], now) == 1
        assert [gap.source for gap in gaps.due(tx, now, 10)] == ["hn2"]
