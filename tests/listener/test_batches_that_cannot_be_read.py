"""One poisonous post costs no other: its batch is halved until it lies alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from listener.analyse import MOST_STARTS
from listener.engine.contract import GiveUp
from listener.store import StoreUnavailable, inbox, mentions
from sources.contract import Page

Make = Callable[..., Any]


def _work(app: Any, clock: Any, rounds: int) -> None:
    asyncio.run(app.poll_once(list(app.sources)))
    for _ in range(rounds):
        clock.forward(minutes=20)
        asyncio.run(app.engine.run_until_idle(4))


def _kept(app: Any) -> list[str]:
    with app.store.read() as tx:
        found = mentions.list_mentions(tx, mentions.MentionFilter(limit=1_000))
    return sorted((one.post.external_id for one in found), key=int)


def _aside(app: Any) -> list[Any]:
    with app.store.read() as tx:
        return inbox.list_set_aside(tx, 10)


def _batch_of(source: Any, post: Make, count: int) -> Any:
    posts = [post(number, f"acme number {number}.") for number in range(count)]
    return source("blogs", [Page(posts=posts, cursor="1")])


def test_a_post_that_kills_its_reader_is_set_aside_alone(
    make_app: Make, source: Any, post: Make, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app([_batch_of(source, post, 20)])
    real = app.workers.analyse

    async def dying(posts: bytes, *rest: Any) -> bytes:
        if b"number 13." in posts:
            raise RuntimeError("the process died")
        return await real(posts, *rest)

    monkeypatch.setattr(app.workers, "analyse", dying)
    _work(app, clock, 20)
    assert _kept(app) == [str(number) for number in range(20) if number != 13]
    (aside,) = _aside(app)
    assert aside.count == 1 and b"number 13." in aside.posts and "the process died" in aside.why


def test_a_post_that_cannot_be_kept_is_set_aside_alone(
    make_app: Make, source: Any, post: Make, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app([_batch_of(source, post, 4)])
    real = app.analysis.keep

    def keep(tx: Any, reads: Any, *rest: Any, **more: Any) -> Any:
        if any(read.post.external_id == "2" for read in reads):
            raise OverflowError("int too large for the database")
        return real(tx, reads, *rest, **more)

    monkeypatch.setattr(app.analysis, "keep", keep)
    _work(app, clock, 12)
    assert _kept(app) == ["0", "1", "3"]
    assert [aside.count for aside in _aside(app)] == [1]


def test_a_batch_is_not_to_blame_for_a_database_that_fails(
    make_app: Make, source: Any, post: Make, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app([_batch_of(source, post, 1)])
    real, failures = app.analysis.keep, [StoreUnavailable("its disk is full")] * 8

    def keep(*rest: Any, **more: Any) -> Any:
        if failures:
            raise failures.pop()
        return real(*rest, **more)

    monkeypatch.setattr(app.analysis, "keep", keep)
    _work(app, clock, 12)
    assert _kept(app) == ["0"]
    assert _aside(app) == []


def test_a_batch_in_which_the_program_itself_always_ends_is_set_aside_at_last(
    make_app: Make, source: Any, post: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app([_batch_of(source, post, 1)])

    async def killed(*_: Any) -> bytes:
        raise KilledHere

    monkeypatch.setattr(app.workers, "analyse", killed)
    asyncio.run(app.poller.poll(app.sources["blogs"]))
    for _ in range(MOST_STARTS):
        with pytest.raises(KilledHere):
            asyncio.run(app.analysis.run({"batch": 1}))
    with pytest.raises(GiveUp, match="set aside"):
        asyncio.run(app.analysis.run({"batch": 1}))
    assert [aside.count for aside in _aside(app)] == [1]


class KilledHere(BaseException):
    """Stands for the end of the process."""
