"""Keeps the streams of all sources open while listener runs, each by itself, so that none waits for another."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from random import Random

from listener.archiving import NOTHING, Archiving
from listener.delivery.next_attempt import next_attempt
from listener.engine.contract import Engine
from listener.reading_at_once import ReadingAtOnce
from listener.store import Store, StoreUnavailable
from listener.store import sources as states
from listener.stream_reading import StreamReading
from listener.turns import Turns
from listener.wanted_posts import Wanted
from rules.long_lived import built_to_stay
from sources.abilities import Streaming
from sources.contract import Source, SourceError, SourceRefused, SourceUnavailable
from sources.query import Query

log = logging.getLogger("listener.streams")

LOOK_AGAIN = 1.0
"""Seconds between looks at whether a time has come: a clock that is set moves the waiting with it."""


class Streams:
    """One task for each (source, ask) that streams. A stream that ends is opened again where its cursor stands."""

    def __init__(
        self,
        *,
        store: Store,
        engine: Engine,
        sources: Mapping[str, Source],
        queries: Mapping[str, Query],
        turns: Turns,
        clock: Callable[[], datetime],
        jitter: Random,
        at_once: ReadingAtOnce | None = None,
        archiving: Archiving = NOTHING,
        look_again: float = LOOK_AGAIN,
    ) -> None:
        self._at_once = at_once
        self._archiving = archiving
        self._store = store
        self._engine = engine
        self._sources = sources
        self._queries = queries
        self._turns = turns
        self._clock = clock
        self._jitter = jitter
        self._look_again = look_again
        self.asks = _asks_of(sources, list(queries.values()))
        """What is streamed, by the name of the source."""

    async def run(self, stop: asyncio.Event) -> None:
        """Reads until `stop` is set; what has been read is kept first."""
        with built_to_stay():
            wanted = Wanted(self._queries, self._archiving) if self.asks else None
        following = [
            asyncio.create_task(self._follow(self._sources[name], ask, wanted), name=f"stream:{name}:{ask}")
            for name, asks in self.asks.items()
            for ask in asks
            if wanted is not None
        ]
        stopped = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait([stopped, *following], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (stopped, *following):
                task.cancel()
            await asyncio.gather(stopped, *following, return_exceptions=True)
        for task in following:
            if not task.cancelled() and task.exception():
                raise RuntimeError("a stream's reader stopped by itself") from task.exception()

    async def _follow(self, source: Source, ask: str, wanted: Wanted) -> None:
        """Reads one stream for ever. Nothing that goes wrong with it ends this."""
        broken = ended_at_once = 0
        while True:
            try:
                if not self._may_be_asked(source):
                    await asyncio.sleep(self._look_again)
                    continue
                pages, again_at = await self._read(source, ask, wanted, ended_at_once)
                broken = 0
                ended_at_once = ended_at_once + 1 if pages <= 1 else 0  # the first one may only say that it is open
            except StoreUnavailable:  # the engine tells of the database; the stream goes on from its kept cursor
                broken += 1
                again_at = next_attempt(broken, None, self._clock(), self._jitter)
            await self._wait_until(again_at)

    def _may_be_asked(self, source: Source) -> bool:
        now = self._clock()
        with self._store.read() as tx:
            state = states.get_source(tx, source.name)
        return state is None or not (state.disabled_why or (state.blocked_until and state.blocked_until > now))

    async def _read(self, source: Source, ask: str, wanted: Wanted, ended_at_once: int = 0) -> tuple[int, datetime]:
        """Reads until the stream ends, however it does; gives how many pages came, and when it may be asked again."""
        reading = StreamReading(
            self._store, self._engine, self._turns, source, ask, wanted, self._clock, at_once=self._at_once
        )
        try:
            await _read_until_stopped(reading, source)
        except SourceError as error:
            return reading.pages, self._failed(source, ask, reading, error)
        except StoreUnavailable:
            raise
        except asyncio.CancelledError:
            with contextlib.suppress(StoreUnavailable):
                reading.record()
            raise
        except Exception as error:
            log.error("a source broke its contract", extra={"source": source.name}, exc_info=True)
            told = SourceUnavailable(f"reading it failed with {type(error).__name__}; the log has more")
            return reading.pages, self._failed(source, ask, reading, told)
        if not reading.pages:
            ended = SourceUnavailable(f"the stream of '{source.name}' ended before it gave anything")
            return 0, self._failed(source, ask, reading, ended)
        reading.record()
        return reading.pages, next_attempt(ended_at_once + 1, None, self._clock(), self._jitter)

    def _failed(self, source: Source, ask: str, reading: StreamReading, error: SourceError) -> datetime:
        refused = error if isinstance(error, SourceRefused) else None
        return self._turns.failed(source, ask, self._clock(), reading.take_count(), None, [error], refused)

    async def _wait_until(self, when: datetime) -> None:
        while (left := (when - self._clock()).total_seconds()) > 0:  # noqa: ASYNC110 - a clock sends no event
            await asyncio.sleep(min(left, self._look_again))


async def _read_until_stopped(reading: StreamReading, source: Source) -> None:
    """Reads. An error in the last moments of a stop must not take the place of the stop: the task would go on."""
    try:
        await reading.read()
    except Exception as error:
        task = asyncio.current_task()
        if task is None or not task.cancelling():
            raise
        told = "the last posts of a stream could not be kept before the stop"
        log.warning(told, extra={"source": source.name, "error": f"{type(error).__name__}: {error}"})
        raise asyncio.CancelledError from error


def _asks_of(sources: Mapping[str, Source], queries: Sequence[Query]) -> Mapping[str, tuple[str, ...]]:
    found = {
        name: tuple(dict.fromkeys(source.streams(queries)))
        for name, source in sources.items()
        if isinstance(source, Streaming)
    }
    return {name: asks for name, asks in found.items() if asks}
