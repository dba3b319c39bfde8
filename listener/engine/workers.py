"""Processes for what costs processor time: they get posts as bytes, give readings as bytes, and leave when idle."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool

from rules.batch import analyse_batch, analyse_known, digest_of, judge_batch, judge_known
from sources.own_process import end_process, new_process

IDLE_SECONDS = 300.0
BATCH_SECONDS = 240.0
"""A batch of 500 posts takes one or two; what takes longer hangs, and its process is ended."""


class _Process:
    """A process and the digest of the set-up that it was given last: ten thousand queries weigh as much as a batch."""

    def __init__(self) -> None:
        self.executor = new_process()
        self.knows: bytes | None = None


Work = Callable[[bytes, bytes, str, str], bytes]
Known = Callable[[bytes, bytes, str, str], bytes | None]
"""The same work by a set-up that the process keeps; None where it keeps it no more."""


class Workers:
    """`count` spawned processes, started with the first batches; 0 reads in a thread of this process.

    Each process has one batch at a time to itself, so that the batch that kills a process harms no other.
    """

    def __init__(self, count: int, idle_seconds: float = IDLE_SECONDS, batch_seconds: float = BATCH_SECONDS) -> None:
        self.at_once = max(1, count)
        self._in_processes = count > 0
        self._idle_seconds = idle_seconds
        self._batch_seconds = batch_seconds
        self._idle: list[_Process] = []
        self._setup: bytes | None = None
        self._digest = b""
        self._free = asyncio.Semaphore(self.at_once)
        self._busy = 0
        self._leave: asyncio.TimerHandle | None = None

    async def analyse(self, posts: bytes, setup: bytes, seen_by: str, now_iso: str) -> bytes:
        """Runs rules.batch.analyse_batch.

        Raises WorkerDied when the process did not survive the batch or the batch took too long, and what
        analyse_batch raises.
        """
        return await self._run(analyse_batch, analyse_known, posts, setup, seen_by, now_iso)

    async def judge(self, reads: bytes, setup: bytes, seen_by: str, now_iso: str) -> bytes:
        """Runs rules.batch.judge_batch. Raises as `analyse`."""
        return await self._run(judge_batch, judge_known, reads, setup, seen_by, now_iso)

    def close(self) -> None:
        """Ends the idle processes; the next batch starts a new one."""
        if self._leave is not None:
            self._leave.cancel()
            self._leave = None
        while self._idle:
            self._idle.pop().executor.shutdown(wait=False, cancel_futures=True)

    async def _run(self, work: Work, known: Known, batch: bytes, setup: bytes, seen_by: str, now_iso: str) -> bytes:
        async with self._free:
            self._stay()
            try:
                if self._in_processes:
                    return await self._in_process(work, known, batch, setup, seen_by, now_iso)
                async with asyncio.timeout(self._batch_seconds):
                    return await asyncio.to_thread(work, batch, setup, seen_by, now_iso)
            finally:
                self._leave_later()

    async def _in_process(
        self, work: Work, known: Known, batch: bytes, setup: bytes, seen_by: str, now_iso: str
    ) -> bytes:
        process = self._idle.pop() if self._idle else _Process()
        try:
            async with asyncio.timeout(self._batch_seconds):
                answer = await self._answer(process, work, known, batch, setup, seen_by, now_iso)
        except BrokenProcessPool as error:
            end_process(process.executor)
            raise WorkerDied("the process that read this batch ended before it was done") from error
        except TimeoutError as error:
            end_process(process.executor)
            raise WorkerDied(f"reading this batch took longer than {self._batch_seconds:g} s") from error
        except asyncio.CancelledError:
            end_process(process.executor)
            raise
        except Exception:
            self._idle.append(process)
            raise
        self._idle.append(process)
        return answer

    async def _answer(
        self, process: _Process, work: Work, known: Known, batch: bytes, setup: bytes, seen_by: str, now_iso: str
    ) -> bytes:
        loop = asyncio.get_running_loop()
        if setup != self._setup:  # of the same object that takes no time
            self._setup, self._digest = setup, digest_of(setup)
        digest = self._digest
        if process.knows == digest:
            answer = await loop.run_in_executor(process.executor, known, batch, digest, seen_by, now_iso)
            if answer is not None:
                return answer
        answer = await loop.run_in_executor(process.executor, work, batch, setup, seen_by, now_iso)
        process.knows = digest
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
