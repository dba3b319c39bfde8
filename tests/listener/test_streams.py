"""Streams while listener runs: what is kept, what goes on after a failure, who is told, what a stop leaves behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

import listener.stream_reading as reading
from listener.reading_at_once import ReadingAtOnce
from listener.store import StoreUnavailable, inbox, mentions
from listener.store import sources as states
from listener.store.tables import GAP
from listener.streams import Streams
from listener.turns import Turns
from listener.wanted_posts import Wanted
from sources.contract import (
    EVERYTHING,
    Change,
    Departure,
    Gap,
    Page,
    SourceBusy,
    SourceError,
    SourceRefused,
    SourceUnavailable,
)
from sources.post import Author

Make = Callable[..., Any]
HANG = "hang"


class Stream:
    """The streaming half of a fake source: each connection gives its pages, then ends as it is told."""

    def __init__(self, fake: Any, connections: Sequence[Sequence[Page | Exception | str]], asks: Sequence[str]) -> None:
        self.name, self.kind, self.credential, self.searchable = fake.name, fake.kind, fake.credential, fake.searchable
        self.plan, self.close, self.asked = fake.plan, fake.close, fake.asked
        self._fake = fake
        self._asks = asks
        self._connections = list(connections)
        self.began: list[str | None] = []
        self.open = 0
        self.idle = asyncio.Event()

    async def fetch(self, *told: Any) -> Page:
        return await self._fake.fetch(*told)

    def streams(self, queries: Sequence[Any]) -> Sequence[str]:
        return self._asks

    async def read(self, ask: str, cursor: str | None, clock: Any) -> AsyncIterator[Page]:
        self.began.append(cursor)
        self.open += 1
        try:
            for step in self._connections.pop(0) if self._connections else [HANG]:
                if step == HANG:
                    self.idle.set()
                    await asyncio.Event().wait()
                if isinstance(step, Exception):
                    raise step
                yield step  # type: ignore[misc]  # what is left is a page
        finally:
            self.open -= 1


@pytest.fixture
def stream(source: Any) -> Callable[..., Stream]:
    def make(connections: Sequence[Any], *, name: str = "sky", asks: Sequence[str] = (EVERYTHING,), **more: Any) -> Any:
        return Stream(source(name, more.pop("pages", []), **more), connections, asks)

    return make


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lengths of seconds that only spare work; what is waited for by the clock stays."""
    for name in ("KEEP_WITHIN", "MOVE_WITHIN", "RECORD_WITHIN", "LOOK_AGAIN", "INBOX_WITHIN"):
        monkeypatch.setattr(reading, name, 0.0)


def listening(app: Any, until: Callable[[], bool], clock: Any = None, step: float = 1) -> None:
    """Runs the app until something is so; with a clock, time flies meanwhile."""

    async def main() -> None:
        app.streams._look_again = 0.001
        stop = asyncio.Event()
        run = asyncio.create_task(app.run(stop))
        async with asyncio.timeout(20):
            while not until():
                assert not run.done() or run.result() is None
                if clock is not None:
                    clock.forward(seconds=step)
                await asyncio.sleep(0.002)
            stop.set()
            await run

    asyncio.run(main())


def state_of(app: Any, name: str = "sky") -> states.SourceState:
    with app.store.read() as tx:
        found = states.get_source(tx, name)
    assert found is not None
    return found


def cursor_of(app: Any, name: str = "sky", ask: str = EVERYTHING) -> str | None:
    with app.store.read() as tx:
        stood = states.get_cursor(tx, name, ask)
    return stood[0] if stood else None


def kept_ids(app: Any) -> set[str]:
    with app.store.read() as tx:
        found = mentions.list_mentions(tx, mentions.MentionFilter(limit=1_000))
    return {one.post.external_id for one in found}


def test_what_a_stream_gives_is_kept_read_and_told_while_listener_runs(
    make_app: Make, stream: Any, post: Make, channel: Any
) -> None:
    pages = [Page(posts=[post(1)], cursor="1"), Page(posts=[post(2), post(3, "of something else")], cursor="3")]
    sky = stream([[*pages, HANG]])
    app = make_app([sky])
    listening(app, lambda: kept_ids(app) == {"1", "2"})
    assert (cursor_of(app), state_of(app).posts_seen, sky.open) == ("3", 3, 0)
    assert sky.asked == []  # what is streamed is not polled


