"""The engine of one machine: jobs are rows of our own database, run by this process's event loop."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any

from msgspec import Struct

from listener.delivery.next_attempt import next_attempt
from listener.engine.contract import EngineStats, GiveUp, Handler
from listener.store import Store, StoreUnavailable, Tx, jobs

log = logging.getLogger("listener.engine")

LOOK_AGAIN = 1.0
"""Seconds between looks for jobs that another process queued; our own are known at once."""


class _Task(Struct, frozen=True):
    handler: Handler
    seconds: float
    at_once: int
    can_stop: bool


class _Ended(Struct, frozen=True):
    """A job's end that is not yet written down; `error` "" where it went well."""

    job: jobs.Job
    error: str
    again_at: datetime | None


class LocalEngine:
    """Runs jobs from the store's table. A job's lease outlives its time limit, so none runs twice at once."""

    def __init__(self, store: Store, clock: Callable[[], datetime], jitter: Random) -> None:
        self._store = store
        self._clock = clock
        self._jitter = jitter
        self._tasks: dict[str, _Task] = {}
        self._nudged = asyncio.Event()
        self._running: dict[asyncio.Task[None], str] = {}
        self._ended: list[_Ended] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._goes_on = False
        self._troubled = False

    def task(
        self,
        name: str,
        handler: Handler,
        *,
        timeout_seconds: float = 600,
        at_once: int = 64,
        can_stop: bool = False,
    ) -> None:
        self._tasks[name] = _Task(handler, timeout_seconds, at_once, can_stop)

    def enqueue(
        self,
        tx: Tx,
        task: str,
        args: Mapping[str, Any],
        *,
        key: str,
        priority: int = 0,
        run_after: datetime | None = None,
    ) -> None:
        if task not in self._tasks:
            raise ValueError(f"no handler is registered for task {task!r}")
        jobs.enqueue(tx, task, dict(args), key=key, priority=priority, run_after=run_after, now=self._clock())
        if self._loop is None:
            self._nudged.set()
        else:
            self._loop.call_soon_threadsafe(self._nudged.set)  # requests that come in are kept in threads

    def recover(self) -> int:
        """Makes jobs that a killed process left running ready again. Only when no other process works here."""
        with self._store.write() as tx:
            return jobs.release_all(tx, self._clock())

    async def run(self, concurrency: int) -> None:
        self._goes_on, self._loop = True, asyncio.get_running_loop()
        try:
            while True:
                self._nudged.clear()
                if await self._start_ready(concurrency):
                    continue
                nudged = asyncio.create_task(self._nudged.wait())
                try:
                    await asyncio.wait(
                        [nudged, *self._running], timeout=LOOK_AGAIN, return_when=asyncio.FIRST_COMPLETED
                    )
                finally:
                    nudged.cancel()
        finally:
            self._goes_on, self._loop = False, None
            for running, name in self._running.items():
                if self._tasks[name].can_stop:
                    running.cancel()
            if self._running:
                await asyncio.wait(set(self._running))
            # what cannot be written down now is made ready again by the next start: every handler may run twice
            await self._start_ready(0)

    async def run_until_idle(self, concurrency: int) -> None:
        while True:
            if await self._start_ready(concurrency):
                continue
            if not self._running:
                return
            await asyncio.wait(set(self._running), return_when=asyncio.FIRST_COMPLETED)

    def stats(self) -> EngineStats:
        with self._store.read() as tx:
            return jobs.stats(tx)

    async def _start_ready(self, concurrency: int) -> bool:
        """Writes down what has ended and starts what is ready and has room, in one transaction; False for nothing.

        While the database cannot be written, the keys of what has ended wait with it and nothing is lost.
        """
        busy = Counter(self._running.values())
        room = {name: task.at_once - busy[name] for name, task in self._tasks.items() if busy[name] < task.at_once}
        most = min(concurrency - len(self._running), sum(room.values()))
        ended = list(self._ended)
        if most <= 0 and not ended:
            return False
        longest = max(task.seconds for task in self._tasks.values())
        ready: list[jobs.Job] = []
        try:
            with self._store.write() as tx:
                for one in ended:
                    self._end(tx, one)
                if most > 0:
                    ready = jobs.claim_some(tx, self._clock(), timedelta(seconds=longest + 60), most, room)
        except StoreUnavailable as error:
            self._tell_trouble(error)
            if self._goes_on:
                await asyncio.sleep(LOOK_AGAIN)
            return False
        self._tell_well()
        del self._ended[: len(ended)]
        for job in ready:
            running = asyncio.create_task(self._run_one(job), name=f"{job.task}:{job.key}")
            self._running[running] = job.task
            running.add_done_callback(self._running.pop)
        return bool(ready)

    async def _run_one(self, job: jobs.Job) -> None:
        task = self._tasks[job.task]
        error, again_at = "", None
        try:
            async with asyncio.timeout(task.seconds) as limit:
                await task.handler(job.args)
        except GiveUp as gone:
            log.error("a job was given up", extra={"task": job.task, "key": job.key, "error": str(gone)})
        except asyncio.CancelledError:
            error, again_at = "stopped in the middle", self._clock()  # whoever starts next goes on with it
        except StoreUnavailable as failure:
            error = str(failure)
            self._tell_trouble(failure)
        except Exception as failure:
            error = (
                f"took longer than {task.seconds:g} s" if limit.expired() else f"{type(failure).__name__}: {failure}"
            )
            log.error("a job failed", extra={"task": job.task, "key": job.key, "error": error}, exc_info=True)
        self._ended.append(_Ended(job, error, again_at))

    def _end(self, tx: Tx, ended: _Ended) -> None:
        job = ended.job
        if ended.error:
            again_at = ended.again_at or next_attempt(job.attempt, None, self._clock(), self._jitter)
            jobs.fail(tx, job.id, job.attempt, ended.error, again_at)
        else:
            jobs.finish(tx, job.id, job.attempt)

    def _tell_trouble(self, error: StoreUnavailable) -> None:
        if not self._troubled:
            log.error("the database cannot be used; work waits for it", extra={"error": str(error)})
        self._troubled = True

    def _tell_well(self) -> None:
        if self._troubled:
            log.warning("the database can be used again")
        self._troubled = False
