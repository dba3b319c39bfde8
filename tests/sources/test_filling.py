"""The kinds that walk by windows of time read a declared gap: it is given, or what is left of it is declared again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from gdelt_service import GdeltService
from github_service import GitHubService
from hackernews_service import HackerNewsService
from hypothesis import given, settings
from hypothesis import strategies as st
from polling import NOW, START
from stackexchange_service import StackExchangeService

import sources.window_walk as walking
from sources.abilities import Filling
from sources.contract import Gap, Page, Source
from sources.registry import settings_class

LATER = START + 50_000
"""When the gap is filled."""


KINDS = {
    "hackernews": (HackerNewsService, "acme", "sources.hackernews.HITS", {}),
    "stackexchange": (StackExchangeService, "stackoverflow/acme", "sources.stackexchange.QUESTIONS", {}),
    "gdelt": (GdeltService, "acme", "sources.gdelt.ARTICLES", {"pace": "0s"}),
    "github": (GitHubService, "is:issue acme", "sources.github.ISSUES", {}),
}


@pytest.fixture(scope="module", params=sorted(KINDS))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def service(kind: str) -> Iterator[Any]:
    with KINDS[kind][0]() as started:
        yield started


def opened(kind: str, service: Any, **more: Any) -> Source:
    told = {"kind": kind, "name": "one", "allow_private": True, "backfill": "7d"} | KINDS[kind][3] | more
    return settings_class(kind).model_validate({"base_url": getattr(service, "base_url", service.url)} | told).open()


def at(tick: float) -> datetime:
    return datetime.fromtimestamp(tick, UTC)


def filled(source: Source, ask: str, gap: Gap, crashes: tuple[int, ...] = ()) -> list[Page]:
    """Fills the gap as the ledger does: a page and its cursor together, or neither."""

    async def fill() -> list[Page]:
        assert isinstance(source, Filling)
        pages: list[Page] = []
        cursor: str | None = None
        for step in range(2_000):
            page = await source.fill(ask, gap, cursor, at(LATER + step))
            if step in crashes:
                continue
            pages.append(page)
            cursor = page.cursor
            if not page.more:
                await source.close()
                return pages
        raise AssertionError("the gap is filled for ever")

    return asyncio.run(fill())


def tells(gap: Gap, tick: int) -> bool:
    return (gap.since is None or gap.since <= at(tick)) and (gap.until is None or at(tick) < gap.until)


@given(
    moments=st.lists(st.integers(-500, 4_000) | st.sampled_from([0, 1_000, 1_001]), max_size=30),
    since=st.floats(0, 2_000),
    length=st.floats(0.5, 2_500),
    cap=st.integers(1, 6),
    most_pages=st.sampled_from([2, 7, 400]),
    crashes=st.lists(st.integers(0, 9), max_size=3),
)
@settings(max_examples=25, deadline=None)
def test_what_the_service_has_in_the_gap_is_given_or_declared_again_as_a_narrower_gap(
    kind: str,
    service: Any,
    moments: list[int],
    since: float,
    length: float,
    cap: int,
    most_pages: int,
    crashes: list[int],
) -> None:
    service.renew()
    if kind in ("stackexchange", "gdelt"):
        service.cap = cap
    for number, moment in enumerate(moments):
        service.add(100 + number, START + moment)
    service.now = LATER
    began, ended = at(START + since), at(START + since + length)
    gap = Gap(since=began, until=ended, why="asleep")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(KINDS[kind][2], cap)
        pages = filled(opened(kind, service, most_pages=most_pages), KINDS[kind][1], gap, tuple(crashes))
    given_ids = {post.external_id.rpartition("/")[2] for page in pages for post in page.posts}
    left = [one for page in pages for one in page.gaps]
    for item in service.items:
        if tells(gap, item.at):
            assert str(item.id) in given_ids or any(tells(one, item.at) for one in left)
    for one in left:
        assert one.since is not None and one.until is not None
        assert began - timedelta(seconds=1) < one.since and one.until < ended + timedelta(seconds=1)


def test_the_property_finds_a_walk_that_stops_at_its_first_page(
    kind: str, service: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.renew()
    for number in range(12):
        service.add(100 + number, START + number * 50)
    service.now = LATER
    if kind in ("stackexchange", "gdelt"):
        service.cap = 2
    monkeypatch.setattr(KINDS[kind][2], 2)
    gap = Gap(since=at(START), until=at(START + 600), why="asleep")
    whole = filled(opened(kind, service), KINDS[kind][1], gap)
    assert len({post.external_id for page in whole for post in page.posts}) == 12
    monkeypatch.setattr(walking, "_next_window", lambda walk, shown, end: (walk.low, walk.since, []))
    pages = filled(opened(kind, service), KINDS[kind][1], gap)
    assert len({post.external_id for page in pages for post in page.posts}) < 12


def test_a_gap_up_to_now_is_filled_up_to_now(kind: str, service: Any) -> None:
    service.renew()
    service.add(1, LATER - 100)
    service.add(2, LATER - 5_000)
    service.now = LATER
    pages = filled(opened(kind, service), KINDS[kind][1], Gap(since=at(LATER - 1_000), until=None, why="asleep"))
    assert [post.external_id.rpartition("/")[2] for page in pages for post in page.posts] == ["1"]


def test_a_cursor_that_cannot_be_read_begins_the_gap_anew(kind: str, service: Any) -> None:
    service.renew()
    service.add(1, START + 10)
    service.now = LATER
    source = opened(kind, service)
    assert isinstance(source, Filling)
    gap = Gap(since=at(START), until=at(START + 60), why="asleep")
    page = asyncio.run(source.fill(KINDS[kind][1], gap, "oops", at(LATER)))
    assert len(page.posts) == 1 and not page.more


def test_what_gdelt_cannot_reach_any_more_is_declared_again_and_not_asked() -> None:
    with GdeltService() as service:
        source = opened("gdelt", service)
        old = Gap(since=NOW - timedelta(days=200), until=NOW - timedelta(days=120), why="asleep")
        (page,) = filled(source, "acme", old)
        assert [(gap.since, gap.until) for gap in page.gaps] == [(old.since, old.until)]
        assert service.params == []
        service.add(1, START - 100)
        service.now = LATER
        pages = filled(source, "acme", Gap(since=NOW - timedelta(days=200), until=NOW, why="asleep"))
        (gap,) = [gap for page in pages for gap in page.gaps]
        assert gap.since == NOW - timedelta(days=200) and gap.until is not None
        assert NOW - timedelta(days=90) < gap.until < NOW - timedelta(days=88)
        assert sum(len(page.posts) for page in pages) == 1


def test_a_gap_is_filled_only_when_the_service_wants_to_be_asked() -> None:
    with GitHubService() as service:
        service.allowed = 1
        service.now = START
        source = opened("github", service)
        asyncio.run(source.fetch("is:issue acme", None, NOW))
        assert isinstance(source, Filling)
        gap = Gap(since=NOW - timedelta(days=9), until=NOW - timedelta(days=8), why="asleep")
        page = asyncio.run(source.fill("is:issue acme", gap, None, NOW + timedelta(seconds=10)))
        assert page.more and page.next_check is not None and not page.posts
        assert len(service.searches) == 1
