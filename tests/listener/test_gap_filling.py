"""Declared gaps are read back, in their credential's turn, with a fake source at the contract."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from listener.gap_filling import COSTS, MOST_TRIES, NOBODY_CAN
from listener.store import gaps, mentions
from listener.store import sources as states
from sources.contract import Gap, Page, SourceBusy, SourceUnavailable

Make = Callable[..., Any]

START = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
LEFT_OUT = Gap(since=START - 5 * HOUR, until=START - 3 * HOUR, why="more came than one search shows")


def declaring(gap: Gap = LEFT_OUT) -> Page:
    return Page(cursor="1", gaps=[gap])


@pytest.fixture
def filling(source: Any) -> Make:
    """Makes a source that fills: its steps are told beforehand, an error in their place is raised."""

    class FillingSource(source):  # type: ignore[misc]  # the fixture is a class
        def __init__(self, name: str, pages: Sequence[Any], steps: Sequence[Any] = (), **options: Any) -> None:
            super().__init__(name, pages, **options)
            self.steps = list(steps)
            self.filled: list[tuple[str, Gap, str | None]] = []
            self.at_once = 0

        async def fill(self, ask: str, gap: Gap, cursor: str | None, now: datetime) -> Page:
            self.at_once += 1
            assert self.at_once == 1
            self.filled.append((ask, gap, cursor))
            await asyncio.sleep(0)
            self.at_once -= 1
            answer = self.steps.pop(0)
            if isinstance(answer, Exception):
                raise answer
            assert isinstance(answer, Page)
            return answer

    return FillingSource


def _poll(app: Any) -> None:
    asyncio.run(app.poll_once(list(app.sources)))


def _work(app: Any) -> None:
    app.upkeep.queue_fills()
    asyncio.run(app.engine.run_until_idle(8))


def _gaps(app: Any) -> list[gaps.KeptGap]:
    with app.store.read() as tx:
        return gaps.list_gaps(tx)


def _kept(app: Any) -> list[str]:
    with app.store.read() as tx:
        return sorted(one.post.external_id for one in mentions.list_mentions(tx, mentions.MentionFilter(limit=100)))


def test_a_gap_is_read_back_step_by_step_and_closed(make_app: Make, filling: Make, post: Make) -> None:
    steps = [Page(posts=[post(1)], cursor="a", more=True), Page(posts=[post(2)], cursor="b")]
    blogs = filling("blogs", [declaring()], steps)
    app = make_app([blogs])
    _poll(app)
    assert [(ask, cursor) for ask, _, cursor in blogs.filled] == [("", None), ("", "a")]
    assert {(gap.since, gap.until) for _, gap, _ in blogs.filled} == {(LEFT_OUT.since, LEFT_OUT.until)}
    assert [gap.state for gap in _gaps(app)] == ["filled"]
    assert _kept(app) == ["1", "2"]


def test_what_stays_unread_is_a_narrower_gap(make_app: Make, filling: Make, post: Make) -> None:
    left = Gap(since=LEFT_OUT.since, until=START - 4 * HOUR, why=LEFT_OUT.why)
    blogs = filling("blogs", [declaring()], [Page(posts=[post(1)], cursor="a", gaps=[left]), Page(cursor="b")])
    app = make_app([blogs])
    _poll(app)
    assert [(gap.since, gap.until, gap.state) for gap in reversed(_gaps(app))] == [
        (LEFT_OUT.since, LEFT_OUT.until, "filled"),
        (left.since, left.until, "filled"),
    ]


def test_a_gap_of_which_nothing_can_be_read_is_tried_a_bounded_number_of_times(
    make_app: Make, filling: Make, clock: Any
) -> None:
    again = Page(cursor="a", gaps=[LEFT_OUT])
    blogs = filling("blogs", [declaring()], [again] * (MOST_TRIES + 5))
    app = make_app([blogs])
    _poll(app)
    for _ in range(MOST_TRIES + 5):
        clock.forward(minutes=20)
        _work(app)
    (gap,) = _gaps(app)
    assert len(blogs.filled) == MOST_TRIES
    assert gap.state == "unread" and gap.trouble == f"given up after {MOST_TRIES} tries: {LEFT_OUT.why}"


def test_a_failed_step_is_tried_again_where_it_stood(make_app: Make, filling: Make, post: Make, clock: Any) -> None:
    steps = [Page(posts=[post(1)], cursor="a", more=True), SourceUnavailable("no answer"), Page(cursor="b")]
    blogs = filling("blogs", [declaring()], steps)
    app = make_app([blogs])
    _poll(app)
    (gap,) = _gaps(app)
    assert (gap.state, gap.tries, gap.trouble) == ("open", 1, "no answer")
    clock.forward(minutes=20)
    _work(app)
    assert [cursor for _, _, cursor in blogs.filled] == [None, "a", "a"]
    assert _gaps(app)[0].state == "filled"


def test_a_service_that_asks_for_patience_gets_it_for_polls_too(make_app: Make, filling: Make, clock: Any) -> None:
    busy = SourceBusy("slow down", timedelta(minutes=30))
    blogs = filling("blogs", [declaring()], [busy, Page(cursor="b")])
    app = make_app([blogs])
    _poll(app)
    with app.store.read() as tx:
        assert states.list_sources(tx)[0].blocked_until == START + timedelta(minutes=30, seconds=1)
    clock.forward(minutes=29)
    _work(app)
    assert (len(blogs.filled), _gaps(app)[0].tries) == (1, 0)
    clock.forward(minutes=2)
    _work(app)
    assert _gaps(app)[0].state == "filled"


def test_many_gaps_of_a_source_that_waits_keep_no_other_from_being_filled(
    make_app: Make, filling: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("listener.gap_filling.MOST_LOOKED_AT", 2)
    far = [Gap(since=START - (9 * n + 1) * HOUR, until=START - 9 * n * HOUR, why="too many") for n in range(1, 5)]
    busy = filling("busy", [Page(cursor="1", gaps=far)], [SourceBusy("429", HOUR)])
    blogs = filling("blogs", [declaring()], [Page(cursor="b")])
    app = make_app([blogs, busy])
    asyncio.run(app.poll_once(["blogs"], mended=False))
    with app.store.write() as tx:
        states.block_credential(tx, "host:busy", START + HOUR)
        gaps.put_gaps(tx, "busy", "", far, START)
        gaps.put_gaps(tx, "blogs", "", [Gap(since=START - 3 * HOUR, until=START - 2 * HOUR, why="again")], START)
        gaps.put_gaps(tx, "busy", "", [replace(gap, why="newer") for gap in far], START)
    blogs.steps = [Page(cursor="c")]
    _work(app)
    assert {gap.state for gap in _gaps(app) if gap.source == "blogs"} == {"filled"}
    assert not busy.filled


def test_what_a_source_is_asked_is_planned_once_and_not_for_each_gap(make_app: Make, filling: Make) -> None:
    far = [Gap(since=START - (9 * n + 1) * HOUR, until=START - 9 * n * HOUR, why="too many") for n in range(1, 41)]
    blogs = filling("blogs", [Page(cursor="1", gaps=far)], [Page(cursor="b")] * 40, asks=["acme"])
    app = make_app([blogs])
    planned: list[object] = []
    plan = blogs.plan

    def noted(query: Any) -> Any:
        planned.append(query)
        return plan(query)

    blogs.plan = noted
    _poll(app)
    assert len(blogs.filled) >= 10
    assert len(planned) < 10


def test_a_pause_between_two_steps_is_no_failed_try(make_app: Make, filling: Make, clock: Any) -> None:
    begins = Page(cursor="", more=True, next_check=timedelta(minutes=1))
    pause = Page(cursor="a", more=True, next_check=timedelta(minutes=1))
    pauses = [begins, *[pause] * (MOST_TRIES + 3)]
    blogs = filling("blogs", [declaring()], [*pauses, Page(cursor="b")])
    app = make_app([blogs])
    _poll(app)
    for done in range(1, len(pauses) + 1):
        assert len(blogs.filled) == done
        (gap,) = _gaps(app)
        assert (gap.state, gap.tries, gap.trouble) == ("open", 0, "")
        clock.forward(seconds=61)
        _work(app)
    assert _gaps(app)[0].state == "filled"


def test_a_source_that_fails_is_not_asked_for_its_gaps(make_app: Make, filling: Make, clock: Any) -> None:
    blogs = filling("blogs", [declaring(), SourceUnavailable("down")], [SourceUnavailable("down"), Page(cursor="b")])
    app = make_app([blogs])
    _poll(app)
    clock.forward(hours=1)
    _poll(app)
    assert len(blogs.filled) == 1
    clock.forward(hours=1)
    _poll(app)
    assert _gaps(app)[0].state == "filled"


def test_a_gap_that_nothing_can_read_back_says_so_until_something_can(
    make_app: Make, source: Any, filling: Make
) -> None:
    app = make_app([source("blogs", [declaring()])])
    _poll(app)
    assert [(gap.state, gap.trouble) for gap in _gaps(app)] == [("unread", NOBODY_CAN)]
    _poll(make_app([filling("blogs", [], [Page(cursor="b")])]))
    assert _gaps(app)[0].state == "filled"


def test_gaps_without_a_beginning_or_older_than_what_is_kept_are_told_as_such(make_app: Make, filling: Make) -> None:
    old = Gap(since=START - timedelta(days=500), until=START - timedelta(days=400), why="off")
    unknown = Gap(since=None, until=START, why="first reading")
    blogs = filling("blogs", [Page(cursor="1", gaps=[old, unknown])])
    app = make_app([blogs])
    _poll(app)
    assert {gap.trouble for gap in _gaps(app)} == {gaps.NO_BEGINNING, "it is older than what is kept (365 days)"}
    assert blogs.filled == []


def test_a_source_fills_the_gaps_of_a_stream_of_its_service_with_all_its_asks(
    make_app: Make, source: Any, filling: Make, post: Make
) -> None:
    stream = source("stream", [declaring()])
    stream.kind = "service-stream"
    steps = [Page(posts=[post(1)], cursor="x", more=True), Page(cursor="y"), Page(posts=[post(2)], cursor="z")]
    search = filling("search", [], steps, asks=["acme", "acme kettle"])
    search.fills = ("service-stream",)
    app = make_app([stream, search])
    _poll(app)
    assert [(ask, cursor) for ask, _, cursor in search.filled] == [("acme", None), ("acme", "x"), ("acme kettle", None)]
    assert [(gap.source, gap.state) for gap in _gaps(app)] == [("stream", "filled")]
    assert _kept(app) == ["1", "2"]


def test_a_service_that_charges_is_not_asked_for_gaps(make_app: Make, filling: Make) -> None:
    dear = filling("dear", [declaring()], [])
    dear.budget = Decimal(10)
    dear.most_usd = dear.most_usd_again = lambda *_: Decimal(1)
    app = make_app([dear])
    _poll(app)
    assert [gap.trouble for gap in _gaps(app)] == [COSTS]


def test_a_step_killed_before_it_is_kept_is_made_again(
    make_app: Make, filling: Make, post: Make, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = Page(posts=[post(1)], cursor="b")
    blogs = filling("blogs", [declaring()], [step, step])
    app = make_app([blogs])
    with monkeypatch.context() as broken:
        broken.setattr("listener.store.gaps.close", lambda *_: 1 / 0)
        _poll(app)
    assert (_kept(app), _gaps(app)[0].state) == ([], "open")
    clock.forward(minutes=20)
    _work(app)
    assert (_kept(app), _gaps(app)[0].state) == (["1"], "filled")


def test_long_gaps_leave_the_credential_to_polls_between_their_steps(make_app: Make, filling: Make, post: Make) -> None:
    steps = [Page(posts=[post(number)], cursor=str(number), more=number < 24) for number in range(25)]
    blogs = filling("blogs", [declaring()], steps)
    app = make_app([blogs])
    _poll(app)
    assert (len(blogs.filled), _gaps(app)[0].state) == (10, "open")
    _work(app)
    _work(app)
    assert (len(_kept(app)), _gaps(app)[0].state) == (25, "filled")
