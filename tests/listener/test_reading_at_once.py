"""Streams whose posts are read before they are kept: one transaction, and the inbox wherever that does not go well."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import pytest

import listener.reading_at_once as at_once
import listener.stream_reading as reading
from listener.store import StoreUnavailable, alerts, heard, inbox, mentions
from listener.store import sources as states
from listener.taking_in import take_in
from sources.contract import EVERYTHING, Change, Page

Make = Callable[..., Any]
OPEN = Page(cursor="0")
"""A first page brings posts of any age, and is kept by way of the inbox."""


class Stream:
    """A source that gives its pages one by one, each as soon as a test lets it, and then stays open."""

    def __init__(self, fake: Any, pages: Sequence[Page]) -> None:
        self.name, self.kind, self.credential, self.searchable = fake.name, fake.kind, fake.credential, fake.searchable
        self.plan, self.close, self.fetch = fake.plan, fake.close, fake.fetch
        self._pages = pages
        self.given = 0
        self.began: list[str | None] = []

    def streams(self, queries: Sequence[Any]) -> Sequence[str]:
        return (EVERYTHING,)

    async def read(self, ask: str, cursor: str | None, clock: Any) -> AsyncIterator[Page]:
        self.began.append(cursor)
        for page in self._pages:
            if cursor is None or int(page.cursor or 0) > int(cursor):
                self.given += 1
                yield page
        await asyncio.Event().wait()


@pytest.fixture
def sky(source: Any) -> Callable[..., Stream]:
    return lambda *pages: Stream(source("sky", []), [OPEN, *pages])


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KEEP_WITHIN", "MOVE_WITHIN", "RECORD_WITHIN", "LOOK_AGAIN", "INBOX_WITHIN"):
        monkeypatch.setattr(reading, name, 0.0)
    monkeypatch.setattr(at_once, "PATIENCE", 60.0)  # the first reading of all loads the tables


async def until(so: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not so():
            await asyncio.sleep(0.002)


def streaming(app: Any, *steps: Callable[[], bool]) -> None:
    """Streams, with nothing that reads the inbox, until each of the steps is so."""

    async def main() -> None:
        app.streams._look_again = 0.001
        stop = asyncio.Event()
        run = asyncio.create_task(app.streams.run(stop))
        for step in steps:
            await until(step)
        stop.set()
        await run

    asyncio.run(main())


def kept(app: Any) -> dict[str, str]:
    with app.store.read() as tx:
        found = mentions.list_mentions(tx, mentions.MentionFilter(limit=1_000))
    return {one.post.external_id: one.post.text for one in found}


def waiting(app: Any) -> int:
    with app.store.read() as tx:
        return inbox.waiting(tx)[0]


def cursor_of(app: Any) -> str | None:
    with app.store.read() as tx:
        stood = states.get_cursor(tx, "sky", EVERYTHING)
    return stood[0] if stood else None


def test_what_a_stream_brings_is_read_and_kept_without_a_job(make_app: Make, sky: Any, post: Make) -> None:
    app = make_app([sky(Page(posts=[post(1)], cursor="1"), Page(posts=[post(2)], cursor="2"))])
    streaming(app, lambda: cursor_of(app) == "2")
    assert (set(kept(app)), waiting(app), app.engine.stats().queued) == ({"1", "2"}, 0, 0)


@pytest.mark.parametrize("directly", [True, False])
def test_either_way_calls_for_the_same_alerts_and_counts(
    make_app: Make, sky: Any, post: Make, channel: Any, clock: Any, directly: bool
) -> None:
    posts = [post(1, "acme is broken, terrible and awful, I hate it"), post(2, "acme sells kettles")]
    app = make_app([sky(Page(posts=posts, cursor="1"))], [channel("support")])
    if not directly:
        app.streams._at_once = None
    streaming(app, lambda: cursor_of(app) == "1")
    asyncio.run(app.engine.run_until_idle(4))
    with app.store.read() as tx:
        found = alerts.list_alerts(tx)
        counted = heard.lately(tx, clock(), 2)
        _, by_source = heard.history(tx, clock())
    assert [(alert.severity, alert.lead.post.external_id) for alert in found] == [("high", "1")]
    assert counted == {"Acme": [0, 2]}
    assert {key: sum(hours.values()) for key, hours in by_source.items()} == {("sky", ""): 2, ("sky", "Acme"): 2}
    assert set(kept(app)) == {"1", "2"}


@pytest.mark.parametrize("failure", [OSError("a reader died"), ValueError("a defect")])
def test_posts_whose_reading_fails_go_through_the_inbox(
    make_app: Make, sky: Any, post: Make, failure: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    app = make_app([sky(Page(posts=[post(1)], cursor="1"))])
    read = app.workers.analyse

    async def failing(*told: Any) -> bytes:
        app.workers.analyse = read
        raise failure

    app.workers.analyse = failing
    with caplog.at_level(logging.WARNING):
        streaming(app, lambda: cursor_of(app) == "1")
    assert (kept(app), waiting(app)) == ({}, 1)
    assert "posts of a stream go through the inbox" in caplog.text
    asyncio.run(app.engine.run_until_idle(4))
    assert (set(kept(app)), waiting(app)) == ({"1"}, 0)


def test_posts_whose_reading_takes_long_go_through_the_inbox_and_are_kept_once(
    make_app: Make, sky: Any, post: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(at_once, "PATIENCE", 0.01)
    app = make_app([sky(Page(posts=[post(1)], cursor="1"), Page(posts=[post(2)], cursor="2"))])
    read, ended, calls = app.workers.analyse, [], []

    async def slow(*told: Any) -> bytes:
        calls.append(told)
        await asyncio.sleep(0.05)
        ended.append(told)
        return bytes(await read(*told))

    app.workers.analyse = slow
    streaming(app, lambda: cursor_of(app) == "2" and len(ended) == 1)
    assert (len(calls), waiting(app)) == (1, 2)  # while the inbox has posts of this source, nothing goes past it
    asyncio.run(app.engine.run_until_idle(4))
    assert (set(kept(app)), waiting(app)) == ({"1", "2"}, 0)


def test_posts_that_were_read_and_cannot_be_kept_go_through_the_inbox(
    make_app: Make, sky: Any, post: Make, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    app = make_app([sky(Page(posts=[post(1)], cursor="1"))])

    def broken(*_: Any, **__: Any) -> None:
        raise ValueError("a defect")

    with monkeypatch.context() as for_now:
        for_now.setattr(app.streams._at_once, "keep", broken)
        streaming(app, lambda: cursor_of(app) == "1")
    assert (kept(app), waiting(app)) == ({}, 1)
    assert "what was read of a stream could not be kept" in caplog.text
    asyncio.run(app.engine.run_until_idle(4))
    assert set(kept(app)) == {"1"}


def test_a_newer_version_of_a_post_does_not_overtake_the_older_one_that_waits(
    make_app: Make, sky: Any, post: Make, clock: Any
) -> None:
    app = make_app([sky(Page(posts=[post(1, "acme as it is now")], cursor="1"))])
    with app.store.write() as tx:
        take_in(tx, app.engine, "sky", [post(1, "acme as it was")], clock(), first_reading=False)
    streaming(app, lambda: cursor_of(app) == "1")
    assert (kept(app), waiting(app)) == ({}, 2)
    asyncio.run(app.engine.run_until_idle(4))
    assert kept(app) == {"1": "acme as it is now"}


def test_a_busy_stream_waits_for_the_inbox_to_be_empty_instead_of_filling_it_for_ever(
    make_app: Make, sky: Any, post: Make, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "INBOX_WITHIN", 60.0)
    monkeypatch.setattr(reading, "KEEP_WITHIN", 0.005)
    app = make_app([sky(*(Page(posts=[post(n)], cursor=str(n)) for n in range(1, 6)))])
    with app.store.write() as tx:
        take_in(tx, app.engine, "sky", [post(9)], clock(), first_reading=False)

    async def main() -> None:
        stop = asyncio.Event()
        run = asyncio.create_task(app.streams.run(stop))
        await asyncio.sleep(0.05)
        assert (waiting(app), cursor_of(app)) == (1, "0")
        await app.engine.run_until_idle(4)
        await until(lambda: cursor_of(app) == "5")
        stop.set()
        await run

    asyncio.run(main())
    assert (set(kept(app)), waiting(app)) == ({"1", "2", "3", "4", "5", "9"}, 0)


def test_a_batch_that_comes_to_the_inbox_while_posts_are_read_goes_first(
    make_app: Make, sky: Any, post: Make, clock: Any
) -> None:
    app = make_app([sky(Page(posts=[post(1, "acme as it is now")], cursor="1"))])
    read = app.workers.analyse

    async def slow(*told: Any) -> bytes:
        app.workers.analyse = read
        with app.store.write() as tx:
            take_in(tx, app.engine, "sky", [post(1, "acme as it was")], clock(), first_reading=False)
        return bytes(await read(*told))

    app.workers.analyse = slow
    streaming(app, lambda: cursor_of(app) == "1")
    assert (kept(app), waiting(app)) == ({}, 2)
    asyncio.run(app.engine.run_until_idle(4))
    assert kept(app) == {"1": "acme as it is now"}


def test_a_post_deleted_while_it_is_read_is_not_kept(make_app: Make, sky: Any, post: Make) -> None:
    pages = [Page(posts=[post(1), post(2)], cursor="1"), Page(changes=[Change(key=post(1).key)], cursor="2")]
    source = sky(*pages)
    app = make_app([source])
    read = app.workers.analyse

    async def slow(*told: Any) -> bytes:
        await until(lambda: source.given == 3)
        return bytes(await read(*told))

    app.workers.analyse = slow
    streaming(app, lambda: cursor_of(app) == "2")
    assert set(kept(app)) == {"2"}


def test_while_a_page_is_read_the_next_ones_gather_up_to_a_bound(
    make_app: Make, sky: Any, post: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_POSTS", 3)
    source = sky(*(Page(posts=[post(n)], cursor=str(n)) for n in range(1, 10)))
    app = make_app([source])
    read, batches = app.workers.analyse, []
    given_while_reading = []

    async def slow(posts: bytes, *told: Any) -> bytes:
        batches.append(posts.count(b'"external_id"'))
        await asyncio.sleep(0.05)
        given_while_reading.append(source.given)
        return bytes(await read(posts, *told))

    app.workers.analyse = slow
    streaming(app, lambda: cursor_of(app) == "9")
    assert batches == [1, 3, 3, 2]
    # the first page, the one that is read, three that are held, and one that waits in the source's own hand
    assert given_while_reading[0] <= 6
    assert set(kept(app)) == {str(n) for n in range(1, 10)}


def test_what_came_after_posts_that_could_not_be_kept_does_not_move_the_cursor(
    make_app: Make, sky: Any, post: Make, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = sky(*(Page(posts=[post(n)], cursor=str(n)) for n in range(1, 5)))
    app = make_app([source])
    keep, calls = reading.keep_page, []

    def failing(*told: Any, **more: Any) -> bool:
        calls.append(cursor_of(app))
        if len(calls) == 2:
            raise StoreUnavailable("disk full")
        return keep(*told, **more)

    monkeypatch.setattr(reading, "keep_page", failing)

    async def main() -> None:
        app.streams._look_again = 0.001
        stop = asyncio.Event()
        run = asyncio.create_task(app.streams.run(stop))
        async with asyncio.timeout(20):
            while cursor_of(app) != "4":
                clock.forward(seconds=1)
                await asyncio.sleep(0.002)
        stop.set()
        await run

    asyncio.run(main())
    assert source.began == [None, "0"]
    assert set(kept(app)) == {"1", "2", "3", "4"}


def test_a_stop_keeps_what_is_being_read(make_app: Make, sky: Any, post: Make) -> None:
    app = make_app([sky(Page(posts=[post(1)], cursor="1"))])
    read, begun = app.workers.analyse, []

    async def slow(*told: Any) -> bytes:
        begun.append(told)
        await asyncio.sleep(0.05)
        return bytes(await read(*told))

    app.workers.analyse = slow
    streaming(app, lambda: bool(begun))
    assert (cursor_of(app), set(kept(app)), waiting(app)) == ("1", {"1"}, 0)


def test_a_first_page_of_posts_of_any_age_goes_through_the_inbox(make_app: Make, source: Any, post: Make) -> None:
    app = make_app([Stream(source("sky", []), [Page(posts=[post(1)], cursor="1")])])
    streaming(app, lambda: cursor_of(app) == "1")
    assert (kept(app), waiting(app)) == ({}, 1)


@pytest.mark.parametrize("error", [StoreUnavailable("disk full"), ValueError("a defect")])
def test_a_stop_ends_a_stream_whose_last_posts_cannot_be_kept(
    make_app: Make, sky: Any, post: Make, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    app = make_app([sky(Page(posts=[post(1)], cursor="1"))])
    read, begun = app.workers.analyse, []

    async def slow(*told: Any) -> bytes:
        begun.append(told)
        await asyncio.sleep(0.05)
        return bytes(await read(*told))

    def failing(*_: Any, **__: Any) -> bool:
        raise error

    async def main() -> None:
        stop = asyncio.Event()
        run = asyncio.create_task(app.streams.run(stop))
        await until(lambda: bool(begun))
        monkeypatch.setattr(reading, "keep_page", failing)
        stop.set()
        async with asyncio.timeout(5):
            await run

    app.workers.analyse = slow
    asyncio.run(main())
    assert cursor_of(app) == "0"


def test_a_connection_that_breaks_while_it_is_closed_loses_nothing_of_what_was_read(
    make_app: Make, sky: Any, post: Make
) -> None:
    source = sky()

    async def pages(*_: Any) -> AsyncIterator[Page]:
        try:
            for page in (OPEN, Page(posts=[post(1)], cursor="1"), Page(posts=[post(2)], cursor="2")):
                yield page
            await asyncio.Event().wait()
        finally:
            raise OSError("it was closed already")

    source.read = pages
    app = make_app([source])
    read, begun = app.workers.analyse, asyncio.Event()

    async def slow(*told: Any) -> bytes:
        begun.set()
        await asyncio.sleep(0.05)
        return bytes(await read(*told))

    async def main() -> None:
        connection = reading.StreamReading(
            app.store, app.engine, None, source, EVERYTHING, Slow(), app.clock, at_once=app.streams._at_once
        )
        connection.record = lambda: None
        task = asyncio.create_task(connection.read())
        await begun.wait()
        await asyncio.sleep(0.005)  # the third page is being looked through: the source stands where it gave it
        task.cancel()
        with pytest.raises(OSError, match="closed already"):
            await task

    class Slow:
        async def parted(self, posts: Any, seen_by: str) -> Any:
            if posts and posts[0].external_id == "2":
                await asyncio.Event().wait()
            return list(posts), ()

    app.workers.analyse = slow
    asyncio.run(main())
    assert (cursor_of(app), set(kept(app)), waiting(app)) == ("1", {"1"}, 0)


def test_posts_whose_reading_was_stopped_by_others_go_through_the_inbox(make_app: Make, sky: Any, post: Make) -> None:
    app = make_app([sky(Page(posts=[post(1)], cursor="1"), Page(posts=[post(2)], cursor="2"))])

    async def stopped(*_: Any) -> bytes:
        raise asyncio.CancelledError

    app.workers.analyse = stopped
    streaming(app, lambda: cursor_of(app) == "2")
    assert (kept(app), waiting(app)) == ({}, 2)
