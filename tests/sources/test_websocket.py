"""The one way to an open WebSocket, on servers of this machine: TLS by name, and no way inside."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
import trustme
from websockets.datastructures import Headers
from websockets.http11 import Response
from websockets.sync.server import serve

import sources.websocket as websocket
from sources.contract import SourceBusy, SourceRefused, SourceUnavailable
from sources.websocket import Answered, WebSocketDoor

Greet = Callable[[Any], None]


@contextmanager
def server(greet: Greet = lambda connection: connection.send("hello"), **more: Any) -> Iterator[int]:
    """The port of a server that greets each connection."""
    with serve(greet, "127.0.0.1", 0, **more) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        try:
            yield running.socket.getsockname()[1]
        finally:
            running.shutdown()
            thread.join()


def frames(url: str, count: int = 1, **more: Any) -> list[bytes | None]:
    async def main() -> list[bytes | None]:
        async with WebSocketDoor(**{"allow_private": True, **more}).open(url, [("key", "secret")]) as found:
            return [await found.next() for _ in range(count)]

    return asyncio.run(main())


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, monkeypatch: pytest.MonkeyPatch) -> None:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    monkeypatch.setattr(websocket, "tls_context", lambda: context)


def safe(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def test_a_safe_connection_is_checked_by_name_though_it_is_made_to_an_address(
    authority: trustme.CA, trusted: None
) -> None:
    with server(ssl=safe(authority, "localhost")) as port:
        assert frames(f"wss://localhost:{port}/x", 2) == [b"hello", None]
        with pytest.raises(SourceUnavailable, match="no safe connection"):
            frames(f"wss://127.0.0.1:{port}/x")


def test_a_certificate_that_nobody_vouches_for_is_no_safe_connection(authority: trustme.CA) -> None:
    with server(ssl=safe(authority, "localhost")) as port, pytest.raises(SourceUnavailable, match="issuer") as error:
        frames(f"wss://localhost:{port}/x")
    assert "secret" not in str(error.value)


def test_private_addresses_are_refused_before_anything_is_sent() -> None:
    reached: list[Any] = []
    with server(reached.append) as port, pytest.raises(SourceRefused, match="allow_private"):
        frames(f"ws://localhost:{port}/", allow_private=False)
    assert reached == []


def test_a_redirect_to_elsewhere_is_not_followed() -> None:
    reached: list[Any] = []
    with ExitStack() as stack:
        inside = stack.enter_context(server(reached.append))
        away = Response(302, "Found", Headers({"Location": f"ws://127.0.0.1:{inside}/x", "Content-Length": "0"}), b"")
        port = stack.enter_context(server(process_request=lambda *_: away))
        with pytest.raises((SourceUnavailable, Answered)):
            frames(f"ws://127.0.0.1:{port}/")
    assert reached == []


@pytest.mark.parametrize(("status", "kind"), [(429, SourceBusy), (401, SourceRefused), (500, SourceUnavailable)])
def test_a_page_instead_of_a_websocket_is_given_with_what_it_means(status: int, kind: type[Exception]) -> None:
    page = Response(status, "No", Headers({"Content-Length": "4", "Retry-After": "7"}), b"why!")
    with server(process_request=lambda *_: page) as port, pytest.raises(Answered) as answered:
        frames(f"ws://127.0.0.1:{port}/")
    assert (answered.value.status, answered.value.body, type(answered.value.error)) == (status, b"why!", kind)
    assert "secret" not in str(answered.value)


def test_a_frame_over_the_limit_ends_the_connection() -> None:
    too_long = "sent a frame longer than 1 KiB"
    with server(lambda c: c.send("x" * 2_000)) as port, pytest.raises(SourceUnavailable, match=too_long):
        frames(f"ws://127.0.0.1:{port}/", max_frame=1_024)


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "ws://", "x"])
def test_what_is_no_address_of_a_stream_is_a_mistake_of_the_settings(url: str) -> None:
    with pytest.raises(SourceRefused):
        frames(url)


def test_who_does_not_speak_websocket_is_told_as_such() -> None:
    with pytest.raises(SourceUnavailable, match="cannot be reached"):
        frames("ws://127.0.0.1:1/")
