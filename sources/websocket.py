"""The one way to an open WebSocket: bounded frames, kept off private networks, every failure told as a SourceError."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ssl import SSLError
from typing import Any, cast

import httpx
from msgspec import Struct
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, ConnectionClosedOK, InvalidHandshake, InvalidStatus
from websockets.typing import Subprotocol

from sources.address_guard import PrivateAddress, UnknownHost, resolve_public
from sources.contract import SourceError, SourceRefused, SourceUnavailable
from sources.http import MAX_ADDRESSES, tls_context, user_agent
from sources.http_refusal import refusal_of
from sources.http_trip import parse_url
from sources.http_words import shown_bytes, shown_url, tls_words
from sources.patience import asked_to_wait

MAX_FRAME = 1024 * 1024
SEND_SECONDS = 10.0
FRAMES_AHEAD = 128
"""Frames that wait for us at the most; behind them the service is made to wait (TCP)."""


class Answered(Exception):
    """The service answered the wish for a WebSocket with a page; `body` is cut. For callers that know its words."""

    def __init__(self, status: int, body: bytes, error: SourceError) -> None:
        super().__init__(str(error))
        self.status = status
        self.body = body
        self.error = error


class Frames:
    """An open connection's frames."""

    def __init__(self, connection: ClientConnection, shown: str, max_frame: int) -> None:
        self._connection = connection
        self._shown = shown
        self._max_frame = max_frame

    async def next(self) -> bytes | None:
        """The next frame, None where the service has closed in good order. Safe to cancel: no frame is lost by it.

        Raises SourceUnavailable where the connection broke, was silent to pings, or sent a frame over the limit.
        """
        try:
            return await self._connection.recv(decode=False)
        except ConnectionClosedOK:
            return None
        except ConnectionClosed as error:
            if error.sent is not None and error.sent.code == 1009 and not error.rcvd_then_sent:
                limit = shown_bytes(self._max_frame)
                raise SourceUnavailable(f"{self._shown} sent a frame longer than {limit}") from None
            if error.sent is not None and error.rcvd is None and error.sent.code == 1011:
                raise SourceUnavailable(f"{self._shown} answers no pings any more") from None
            raise SourceUnavailable(f"{self._shown}: the connection broke") from None

    async def send(self, text: str) -> None:
        """Sends one frame of text. Raises SourceUnavailable where the connection broke, or takes nothing in time."""
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._connection.send(text)
        except ConnectionClosed:
            raise SourceUnavailable(f"{self._shown}: the connection broke") from None
        except TimeoutError:
            raise SourceUnavailable(f"{self._shown} takes nothing any more") from None


class WebSocketDoor:
    """Opens WebSockets (RFC 6455) without compression, cookies, proxies, or redirects to elsewhere.

    A connection is made to an address that was checked a moment before. `timeout` covers opening; an open connection
    is asked to answer pings, so that a dead one is noticed within a minute.
    """

    def __init__(
        self,
        *,
        allow_private: bool = False,
        max_frame: int = MAX_FRAME,
        timeout: timedelta = timedelta(seconds=20),
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._allow_private = allow_private
        self._max_frame = max_frame
        self._timeout = timeout.total_seconds()
        self._clock = clock

    @asynccontextmanager
    async def open(
        self, url: str, params: Sequence[tuple[str, str]] = (), subprotocols: Sequence[str] = ()
    ) -> AsyncIterator[Frames]:
        """Connects to a ws: or wss: address and gives its frames.

        Raises Answered where the service refuses the WebSocket with a page, else SourceUnavailable and SourceRefused
        ("settings": an address that may not be asked). No message holds a query string.
        """
        where = _where(url, params)
        connection = await self._connect(where, subprotocols)
        try:
            yield Frames(connection, where.shown, self._max_frame)
        finally:
            connection.transport.abort()  # what was sent and not read is asked for again; a good-bye would only wait

    async def _connect(self, where: _Where, subprotocols: Sequence[str]) -> ClientConnection:
        try:
            async with asyncio.timeout(self._timeout):
                addresses = await resolve_public(where.host, where.port, self._allow_private)
                for address in addresses[:MAX_ADDRESSES]:
                    try:
                        return await self._connect_to(address, where, subprotocols)
                    except OSError as error:
                        if address == addresses[:MAX_ADDRESSES][-1] or tls_words(error):
                            raise
        except PrivateAddress as error:
            raise SourceRefused(
                f"{where.shown} {error}: set allow_private = true if this address is meant", "settings"
            ) from error
        except UnknownHost as error:
            raise SourceUnavailable(f"{where.shown}: the host cannot be found ({error})") from error
        except InvalidStatus as error:
            raise self._answered(error, where.shown) from None
        except TimeoutError:
            raise SourceUnavailable(f"{where.shown} did not answer within {self._timeout:g} s") from None
        except SSLError as error:
            raise SourceUnavailable(f"{where.shown}: no safe connection ({tls_words(error)})") from None
        except OSError:
            raise SourceUnavailable(f"{where.shown} cannot be reached") from None
        except (InvalidHandshake, EOFError, ValueError):  # ValueError: a redirect to elsewhere
            raise SourceUnavailable(f"{where.shown} broke off, or answered something that is no WebSocket") from None
        raise AssertionError("a host without addresses is an UnknownHost")

    async def _connect_to(self, address: str, where: _Where, subprotocols: Sequence[str]) -> ClientConnection:
        safely: dict[str, Any] = {"ssl": tls_context(), "server_hostname": where.host} if where.safe else {}
        return await connect(
            where.url,
            host=address,
            port=where.port,
            proxy=None,
            compression=None,
            subprotocols=[Subprotocol(name) for name in subprotocols] or None,
            user_agent_header=user_agent(),
            open_timeout=self._timeout,
            ping_interval=20,
            ping_timeout=30,
            max_size=self._max_frame,
            max_queue=FRAMES_AHEAD,
            **safely,
        )

    def _answered(self, error: InvalidStatus, shown: str) -> Answered:
        response = error.response
        headers: Mapping[str, str] = {name.lower(): value for name, value in response.headers.raw_items()}
        wait = asked_to_wait(headers, self._clock())
        refusal = refusal_of(response.status_code, headers, shown, wait)
        return Answered(response.status_code, bytes(response.body or b"")[:10_000], refusal)


class _Where(Struct, frozen=True):
    url: str
    host: str
    port: int
    safe: bool
    shown: str


def _where(url: str, params: Sequence[tuple[str, str]]) -> _Where:
    """Reads a ws: or wss: address as HttpDoor reads its own. Raises SourceRefused."""
    scheme, _, rest = url.partition("://")
    if scheme not in ("ws", "wss"):
        raise SourceRefused("the address of a stream must begin with wss:// or ws://", "settings")
    plain = parse_url(f"{'https' if scheme == 'wss' else 'http'}://{rest}", "").copy_with(userinfo=b"")
    host = plain.raw_host.decode("ascii")
    port = plain.port or (443 if scheme == "wss" else 80)
    shown = f"{scheme}{shown_url(plain)[len(plain.scheme) :]}"
    asked = plain.copy_merge_params(cast(Any, httpx.QueryParams([*params]))) if params else plain
    return _Where(f"{scheme}{str(asked)[len(asked.scheme) :]}", host, port, scheme == "wss", shown)