def test_a_stream_goes_on_from_its_kept_cursor_after_every_end(
    make_app: Make, stream: Any, post: Make, clock: Any
) -> None:
    one, two, three = (Page(posts=[post(n)], cursor=str(n)) for n in (1, 2, 3))
    sky = stream([[one], [two, SourceUnavailable("broke off")], [KeyError("a defect"), HANG], [three, HANG]])
    app = make_app([sky])
    listening(app, lambda: kept_ids(app) == {"1", "2", "3"}, clock)
    assert sky.began == [None, "1", "2", "2"]
    assert (state_of(app).failures, state_of(app).last_error) == (
        0,
        "reading it failed with KeyError; the log has more",
    )


def test_three_failures_are_told_once_and_so_is_their_end(
    make_app: Make, stream: Any, channel: Any, post: Make, clock: Any
) -> None:
    ops = channel("ops")
    sky = stream([*[[SourceUnavailable("no answer")]] * 5, [Page(posts=[post(1)], cursor="1"), HANG]])
    app = make_app([sky], [ops], operator=["ops"])
    listening(app, lambda: len(ops.told) == 2, clock)
    assert [message.title for message in ops.told] == ["Source 'sky' is failing", "Source 'sky' is heard again"]


def test_a_stream_that_ends_before_it_gave_anything_is_a_failure(make_app: Make, stream: Any, clock: Any) -> None:
    sky = stream([[], [], [HANG]])
    app = make_app([sky])
    listening(app, lambda: len(sky.began) == 3, clock)
    assert (state_of(app).failures, state_of(app).last_error) == (
        2,
        "the stream of 'sky' ended before it gave anything",
    )


def test_a_stream_that_ends_as_soon_as_it_is_open_is_opened_with_growing_patience(
    make_app: Make, stream: Any, clock: Any
) -> None:
    sky = stream([[Page(cursor="live")]] * 400)
    app = make_app([sky])
    start = clock()
    listening(app, lambda: clock() - start > timedelta(hours=2), clock, step=10)
    assert 5 < len(sky.began) < 60
    assert state_of(app).failures == 0


def test_a_refused_stream_is_not_opened_again(make_app: Make, stream: Any, clock: Any) -> None:
    sky = stream([[SourceRefused("the token is wrong", "credentials")]])
    app = make_app([sky])
    start = clock()
    listening(app, lambda: clock() - start > timedelta(minutes=10), clock, step=30)
    assert (len(sky.began), state_of(app).disabled_why) == (1, "the token is wrong")


def test_patience_that_is_asked_for_holds_for_the_credential(make_app: Make, stream: Any, clock: Any) -> None:
    sky = stream([[SourceBusy("429", timedelta(hours=1))]])
    app = make_app([sky])
    start = clock()
    listening(app, lambda: len(sky.began) == 2, clock, step=60)
    assert clock() - start >= timedelta(hours=1)


def test_a_failing_stream_is_not_well_again_because_a_poll_of_its_source_is(
    make_app: Make, stream: Any, post: Make, clock: Any
) -> None:
    sky = stream([[SourceUnavailable("no")]] * 50, asks=["live"], pages=[Page(posts=[post(1)], cursor="1")])
    app = make_app([sky])
    listening(app, lambda: state_of(app).failures >= 3 and kept_ids(app) == {"1"}, clock)
    assert sky.asked[0] == (EVERYTHING, None)
    assert state_of(app).last_success_at is None


def test_a_source_with_nothing_to_poll_records_no_empty_success(make_app: Make, stream: Any, clock: Any) -> None:
    sky = stream([[HANG]])
    app = make_app([sky])
    start = clock()
    listening(app, lambda: clock() - start > timedelta(hours=1), clock, step=60)
    assert state_of(app).last_success_at is None


