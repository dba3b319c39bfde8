"""Serves an ASGI application on the event loop that runs already, with limits on what a connection may hold."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from listener.web.address import host_and_port

MOST_CONNECTIONS = 64
"""At the same time, with a request each at most; one more is cut off at once, whoever it is."""

LONGEST_HEAD = 16 * 1024
HEAD_SECONDS = 10.0
"""For the head of a request to arrive; RFC 9110 names no bound, and a sender of a byte a minute would stay for ever."""

IDLE_SECONDS = 5
GRACE_SECONDS = 5


class Server(uvicorn.Server):
    """uvicorn without its own signal handlers: the command has some already, and ends all parts in order."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class PatientForAWhile(H11Protocol):
    """uvicorn's HTTP/1.1 with an end to its patience: a head that does not arrive closes the connection."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn declares it
        if len(self.connections) >= MOST_CONNECTIONS:
            transport.abort()
            return
        super().connection_made(transport)
        self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        if self.transport is None or self.transport.is_closing():
            return
        begun = self.cycle
        super().data_received(data)
        if self.cycle is not begun:
            self._stop_waiting()
        elif self._deadline is None and (begun is None or begun.response_complete):
            self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        if self.transport is not None:
            super().connection_lost(exc)

    def _wait_for_head(self) -> None:
        self._deadline = self.loop.call_later(HEAD_SECONDS, self._close)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _close(self) -> None:
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()


@asynccontextmanager
async def serving(application: Any, bind: str) -> AsyncIterator[asyncio.Task[None]]:
    """Serves from the beginning of the block to its end; gives the task, which ends only if serving breaks off.

    Raises OSError, with `bind` as its file name, where the address cannot be taken. At the end no new request is taken,
    and those under way have GRACE_SECONDS.
    """
    listening = _listen(bind)
    config = uvicorn.Config(
        application,
        http=PatientForAWhile,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",  # what others send is no event of ours, and the application tells its own failures
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
        h11_max_incomplete_event_size=LONGEST_HEAD,
    )
    server = Server(config)
    work = asyncio.create_task(server.serve(sockets=[listening]), name="web")
    try:
        yield work
    finally:
        server.should_exit = True
        with contextlib.suppress(Exception):  # whoever was given the task has seen how it ended
            await work
        listening.close()


def _listen(bind: str) -> socket.socket:
    host, port = host_and_port(bind)
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
        listening = socket.create_server((host, port), family=family, backlog=MOST_CONNECTIONS)
        # asyncio does so itself only for sockets that name their protocol; without it each answer waits 40 ms
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listening
    except socket.gaierror as error:
        raise OSError(error.errno, "no such host", bind) from None
    except OSError as error:
        raise OSError(error.errno, os.strerror(error.errno) if error.errno else str(error), bind) from None
