"""One exchange of HTTP/1.1 on a connection of its own, with no more machinery than that takes."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable

import h11
import httpx

LONGEST_HEAD = 100 * 1024
PIECE = 64 * 1024


class SingleExchanges(httpx.AsyncBaseTransport):
    """Gives each request a connection of its own, which ends with its answer; h11 speaks the protocol (RFC 9112).

    For doors that keep no connection: the locks and scopes of a pool take three times as long as the exchange itself.
    `tls` gives what a safe connection is checked by. Seconds to connect, and for each piece to write and to read, stand
    in the request's extension "timeout". Raises httpx's own TransportErrors.
    """

    def __init__(self, tls: Callable[[], ssl.SSLContext]) -> None:
        self._tls = tls

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        wire = await self._connect(request)
        try:
            head = await wire.ask(request)
        except BaseException:
            await wire.aclose()
            raise
        return httpx.Response(head.status_code, headers=head.headers.raw_items(), stream=wire)

    async def _connect(self, request: httpx.Request) -> _Wire:
        url, seconds = request.url, request.extensions["timeout"]
        safe = url.scheme == "https"
        try:
            async with asyncio.timeout(seconds["connect"]):
                reader, writer = await asyncio.open_connection(
                    url.host,
                    url.port or (443 if safe else 80),
                    ssl=self._tls() if safe else None,
                    server_hostname=request.extensions.get("sni_hostname", url.host) if safe else None,
                )
        except TimeoutError as error:
            raise httpx.ConnectTimeout("no connection in time") from error
        except (OSError, ValueError) as error:  # ValueError: a name that TLS cannot ask for
            raise httpx.ConnectError("no connection") from error
        return _Wire(reader, writer, seconds["read"], seconds["write"])


class _Wire(httpx.AsyncByteStream):
    """A connection, and the body of the answer that comes over it."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, to_read: float | None, to_write: float | None
    ) -> None:
        self._reader, self._writer = reader, writer
        self._to_read, self._to_write = to_read, to_write
        self._protocol = h11.Connection(h11.CLIENT, max_incomplete_event_size=LONGEST_HEAD)

    async def ask(self, request: httpx.Request) -> h11.Response | h11.InformationalResponse:
        """Sends the request and gives the head of its answer."""
        head = _head(request)
        with contextlib.suppress(ConnectionError):  # a server may answer, and shut us off, before it has heard us out
            await self._send(head)
            async for piece in _body(request):
                await self._send(h11.Data(data=piece))
            await self._send(h11.EndOfMessage())
        while isinstance(event := await self._next(), h11.InformationalResponse):
            if event.status_code == 101:  # it leaves HTTP, which we never ask for: no answer follows this head
                return event
        if not isinstance(event, h11.Response):
            raise httpx.RemoteProtocolError("the connection ended without an answer")
        return event

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while isinstance(event := await self._next(), h11.Data):
            yield bytes(event.data)

    async def aclose(self) -> None:
        self._writer.transport.abort()  # there is nothing more to be said, and TLS' farewell may wait for ever

    async def _send(self, event: h11.Event) -> None:
        try:
            written = self._protocol.send(event)
        except h11.LocalProtocolError as error:
            raise httpx.LocalProtocolError("the request cannot be sent") from error
        if not written:
            return
        try:
            self._writer.write(written)
            async with asyncio.timeout(self._to_write):
                await self._writer.drain()
        except TimeoutError as error:
            raise httpx.WriteTimeout("the request was not taken in time") from error

    async def _next(self) -> h11.Event | None:
        """The next part of the answer; None where the protocol waits for something that is not of this answer."""
        while True:
            try:
                event = self._protocol.next_event()
            except h11.RemoteProtocolError as error:
                raise httpx.RemoteProtocolError("the answer is no HTTP") from error
            if event is not h11.NEED_DATA:
                return event if isinstance(event, h11.Event) else None
            raw = await self._read()
            if not raw and self._protocol.their_state is h11.SEND_RESPONSE:
                raise httpx.RemoteProtocolError("the connection ended without an answer")
            self._protocol.receive_data(raw)

    async def _read(self) -> bytes:
        try:
            async with asyncio.timeout(self._to_read):
                return await self._reader.read(PIECE)
        except TimeoutError as error:
            raise httpx.ReadTimeout("nothing came in time") from error
        except OSError as error:
            raise httpx.ReadError("the connection broke") from error


def _head(request: httpx.Request) -> h11.Request:
    """Gives the head of a request as h11 sends it. Raises httpx.LocalProtocolError for what no header may hold."""
    try:
        return h11.Request(method=request.method, target=request.url.raw_path, headers=request.headers.raw)
    except h11.LocalProtocolError as error:
        raise httpx.LocalProtocolError("the request cannot be sent") from error


def _body(request: httpx.Request) -> httpx.AsyncByteStream:
    assert isinstance(request.stream, httpx.AsyncByteStream)
    return request.stream
