"""The one way out against real servers on loopback: limits, redirects, refusals, and what a message may hold."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from sources.contract import SourceBusy, SourceError, SourceRefused, SourceUnavailable
from sources.http import Answer, HttpDoor
from sources.http_body import BodyUnreadable, BoundedBody
from sources.patience import LONGEST, asked_to_wait

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
Handle = Callable[[BaseHTTPRequestHandler], None]


class Server:
    """A server whose paths are functions; remembers what it was asked."""

    def __init__(self) -> None:
        self.paths: dict[str, Handle] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.sent: list[bytes] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                handle = server.paths.get(self.path.partition("?")[0])
                try:
                    if handle is None:
                        reply(self, 404)
                    else:
                        handle(self)
                except OSError:
                    pass  # the door closed the connection, as it should

            def do_POST(self) -> None:
                server.sent.append(self.rfile.read(int(self.headers["content-length"])))
                self.do_GET()

            def log_message(self, *_: Any) -> None:
                pass

        self._httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._httpd.daemon_threads = True
        threading.Thread(target=self._httpd.serve_forever, args=(0.02,), daemon=True).start()
        self.host = f"127.0.0.1:{self._httpd.server_port}"
        self.url = f"http://{self.host}"

    def wrap(self, tls: ssl.SSLContext) -> None:
        self._httpd.socket = tls.wrap_socket(self._httpd.socket, server_side=True)

    def close(self) -> None:
        self._httpd.shutdown()
        self._httpd.server_close()


def reply(handler: BaseHTTPRequestHandler, status: int = 200, body: bytes = b"", **headers: str) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def answering(status: int = 200, body: bytes = b"", **headers: str) -> Handle:
    return lambda handler: reply(handler, status, body, **headers)


def dripping(first: bytes = b"") -> Handle:
    def handle(handler: BaseHTTPRequestHandler) -> None:
        reply(handler, 200, first)
        for _ in range(200):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.05)

    return handle


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


def get(url: str, door: HttpDoor | None = None, **options: Any) -> Answer:
    door = door or HttpDoor(allow_private=True, timeout=timedelta(seconds=5), clock=lambda: NOW)

    async def once() -> Answer:
        try:
            return await door.get(url, **options)
        finally:
            await door.close()
            await door.close()

    return asyncio.run(once())


def refusal(url: str, door: HttpDoor | None = None, **options: Any) -> SourceError:
    with pytest.raises(SourceError) as failed:
        get(url, door, **options)
    return failed.value


def test_an_answer_has_its_body_and_headers_in_lower_case(server: Server) -> None:
    server.paths["/x"] = answering(200, b"hello", ETag='W/"\xe9"', X_Two="a")
    answer = get(f"{server.url}/x", params={"q": "a b", "n": 1})
    assert (answer.status, answer.body, answer.headers["etag"], answer.cut) == (200, b"hello", 'W/"\xe9"', "")
    assert server.asked[0][0] == "/x?q=a+b&n=1"
    assert server.asked[0][1]["user-agent"].startswith("listener/")
    assert server.asked[0][1]["host"] == server.host


def test_an_etag_goes_back_byte_for_byte(server: Server) -> None:
    server.paths["/x"] = answering(304)
    get(f"{server.url}/x", headers={"If-None-Match": 'W/"\xe9-1"'}, accept=(304,))
    assert server.asked[0][1]["if-none-match"] == 'W/"\xe9-1"'


def test_packed_bodies_are_unpacked(server: Server) -> None:
    text = b"hello " * 1_000
    server.paths["/gzip"] = answering(
        200, gzip.compress(text[:3_000]) + gzip.compress(text[3_000:]), Content_Encoding="gzip"
    )
    server.paths["/zlib"] = answering(200, zlib.compress(text), Content_Encoding="deflate")
    server.paths["/raw"] = answering(200, zlib.compress(text)[2:-4], Content_Encoding="deflate")
    for path in server.paths:
        assert get(server.url + path).body == text, path


@pytest.mark.parametrize(
    ("status", "headers", "kind", "why"),
    [
        (401, {}, SourceRefused, "credentials"),
        (403, {}, SourceRefused, "credentials"),
        (402, {}, SourceRefused, "money"),
        (410, {}, SourceRefused, "gone"),
        (404, {}, SourceUnavailable, None),
        (400, {}, SourceUnavailable, None),
        (500, {}, SourceUnavailable, None),
        (503, {}, SourceUnavailable, None),
        (304, {}, SourceUnavailable, None),
        (301, {}, SourceUnavailable, None),
        (403, {"cf_mitigated": "challenge"}, SourceUnavailable, None),
    ],
)
def test_each_status_says_what_to_do_next(
    server: Server, status: int, headers: dict[str, str], kind: type[SourceError], why: str | None
) -> None:
    server.paths["/x"] = answering(status, **headers)
    error = refusal(f"{server.url}/x")
    assert type(error) is kind
    assert getattr(error, "why", None) == why
    assert str(status) in str(error)


@pytest.mark.parametrize(
    ("status", "headers", "wait"),
    [
        (429, {"Retry_After": "120"}, 120),
        (429, {"Retry_After": "Fri, 20 Nov 2026 12:05:00 GMT", "Date": "Fri, 20 Nov 2026 12:00:00 GMT"}, 300),
        (503, {"Retry_After": "7"}, 7),
        (429, {"X_Reset": str(int(NOW.timestamp()) + 60)}, 60),
        (429, {"X_Reset": "2026-11-20T12:01:30Z"}, 90),
        (429, {"X_Reset": "45"}, 45),
        (429, {"Retry_After": "-5"}, None),
        (429, {"Retry_After": "soon"}, None),
        (429, {"Retry_After": "9" * 15}, LONGEST.total_seconds()),
        (429, {}, None),
    ],
)
def test_a_wish_for_patience_is_read_as_it_is_told(
    server: Server, status: int, headers: dict[str, str], wait: float | None
) -> None:
    def handle(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response_only(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()

    server.paths["/x"] = handle
    door = HttpDoor(allow_private=True, reset_headers=("x-reset",), clock=lambda: NOW)
    error = refusal(f"{server.url}/x", door)
    assert isinstance(error, SourceBusy)
    assert error.retry_after == (None if wait is None else timedelta(seconds=wait))


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_header_makes_the_reading_of_a_wait_fail(retry_after: str, date: str) -> None:
    wait = asked_to_wait({"retry-after": retry_after, "date": date, "r": retry_after}, NOW, ("R",))
    assert wait is None or timedelta() <= wait <= LONGEST


def test_an_answer_that_is_too_long_is_refused_by_its_limit(server: Server) -> None:
    server.paths["/x"] = answering(200, b"x" * 3_000_000)
    door = HttpDoor(allow_private=True, max_bytes=2 * 1024 * 1024)
    assert "is longer than the limit of 2 MiB" in str(refusal(f"{server.url}/x", door))
    answer = get(f"{server.url}/x", door, partial=True)
    assert len(answer.body) == 2 * 1024 * 1024
    assert answer.cut == "is longer than the limit of 2 MiB"


def test_a_gzip_bomb_is_never_unpacked_beyond_the_limit(server: Server) -> None:
    server.paths["/x"] = answering(200, gzip.compress(bytes(200_000_000), 9), Content_Encoding="gzip")
    assert "is longer than the limit of 10 MiB" in str(refusal(f"{server.url}/x"))


def test_an_answer_that_drips_is_cut_at_the_time_limit(server: Server) -> None:
    server.paths["/x"] = dripping(b"begin")
    door = HttpDoor(allow_private=True, timeout=timedelta(seconds=0.5))
    started = time.monotonic()
    assert "did not end within 0.5 s" in str(refusal(f"{server.url}/x", door))
    answer = get(f"{server.url}/x", door, partial=True)
    assert answer.body.startswith(b"begin")
    assert answer.cut == "did not end within 0.5 s"
    assert time.monotonic() - started < 3


def test_a_server_that_takes_the_connection_and_says_nothing_is_left() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/x"
        door = HttpDoor(allow_private=True, timeout=timedelta(seconds=0.3))
        assert isinstance(refusal(url, door), SourceUnavailable)


def test_redirects_count_against_one_time_limit(server: Server) -> None:
    def slow(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(0.25)
        reply(handler, 302, Location="/x")

    server.paths["/x"] = slow
    started = time.monotonic()
    refusal(f"{server.url}/x", HttpDoor(allow_private=True, timeout=timedelta(seconds=0.6)))
    assert time.monotonic() - started < 1.5


@pytest.mark.parametrize(
    "raw",
    [
        b"not http at all\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000 + b"\r\n",
        b"",
    ],
)
def test_an_answer_that_is_no_http_is_told_as_unavailable(raw: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65_536)
                with contextlib.suppress(OSError):
                    connection.sendall(raw)

        threading.Thread(target=serve, daemon=True).start()
        assert type(refusal(f"http://127.0.0.1:{listening.getsockname()[1]}/x")) is SourceUnavailable


def test_tls_that_fails_is_told_in_words(server: Server) -> None:
    error = refusal(f"https://{server.host}/x")
    assert isinstance(error, SourceUnavailable)
    assert "no safe connection" in str(error)


def test_at_most_five_redirects_are_followed(server: Server) -> None:
    for hop in range(10):
        server.paths[f"/{hop}"] = answering(302, Location=f"/{hop + 1}")
    server.paths["/10"] = answering(200, b"there")
    assert get(f"{server.url}/5").body == b"there"
    assert "redirects more than 5 times" in str(refusal(f"{server.url}/4"))


def test_only_a_chain_of_permanent_redirects_names_a_permanent_address(server: Server) -> None:
    server.paths["/a"] = answering(301, Location="/b?key=1")
    server.paths["/b"] = answering(308, Location="/end")
    server.paths["/c"] = answering(302, Location="/b")
    server.paths["/end"] = answering(200)
    assert get(f"{server.url}/a").permanent_url == f"{server.url}/end"
    assert get(f"{server.url}/c").permanent_url == ""
    assert get(f"{server.url}/end").permanent_url == ""


@pytest.mark.parametrize("location", ["file:///etc/passwd", "gopher://x/", "javascript:alert(1)", "data:,x"])
def test_a_redirect_to_anything_but_the_web_is_not_followed(server: Server, location: str) -> None:
    server.paths["/x"] = answering(302, Location=location)
    assert "redirects to" in str(refusal(f"{server.url}/x"))


@pytest.mark.parametrize("location", ["http://xn--a/", "http://xn--zzzz--.example/", "http://127.0.0.1:99999/"])
def test_a_redirect_to_a_host_or_port_that_cannot_be_is_told_as_unavailable(server: Server, location: str) -> None:
    server.paths["/x"] = answering(302, Location=location)
    error = refusal(f"{server.url}/x")
    assert isinstance(error, SourceUnavailable)
    assert "redirects to something that is not an address" in str(error)


def test_a_robot_check_is_no_answer_even_where_its_status_would_be_one(server: Server) -> None:
    server.paths["/x"] = answering(403, b"<html>", **{"CF-Mitigated": "challenge"})
    error = refusal(f"{server.url}/x", accept=(200, 403))
    assert isinstance(error, SourceUnavailable)
    assert "robot check" in str(error)


def test_credentials_go_to_no_other_host(server: Server) -> None:
    other = Server()
    other.paths["/there"] = answering(200, b"ok")
    server.paths["/x"] = answering(302, Location=f"{other.url}/there")
    server.paths["/same"] = answering(302, Location="/end")
    server.paths["/end"] = answering(200, b"ok")
    door = HttpDoor(allow_private=True, headers={"X-Api-Key": "s3cret", "Accept": "text/x"})
    get(server.url.replace("://", "://user:pass@") + "/x", door, headers={"Cookie": "id=1", "If-None-Match": '"e"'})
    sent = other.asked[0][1]
    other.close()
    assert {"authorization", "x-api-key", "cookie"}.isdisjoint(sent)
    assert (sent["accept"], sent["if-none-match"]) == ("text/x", '"e"')
    get(server.url.replace("://", "://user:pass@") + "/same", door)
    assert server.asked[-1][1]["authorization"] == "Basic dXNlcjpwYXNz"
    assert server.asked[-1][1]["x-api-key"] == "s3cret"


def test_a_server_cannot_set_a_cookie(server: Server) -> None:
    server.paths["/x"] = answering(302, Location="/end", Set_Cookie="id=1")
    server.paths["/end"] = answering(200)
    get(f"{server.url}/x")
    assert "cookie" not in server.asked[-1][1]


def test_a_private_address_is_refused_with_the_setting_that_allows_it(server: Server) -> None:
    for url in (
        f"{server.url}/x",
        f"http://localhost:{server.host.partition(':')[2]}/x",
        "http://[::1]:9/x",
        "http://0x7f.1/",
    ):
        error = refusal(url, HttpDoor())
        assert isinstance(error, SourceRefused)
        assert error.why == "settings"
        assert "set allow_private = true if this address is meant" in str(error)
    assert not server.asked


def test_a_redirect_to_a_private_address_is_refused_too(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.paths["/x"] = answering(302, Location="http://169.254.169.254/latest/meta-data")
    monkeypatch.setattr("sources.address_guard.address_refusal", lambda ip: "" if ip == "127.0.0.1" else "link-local")
    error = refusal(f"{server.url}/x", HttpDoor())
    assert isinstance(error, SourceRefused)
    assert "169.254.169.254" in str(error)


def test_a_name_is_looked_up_once_and_the_checked_address_is_the_one_connected_to(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: the second look-up would lead elsewhere. The Host header stays the name."""
    lookups: list[str] = []
    real = socket.getaddrinfo

    def getaddrinfo(host: Any, port: Any, *args: Any, **more: Any) -> Any:
        if host != "feeds.example":
            return real(host, port, *args, **more)
        lookups.append(host)
        assert len(lookups) == 1
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    server.paths["/x"] = answering(200, b"ok")
    port = server.host.partition(":")[2]
    assert get(f"http://feeds.example:{port}/x").url == f"http://feeds.example:{port}/x"
    assert server.asked[0][1]["host"] == f"feeds.example:{port}"


