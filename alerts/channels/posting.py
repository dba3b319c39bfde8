"""The one way to a web address: JSON sent once within a time limit, every failure told as DeliveryFailed."""

from __future__ import annotations

import asyncio
import functools
import logging
import ssl
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NoReturn

import httpx
import msgspec
from msgspec import Struct

from alerts.contract import DeliveryFailed
from sources.address_guard import PrivateAddress, UnknownHost, resolve_public
from sources.patience import asked_to_wait

MAX_ANSWER = 64 * 1024
MAX_ADDRESSES = 4  # of one name, tried in turn until one takes the connection

Method = Literal["POST", "PATCH", "PUT"]

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.LocalProtocolError)


class Answer(Struct, frozen=True, kw_only=True):
    """What the receiver said. `retry_after` is how long it asks us to wait, None where it did not."""

    status: int
    body: bytes
    retry_after: timedelta | None

    def words(self) -> str:
        """Gives a short answer in plain ASCII, "" for anything that does not look like a service's error code."""
        text = self.body[:80].decode("ascii", "replace").strip()
        return text if text.replace("_", "").replace(" ", "").isalnum() else ""


class Poster:
    """Sends JSON. `receiver` is what messages call the other side, because an address may itself be a secret.

    Each try has its own connection, made to an address that was checked a moment before. Redirects are not
    followed, and neither cookies nor the environment's proxy settings are used.
    """

    def __init__(
        self,
        receiver: str,
        *,
        allow_private: bool,
        timeout: timedelta,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._receiver = receiver
        self._allow_private = allow_private
        self._timeout = timeout.total_seconds()
        self._clock = clock
        self._client: httpx.AsyncClient | None = None

    async def post(
        self,
        url: str,
        payload: Mapping[str, Any] | bytes,
        headers: Mapping[str, str] | None = None,
        *,
        method: Method = "POST",
    ) -> Answer:
        """Sends once and gives the answer, whatever its status. A payload of bytes is JSON that stands already.

        Raises DeliveryFailed: permanent where the address may not be reached or is not one, ambiguous where
        the connection broke or grew silent after the request may have arrived.
        """
        body = payload if isinstance(payload, bytes) else msgspec.json.encode(payload)
        sent = False
        try:
            async with asyncio.timeout(self._timeout):
                target = httpx.URL(url)
                host, port = target.raw_host.decode("ascii"), target.port or (443 if target.scheme == "https" else 80)
                addresses = (await resolve_public(host, port, self._allow_private))[:MAX_ADDRESSES]
                sent = True
                return await self._first_that_answers(method, target, addresses, body, headers or {})
        except httpx.InvalidURL:
            raise DeliveryFailed(f"{self._receiver}: its address is not a web address", disables=True) from None
        except PrivateAddress as error:
            raise DeliveryFailed(
                f"{self._receiver} {error}: set allow_private = true if this address is meant", disables=True
            ) from error
        except UnknownHost as error:
            raise DeliveryFailed(f"{self._receiver}: the host cannot be found ({error})") from error
        except TimeoutError:
            raise DeliveryFailed(
                f"{self._receiver} did not answer within {self._timeout:g} s", ambiguous=sent
            ) from None
        except httpx.HTTPError as error:
            self._fail(error)

    async def close(self) -> None:
        """Frees what is held. Safe to call twice."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _first_that_answers(
        self, method: Method, url: httpx.URL, addresses: tuple[str, ...], body: bytes, headers: Mapping[str, str]
    ) -> Answer:
        for address in addresses[:-1]:
            try:
                return await self._exchange(method, url, address, body, headers)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                if _tls_words(error):
                    raise
        return await self._exchange(method, url, addresses[-1], body, headers)

    async def _exchange(
        self, method: Method, url: httpx.URL, address: str, body: bytes, headers: Mapping[str, str]
    ) -> Answer:
        client = self._open_client()
        request = client.build_request(
            method,
            url.copy_with(host=address, userinfo=b"", fragment=None),
            content=body,
            headers={**headers, "content-type": "application/json; charset=utf-8", "host": _host_header(url)},
            extensions={"sni_hostname": url.raw_host.decode("ascii")},
        )
        response = await client.send(request, stream=True)
        try:
            read = bytearray()
            async for part in response.aiter_bytes():
                read += part
                if len(read) > MAX_ANSWER:
                    break
        finally:
            await response.aclose()
        lower = {name.lower(): value for name, value in response.headers.items()}
        return Answer(
            status=response.status_code, body=bytes(read[:MAX_ANSWER]), retry_after=asked_to_wait(lower, self._clock())
        )

    def _open_client(self) -> httpx.AsyncClient:
        if self._client is None:
            _keep_addresses_out_of_the_log()
            self._client = httpx.AsyncClient(
                verify=_tls(),
                trust_env=False,
                follow_redirects=False,
                limits=httpx.Limits(max_keepalive_connections=0),
                timeout=httpx.Timeout(self._timeout, connect=min(10.0, self._timeout / 2)),
                headers={"user-agent": "listener", "accept-encoding": "identity"},
            )
        return self._client

    def _fail(self, error: httpx.HTTPError) -> NoReturn:
        """Tells a transport's error in our words: its own may hold the address."""
        if tls := _tls_words(error):
            raise DeliveryFailed(f"{self._receiver}: no safe connection ({tls})") from None
        if isinstance(error, httpx.UnsupportedProtocol):
            raise DeliveryFailed(
                f"{self._receiver}: its address must begin with http:// or https://", disables=True
            ) from None
        if isinstance(error, _NOT_SENT):
            raise DeliveryFailed(f"{self._receiver} cannot be reached") from None
        raise DeliveryFailed(f"{self._receiver}: the connection broke before its answer came", ambiguous=True) from None


def _host_header(url: httpx.URL) -> str:
    return url.netloc.decode("ascii").rpartition("@")[2]


def _tls_words(error: BaseException) -> str:
    """Gives what TLS did not like, "" where TLS was not the matter."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return cause.verify_message
        if isinstance(cause, ssl.SSLError):
            return (cause.reason or "TLS failed").replace("_", " ").lower()
        cause = cause.__cause__ or cause.__context__
    return ""


@functools.cache
def _tls() -> ssl.SSLContext:
    """One for all: reading the certificates takes longer than many an answer."""
    return httpx.create_ssl_context()


@functools.cache
def _keep_addresses_out_of_the_log() -> None:
    """The library logs the address of each request, and a webhook's address is its password."""
    logging.getLogger("httpx").addFilter(lambda record: record.levelno > logging.INFO)
