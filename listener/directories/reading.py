"""Reads the directories of services: page by page, each kept with its cursor in one transaction."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random

from listener.delivery.next_attempt import next_attempt
from listener.directories.contract import CustomerDirectory, DirectoryPage
from listener.directories.settings import DirectorySettings
from listener.health import FailingDirectory, Health
from listener.store import Store
from listener.store import directory_states as states
from sources.contract import SourceBusy, SourceError, SourceRefused

log = logging.getLogger("listener.directories")

SOON = timedelta(seconds=1)
_MOST_TOLD = 20


class DirectoryReader:
    """Reads what is due. One directory's failure stops no other, and is told once when it starts and once when it ends.

    Tries each question once: where a service fails or asks for patience, the next turn goes on from the last page that
    was kept.
    """

    def __init__(
        self,
        settings: Sequence[DirectorySettings],
        *,
        store: Store,
        health: Health,
        clock: Callable[[], datetime],
        jitter: Random,
    ) -> None:
        self._readings = {one.name: one.reading for one in settings}
        self._every = {one.name: one.every for one in settings}
        self._directories: Mapping[str, CustomerDirectory] = {one.name: one.open() for one in settings}
        self._store = store
        self._health = health
        self._clock = clock
        self._jitter = jitter
        self._at_work = asyncio.Lock()

    def start(self) -> None:
        """Knows what is configured, and how it is read; forgets what is not any more."""
        with self._store.write() as tx:
            states.sync_directories(tx, list(self._directories), self._clock())
            for name, reading in self._readings.items():
                states.know_settings(tx, name, reading, self._clock())

    async def read_due(self) -> None:
        """Reads every directory whose time has come, as far as its service allows in one turn."""
        if not self._directories or self._at_work.locked():
            return
        async with self._at_work:
            with self._store.read() as tx:
                due = states.due_directories(tx, self._clock())
            await asyncio.gather(*(self._read(self._directories[name]) for name in due if name in self._directories))

    async def close(self) -> None:
        """Frees connections."""
        for directory in self._directories.values():
            await directory.close()

    async def _read(self, directory: CustomerDirectory) -> None:
        for _ in range(directory.pages_at_once):
            with self._store.read() as tx:
                state = states.get_state(tx, directory.name)
            if state is None:
                return
            try:
                page = await directory.fetch(state.cursor, self._clock())
            except SourceError as error:
                self._failed(state, error)
                return
            if not await asyncio.to_thread(self._keep, state, page) or not page.more:
                return

    def _keep(self, state: states.DirectoryState, page: DirectoryPage) -> bool:
        """Keeps a page; False where somebody else has read on meanwhile."""
        now = self._clock()
        next_at = now + (SOON if page.more else self._every[state.name])
        moved = states.Moved(state.cursor, page.cursor)
        with self._store.write() as tx:
            kept = states.keep_page(tx, state.name, page.customers, page.gone, moved, next_at, now)
            if kept is not None and state.failing_since is not None:
                self._health.tell_directory_recovered(tx, state.name, state.failing_since, now)
        for mistake in page.mistakes[:_MOST_TOLD]:
            log.warning("a customer was not understood", extra={"directory": state.name, "mistake": mistake})
        if kept is not None and state.failing_since is not None:
            log.info("a customer directory is read again", extra={"directory": state.name})
        return kept is not None

    def _failed(self, state: states.DirectoryState, error: SourceError) -> None:
        now = self._clock()
        wait = error.retry_after if isinstance(error, SourceBusy) else None
        next_at = next_attempt(state.failures + 1, wait, now, self._jitter)
        if isinstance(error, SourceBusy):
            with self._store.write() as tx:
                states.wait(tx, state.name, next_at)  # patience is no failure
            return
        refused = isinstance(error, SourceRefused)
        with self._store.write() as tx:
            states.fail(tx, state, str(error), refused, next_at, now)
            failing = FailingDirectory(
                name=state.name,
                failures=state.failures + 1,
                since=state.failing_since or now,
                why=str(error),
                refused=refused,
            )
            self._health.tell_directory_failing(tx, failing, now)
        if state.failing_since is None:
            log.error("a customer directory cannot be read", extra={"directory": state.name, "error": str(error)})
