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

from listener.engine.contract import EngineStats, GiveUp, Handler
from listener.next_attempt import next_attempt
from listener.store import Store, StoreUnavailable, Tx, jobs

log = logging.getLogger("listener.engine")

LOOK_AGAIN = 1.0
"""Seconds between looks for jobs that another process queued; our own are known at once."""


class _Task(Struct, frozen=True):
    handler: Handler
    seconds: float
    at_once: int
    can_stop: bool


class LocalEngine:
    """Runs jobs from the store's table. A job's lease outlives its time limit, so none runs twice at once."""

    def __init__(self, store: Store, clock: Callable[[], datetime], jitter: Random) -> None:
        self._store = store
        self._clock = clock
        self._jitter = jitter
        self._tasks: dict[str, _Task] = {}
        self._nudged = asyncio.Event()
        self._running: dict[asyncio.Task[None], str] = {}
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
        self._goes_on = True
        self._loop = asyncio.get_running_loop()
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
        """Starts one job if there is room and one is ready."""
        busy = Counter(self._running.values())
        with_room = [name for name, task in self._tasks.items() if busy[name] < task.at_once]
        if len(self._running) >= concurrency or not with_room:
            return False
        longest = max(task.seconds for task in self._tasks.values())
        try:
            with self._store.write() as tx:
                job = jobs.claim(tx, self._clock(), timedelta(seconds=longest + 60), with_room)
        except StoreUnavailable as error:
            self._tell_trouble(error)
            await asyncio.sleep(LOOK_AGAIN)
            return False
        self._tell_well()
        if job is None:
            return False
        running = asyncio.create_task(self._run_one(job), name=f"{job.task}:{job.key}")
        self._running[running] = job.task
        running.add_done_callback(self._running.pop)
        return True

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
        await self._end(job, error, again_at)

    async def _end(self, job: jobs.Job, error: str, again_at: datetime | None) -> None:
        """Writes a job's end down. While the database cannot be written, its key waits with it and nothing is lost."""
        while True:
            try:
                with self._store.write() as tx:
                    if error:
                        now = self._clock()
                        again_at = again_at or next_attempt(job.attempt, None, now, self._jitter)
                        jobs.fail(tx, job.id, job.attempt, error, again_at)
                    else:
                        jobs.finish(tx, job.id, job.attempt)
            except StoreUnavailable as failure:
                self._tell_trouble(failure)
                if not self._goes_on:
                    return  # the next start makes the job ready again, and every handler may run twice
                await asyncio.sleep(LOOK_AGAIN)
            else:
                self._tell_well()
                return

    def _tell_trouble(self, error: StoreUnavailable) -> None:
        if not self._troubled:
            log.error("the database cannot be used; work waits for it", extra={"error": str(error)})
        self._troubled = True

    def _tell_well(self) -> None:
        if self._troubled:
            log.warning("the database can be used again")
        self._troubled = False