def test_one_private_address_among_others_refuses_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 80)) for ip in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    error = refusal("http://feeds.example/x", HttpDoor())
    assert isinstance(error, SourceRefused)
    assert "10.0.0.1" in str(error)


def test_the_next_address_of_a_name_is_tried_when_one_takes_no_connection(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = socket.getaddrinfo
    port = int(server.host.partition(":")[2])

    def getaddrinfo(host: Any, *args: Any, **more: Any) -> Any:
        if host != "feeds.example":
            return real(host, *args, **more)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in ("127.0.0.2", "127.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    server.paths["/x"] = answering(200, b"ok")
    assert get(f"http://feeds.example:{port}/x").body == b"ok"


def test_the_environments_proxy_is_not_used(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    server.paths["/x"] = answering(200, b"ok")
    assert get(f"{server.url}/x").body == b"ok"


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://example.org/", "file:///etc/passwd", "example.org", "", "http://", "http://[::1", "//x"),
        *("http://xn--a/", "https://example.org:65536/"),
    ],
)
def test_what_is_no_web_address_is_for_a_person_to_mend(url: str) -> None:
    error = refusal(url)
    assert isinstance(error, SourceRefused)
    assert error.why == "settings"


def test_no_message_holds_a_secret(server: Server) -> None:
    secrets = ("s3cr3tquery", "s3cr3tuser", "s3cr3tpass", "s3cr3theader", "s3cr3tlocation")
    server.paths["/loop"] = answering(302, Location="/loop?key=s3cr3tlocation")
    server.paths["/html"] = answering(200, b"<p>token=s3cr3tquery s3cr3theader9 ok?key=s3cr3tquery")
    server.paths["/busy"] = answering(429)
    base = server.url.replace("://", "://s3cr3tuser:s3cr3tpass@")
    door = HttpDoor(allow_private=True, headers={"Authorization": "Bearer s3cr3theader"})
    told = [
        refusal(f"{base}{path}?key=s3cr3tquery", door, headers={"x-key": "s3cr3theader"})
        for path in ("/loop", "/none", "/busy")
    ]
    told.append(refusal("http://127.0.0.1:1/?key=s3cr3tquery"))
    told.append(refusal("http://nowhere.invalid/?key=s3cr3tquery"))
    told.append(refusal(f"{base}/none?key=s3cr3tquery", HttpDoor()))
    told.append(
        refusal(f"{base}/x", HttpDoor(allow_private=True, headers={"Authorization": "Bearer s3cr3theader\r\nX: y"}))
    )
    with pytest.raises(SourceUnavailable) as odd:
        get(f"{base}/html?key=s3cr3tquery", door).json()
    told.append(odd.value)
    for error in told:
        causes = f"{error} {error.__cause__}"
        assert not any(secret in causes for secret in secrets), causes


def test_a_secret_path_is_called_what_the_caller_calls_it(server: Server) -> None:
    server.paths["/bot-s3cret/x"] = answering(302, Location="/bot-s3cret/y")
    error = refusal(f"{server.url}/bot-s3cret/x", shown="the bot's updates")
    assert str(error) == "the bot's updates (redirected to 127.0.0.1) is not there (404)"


def test_what_is_not_json_is_shown_as_it_came(server: Server) -> None:
    server.paths["/x"] = answering(
        200, b"<!doctype html><title>Just\x1b a moment</title>", Content_Type="text/html; charset=x"
    )
    with pytest.raises(SourceUnavailable) as odd:
        get(f"{server.url}/x").json()
    assert "is not JSON ('text/html')" in str(odd.value)
    assert "Just" in str(odd.value)
    assert str(odd.value).isprintable()


@pytest.mark.parametrize("body", [b'{"a": "\\ud800"}', b'\xef\xbb\xbf{"a": "x"}', b'{"a": NaN}'])
def test_odd_json_is_still_json(body: bytes) -> None:
    assert "a" in Answer(status=200, url="http://x/", headers={}, body=body).json()


def test_json_of_millions_of_values_is_told_before_it_fills_the_memory() -> None:
    answer = Answer(status=200, url="http://x/", headers={}, body=b"[" + b"{}," * 3_000_000 + b"{}]")
    with pytest.raises(SourceUnavailable, match="more than 1,000,000 values"):
        answer.json()


@pytest.mark.parametrize("body", [b"", b"[" * 100_000, b'{"a": 1', b"\xff\xfe", bytes(100)])
def test_broken_json_is_a_source_error(body: bytes) -> None:
    with pytest.raises(SourceUnavailable):
        Answer(status=200, url="http://x/?key=1", headers={}, body=body).json()


@given(st.binary(max_size=3_000), st.lists(st.integers(1, 400), max_size=20), st.integers(0, 4_000))
def test_a_body_in_any_pieces_is_the_body_up_to_the_limit(plain: bytes, cuts: list[int], limit: int) -> None:
    for encoding, packed in (("", plain), ("gzip", gzip.compress(plain)), ("deflate", zlib.compress(plain))):
        body, rest = BoundedBody(encoding, max(limit, 100) + len(packed)), packed
        for cut in cuts:
            body.take(rest[:cut])
            rest = rest[cut:]
        body.take(rest)
        assert body.whole() == plain[: max(limit, 100) + len(packed)]


def test_a_body_of_very_many_tiny_members_is_unpacked_in_time() -> None:
    body = BoundedBody("gzip", 10_000_000)
    started = time.process_time()
    body.take(gzip.compress(b"") * 100_000 + gzip.compress(b"the end"))
    assert body.whole() == b"the end"
    assert time.process_time() - started < 2


@given(st.binary(max_size=200), st.sampled_from(["gzip", "deflate"]))
def test_no_bytes_make_unpacking_fail_in_another_way(junk: bytes, encoding: str) -> None:
    body = BoundedBody(encoding, 1_000)
    try:
        body.take(junk)
        body.whole()
    except BodyUnreadable:
        pass


def test_the_certificate_is_checked_against_the_name_and_not_the_address(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    here = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("feeds.example").configure_cert(here)
    asked_for: list[str] = []
    here.sni_callback = lambda _socket, name, _context: asked_for.append(name)
    server.wrap(here)
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    monkeypatch.setattr("sources.http.tls_context", lambda: trust)
    real, port = socket.getaddrinfo, server.host.partition(":")[2]
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *args, **more: real("127.0.0.1", *args, **more))
    server.paths["/x"] = answering(200, b"ok")
    assert get(f"https://feeds.example:{port}/x").body == b"ok"
    error = refusal(f"https://other.example:{port}/x")
    assert asked_for == ["feeds.example", "other.example"]
    assert "no safe connection" in str(error)
    assert "other.example" in str(error)


def post(url: str, **options: Any) -> Answer:
    async def once() -> Answer:
        door = HttpDoor(allow_private=True, timeout=timedelta(seconds=5), headers={"authorization": "Bearer secret"})
        try:
            return await door.post(url, **options)
        finally:
            await door.close()

    return asyncio.run(once())


def test_a_question_is_sent_with_its_content_and_type(server: Server) -> None:
    server.paths["/ask"] = answering(body=b'{"data": 1}')
    assert post(f"{server.url}/ask", content=b'{"query": "x"}').json() == {"data": 1}
    assert server.sent == [b'{"query": "x"}']
    assert server.asked[0][1]["content-type"] == "application/json"
    assert server.asked[0][1]["authorization"] == "Bearer secret"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_the_content_of_a_question_follows_no_redirect(server: Server, status: int) -> None:
    server.paths["/ask"] = answering(status, location=f"{server.url}/there")
    server.paths["/there"] = answering(body=b"{}")
    with pytest.raises(SourceUnavailable, match=f"answered {status}"):
        post(f"{server.url}/ask", content=b"{}")
    assert [path for path, _ in server.asked] == ["/ask"]


@pytest.mark.parametrize(("status", "error"), [(401, SourceRefused), (429, SourceBusy), (500, SourceUnavailable)])
def test_a_refused_question_says_what_to_do_like_any_other(server: Server, status: int, error: type[Exception]) -> None:
    server.paths["/ask"] = answering(status)
    with pytest.raises(error):
        post(f"{server.url}/ask", content=b"{}")
