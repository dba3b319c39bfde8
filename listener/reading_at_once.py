"""Reads what a stream brings before it is kept, so that it needs no stop in the inbox: one transaction, not five."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from listener.analyse import Analysis
from listener.store import Tx
from rules.analysis import Read
from sources.post import Post

log = logging.getLogger("listener.streams")

PATIENCE = 1.0
"""Seconds that posts may be in memory alone while they are read: a service that sends nothing twice loses so much to a
crash, until its gap is filled."""


class ReadingAtOnce:
    """Reads for streams, and keeps what was read; what it cannot do is left to the inbox, where a batch has tries."""

    def __init__(self, analysis: Analysis, clock: Callable[[], datetime]) -> None:
        self._analysis = analysis
        self._clock = clock

    async def read(self, posts: Sequence[Post], seen_by: str) -> list[Read] | None:
        """What the posts mean; None where that fails, takes longer than PATIENCE or asks somebody outside."""
        reading = asyncio.ensure_future(self._analysis.read_at_once(posts, seen_by, self._clock()))
        try:
            await asyncio.wait({reading}, timeout=PATIENCE)
        except asyncio.CancelledError:
            reading.cancel()
            raise
        if not reading.done():  # it is not stopped: a process that is still starting would begin anew each time
            reading.add_done_callback(_forget)
            return None
        if reading.cancelled():  # by whoever else works with the readers: nobody has stopped this stream
            told = "the reading was stopped"
        elif (error := reading.exception()) is None:
            return reading.result()
        else:
            told = f"{type(error).__name__}: {error}"
        log.warning("posts of a stream go through the inbox", extra={"source": seen_by, "error": told})
        return None

    def keep(self, tx: Tx, reads: Sequence[Read], seen_by: str) -> None:
        """Keeps what was read with what it calls for, in the caller's transaction."""
        self._analysis.keep(tx, reads, seen_by, False, self._clock())


def _forget(reading: asyncio.Future[list[Read] | None]) -> None:
    if not reading.cancelled():
        reading.exception()  # is told where the inbox's reader meets it
