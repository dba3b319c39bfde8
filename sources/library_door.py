"""The way out for a service's own client library: the bounds of our HTTP door, around a session of `requests`.

The library asks; what was answered is read here, as bytes, before the library has looked at it. So neither what it
drops (headers, fields it does not know) nor how it fails over odd answers is ours to suffer.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import NewConnectionError

from sources.address_guard import PrivateAddress, UnknownHost, resolve_public
from sources.contract import SourceRefused, SourceUnavailable
from sources.http import MAX_BYTES, Answer
from sources.http_words import shown_bytes

_CHUNK = 4 * 1024  # small, so that a dripping answer is noticed
_CONNECT = 10.0


class AnswerUnfit(requests.RequestException):
    """An answer that is too long or too slow to be read to its end; the text says which."""


class LibraryDoor:
    """Lets a client library ask the hosts of `base_urls`, and no other, within time and size.

    `stands_for`: addresses that the library has built in, and what is asked instead of each. Redirects are not
    followed, cookies not kept, the environment's proxies and passwords not used. `timeout` covers a call as a whole.
    """

    def __init__(
        self,
        *base_urls: str,
        allow_private: bool = False,
        timeout: timedelta = timedelta(seconds=30),
        max_bytes: int = MAX_BYTES,
        stands_for: dict[str, str] | None = None,
    ) -> None:
        self._base_urls = base_urls
        self._allow_private = allow_private
        self._timeout = timeout.total_seconds()
        self._max_bytes = max_bytes
        self._stands_for = stands_for or {}

    async def ask(self, work: Callable[[requests.Session], object]) -> Sequence[Answer]:
        """Has `work` ask with a session, in a thread of its own; gives every answer that came, the last one last.

        What `work` returns or raises over an answer is not looked at. Raises SourceUnavailable where none came, and
        SourceRefused ("settings") where the address is not on the public internet while that is not allowed.
        """
        hosts: dict[str, str] = {}
        for url in self._base_urls:
            host, port = _place(url)
            hosts[host] = await self._resolved(host, port)
        session = _Session(hosts, self._stands_for, time.monotonic() + self._timeout, self._max_bytes)
        shown = _place(self._base_urls[0])[0]
        try:
            async with asyncio.timeout(self._timeout):
                await _in_thread(lambda: work(session))
        except TimeoutError:
            raise SourceUnavailable(f"{shown} did not answer within {self._timeout:g} s") from None
        finally:
            session.close()
        if session.broke:
            raise _never_sent(f"{shown} {session.broke}", session.unsent and not session.answers)
        if not session.answers:
            raise SourceUnavailable(f"{shown} could not be asked")
        return session.answers

    async def _resolved(self, host: str, port: int) -> str:
        try:
            return (await resolve_public(host, port, self._allow_private))[0]
        except PrivateAddress as error:
            words = f"{host} {error}: set allow_private = true if this address is meant"
            raise _misplaced(words) from error
        except UnknownHost as error:
            raise _never_sent(f"{host} cannot be found ({error})") from error


def _never_sent(words: str, unsent: bool = True) -> SourceUnavailable:
    """What is not sent costs nothing; where it may have arrived, nobody knows."""
    error = SourceUnavailable(words)
    error.usd = Decimal(0) if unsent else None
    return error


def _misplaced(words: str) -> SourceRefused:
    error = SourceRefused(words, "settings")
    error.usd = Decimal(0)
    return error


def _place(url: str) -> tuple[str, int]:
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        if parts.scheme in ("http", "https") and parts.hostname:
            return parts.hostname, port
    except ValueError:
        pass
    raise _misplaced("base_url must begin with http:// or https:// and name a host")


async def _in_thread(work: Callable[[], object]) -> None:
    """Runs `work` in a thread that ends with the process: a service that never lets go holds nothing up.

    Whatever a library makes of hostile answers is its own affair: what counts are the answers themselves.
    """
    loop = asyncio.get_running_loop()
    done = asyncio.Event()

    def run() -> None:
        with contextlib.suppress(Exception):
            work()
        with contextlib.suppress(RuntimeError):  # the loop has been closed: nobody waits any more
            loop.call_soon_threadsafe(done.set)

    threading.Thread(target=run, name="client library", daemon=True).start()
    await done.wait()


class _Session(requests.Session):
    """Asks as `requests` does, but only checked addresses, and without following anybody elsewhere."""

    def __init__(self, hosts: dict[str, str], stands_for: dict[str, str], deadline: float, max_bytes: int) -> None:
        super().__init__()
        self.trust_env = False
        self.answers: list[Answer] = []
        self.broke = ""
        self.unsent = False
        self._stands_for = stands_for
        adapter = _Adapter(hosts, deadline, max_bytes)
        self.mount("http://", adapter)
        self.mount("https://", adapter)

    def request(self, method: Any, url: Any, *rest: Any, **told: Any) -> requests.Response:
        for built_in, instead in self._stands_for.items():
            if url.startswith(f"{built_in}/"):
                url = instead + url.removeprefix(built_in)
        told["allow_redirects"] = False
        self.cookies.clear()
        self.broke = ""
        try:
            response = super().request(method, url, *rest, **told)
        except requests.RequestException as error:
            self.broke = _words(error)
            self.unsent = _is_unsent(error)
            raise
        headers = {name.lower(): value for name, value in response.headers.items()}
        asked = url.partition("?")[0]
        self.answers.append(Answer(status=response.status_code, url=asked, headers=headers, body=response.content))
        return response


class _Adapter(HTTPAdapter):
    """Connects to the address that was checked, in the host's name, and reads no longer and no more than it may."""

    def __init__(self, hosts: dict[str, str], deadline: float, max_bytes: int) -> None:
        super().__init__(pool_connections=2, pool_maxsize=2, max_retries=0)
        self._hosts = hosts
        self._deadline = deadline
        self._max_bytes = max_bytes

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> Any:
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        name = host["host"]
        if name not in self._hosts:
            raise AnswerUnfit("leads to a host that was not asked for")
        host["host"] = self._hosts[name]
        if host["scheme"] == "https":
            pool["server_hostname"] = pool["assert_hostname"] = name
        return host, pool

    def send(self, request: Any, *rest: Any, **told: Any) -> requests.Response:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise AnswerUnfit("did not answer in time")
        request.headers["Host"] = urlsplit(request.url).netloc.rpartition("@")[2]
        told |= {"stream": True, "timeout": (min(_CONNECT, left), left), "proxies": {}}
        response = super().send(request, *rest, **told)
        body = bytearray()
        for part in response.iter_content(_CHUNK):
            body += part
            if len(body) > self._max_bytes:
                response.close()
                raise AnswerUnfit(f"answered more than the limit of {shown_bytes(self._max_bytes)}")
            if time.monotonic() > self._deadline:
                response.close()
                raise AnswerUnfit("did not answer in time")
        response._content = bytes(body)
        self.poolmanager.clear()  # as at our own door, each exchange has its own connection
        return response


def _is_unsent(error: requests.RequestException) -> bool:
    """Whether the request surely never left: no connection came about, or none that is safe."""
    unsafe = requests.exceptions.SSLError | requests.exceptions.ConnectTimeout | requests.exceptions.InvalidHeader
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(error, unsafe) or isinstance(reason, NewConnectionError)


def _words(error: requests.RequestException) -> str:
    """The library's own words may hold an address with its parameters, so they are not kept."""
    if isinstance(error, AnswerUnfit):
        return str(error)
    if isinstance(error, requests.exceptions.SSLError):
        return "offers no safe connection"
    if isinstance(error, requests.exceptions.Timeout):
        return "did not answer in time"
    if isinstance(error, requests.exceptions.ChunkedEncodingError | requests.exceptions.ContentDecodingError):
        return "broke off in the middle"
    if isinstance(error, requests.exceptions.InvalidHeader):
        return "cannot be asked: a header has a character that no header may have"
    return "cannot be reached, or broke the connection"