def test_gaps_and_deletions_of_a_stream_are_kept(make_app: Make, stream: Any, post: Make) -> None:
    gap = Gap(since=None, until=None, why="the cursor was too old")
    sky = stream([[Page(posts=[post(1), post(2)], cursor="1", gaps=[gap])]])
    app = make_app([sky])
    listening(app, lambda: kept_ids(app) == {"1", "2"})
    later = stream([[Page(changes=[Change(key=post(1).key), Change(key=post(9).key)], cursor="2"), HANG]])
    app = make_app([later])
    listening(app, lambda: kept_ids(app) == {"2"})
    with app.store.read() as tx:
        assert list(tx.execute(select(GAP.c.source, GAP.c.why))) == [("sky", "the cursor was too old")]


def test_who_leaves_takes_along_what_was_kept_and_what_waits_to_be_read(
    make_app: Make, stream: Any, post: Make, clock: Any
) -> None:
    ann, bob = Author(id="a", handle="ann"), Author(id="b", handle="bob")
    app = make_app([stream([[Page(posts=[post(1, author=ann), post(2, author=bob)], cursor="1"), HANG]])])
    listening(app, lambda: kept_ids(app) == {"1", "2"})
    gone = [Departure(source="feed", author_id="a"), Departure(source="elsewhere", author_id="b")]
    pages = [Page(posts=[post(3, author=ann), post(4, author=bob)], cursor="2"), Page(departures=gone, cursor="3")]
    app = make_app([stream([[*pages, HANG]])])
    listening(app, lambda: cursor_of(app) == "3" and kept_ids(app) == {"2", "4"}, clock)


