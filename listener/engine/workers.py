"""Processes for what costs processor time: they get posts as bytes, give readings as bytes, and leave when idle."""

from __future__ import annotations

import asyncio
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from rules.analysis import analyse_batch

IDLE_SECONDS = 300.0


class Workers:
    """`count` spawned processes, started with the first batch; 0 reads in a thread of this process."""

    def __init__(self, count: int, idle_seconds: float = IDLE_SECONDS) -> None:
        self._count = count
        self._idle_seconds = idle_seconds
        self._pool: ProcessPoolExecutor | None = None
        self._busy = 0
        self._leave: asyncio.TimerHandle | None = None

    async def analyse(self, posts: bytes, setup: bytes, seen_by: str, now_iso: str) -> bytes:
        """Runs rules.analysis.analyse_batch. Raises WorkerDied when the process did not survive the batch."""
        if self._count == 0:
            return await asyncio.to_thread(analyse_batch, posts, setup, seen_by, now_iso)
        pool = self._open()
        self._busy += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, analyse_batch, posts, setup, seen_by, now_iso)
        except BrokenProcessPool as error:
            if self._pool is pool:
                self._pool = None
            pool.shutdown(wait=False, cancel_futures=True)
            raise WorkerDied("the process that read this batch ended before it was done") from error
        finally:
            self._busy -= 1
            if not self._busy:
                self._leave = asyncio.get_running_loop().call_later(self._idle_seconds, self.close)

    def close(self) -> None:
        """Ends the processes; the next batch starts new ones."""
        if self._leave is not None:
            self._leave.cancel()
            self._leave = None
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None

    def _open(self) -> ProcessPoolExecutor:
        if self._leave is not None:
            self._leave.cancel()
            self._leave = None
        if self._pool is None:
            # spawn: a forked child would inherit open database connections and the event loop's state
            self._pool = ProcessPoolExecutor(self._count, mp_context=multiprocessing.get_context("spawn"))
        return self._pool


class WorkerDied(Exception):
    """A worker process ended in the middle of a batch; the batch can be given to another."""
