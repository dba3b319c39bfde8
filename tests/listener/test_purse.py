"""Paid sources stay within their budget, whatever fails, dies or runs at the same time."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from listener.coverage import coverage
from listener.purse import OverBudget, Purse, heading_for, month_end
from listener.status import source_statuses
from listener.store import Store, outbox, spending
from listener.store import sources as states
from sources.contract import Page, SourceError, SourceUnavailable
from sources.settings import SourceSettings

Make = Callable[..., Any]
MOST = Decimal("0.50")


class _Paid:
    """A service that charges what it is told to, for as long as it is asked."""

    budget = Decimal("1.60")
    kind = "feed"

    def __init__(self, fake: Any) -> None:
        self._fake = fake
        self.charged = Decimal(0)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._fake, name)

    def plan(self, query: Any) -> Any:
        return self._fake.plan(query)

    def most_usd(self, ask: str, cursor: str | None) -> Decimal:
        return MOST

    def most_usd_again(self, count: int) -> Decimal:
        return MOST

    async def fetch(self, ask: str, cursor: str | None, now: datetime) -> Page:
        try:
            page: Page = await self._fake.fetch(ask, cursor, now)
        except SourceError as error:
            self.charged += MOST if error.usd is None else error.usd
            raise
        self.charged += page.usd
        return page


class _PaidSettings(SourceSettings):
    kind: str = "feed"

    def open(self) -> Any:
        raise AssertionError("nothing is asked for it")

    def budget_usd(self) -> Decimal:
        return _Paid.budget


def _pages(post: Make, *costs: str) -> list[Page]:
    return [
        Page(posts=[post(n)], cursor=str(n), more=n < len(costs), usd=Decimal(cost))
        for n, cost in enumerate(costs, start=1)
    ]


def _spent(store: Store, now: datetime) -> Decimal:
    with store.read() as tx:
        return spending.spent_in(tx, spending.month_of(now)).get("x", Decimal(0))


def _state(store: Store) -> Any:
    with store.read() as tx:
        return next(state for state in states.list_sources(tx) if state.name == "x")


def test_a_poll_stops_where_its_next_page_might_pass_the_budget(make_app: Make, source: Any, post: Make) -> None:
    paid = _Paid(source("x", _pages(post, "0.40", "0.40", "0.40", "0.40")))
    app = make_app([paid])
    asked = asyncio.run(app.poller.poll(paid))
    assert paid.charged == _spent(app.store, app.poller._clock()) == Decimal("1.20")
    assert "the budget of $1.60 for November 2026 does not cover another request: $1.20 are spent" in asked.errors[0]
    assert len(paid._fake.asked) == 3


def test_the_operator_is_told_once_a_month_and_the_source_goes_on_with_the_next(
    make_app: Make, source: Any, channel: Any, post: Make, clock: Any
) -> None:
    paid = _Paid(source("x", _pages(post, "0.50", "0.50", "0.50", "0.50")))
    app = make_app([paid], [channel("support")], operator=["support"])
    for _ in range(3):
        asyncio.run(app.poll_once(["x"]))
        clock.forward(hours=2)
    assert len(paid._fake.asked) == 3
    with app.store.read() as tx:
        told = outbox.list_deliveries(tx, None, 10)
    assert [message.payload["title"] for message in told if message.kind == "report"] == [
        "Source 'x' has used up its budget"
    ]
    assert _state(app.store).next_at <= clock()  # looked at again within the hour: the budget may have been raised
    clock.now = datetime(2026, 12, 1, 0, 5, tzinfo=UTC)
    asyncio.run(app.poll_once(["x"]))
    assert len(paid._fake.asked) == 4
    assert _spent(app.store, clock()) == Decimal("0.50")
    assert _state(app.store).failing_since is None


def test_a_held_source_holds_no_other_one_up_that_shares_its_credential(
    make_app: Make, source: Any, post: Make
) -> None:
    paid = _Paid(source("x", _pages(post, "0.60", "0.60"), credential="one"))
    free = source("free", [Page(posts=[post(9)], cursor="9")], credential="one")
    app = make_app([paid, free])
    asyncio.run(app.poll_once(["x"]))
    asyncio.run(app.poll_once(["free"], mended=False))
    assert free.asked


def test_what_a_lost_answer_cost_stays_set_aside_and_a_refusal_is_given_back(
    make_app: Make, source: Any, clock: Any
) -> None:
    lost, refused = SourceUnavailable("broke off"), SourceUnavailable("500")
    refused.usd = Decimal(0)
    app = make_app([_Paid(source("x", [refused, lost]))])
    asyncio.run(app.poll_once(["x"]))
    assert _spent(app.store, clock()) == 0
    asyncio.run(app.poll_once(["x"]))
    assert _spent(app.store, clock()) == MOST


def test_status_shows_the_money_of_paid_sources_alone(make_app: Make, source: Any, post: Make, clock: Any) -> None:
    paid = _Paid(source("x", _pages(post, "0.40")))
    app = make_app([paid, source("free", [])])
    asyncio.run(app.poll_once(["x"]))
    config = msgspec.structs.replace(app.config, sources=(_PaidSettings(name="x"), app.config.sources[1]))
    with app.store.read() as tx:
        x, free = source_statuses(tx, config, clock(), coverage(tx, config))
    assert (x.usd_spent, x.usd_budget) == (0.4, 1.6)
    assert x.usd_heading_for is not None and 0.5 < x.usd_heading_for < 0.6
    assert (free.usd_spent, free.usd_budget, free.usd_heading_for) == (None, None, None)


def test_what_the_month_is_heading_for_counts_its_first_day_as_whole() -> None:
    first, tenth = datetime(2026, 11, 1, 6, tzinfo=UTC), datetime(2026, 11, 11, tzinfo=UTC)
    assert heading_for(Decimal(1), first) == 30
    assert heading_for(Decimal(10), tenth) == 30
    assert month_end(datetime(2026, 12, 31, 23, tzinfo=UTC)) == datetime(2027, 1, 1, tzinfo=UTC)


STEPS = st.lists(
    st.tuples(st.sampled_from(["ask", "answer", "refuse", "lose", "die", "tomorrow"]), st.integers(0, 9)), max_size=40
)


@pytest.fixture(scope="module")
def one_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = Store.open(f"sqlite:///{tmp_path_factory.mktemp('purse') / 'x.db'}")
    yield store
    store.close()


_NUMBERS = itertools.count()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS, st.lists(st.integers(1, 60), min_size=10, max_size=10), st.integers(0, 200))
def test_no_order_of_requests_failures_and_deaths_passes_the_budget(
    one_store: Store, steps: list[tuple[str, int]], prices: list[int], budget_cents: int
) -> None:
    """Several readers at once; a service that charges any answer, also one that never arrived, up to its price."""
    store, name = one_store, f"x{next(_NUMBERS)}"
    now = [datetime(2026, 11, 29, 12, tzinfo=UTC)]
    budget = Decimal(budget_cents) / 100
    paid = type("Paid", (), {"name": name})()
    charged: dict[str, Decimal] = {}
    under_way: list[tuple[Any, Decimal]] = []
    purse = Purse(store, lambda: now[0])
    for step, which in steps:
        price = Decimal(prices[which]) / 100
        if step == "ask":
            with contextlib.suppress(OverBudget):
                under_way.append((purse.reserve(paid, budget, price), price))
        elif step == "tomorrow":
            now[0] = min(
                now[0].replace(day=now[0].day + 1) if now[0].day < 30 else month_end(now[0]), month_end(now[0])
            )
        elif under_way:
            held, most = under_way.pop(which % len(under_way))
            cost = {"answer": most * which / 9, "refuse": Decimal(0)}.get(step, most)
            charged[held.month] = charged.get(held.month, Decimal(0)) + cost
            if step == "answer":
                with store.write() as tx:
                    purse.settle(tx, held, cost)
            elif step == "die":
                purse = Purse(store, lambda: now[0])  # the process ends here, and another one begins
            else:
                error = SourceUnavailable(step)
                error.usd = Decimal(0) if step == "refuse" else None
                purse.failed(held, error)
        for month, usd in charged.items():
            waiting = sum((most for held, most in under_way if held.month == month), Decimal(0))
            with store.read() as tx:
                counted = spending.spent_in(tx, month).get(name, Decimal(0))
            assert usd + waiting <= counted
            assert usd <= counted <= budget
