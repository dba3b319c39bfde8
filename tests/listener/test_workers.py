"""Worker processes that die, hang, and outlive nobody."""

from __future__ import annotations

import asyncio
import importlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from listener.engine import workers as room
from listener.engine.workers import WorkerDied, Workers
from rules.analysis import BrandSetup, Read, Setup
from rules.reading import Sentiment
from rules.rule import Rule

ACTOR = """
import os, signal, time
def act(posts, setup, seen_by, now_iso):
    if posts == b"die":
        os.kill(os.getpid(), signal.SIGKILL)
    if posts == b"hang":
        time.sleep(600)
    if posts == b"raise":
        raise ValueError("not a batch")
    return b"%d" % os.getpid()
"""
PARENT = """
import asyncio, sys
from listener.engine import workers
from actor_of_a_worker import act
workers.analyse_batch = act
async def main():
    print((await workers.Workers(1).analyse(b"read", b"", "", "")).decode(), flush=True)
    await asyncio.sleep(600)
if __name__ == "__main__":
    asyncio.run(main())
"""


@pytest.fixture
def actor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for analyse_batch that a fresh process can import; what it does stands in the posts."""
    (tmp_path / "actor_of_a_worker.py").write_text(ACTOR)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(room, "analyse_batch", importlib.import_module("actor_of_a_worker").act)
    return tmp_path


def _runs(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _soon(true: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 20
    while not true() and time.monotonic() < deadline:
        time.sleep(0.02)
    return true()


async def _read(workers: Workers, posts: bytes) -> bytes:
    return await workers.analyse(posts, b"", "", "")


def test_a_batch_that_kills_its_process_harms_no_other(actor: Path) -> None:
    async def main() -> list[bytes | BaseException]:
        workers = Workers(1)
        try:
            return await asyncio.gather(*(_read(workers, one) for one in (b"die", b"a", b"b")), return_exceptions=True)
        finally:
            workers.close()

    died, first, second = asyncio.run(main())
    assert isinstance(died, WorkerDied)
    assert isinstance(first, bytes) and first == second, "the next process serves all that follow"


def test_a_process_goes_by_the_set_up_of_each_batch_though_it_is_sent_each_once() -> None:
    setups = [
        msgspec.json.encode(Setup(brands=(BrandSetup(name, "rockets"),), rules=())) for name in ("one", "two", "three")
    ]
    posts = msgspec.json.encode(
        [{"source": "feed", "instance": "blog.example", "external_id": "1", "url": "", "text": "rockets"}]
    )

    async def main() -> list[str]:
        workers = Workers(1)
        try:
            answers = [
                await workers.analyse(posts, setups[number], "blog", "2026-03-02T09:00:00+00:00")
                for number in (0, 0, 1, 0, 2, 1, 0)  # a process keeps two, so that some are sent again
            ]
        finally:
            workers.close()
        return [str(read.reading.brand) for answer in answers for read in msgspec.json.decode(answer, type=list[Read])]

    assert asyncio.run(main()) == ["one", "one", "two", "one", "three", "two", "one"]


def test_a_process_asks_the_rules_again_about_a_reading_that_has_changed() -> None:
    rule = Rule(name="pleased", when="sentiment.score >= 0.4", severity="low")
    setup = msgspec.json.encode(Setup(brands=(BrandSetup("Acme", "acme"),), rules=(rule,)))
    posts = msgspec.json.encode([{"source": "feed", "instance": "blog.example", "external_id": "1", "text": "Acme"}])
    at = "2026-03-02T09:00:00+00:00"

    async def main() -> list[list[str]]:
        workers = Workers(1)
        try:
            (read,) = msgspec.json.decode(await workers.analyse(posts, setup, "blog", at), type=list[Read])
            pleased = replace(read, reading=replace(read.reading, sentiment=Sentiment(label="positive", score=0.9)))
            again = [await workers.judge(msgspec.json.encode([one]), setup, "blog", at) for one in (pleased, read)]
        finally:
            workers.close()
        (judged,), (as_before,) = (msgspec.json.decode(one, type=list[Read]) for one in again)
        return [[rule.name for rule in one.reading.rules] for one in (read, judged, as_before)]

    assert asyncio.run(main()) == [[], ["pleased"], []]


def test_a_batch_that_hangs_is_ended_with_its_process_and_the_next_is_read(actor: Path) -> None:
    async def main() -> bytes:
        workers = Workers(1, batch_seconds=3.0)
        try:
            with pytest.raises(WorkerDied, match="longer than 3 s"):
                await _read(workers, b"hang")
            return await _read(workers, b"next")
        finally:
            workers.close()

    assert asyncio.run(main())


def test_a_batch_that_cannot_be_read_leaves_the_process_to_the_next(actor: Path) -> None:
    async def main() -> tuple[bytes, bytes]:
        workers = Workers(1)
        try:
            before = await _read(workers, b"one")
            with pytest.raises(ValueError, match="not a batch"):
                await _read(workers, b"raise")
            return before, await _read(workers, b"two")
        finally:
            workers.close()

    before, after = asyncio.run(main())
    assert before == after


def test_a_worker_hears_no_ctrl_c_and_no_sigterm_but_leaves_when_idle(actor: Path) -> None:
    async def main() -> tuple[int, int]:
        workers = Workers(1, idle_seconds=0.5)
        first = int(await _read(workers, b"one"))
        for number in (signal.SIGINT, signal.SIGTERM):
            os.kill(first, number)
        second = int(await _read(workers, b"two"))
        await asyncio.sleep(0.6)
        return first, second

    first, second = asyncio.run(main())
    assert first == second
    assert _soon(lambda: not _runs(first))


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks processes up in /proc")
def test_a_worker_does_not_outlive_a_killed_parent(actor: Path) -> None:
    (actor / "parent.py").write_text(PARENT)
    root = str(Path(room.__file__).parents[2])
    environment = {**os.environ, "PYTHONPATH": f"{root}{os.pathsep}{actor}"}
    command = [sys.executable, str(actor / "parent.py")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        assert _runs(worker)
        parent.kill()
        parent.wait()
        assert _soon(lambda: not _runs(worker))
