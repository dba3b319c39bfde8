"""The engine of one machine: jobs are rows of our own database, run by this process's event loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any

from listener.engine.contract import EngineStats, GiveUp, Handler
from listener.next_attempt import next_attempt
from listener.store import Store, StoreUnavailable, Tx, jobs

log = logging.getLogger("listener.engine")

LOOK_AGAIN = 1.0
"""Seconds between looks for jobs that another process queued; our own are known at once."""


class LocalEngine:
    """Runs jobs from the store's table. A job's lease outlives its time limit, so none runs twice at once."""

    def __init__(self, store: Store, clock: Callable[[], datetime], jitter: Random) -> None:
        self._store = store
        self._clock = clock
        self._jitter = jitter
        self._handlers: dict[str, tuple[Handler, float]] = {}
        self._nudged = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()

    def task(self, name: str, handler: Handler, *, timeout_seconds: float = 600) -> None:
        self._handlers[name] = (handler, timeout_seconds)

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
        if task not in self._handlers:
            raise ValueError(f"no handler is registered for task {task!r}")
        jobs.enqueue(tx, task, dict(args), key=key, priority=priority, run_after=run_after, now=self._clock())
        self._nudged.set()

    def recover(self) -> int:
        """Makes jobs that a killed process left running ready again. Only when no other process works here."""
        with self._store.write() as tx:
            return jobs.release_all(tx, self._clock())

    async def run(self, concurrency: int) -> None:
        try:
            while True:
                self._nudged.clear()
                if await self._start_ready(concurrency):
                    continue
                waits = [asyncio.create_task(self._nudged.wait()), *self._running]
                await asyncio.wait(waits, timeout=LOOK_AGAIN, return_when=asyncio.FIRST_COMPLETED)
                waits[0].cancel()
        finally:
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
        if len(self._running) >= concurrency:
            return False
        longest = max((seconds for _, seconds in self._handlers.values()), default=600.0)
        try:
            with self._store.write() as tx:
                job = jobs.claim(tx, self._clock(), timedelta(seconds=longest + 60), list(self._handlers))
        except StoreUnavailable as error:
            log.warning("the database cannot be asked for work", extra={"error": str(error)})
            await asyncio.sleep(LOOK_AGAIN)
            return False
        if job is None:
            return False
        running = asyncio.create_task(self._run_one(job), name=f"{job.task}:{job.key}")
        self._running.add(running)
        running.add_done_callback(self._running.discard)
        return True

    async def _run_one(self, job: jobs.Job) -> None:
        handler, seconds = self._handlers[job.task]
        error = ""
        try:
            async with asyncio.timeout(seconds):
                await handler(job.args)
        except GiveUp as gone:
            log.error("a job was given up", extra={"task": job.task, "key": job.key, "error": str(gone)})
        except TimeoutError:
            error = f"took longer than {seconds:.0f} s"
        except Exception as failure:
            error = f"{type(failure).__name__}: {failure}"
            log.warning("a job failed", extra={"task": job.task, "key": job.key, "error": error}, exc_info=True)
        try:
            with self._store.write() as tx:
                if error:
                    now = self._clock()
                    jobs.fail(tx, job.id, job.attempt, error, next_attempt(job.attempt, None, now, self._jitter))
                else:
                    jobs.finish(tx, job.id, job.attempt)
        except StoreUnavailable as failure:
            # The lease runs out by itself and the job runs again, which every handler allows.
            log.warning("a job's end could not be written", extra={"task": job.task, "error": str(failure)})
