"""How the parts of listener run beside each other until they are told to stop, and end in order."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable, Coroutine

from listener.schedule import Schedule
from listener.store import StoreUnavailable
from listener.streams import Streams


async def work_until(
    stop: asyncio.Event,
    *,
    work: Coroutine[None, None, None],
    streams: Streams,
    schedule: Schedule,
    web: asyncio.Task[None] | None,
) -> None:
    """Runs all parts until `stop` is set or one of them ends by itself; `work` is the engine's, and ends last.

    Raises RuntimeError for a part that ended by itself.
    """
    working = asyncio.create_task(work)
    streaming = asyncio.create_task(streams.run(stop))
    scheduled = asyncio.create_task(schedule.run(stop))
    parts = {working, streaming, scheduled, *([web] if web else [])}
    done, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
    stop.set()
    await asyncio.gather(streaming, return_exceptions=True)
    await scheduled
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    for task in done:
        if task in (working, streaming) and not task.cancelled() and task.exception():
            raise RuntimeError("a part of listener stopped by itself") from task.exception()
        if task is web:
            raise RuntimeError("the HTTP server stopped by itself") from task.exception()


def patient(call: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    """A call that the clock repeats: while the database fails, which the engine tells, it does nothing."""

    async def calling() -> None:
        with contextlib.suppress(StoreUnavailable):
            await call()

    return calling


def stop_on_signals(stop: asyncio.Event) -> None:
    """SIGINT and SIGTERM end the run cleanly."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
