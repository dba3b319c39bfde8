"""`listener query plan`: what listening asks of each source, and what that costs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from listener.cli.tree import app as command
from listener.config import Config
from listener.configuration.tables import BrandSettings, ListenerSettings
from listener.plan_words import plan_lines, plan_shape
from listener.query_plan import SourcePlan, plan_sources, posts_a_day
from listener.store import Store, heard
from sources.contract import Page, Plan
from sources.query import Query, parse
from sources.settings import SourceSettings

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
ACME, RIVAL = parse("acme"), parse("rival")


class Planned:
    """A source at the contract that plans as it is told."""

    kind, searchable = "planned", True

    def __init__(self, settings: PlannedSettings) -> None:
        self.name = self.credential = settings.name
        self._plans = settings.plans

    def plan(self, query: Query) -> Plan:
        return self._plans[str(query)]

    async def fetch(self, ask: str, cursor: str | None, now: datetime) -> Page:
        return Page()

    async def close(self) -> None:
        pass


class Charged(Planned):
    budget = Decimal(20)

    def most_usd(self, ask: str, cursor: str | None) -> Decimal:
        return Decimal("0.50")

    def most_usd_again(self, count: int) -> Decimal:
        return Decimal("0.01") * count


class Streamed(Planned):
    def streams(self, queries: Sequence[Query]) -> Sequence[str]:
        return ["a"]

    async def read(self, *_: Any) -> Any:
        yield Page()


class Told(Planned):
    def receive(self, *_: Any) -> Any:
        return []


class PlannedSettings(SourceSettings):
    kind: str = "planned"
    plans: dict[str, Any]
    opens: Any = Planned

    def open(self) -> Any:
        return self.opens(self)


def planned(
    *, opens: Any = Planned, heard_a_day: float | None = None, rival: Plan | None = None, **plan: Any
) -> SourcePlan:
    told = Plan(**({"asks": ["a"], "coverage": "exact"} | plan))
    plans = {str(ACME): told, str(RIVAL): rival or told}
    settings = PlannedSettings(name="one", every="15m", plans=plans, opens=opens)
    config = Config(
        path=Path("config.toml"),
        listener=ListenerSettings(),
        brands=(BrandSettings(name="Acme", query="acme"),),
        sources=(settings,),
    )
    queries = [ACME] if rival is None else [ACME, RIVAL]
    [found] = plan_sources(config, queries, {} if heard_a_day is None else {"one": heard_a_day})
    return found


def words(plan: SourcePlan) -> str:
    return "\n".join(plan_lines([plan]))


def test_requests_a_day_follow_from_how_often_it_is_asked() -> None:
    plan = planned(asks=["a", "b"])
    assert (plan.requests_a_poll, plan.requests_a_day) == (2, 192)
    assert planned(asks=["a", "b"], requests=6).requests_a_day == 576
    assert plan.free and "one (planned): every 15m, 2 requests a poll, 192 a day; free" in words(plan)


def test_an_ask_that_two_brands_share_is_asked_once_and_the_widest_coverage_is_told() -> None:
    rival = Plan(asks=["b", "c"], coverage="partial", notes=["some stay unseen"], requests=4)
    plan = planned(asks=["a", "b"], rival=rival)
    assert plan.asks == ("a", "b", "c")
    assert plan.requests_a_poll == 1 + 2 + 2
    assert (plan.coverage, plan.notes) == ("partial", ("some stay unseen",))


def test_what_is_streamed_is_not_polled_and_what_is_told_is_not_asked() -> None:
    streamed = planned(opens=Streamed, asks=["a", "b"])
    assert (streamed.streams, streamed.requests_a_poll) == (("a",), 1)
    assert "streamed 'a'" in words(streamed) and "asked 'b'" in words(streamed)
    assert "read as it comes, without polls; free" in words(planned(opens=Streamed))
    told = planned(opens=Told)
    assert told.requests_a_day == 0 and told.every is None
    assert "told by others, never asked; free" in words(told)


def test_money_is_told_for_a_thousand_posts_until_a_days_posts_are_known() -> None:
    plan = planned(opens=Charged, usd_a_post=Decimal("0.005"))
    assert (plan.usd_a_day, plan.over_budget) == (None, False)
    said = words(plan)
    assert "$5.00 for 1,000 posts, how many posts a day is not known yet, $0.50 at most for the next poll" in said
    assert "and what one will cost" in said
    known = planned(opens=Charged, usd_a_post=Decimal("0.005"), heard_a_day=100.0)
    assert (known.usd_a_day, known.usd_a_month) == (Decimal("0.500"), Decimal("15.500"))
    assert "about $0.50 a day, $15.50 a month (100 posts a day of late)" in words(known)


def test_a_budget_that_will_not_do_is_told() -> None:
    plan = planned(opens=Charged, usd_a_post=Decimal("0.005"), heard_a_day=1_000.0)
    assert plan.over_budget
    assert "its budget of $20.00 a month will not do" in words(plan)
    assert plan_shape(plan)["over_budget"] is True
    capped = planned(opens=Charged, usd_a_post=Decimal("0.005"), heard_a_day=1e9)
    assert capped.usd_a_day == Decimal("0.50") * 96


def test_posts_a_day_are_those_of_the_hours_of_listening(store: Store) -> None:
    with store.write() as tx:
        for hour in range(48):
            at = NOW - timedelta(hours=hour)
            assert posts_a_day(tx, NOW) == ({} if hour < 24 else {"blogs": 240.0})
            heard.at_work(tx, at)
            heard._add(tx, "blogs", {heard.ALL_BRANDS: 10, "Acme": 3}, at)
        heard._add(tx, "blogs", {heard.ALL_BRANDS: 10_000}, NOW - timedelta(days=8))
        assert posts_a_day(tx, NOW) == {"blogs": 240.0}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(
        '[[brands]]\nname = "Acme"\nquery = "acme"\n[[brands]]\nname = "Rival"\nquery = "rival"\n'
        '[[sources]]\nkind = "hackernews"\nname = "hn\\u202e"\n'
    )
    return path


def run(config: Path, *arguments: str) -> Any:
    return CliRunner().invoke(command, ["query", "plan", *arguments, "--config", str(config)])


def test_the_command_plans_a_brand_a_query_or_all_brands(config: Path) -> None:
    assert "asked 'acme' (" in run(config, "Acme").output
    assert "asked 'acme', 'rival' (" in run(config).output
    result = run(config, "--query", '"acme kettle"')
    assert result.exit_code == 0
    assert "In all: 96 requests a day, $0.00 a day, $0.00 a month." in result.output
    assert "\u202e" not in result.output
    assert not (config.parent / "listener.db").exists()


def test_a_brand_that_is_not_there_or_a_query_that_is_none_is_wrong_use(config: Path) -> None:
    for arguments, says in (
        (["Akme"], "no brand is named 'Akme'; configured: Acme, Rival"),
        (["--query", "acme AND"], "^"),
        (["Acme", "--query", "x"], "not both"),
    ):
        result = run(config, *arguments)
        assert result.exit_code == 2 and says in result.output
