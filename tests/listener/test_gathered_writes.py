"""Small writes of many, gathered: one commit, kept order, and nobody hurt by another's failure."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from listener.gathered_writes import GatheredWrites
from listener.store import StoreUnavailable


class _Store:
    """A store that keeps what a committed transaction wrote, and counts commits."""

    def __init__(self) -> None:
        self.kept: list[Any] = []
        self.commits = 0
        self.broken = False

    @contextmanager
    def write(self) -> Iterator[list[Any]]:
        if self.broken:
            raise StoreUnavailable("the disk is full")
        written: list[Any] = []
        yield written
        self.kept += written
        self.commits += 1


@pytest.fixture
def store() -> _Store:
    return _Store()


@pytest.fixture
def writes(store: _Store) -> GatheredWrites:
    fake: Any = store
    return GatheredWrites(fake)


def _put(tx: Any, wishes: Sequence[int]) -> list[int]:
    for wish in wishes:
        if wish < 0:
            raise ValueError(f"{wish} cannot be kept")
        tx.append(wish)
    return [wish * 10 for wish in wishes]


def _note(tx: Any, wishes: Sequence[str]) -> list[None]:
    tx.extend(wishes)
    return [None] * len(wishes)


def test_what_many_ask_for_at_once_is_one_commit_and_each_gets_its_own_result(
    store: _Store, writes: GatheredWrites
) -> None:
    async def many() -> list[int]:
        return await asyncio.gather(*(writes.ask(_put, number) for number in range(50)))

    assert asyncio.run(many()) == [number * 10 for number in range(50)]
    assert (store.kept, store.commits) == (list(range(50)), 1)


def test_who_writes_one_thing_after_the_other_finds_the_one_before_committed(
    store: _Store, writes: GatheredWrites
) -> None:
    async def writer(name: int) -> None:
        with writes.writer():
            for step in range(3):
                await writes.ask(_put, 100 * step + name)
                assert 100 * step + name in store.kept
                await writes.surely(_note, f"{step} of {name}")

    async def several() -> None:
        await asyncio.gather(*(writer(name) for name in range(4)))

    asyncio.run(several())
    assert len(store.kept) == 24 and store.commits == 6


def test_a_write_that_fails_gets_its_own_error_and_takes_no_other_with_it(
    store: _Store, writes: GatheredWrites
) -> None:
    async def some_bad() -> list[Any]:
        wishes = (1, -2, 3)
        return await asyncio.gather(*(writes.ask(_put, wish) for wish in wishes), return_exceptions=True)

    first, bad, last = asyncio.run(some_bad())
    assert (first, last, store.kept) == (10, 30, [1, 3])
    assert isinstance(bad, ValueError) and "-2" in str(bad)


def test_a_database_that_cannot_be_written_is_told_to_all_and_not_asked_once_for_each(
    store: _Store, writes: GatheredWrites
) -> None:
    store.broken = True

    async def some() -> list[Any]:
        return await asyncio.gather(*(writes.ask(_put, wish) for wish in (1, 2)), return_exceptions=True)

    assert [type(error) for error in asyncio.run(some())] == [StoreUnavailable, StoreUnavailable]
    store.broken = False

    async def afterwards() -> int:
        return await writes.ask(_put, 3)

    assert asyncio.run(afterwards()) == 30 and store.kept == [3]


def test_a_wish_that_is_cancelled_in_time_is_not_written_and_a_sure_one_is(
    store: _Store, writes: GatheredWrites
) -> None:
    async def stopped() -> None:
        async def wait_for(written: Any) -> None:
            await written

        with writes.writer(), writes.writer(), writes.writer():
            tasks = [
                asyncio.create_task(wait_for(writes.ask(_put, 1))),
                asyncio.create_task(writes.surely(_put, 2)),
            ]
            await asyncio.sleep(0)
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(end) for end in ended] == [asyncio.CancelledError, asyncio.CancelledError]

    asyncio.run(stopped())
    assert store.kept == [2]
