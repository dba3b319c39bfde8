"""The engine of one machine: room for every kind of work, a quick stop, a database that fails for a while."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from random import Random
from typing import Any

import pytest

from listener.engine import local
from listener.engine.local import LocalEngine
from listener.store import Store, StoreUnavailable, Tx, jobs


@pytest.fixture
def engine(store: Store, clock: Any) -> LocalEngine:
    return LocalEngine(store, clock, Random(1))


def _queue(store: Store, engine: LocalEngine, *keys: str) -> None:
    with store.write() as tx:
        for key in keys:
            engine.enqueue(tx, key.partition(":")[0], {}, key=key)


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.001)


async def _for_ever(_: Mapping[str, Any]) -> None:
    await asyncio.Event().wait()


def test_slow_work_of_one_kind_leaves_room_for_another(store: Store, engine: LocalEngine) -> None:
    told: list[str] = []

    async def tell(_: Mapping[str, Any]) -> None:
        told.append("told")

    engine.task("poll", _for_ever, at_once=2, can_stop=True)
    engine.task("tell", tell)
    _queue(store, engine, *(f"poll:{number}" for number in range(8)), "tell:support")

    async def main() -> None:
        work = asyncio.create_task(engine.run(4))
        await _until(lambda: bool(told))
        await _until(lambda: engine.stats().running == 2)
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)

    asyncio.run(main())


def test_a_stop_ends_what_can_be_stopped_at_once_and_lets_the_rest_finish(store: Store, engine: LocalEngine) -> None:
    begun: list[str] = []
    ended: list[str] = []

    async def send(_: Mapping[str, Any]) -> None:
        begun.append("send")
        await asyncio.sleep(0.2)
        ended.append("send")

    async def poll(_: Mapping[str, Any]) -> None:
        begun.append("poll")
        await asyncio.Event().wait()

    engine.task("poll", poll, can_stop=True)
    engine.task("send", send)
    _queue(store, engine, "poll:slow", "send:slack")

    async def main() -> None:
        work = asyncio.create_task(engine.run(4))
        await _until(lambda: len(begun) == 2)
        work.cancel()
        async with asyncio.timeout(5):
            await asyncio.gather(work, return_exceptions=True)

    asyncio.run(main())
    assert ended == ["send"]
    stats = engine.stats()
    assert (stats.running, stats.retrying) == (0, 1), "the poll is ready for whoever starts next"
    with store.write() as tx:
        ready = jobs.claim(tx, engine._clock(), local.timedelta(seconds=1))
    assert ready is not None and ready.key == "poll:slow"


def test_a_full_disk_is_told_once_and_the_job_ends_when_there_is_room(
    store: Store, engine: LocalEngine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(local, "LOOK_AGAIN", 0.01)
    full: list[str] = []
    real = store.write
    done: list[str] = []

    @contextmanager
    def write() -> Iterator[Tx]:
        if full:
            full.append("tried")
            raise StoreUnavailable("its disk is full")
        with real() as tx:
            yield tx

    async def work(_: Mapping[str, Any]) -> None:
        done.append("once")
        full.append("full")

    engine.task("work", work)
    _queue(store, engine, "work:1")
    monkeypatch.setattr(store, "write", write)

    async def main() -> None:
        run = asyncio.create_task(engine.run(4))
        await _until(lambda: len(full) > 8)
        full.clear()
        await _until(lambda: engine.stats().running == 0)
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)

    with caplog.at_level(logging.WARNING, "listener.engine"):
        asyncio.run(main())
    assert done == ["once"]
    assert engine.stats().queued + engine.stats().retrying == 0
    assert [record.getMessage() for record in caplog.records] == [
        "the database cannot be used; work waits for it",
        "the database can be used again",
    ]


def test_work_that_a_thread_queues_is_known_at_once(
    store: Store, engine: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "LOOK_AGAIN", 3_600.0)
    told: list[str] = []

    async def tell(_: Mapping[str, Any]) -> None:
        told.append("told")

    async def main() -> None:
        engine.task("tell", tell)
        work = asyncio.create_task(engine.run(4))
        await asyncio.sleep(0.01)  # it has looked, and waits
        await asyncio.to_thread(_queue, store, engine, "tell:support")
        await _until(lambda: bool(told))
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)

    asyncio.run(main(), debug=True)  # which raises where a thread touches what belongs to the loop
