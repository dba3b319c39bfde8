"""Asks a source as the poller does, through histories that lose posts where a source is careless."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

import pytest
from hypothesis import strategies as st

import sources.window_walk as walking
from sources.contract import Gap, Page, Source
from sources.post import Post

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
START = int(NOW.timestamp())


@dataclass(kw_only=True)
class Item:
    """One post of a service, in seconds: where it stands, and from when to when the service shows it."""

    id: int
    at: int
    shown_from: int = 0
    deleted_at: int = 10**12
    moved_at: list[int] = field(default_factory=list)
    told: dict[str, Any] = field(default_factory=dict)

    def is_shown(self, now: int) -> bool:
        return self.shown_from <= now < self.deleted_at

    def place(self, now: int) -> int:
        """Where it stands at that time: some services move what is changed."""
        return max([self.at, *(moved for moved in self.moved_at if moved <= now)])


class Service(Protocol):
    """A service on this machine, with its own clock."""

    now: int
    items: list[Item]


@dataclass
class Reader:
    """Keeps what a source yields for one ask, as the poller does: a page and its cursor together, or neither."""

    source: Source
    service: Service
    ask: str
    cursor: str | None = None
    kept: list[Post] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    pages: int = 0

    def poll(self, at: int, pace: int = 0, crashes: Sequence[int] = ()) -> None:
        """Reads on until there is no more. `crashes` are the requests of which nothing is kept."""
        asyncio.run(self._poll(at, pace, crashes))

    async def _poll(self, at: int, pace: int, crashes: Sequence[int]) -> None:
        for _ in range(800):
            self.service.now = at
            page = await self.source.fetch(self.ask, self.cursor, datetime.fromtimestamp(at, UTC))
            at += pace
            self.pages += 1
            if self.pages in crashes:
                continue
            self._keep(page)
            if not page.more:
                await self.source.close()
                return
        raise AssertionError("the walk does not end")

    def _keep(self, page: Page) -> None:
        self.kept += page.posts
        self.gaps += page.gaps
        self.notes += page.notes
        self.cursor = page.cursor

    def ids(self) -> set[str]:
        return {post.external_id for post in self.kept}

    def missing(self, began: int, since: int) -> set[int]:
        """What the service showed in one place all through the last walk, and was neither kept nor told as a gap."""
        end = self.service.now
        return {
            item.id
            for item in self.service.items
            if item.is_shown(began) and item.is_shown(end) and since <= item.place(began) == item.place(end)
            if str(item.id) not in self.ids() and not any(_tells(gap, item.place(end)) for gap in self.gaps)
        }


def _tells(gap: Gap, at: int) -> bool:
    time = datetime.fromtimestamp(at, UTC)
    return (gap.since is None or gap.since <= time) and (gap.until is None or time < gap.until)


@dataclass(frozen=True)
class History:
    """Posts, polls and mishaps. cap: posts that one answer holds; pace: seconds between two requests."""

    items: list[Item]
    polls: list[int]
    cap: int
    pace: int
    crashes: list[int]


@st.composite
def histories(draw: st.DrawFn, lag: int) -> History:
    """Posts out of order and in the same second, up to `lag` seconds late in the index, some deleted in between."""
    moments = st.one_of(st.integers(-400, 5_000), st.sampled_from([0, 600, 601]))
    moves = st.lists(st.integers(1, 9_000), max_size=2)
    posts = draw(st.lists(st.tuples(moments, st.integers(0, lag), st.integers(0, 20_000), moves), max_size=40))
    items = [
        Item(
            id=100 + n,
            at=START + at,
            shown_from=START + at + late,
            deleted_at=START + at + late + stays,
            moved_at=[START + at + moved for moved in moved_later],
        )
        for n, (at, late, stays, moved_later) in enumerate(posts)
    ]
    return History(
        items=items,
        polls=sorted(draw(st.lists(st.integers(0, 9_000), min_size=1, max_size=4))),
        cap=draw(st.integers(1, 7)),
        pace=draw(st.integers(0, 5)),
        crashes=draw(st.lists(st.integers(1, 12), max_size=3)),
    )


def walk_through(history: History, reader: Reader) -> None:
    """Polls through a history; after the last walk nothing may be missing."""
    reader.service.items = history.items
    at = began = START
    for poll in history.polls:
        began = at = max(at, START + poll)
        reader.poll(at, history.pace, history.crashes)
        at = reader.service.now + 1
    assert reader.missing(began, START - 7 * 86_400) == set()


DEFECTS = ["mark moved before the walk closed", "no stretch read again", "first page is all"]


def seed_defect(monkeypatch: pytest.MonkeyPatch, module: str, defect: str) -> None:
    """Breaks the walk of a kind that lives in `module`."""
    if defect == "no stretch read again":
        begin: Callable[..., Any] = walking._begin
        monkeypatch.setattr(walking, "_begin", lambda read_to, low, traces: begin(read_to, read_to, traces))
    elif defect == "first page is all":
        monkeypatch.setattr(walking, "_next_window", lambda walk, shown, end: (walk.low, walk.since, []))
    else:

        def too_early(*told: Any) -> Any:
            step = walking.advance(*told)
            replace = walking.msgspec.structs.replace
            moved = replace(step.standing, between=True, read_to=step.standing.walk.top)
            return replace(step, standing=moved, more=False)

        monkeypatch.setattr(f"{module}.advance", too_early)
