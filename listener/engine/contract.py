"""The seam between what is to be done and where it runs.

A job is a row written in the transaction that makes it necessary, so neither is there without the other. A
handler may run twice (after a crash between its effect and the job's end), never twice at once for one key,
so every handler's effect is one transaction that a repeat leaves as it is.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from listener.store import Tx  # the store's job rows name this seam's types, so it cannot import them back

Handler = Callable[[Mapping[str, Any]], Awaitable[None]]


class EngineStats(Struct, frozen=True, kw_only=True):
    """How much work waits: jobs queued, jobs running, jobs that failed and wait for their next try."""

    queued: int
    running: int
    retrying: int
    oldest: datetime | None


class GiveUp(Exception):
    """Raised by a handler whose work cannot succeed and has been put where a person finds it: ends the job."""


class Engine(Protocol):
    """Runs registered tasks. One adapter a place: this machine's SQLite rows now, PostgreSQL workers next."""

    def task(
        self,
        name: str,
        handler: Handler,
        *,
        timeout_seconds: float = 600,
        at_once: int = 64,
        can_stop: bool = False,
    ) -> None:
        """Says what runs for `name`. Must be called before jobs of that name are run.

        `at_once` at most run at the same time, so that slow work of one kind leaves room for the others. `can_stop`:
        when the engine is to stop, the handler may be cancelled, and its job is ready again for the next start.
        """
        ...

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
        """Adds a job in the caller's transaction. Jobs of one key never run at the same time."""
        ...

    async def run(self, concurrency: int) -> None:
        """Runs jobs until cancelled; a cancelled run lets what is running, and cannot be stopped, finish first."""
        ...

    async def run_until_idle(self, concurrency: int) -> None:
        """Runs every job that can run now, and those they bring, then returns."""
        ...

    def stats(self) -> EngineStats:
        """Says how much work waits."""
        ...