@pytest.mark.parametrize("apart", [True, False])
def test_a_post_that_is_deleted_before_it_was_read_is_not_kept(
    make_app: Make, stream: Any, post: Make, clock: Any, apart: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one transaction with it, or in the next while its batch waits, fails, and waits again."""
    if not apart:
        for name in ("KEEP_WITHIN", "MOVE_WITHIN"):
            monkeypatch.setattr(reading, name, 0.05)
    old = Page(cursor="0")
    gone = Page(changes=[Change(key=post(1).key)], cursor="2")
    sky = stream([[old, Page(posts=[post(1), post(2)], cursor="1"), gone, HANG]])
    app = make_app([sky])
    failures = [OSError("a reader died"), OSError("again")] if apart else []
    read = app.workers.analyse

    async def failing(*told: Any) -> bytes:
        if failures:
            raise failures.pop()
        return await read(*told)

    app.workers.analyse = failing
    listening(app, lambda: cursor_of(app) == "2" and kept_ids(app) == {"2"}, clock)
    asyncio.run(app.engine.run_until_idle(4))
    clock.forward(minutes=1)
    asyncio.run(app.engine.run_until_idle(4))
    assert (kept_ids(app), failures, app.engine.stats().queued) == ({"2"}, [], 0)


def test_a_database_that_fails_stops_no_stream_for_good(
    make_app: Make, stream: Any, post: Make, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Page(posts=[post(1)], cursor="1")
    sky = stream([[one, HANG], [one, HANG]])
    app = make_app([sky])
    keep, failures = reading.keep_page, [StoreUnavailable("disk full")]

    def failing(*told: Any, **more: Any) -> bool:
        if failures:
            raise failures.pop()
        return keep(*told, **more)

    monkeypatch.setattr(reading, "keep_page", failing)
    listening(app, lambda: kept_ids(app) == {"1"}, clock)
    assert sky.began == [None, None]


@pytest.mark.parametrize("standing", [0.0, 10.0])
def test_a_stream_is_left_standing_while_too_much_waits_to_be_read(
    make_app: Make, stream: Any, post: Make, monkeypatch: pytest.MonkeyPatch, standing: float, clock: Any
) -> None:
    """And is closed after a while, to be opened again when there is room."""
    monkeypatch.setattr(reading, "MOST_WAITING", 2)
    monkeypatch.setattr(reading, "LEFT_STANDING", standing)
    pages = [Page(posts=[post(n)], cursor=str(n)) for n in range(9)]
    sky = stream([[*pages, HANG]] if standing else [pages, *[pages[at:] for at in range(3, 9)]])
    app = make_app([sky])

    async def main() -> None:
        app.streams._look_again = 0.001
        streams = asyncio.create_task(app.streams.run(asyncio.Event()))  # nothing reads what it brings
        for _ in range(100):
            await asyncio.sleep(0.002)
        with app.store.read() as tx:
            assert (inbox.waiting(tx)[0], cursor_of(app)) == (3, "2")
        await app.engine.run_until_idle(4)
        async with asyncio.timeout(10):
            while cursor_of(app) != "8":
                clock.forward(seconds=1)
                await app.engine.run_until_idle(4)
                await asyncio.sleep(0.002)
        streams.cancel()
        await asyncio.gather(streams, return_exceptions=True)

    asyncio.run(main())


def test_who_is_overtaken_by_another_reader_keeps_nothing_and_begins_where_that_one_stands(
    make_app: Make, stream: Any, post: Make, clock: Any
) -> None:
    sky = stream([])
    app = make_app([sky])

    def overtaking(*_: Any) -> Any:
        async def pages() -> AsyncIterator[Page]:
            with app.store.write() as tx:
                states.advance(tx, "sky", EVERYTHING, None, "theirs", 5, clock())
            yield Page(posts=[post("ours")], cursor="ours")

        sky.read = lambda ask, cursor, clock: Stream.read(sky, ask, cursor, clock)
        return pages()

    sky.read = overtaking
    listening(app, lambda: sky.began == ["theirs"], clock)
    assert (cursor_of(app), kept_ids(app)) == ("theirs", set())


def test_a_post_that_cannot_be_matched_in_the_stream_goes_to_the_reader_of_the_inbox(
    make_app: Make, stream: Any, post: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Any:
        raise RecursionError

    monkeypatch.setattr("listener.wanted_posts.Matcher.wanted", broken)
    wanted = Wanted({})
    posts = [post(1), post(2)]
    assert asyncio.run(wanted.among(posts, "sky")) == posts


@pytest.mark.parametrize("at_once", [True, False])
def test_a_stream_that_is_killed_between_any_two_transactions_loses_nothing(
    make_app: Make, stream: Any, post: Make, clock: Any, monkeypatch: pytest.MonkeyPatch, at_once: bool
) -> None:
    """Each start lives for one transaction more than the one before, then everything in memory is gone."""
    service = [Page(posts=[post(n)], cursor=str(n)) for n in range(6)]
    app = make_app([])
    keep = reading.keep_page
    for lives in range(8):
        sky = stream([])

        async def pages(ask: str, cursor: str | None, clock: Any) -> AsyncIterator[Page]:
            for page in service[0 if cursor is None else int(cursor) :]:  # the last one again: cursors are inclusive
                yield page

        sky.read = pages
        left = [lives]

        def dying(*told: Any, left: list[int] = left, **more: Any) -> bool:
            if not left[0]:
                raise SystemError("killed")
            left[0] -= 1
            return keep(*told, **more)

        monkeypatch.setattr(reading, "keep_page", dying)
        turns = Turns(app.store, app.analysis._health, Random(1))
        streams = Streams(
            store=app.store,
            engine=app.engine,
            sources={"sky": sky},
            queries=app.poller._queries,
            turns=turns,
            clock=clock,
            jitter=Random(1),
            at_once=ReadingAtOnce(app.analysis, clock) if at_once else None,
        )

        async def one_life(streams: Streams = streams) -> None:
            name, asks = next(iter(streams.asks.items()))
            wanted = Wanted(streams._queries)
            await streams._read(streams._sources[name], asks[0], wanted)
            await app.engine.run_until_idle(4)

        asyncio.run(one_life())
    assert kept_ids(app) == {str(n) for n in range(6)}
    assert issubclass(SourceUnavailable, SourceError)


def test_up_to_when_a_stream_was_read_is_kept_for_status_to_tell(
    make_app: Make, stream: Any, post: Make, clock: Any
) -> None:
    at = clock() - timedelta(seconds=90)
    pages = [Page(posts=[post(1)], cursor="1", reached=at - timedelta(seconds=5)), Page(cursor="1", reached=at)]
    app = make_app([stream([[*pages, HANG]])])

    def reached() -> Any:
        with app.store.read() as tx:
            return states.reached_at(tx)

    listening(app, lambda: reached() == {"sky": at})
