"""What a model elsewhere has cost on a day: set aside before it is asked, counted after, never beyond the limit."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from decimal import Decimal

from listener.store import Store, reading_costs

DAY = "2026-11-29"
LIMIT = Decimal("1.00")


def _reserve(store: Store, usd: str, day: str = DAY) -> bool:
    with store.write() as tx:
        return reading_costs.reserve(tx, day, Decimal(usd), LIMIT)


def test_what_is_set_aside_is_replaced_by_what_was_spent_and_the_limit_is_kept(store: Store) -> None:
    with store.read() as tx:
        assert reading_costs.cost_of(tx, DAY) is None
    assert _reserve(store, "0.60")
    assert not _reserve(store, "0.41")
    assert _reserve(store, "0.41", day="2026-11-30")
    with store.write() as tx:
        reading_costs.settle(tx, DAY, Decimal("0.60"), Decimal("0.01"), 9, 1_000, 200)
        reading_costs.count_left(tx, DAY, 3, "it was slow")
        reading_costs.count_left(tx, DAY, 2, "it was down")
    with store.read() as tx:
        told = reading_costs.cost_of(tx, DAY)
    assert told == reading_costs.DayCost(
        requests=1, posts=9, read_tokens=1_000, written_tokens=200, usd=Decimal("0.01"), left=5, trouble="it was down"
    )


def test_requests_at_the_same_time_never_pass_the_limit_together(store: Store) -> None:
    held: list[bool] = []
    threads = [threading.Thread(target=lambda: held.append(_reserve(store, "0.30"))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert held.count(True) == 3


def test_a_day_is_the_calendars_in_utc() -> None:
    assert reading_costs.day_of(datetime.fromisoformat("2026-11-30T01:00:00+02:00")) == DAY
    assert reading_costs.day_of(datetime(2026, 11, 30, tzinfo=UTC)) == "2026-11-30"
