"""Runs the real product in forked children that die by SIGKILL where the test says.

Reads one JSON order a line, answers one JSON line each. Everything is imported once, before the forks, so that
hundreds of deaths take seconds. An order: {"config", "now", "kill_at" (boundary number, or null), "kill_after"
(seconds, or null)}. A boundary is the moment just before or just after a commit or a send; its name tells which.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy.engine import default

import listener.app
import listener.rounds
from alerts.contract import Message, Receipt
from listener.config import load
from rules.analysis import analyse_batch  # noqa: F401


class Boundaries:
    """Counts the boundaries that this child crosses, writes each down, and dies at the one it was told."""

    def __init__(self, kill_at: int | None, trace: Path) -> None:
        self._kill_at = kill_at
        self._trace = os.open(trace, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
        self.crossed = 0

    def cross(self, name: str) -> None:
        self.crossed += 1
        os.write(self._trace, f"{self.crossed} {name}\n".encode())
        if self.crossed == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)


def watch_commits(boundaries: Boundaries) -> None:
    commit = default.DefaultDialect.do_commit

    def watched(self: Any, connection: Any) -> None:
        boundaries.cross("before commit")
        commit(self, connection)
        boundaries.cross("after commit")

    default.DefaultDialect.do_commit = watched  # type: ignore[method-assign]


def watch_sends(app: listener.app.App, boundaries: Boundaries) -> None:
    def watched(send: Callable[[Message], Any], name: str) -> Callable[[Message], Any]:
        async def crossing(message: Message) -> Receipt:
            boundaries.cross(f"before send on {name}")
            receipt: Receipt = await send(message)
            boundaries.cross(f"after send on {name}")
            return receipt

        return crossing

    for name, channel in app.channels.items():
        channel.send = watched(channel.send, name)  # type: ignore[method-assign]


def work(order: dict[str, Any], trace: Path) -> None:
    """One round, as `listener poll` does it, with the clock standing at the order's `now`."""
    now = datetime.fromisoformat(order["now"])
    boundaries = Boundaries(order.get("kill_at"), trace)
    watch_commits(boundaries)

    async def go() -> None:
        config = load(Path(order["config"]))
        async with listener.app.working(config, workers=0, clock=lambda: now, jitter=Random(7)) as app:
            watch_sends(app, boundaries)
            await app.poll_once([settings.name for settings in config.sources])

    asyncio.run(go())


def serve() -> None:
    for line in sys.stdin:
        order = json.loads(line)
        trace = Path(order["trace"])
        trace.unlink(missing_ok=True)
        child = os.fork()
        if child == 0:
            try:
                work(order, trace)
            except BaseException:
                import traceback

                traceback.print_exc()
                os._exit(70)
            os._exit(0)
        if order.get("kill_after") is not None:
            time.sleep(order["kill_after"])
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        print(json.dumps({"status": os.waitstatus_to_exitcode(status)}), flush=True)


if __name__ == "__main__":
    serve()
