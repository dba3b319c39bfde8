"""The one way out: bounded in time and size, kept off private networks, every failure told as a SourceError."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import importlib.metadata
import ssl
import time
from collections.abc import AsyncIterator, Callable, Container, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NoReturn

import httpx

from sources.address_guard import PrivateAddress, UnknownHost, resolve_public
from sources.contract import SourceRefused, SourceUnavailable
from sources.http_answer import Answer, Streamed
from sources.http_body import BodyUnreadable, BoundedBody
from sources.http_exchange import SingleExchanges
from sources.http_refusal import refusal_of
from sources.http_trip import Trip, parse_url
from sources.http_words import shown_bytes, tls_words, unavailable
from sources.patience import asked_to_wait

__all__ = ["MAX_ADDRESSES", "MAX_BYTES", "Answer", "HttpDoor", "Streamed", "tls_context", "user_agent"]

MAX_BYTES = 10 * 1024 * 1024
MAX_ADDRESSES = 4  # of one name, tried in turn until one takes the connection


class HttpDoor:
    """Asks within bounds. One per source; it remembers nothing between two calls but its settings.

    Each exchange has its own connection, made to an address that was checked a moment before: a pool would be
    keyed by address, and two names on one address must not share a TLS check. Cookies and the environment's
    proxy settings are not used. `timeout` covers an exchange as a whole, redirects and a dripping body included.
    `headers` go with every request, and to no other host than the one asked, but for harmless ones.
    `reset_headers` name the service's own headers for when it will answer again (`x-ratelimit-reset`).
    """

    def __init__(
        self,
        *,
        allow_private: bool = False,
        max_bytes: int = MAX_BYTES,
        timeout: timedelta = timedelta(seconds=30),
        headers: Mapping[str, str] = {},
        reset_headers: Sequence[str] = (),
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._allow_private = allow_private
        self._max_bytes = max_bytes
        self._timeout = timeout.total_seconds()
        self._headers = {"user-agent": user_agent(), "accept-encoding": "gzip, deflate"} | _lower(headers)
        self._reset_headers = tuple(reset_headers)
        self._clock = clock
        self._exchanges = SingleExchanges(tls_context)

    async def get(
        self,
        url: str,
        *,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        accept: Container[int] = (200,),
        shown: str = "",
        partial: bool = False,
        follow: bool = True,
    ) -> Answer:
        """Asks once and gives the answer if its status is in `accept`.

        shown: what messages call the address where its path is a secret too. partial: an answer that is too
        long, too slow or broken off is given as far as it was read, with `cut` saying why, instead of refused.
        follow: whether a redirect is followed; where not, it is a status like any other.

        Raises SourceUnavailable (no answer, an unfit one, 404, other statuses), SourceBusy (429; 503 with a
        Retry-After) and SourceRefused: "credentials" (401, 403), "money" (402), "gone" (410), "settings" (an
        address that is not http or https, or is not on the public internet while `allow_private` is off).
        No message holds a query string, a user name, a password or a header.
        """
        trip = Trip(parse_url(url, shown), self._headers | _lower(headers or {}), shown, follows=follow)
        if params:
            trip.url = trip.url.copy_merge_params(params)
        return await self._exchange(trip, accept, partial)

    async def post(
        self,
        url: str,
        *,
        content: bytes,
        headers: Mapping[str, str] | None = None,
        accept: Container[int] = (200,),
        shown: str = "",
    ) -> Answer:
        """Sends `content` (JSON, unless `headers` say otherwise) as a question, once; else as `get`.

        For services whose questions do not fit an address, and for signing in: never for anything that changes what
        others see. A redirect is not followed: it would carry the content to where nobody meant it to go.
        """
        told = {"content-type": "application/json"} | _lower(headers or {})
        trip = Trip(parse_url(url, shown), self._headers | told, shown, content)
        return await self._exchange(trip, accept, partial=False)

    @contextlib.asynccontextmanager
    async def stream(
        self, url: str, *, params: Mapping[str, str | int] | None = None, headers: Mapping[str, str] | None = None
    ) -> AsyncIterator[Streamed]:
        """Asks as `get`, and gives the answer while it comes in; the connection is closed behind it.

        `timeout` covers the way to the answer, and every silence in it; the answer may last for ever.
        """
        told = self._headers | {"accept-encoding": "identity"} | _lower(headers or {})
        trip = Trip(parse_url(url), told, "")
        if params:
            trip.url = trip.url.copy_merge_params(params)
        response, headers_read = await self._arrive(trip, (200,), time.monotonic() + self._timeout)
        try:
            if headers_read.get("content-encoding", "identity").lower() != "identity":
                raise SourceUnavailable(f"{trip.shown()} packs its stream, which was not asked for")
            yield Streamed(shown=trip.shown(), headers=headers_read, pieces=self._pieces(response, trip.shown()))
        finally:
            await response.aclose()

    async def _pieces(self, response: httpx.Response, shown: str) -> AsyncIterator[bytes]:
        try:
            async for piece in response.aiter_raw():
                yield piece
        except httpx.ReadTimeout:
            raise SourceUnavailable(f"{shown} was silent for {self._timeout:g} s") from None
        except (httpx.HTTPError, OSError) as error:
            raise unavailable(shown, error) from None

    async def _exchange(self, trip: Trip, accept: Container[int], partial: bool) -> Answer:
        deadline = time.monotonic() + self._timeout
        response, headers_read = await self._arrive(trip, accept, deadline)
        try:
            body, cut = await self._read(response, deadline, trip.shown(), partial)
        finally:
            await response.aclose()
        return Answer(
            status=response.status_code,
            url=str(trip.url),
            headers=headers_read,
            body=body,
            permanent_url=trip.permanent_url(),
            cut=cut,
        )

    async def _arrive(
        self, trip: Trip, accept: Container[int], deadline: float
    ) -> tuple[httpx.Response, dict[str, str]]:
        """Gives the answer at the end of the redirects, its body unread and its connection the caller's to close."""
        while True:
            response = await self._open(trip, deadline)
            arrived = False
            try:
                if trip.leads_on(response):
                    trip.follow(response)
                    continue
                headers_read = _headers_of(response)
                if headers_read.get("cf-mitigated", "").lower() == "challenge":
                    raise SourceUnavailable(
                        f"{trip.shown()} shows a robot check ({response.status_code}) instead of an answer"
                    )
                if response.status_code not in accept:
                    self._refuse(response.status_code, headers_read, trip.shown())
                arrived = True
                return response, headers_read
            finally:
                if not arrived:
                    await response.aclose()

    async def close(self) -> None:
        """Frees what is held, which is nothing between two exchanges. Safe to call twice."""

    async def _open(self, trip: Trip, deadline: float) -> httpx.Response:
        """Connects to one of the checked addresses of the host and reads the answer's head."""
        host = trip.url.raw_host.decode("ascii")
        port = trip.url.port or (443 if trip.url.scheme == "https" else 80)
        try:
            async with asyncio.timeout(max(deadline - time.monotonic(), 0)):
                addresses = await resolve_public(host, port, self._allow_private)
                for address in addresses[:MAX_ADDRESSES]:
                    try:
                        return await self._send(trip, host, address)
                    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                        if address == addresses[:MAX_ADDRESSES][-1] or tls_words(error):
                            raise
        except PrivateAddress as error:
            raise SourceRefused(
                f"{trip.shown()} {error}: set allow_private = true if this address is meant", "settings"
            ) from error
        except UnknownHost as error:
            raise SourceUnavailable(f"{trip.shown()}: the host cannot be found ({error})") from error
        except TimeoutError:
            raise SourceUnavailable(f"{trip.shown()} did not answer within {self._timeout:g} s") from None
        except (httpx.HTTPError, OSError) as error:
            raise unavailable(trip.shown(), error) from None
        raise AssertionError("a host without addresses is an UnknownHost")

    async def _send(self, trip: Trip, host: str, address: str) -> httpx.Response:
        """Asks one address in the host's name. The transport alone, since httpx's client fails at odd redirects."""
        headers = [(name.encode(), value.encode("latin-1", "replace")) for name, value in trip.headers.items()]
        headers.append((b"host", trip.url.netloc))
        timeout = httpx.Timeout(self._timeout, connect=min(10.0, self._timeout))
        extensions = {"sni_hostname": host, "timeout": timeout.as_dict()}
        method = "GET" if trip.content is None else "POST"
        if trip.content is not None:
            headers.append((b"content-length", str(len(trip.content)).encode()))
        request = httpx.Request(
            method, trip.url.copy_with(host=address), headers=headers, content=trip.content, extensions=extensions
        )
        return await self._exchanges.handle_async_request(request)

    async def _read(self, response: httpx.Response, deadline: float, shown: str, partial: bool) -> tuple[bytes, str]:
        """Reads the body within the limits; gives it, and why it is not whole ("" where it is)."""
        try:
            body = BoundedBody(response.headers.get("content-encoding", ""), self._max_bytes)
        except BodyUnreadable as error:
            raise SourceUnavailable(f"{shown}: its answer {error}") from error
        cut = ""
        try:
            async with asyncio.timeout(max(deadline - time.monotonic(), 0)):
                async for raw in response.aiter_raw():
                    body.take(raw)
                    if body.full:
                        cut = f"is longer than the limit of {shown_bytes(self._max_bytes)}"
                        break
            if not cut:
                return body.whole(), ""
        except BodyUnreadable as error:
            cut = str(error)
        except TimeoutError:
            cut = f"did not end within {self._timeout:g} s"
        except (httpx.HTTPError, OSError):
            cut = "broke off in the middle"
        if partial and body.so_far():
            return body.so_far(), cut
        raise SourceUnavailable(f"{shown}: its answer {cut}")

    def _refuse(self, status: int, headers: Mapping[str, str], shown: str) -> NoReturn:
        wait = asked_to_wait(headers, self._clock(), self._reset_headers)
        raise refusal_of(status, headers, shown, wait)


@functools.cache
def user_agent() -> str:
    """Gives the name that we show to services."""
    return f"listener/{importlib.metadata.version('listener')}"


@functools.cache
def tls_context() -> ssl.SSLContext:
    """What every safe connection is checked by; one for all, since reading the certificates takes its time."""
    context = httpx.create_ssl_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


def _headers_of(response: httpx.Response) -> dict[str, str]:
    """As sent, so that an ETag goes back byte for byte; a repeated header is joined by commas (RFC 9110, 5.3)."""
    read: dict[str, str] = {}
    for raw_name, raw_value in response.headers.raw:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        read[name] = f"{read[name]}, {value}" if name in read else value
    return read


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
