"""Runs the real product in forked children that die by SIGKILL where the test says.

Reads one JSON order a line, answers one JSON line each. Orders with `warm` are worked in this process, so that
everything is imported and compiled before the forks and hundreds of deaths take seconds. An order: {"config", "now",
"trace", "warm", "in_turn", "kill_at", "kill_after"}. A boundary is the moment just before or just after a commit, a
send or an edit; each child writes the boundaries that it crosses into `trace`. `kill_at` is the number of the boundary
to die at, `kill_after` are seconds of a child's life. `in_turn` runs one job at a time, which makes the order of the
boundaries the same each time.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import listener.app
from alerts.contract import AlertChannel, EditingChannel, Receipt
from listener.config import load
from listener.store import Store, Tx


class Boundaries:
    """Counts the boundaries that this child crosses, writes each down, and dies at the one it was told."""

    def __init__(self, kill_at: int | None, trace: Path) -> None:
        self._kill_at = kill_at
        self._trace = os.open(trace, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
        self._crossed = 0

    def cross(self, name: str) -> None:
        self._crossed += 1
        os.write(self._trace, f"{name}\n".encode())
        if self._crossed == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)


def watch_commits(boundaries: Boundaries) -> None:
    """Every transaction that writes goes through Store.write; the readers' ends are no boundary."""
    write = Store.write

    @contextmanager
    def watched(store: Store) -> Iterator[Tx]:
        with write(store) as tx:
            yield tx
            boundaries.cross("before commit")
        boundaries.cross("after commit")

    Store.write = watched  # type: ignore[method-assign]


def watch_sends(app: listener.app.App, boundaries: Boundaries) -> None:
    def watched(channel: AlertChannel, what: str) -> Callable[..., Any]:
        call = getattr(channel, what)

        async def crossing(*told: Any) -> Receipt:
            boundaries.cross(f"before {what} on {channel.name}")
            receipt: Receipt = await call(*told)
            boundaries.cross(f"after {what} on {channel.name}")
            return receipt

        return crossing

    for channel in app.channels.values():
        channel.send = watched(channel, "send")  # type: ignore[method-assign]
        if isinstance(channel, EditingChannel):
            channel.edit = watched(channel, "edit")  # type: ignore[method-assign]


async def one_round(order: dict[str, Any], boundaries: Boundaries | None) -> None:
    """What `listener run` does from its start to the end of one round, with the clock standing at the order's `now`."""
    now = datetime.fromisoformat(order["now"])
    config = load(Path(order["config"]))
    async with listener.app.working(config, workers=0, clock=lambda: now, jitter=Random(7)) as app:
        if boundaries is not None:
            watch_sends(app, boundaries)
        app.queue_digest()
        await app.poll_once([settings.name for settings in config.sources])


def live(order: dict[str, Any]) -> None:
    """A child's life, up to its end or its death."""
    boundaries = Boundaries(order.get("kill_at"), Path(order["trace"]))
    watch_commits(boundaries)
    if order.get("in_turn"):
        listener.app.CONCURRENT_JOBS = 1
    asyncio.run(one_round(order, boundaries))


def fork(order: dict[str, Any]) -> int:
    """Gives how the child ended: 0, or minus the signal that killed it."""
    Path(order["trace"]).unlink(missing_ok=True)
    child = os.fork()
    if child == 0:
        try:
            live(order)
        except BaseException:
            traceback.print_exc()
            os._exit(70)
        os._exit(0)
    if order.get("kill_after") is not None:
        time.sleep(order["kill_after"])
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def serve() -> None:
    for line in sys.stdin:
        order = json.loads(line)
        if order.get("warm"):
            asyncio.run(one_round(order, None))
            assert threading.active_count() == 1, "a thread would not survive the fork"
            gc.collect()
            gc.freeze()  # a collection in a child would copy all that was imported, page by page
            ended = 0
        else:
            ended = fork(order)
        print(json.dumps({"ended": ended}), flush=True)


if __name__ == "__main__":
    serve()
