"""Processes for what costs processor time: they get posts as bytes, give readings as bytes, and leave when idle."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from rules.analysis import analyse_batch

IDLE_SECONDS = 300.0
BATCH_SECONDS = 240.0
"""A batch of 500 posts takes one or two; what takes longer hangs, and its process is ended."""


class Workers:
    """`count` spawned processes, started with the first batches; 0 reads in a thread of this process.

    Each process has one batch at a time to itself, so that the batch that kills a process harms no other.
    """

    def __init__(self, count: int, idle_seconds: float = IDLE_SECONDS, batch_seconds: float = BATCH_SECONDS) -> None:
        self.at_once = max(1, count)
        self._in_processes = count > 0
        self._idle_seconds = idle_seconds
        self._batch_seconds = batch_seconds
        self._idle: list[ProcessPoolExecutor] = []
        self._free = asyncio.Semaphore(self.at_once)
        self._busy = 0
        self._leave: asyncio.TimerHandle | None = None

    async def analyse(self, posts: bytes, setup: bytes, seen_by: str, now_iso: str) -> bytes:
        """Runs rules.analysis.analyse_batch.

        Raises WorkerDied when the process did not survive the batch or the batch took too long, and what
        analyse_batch raises.
        """
        async with self._free:
            self._stay()
            try:
                if self._in_processes:
                    return await self._in_process(posts, setup, seen_by, now_iso)
                async with asyncio.timeout(self._batch_seconds):
                    return await asyncio.to_thread(analyse_batch, posts, setup, seen_by, now_iso)
            finally:
                self._leave_later()

    def close(self) -> None:
        """Ends the idle processes; the next batch starts a new one."""
        if self._leave is not None:
            self._leave.cancel()
            self._leave = None
        while self._idle:
            self._idle.pop().shutdown(wait=False, cancel_futures=True)

    async def _in_process(self, posts: bytes, setup: bytes, seen_by: str, now_iso: str) -> bytes:
        loop = asyncio.get_running_loop()
        process = self._idle.pop() if self._idle else _new_process()
        try:
            async with asyncio.timeout(self._batch_seconds):
                answer = await loop.run_in_executor(process, analyse_batch, posts, setup, seen_by, now_iso)
        except BrokenProcessPool as error:
            _end(process)
            raise WorkerDied("the process that read this batch ended before it was done") from error
        except TimeoutError as error:
            _end(process)
            raise WorkerDied(f"reading this batch took longer than {self._batch_seconds:g} s") from error
        except asyncio.CancelledError:
            _end(process)
            raise
        except Exception:
            self._idle.append(process)
            raise
        self._idle.append(process)
        return answer

    def _stay(self) -> None:
        self._busy += 1
        if self._leave is not None:
            self._leave.cancel()
            self._leave = None

    def _leave_later(self) -> None:
        self._busy -= 1
        if not self._busy:
            self._leave = asyncio.get_running_loop().call_later(self._idle_seconds, self.close)


class WorkerDied(Exception):
    """A worker process ended in the middle of a batch; the batch can be given to another."""


def _new_process() -> ProcessPoolExecutor:
    # spawn: a forked child would inherit open database connections and the event loop's state
    return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"), initializer=_serve_parent)


def _end(process: ProcessPoolExecutor) -> None:
    """Ends a process whatever it is doing; before Python 3.14 an executor has no public way to."""
    running = list((process._processes or {}).values())
    process.shutdown(wait=False, cancel_futures=True)
    for one in running:
        one.kill()


def _serve_parent() -> None:
    """In a worker: lives exactly as long as its parent, which alone is asked to stop and lets a batch be finished.

    Ctrl-C in a terminal and a service manager's SIGTERM reach every process of the group at once.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_leave_with, args=(parent,), daemon=True).start()


def _leave_with(parent: multiprocessing.process.BaseProcess) -> None:
    parent.join()
    os._exit(1)  # the queue that it waits at never closes: the worker itself holds its other end
