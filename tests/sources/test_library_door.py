"""The way out for client libraries: the same bounds as at our own door."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme

from listener.demo.loopback import LoopbackServer, Reply, json_reply
from sources.contract import SourceRefused, SourceUnavailable
from sources.library_door import LibraryDoor


@pytest.fixture
def service() -> Iterator[LoopbackServer]:
    with LoopbackServer(lambda request: json_reply({"path": request.path}), lambda: datetime.now(UTC)) as server:
        yield server


def ask(door: LibraryDoor, *urls: str, **told: Any) -> Any:
    def work(session: Any) -> None:
        for url in urls:
            session.get(url, **told)

    return asyncio.run(door.ask(work))


def test_every_answer_is_given_and_an_address_that_is_built_in_leads_to_the_one_meant(service: LoopbackServer) -> None:
    door = LibraryDoor(service.url, allow_private=True, stands_for={"https://api.example.com": service.url})
    answers = ask(door, f"{service.url}/a", "https://api.example.com/b?token=1")
    assert [answer.json()["path"] for answer in answers] == ["/a", "/b"]
    assert answers[1].url == f"{service.url}/b"


def test_no_other_host_is_asked_and_no_redirect_is_followed(service: LoopbackServer) -> None:
    door = LibraryDoor(service.url, allow_private=True)
    with pytest.raises(SourceUnavailable, match="not asked for"):
        ask(door, "http://elsewhere.example/")
    service._answer = lambda _: Reply(status=302, headers={"location": f"{service.url}/next"})
    (answer,) = ask(door, f"{service.url}/a")
    assert (answer.status, list(service.asked)) == (302, ["/a"])


def test_a_private_address_is_refused_unless_allowed(service: LoopbackServer) -> None:
    with pytest.raises(SourceRefused, match="allow_private = true"):
        ask(LibraryDoor(service.url), f"{service.url}/a")
    for wrong in ("ftp://127.0.0.1", "http://", "http://h:99999"):
        with pytest.raises(SourceRefused, match="base_url"):
            ask(LibraryDoor(wrong))


def test_an_answer_that_is_too_long_is_cut_off(service: LoopbackServer) -> None:
    service._answer = lambda _: Reply(body=b"x" * 50_000)
    with pytest.raises(SourceUnavailable, match="more than the limit of 10 KiB"):
        ask(LibraryDoor(service.url, allow_private=True, max_bytes=10 * 1024), f"{service.url}/a")


def test_an_answer_that_drips_is_left_in_time() -> None:
    stop = threading.Event()

    def drip(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        connection.recv(10_000)
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
        while not stop.wait(0.02):
            try:
                connection.sendall(b"x")
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=drip, args=(listening,), daemon=True).start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        began = time.monotonic()
        with pytest.raises(SourceUnavailable, match=r"in time|within"):
            ask(LibraryDoor(url, allow_private=True, timeout=timedelta(seconds=0.3)), f"{url}/a")
        assert time.monotonic() - began < 3
        stop.set()


def test_a_library_that_fails_over_an_answer_hides_none_of_it(service: LoopbackServer) -> None:
    def work(session: Any) -> None:
        session.get(f"{service.url}/a")
        raise KeyError("what it expected")

    (answer,) = asyncio.run(LibraryDoor(service.url, allow_private=True).ask(work))
    assert answer.status == 200
    with pytest.raises(SourceUnavailable, match="could not be asked"):
        asyncio.run(LibraryDoor(service.url, allow_private=True).ask(lambda _: {}["x"]))


@pytest.fixture
def https(tmp_path: Path) -> Iterator[Callable[[str], tuple[str, str]]]:
    """A server with a certificate for a name; gives its port's address under localhost, and whom to trust."""
    servers: list[HTTPServer] = []

    def start(name: str) -> tuple[str, str]:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(name).configure_cert(context)
        server = HTTPServer(("127.0.0.1", 0), _Hello)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        return f"https://localhost:{server.server_address[1]}", str(tmp_path / "ca.pem")

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


class _Hello(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = self.headers["host"].encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def test_the_checked_address_is_asked_in_the_hosts_name(https: Callable[[str], tuple[str, str]]) -> None:
    url, trusted = https("localhost")
    (answer,) = ask(LibraryDoor(url, allow_private=True), f"{url}/a", verify=trusted)
    assert answer.body.decode() == url.removeprefix("https://")


def test_a_certificate_of_another_name_is_refused(https: Callable[[str], tuple[str, str]]) -> None:
    url, trusted = https("elsewhere.example")
    with pytest.raises(SourceUnavailable, match="no safe connection"):
        ask(LibraryDoor(url, allow_private=True), f"{url}/a", verify=trusted)
