"""Keeps a connection of Socket Mode open for each Slack app while listener runs, and does what people press."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from random import Random

from alerts.channels.slack_press import read_presses
from alerts.channels.slack_socket import Connection, Envelope, SlackSocket
from alerts.contract import DeliveryFailed
from listener.delivery.next_attempt import CAP, next_attempt
from listener.handling.slack_pressing import Pressing
from listener.store import StoreUnavailable
from sources.contract import SourceError, SourceUnavailable
from sources.websocket import Answered

log = logging.getLogger("listener.slack")

HELLO_SECONDS = 20.0
ACKNOWLEDGE_WITHIN = 2.0
"""Slack waits three seconds. What is not kept by then is acknowledged all the same, and kept a moment later."""

MOST_AT_ONCE = 50
LOOK_AGAIN = 1.0
END_SECONDS = 5.0
_SWITCHED_OFF = "link_disabled"


class SlackSockets:
    """One task and one connection at a time for each app. Nothing that goes wrong with one ends it."""

    def __init__(
        self,
        sockets: Sequence[SlackSocket],
        pressing: Pressing,
        *,
        clock: Callable[[], datetime],
        jitter: Random,
        look_again: float = LOOK_AGAIN,
    ) -> None:
        self._sockets = sockets
        self._pressing = pressing
        self._clock = clock
        self._jitter = jitter
        self._look_again = look_again
        self._in_order = asyncio.Lock()  # of two presses the later one counts
        self._room = asyncio.Semaphore(MOST_AT_ONCE)
        self._working: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Connected, or trying to be, within the block; what was pressed by its end is kept first."""
        staying = [asyncio.create_task(self._stay(socket), name="slack socket") for socket in self._sockets]
        try:
            yield
        finally:
            for task in staying:
                task.cancel()
            await asyncio.gather(*staying, return_exceptions=True)
            if self._working:
                await asyncio.wait(self._working, timeout=END_SECONDS)
            for socket in self._sockets:
                await socket.close()

    async def _stay(self, socket: SlackSocket) -> None:
        """Connects again whenever a connection ends: at once where Slack asked for it, patiently where it failed."""
        failed, told = 0, ""
        while True:
            why, retry_after, wait = "", None, False
            try:
                async with socket.connected() as connection:
                    await self._greeted(connection)
                    if told:
                        log.info("Slack tells of pressed buttons again")
                    failed, told = 0, ""
                    why = await self._serve(connection)
                    wait = why == _SWITCHED_OFF
                    why = "Socket Mode was switched off for the app: switch it on again" if wait else ""
            except DeliveryFailed as error:
                why, retry_after, wait = str(error), error.retry_after, error.permanent
            except Answered as error:
                why = str(error.error)
            except SourceError as error:
                why = str(error)
            except Exception as error:
                why = f"it failed with {type(error).__name__}"
                log.error("a connection of Socket Mode failed", exc_info=True)
            failed += 1 if why else 0
            if why and why != told:
                log.warning("Slack cannot tell of pressed buttons", extra={"error": why})
                told = why
            now = self._clock()
            again_at = next_attempt(max(failed, 1), retry_after, now, self._jitter)
            await self._wait_until(now + CAP if wait else again_at)

    async def _greeted(self, connection: Connection) -> None:
        try:
            first = await asyncio.wait_for(connection.next(), HELLO_SECONDS)
        except TimeoutError:
            raise SourceUnavailable(f"Slack did not greet within {HELLO_SECONDS:g} s") from None
        if first is None or first.kind != "hello":
            raise SourceUnavailable("Slack began with something else than its greeting")

    async def _serve(self, connection: Connection) -> str:
        """Takes what comes until the connection ends or is to end; gives Slack's reason."""
        while True:
            envelope = await connection.next()
            if envelope is None:
                return ""
            if envelope.kind == "goodbye":
                return envelope.why
            if envelope.kind == "told":
                await self._room.acquire()
                task = asyncio.create_task(self._take(connection, envelope))
                self._working.add(task)
                task.add_done_callback(self._working.discard)

    async def _take(self, connection: Connection, envelope: Envelope) -> None:
        """Does it and acknowledges it. What cannot be kept is not acknowledged: Slack warns whoever pressed."""
        try:
            work = asyncio.create_task(self._do(envelope))
            done, _ = await asyncio.wait([work], timeout=ACKNOWLEDGE_WITHIN)
            if not done or work.result():
                with contextlib.suppress(SourceUnavailable):  # that the connection broke is seen by whoever reads it
                    await connection.acknowledge(envelope.id)
            if not done:
                await work
        finally:
            self._room.release()

    async def _do(self, envelope: Envelope) -> bool:
        """False where it could not be kept, which the log tells."""
        try:
            presses = read_presses(envelope.payload) if envelope.payload is not None else []
            if presses:
                async with self._in_order:
                    await asyncio.to_thread(self._pressing.do, presses, f"envelope {envelope.id}")
        except ValueError as error:
            log.warning("what Slack told of was passed over", extra={"error": str(error)})
        except StoreUnavailable as error:
            log.error("a press in Slack could not be kept; its user was told so", extra={"error": str(error)})
            return False
        except Exception:
            log.error("a press in Slack failed", exc_info=True)
            return False
        return True

    async def _wait_until(self, when: datetime) -> None:
        while (left := (when - self._clock()).total_seconds()) > 0:  # noqa: ASYNC110 - a clock sends no event
            await asyncio.sleep(min(left, self._look_again))
