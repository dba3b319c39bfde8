"""What a paid source has spent: set aside before it is asked, counted after, never beyond its budget."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from decimal import Decimal

from listener.store import Store, spending

MONTH = "2026-03"
BUDGET = Decimal("1.00")


def _reserve(store: Store, usd: str, source: str = "x", month: str = MONTH) -> bool:
    with store.write() as tx:
        return spending.reserve(tx, source, month, Decimal(usd), BUDGET)


def _spent(store: Store, month: str = MONTH) -> dict[str, Decimal]:
    with store.read() as tx:
        return spending.spent_in(tx, month)


def test_a_reservation_counts_at_once_and_is_replaced_by_what_was_spent(store: Store) -> None:
    assert _reserve(store, "0.60")
    assert _spent(store) == {"x": Decimal("0.60")}
    assert not _reserve(store, "0.41")
    with store.write() as tx:
        spending.settle(tx, "x", MONTH, Decimal("0.60"), Decimal("0.0051"))
    assert _spent(store) == {"x": Decimal("0.0051")}
    assert _reserve(store, "0.9949")
    assert not _reserve(store, "0.000001")


def test_every_source_and_every_month_has_its_own_budget(store: Store) -> None:
    assert _reserve(store, "1")
    assert _reserve(store, "1", source="other")
    assert _reserve(store, "1", month="2026-04")
    assert not _reserve(store, "1")


def test_requests_at_the_same_time_never_pass_the_budget_together(store: Store) -> None:
    held: list[bool] = []
    threads = [threading.Thread(target=lambda: held.append(_reserve(store, "0.30"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert held.count(True) == 3
    assert _spent(store) == {"x": Decimal("0.90")}


def test_a_month_is_the_calendars_in_utc() -> None:
    assert spending.month_of(datetime.fromisoformat("2026-04-01T01:00:00+02:00")) == "2026-03"
    assert spending.month_of(datetime(2026, 4, 1, tzinfo=UTC)) == "2026-04"
