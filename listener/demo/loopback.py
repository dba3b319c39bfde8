"""A small web server on this machine that can be told to fail."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from msgspec import Struct

Clock = Callable[[], datetime]

MOST_BYTES = 4 * 1024 * 1024
_REMEMBERED = 20_000
_LOOKS_SECONDS = 0.01
"""How often a server looks whether it is to close: closing waits for it."""


class Request(Struct, frozen=True, kw_only=True):
    """What was asked; header names are in lower case."""

    method: str
    path: str
    query: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = {}
    body: bytes = b""

    def one(self, name: str, default: str = "") -> str:
        """The first value of a parameter."""
        return next((value for key, value in self.query if key == name), default)

    def every(self, name: str) -> list[str]:
        """All values of a parameter, written `name` or `name[]`."""
        return [value for key, value in self.query if key in (name, f"{name}[]")]


class Reply(Struct, frozen=True, kw_only=True):
    """What is answered."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = {}


def json_reply(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """An answer in JSON."""
    body = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return Reply(
        status=status, body=body, headers={"content-type": "application/json; charset=utf-8"} | dict(headers or {})
    )


class Failing(Struct, frozen=False, kw_only=True):
    """A failure that was asked for: how often or until when it is answered instead."""

    reply: Reply
    path: str
    times: int | None
    until: datetime | None


class LoopbackServer:
    """Answers on 127.0.0.1, on a port that the system chooses, in threads of its own, until closed.

    `asked` remembers the paths of the newest requests. `fail` makes it answer otherwise for a while.
    """

    def __init__(self, answer: Callable[[Request], Reply], clock: Clock) -> None:
        self.clock = clock
        self.asked: deque[str] = deque(maxlen=_REMEMBERED)
        self._answer = answer
        self._failing: list[Failing] = []
        self._lock = threading.Lock()
        self._server = _Threads(("127.0.0.1", 0), _handler(self))
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> Self:
        """Begins to answer. Safe to call twice."""
        if self._thread is not None:
            return self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(_LOOKS_SECONDS,), daemon=True)
        self._thread.start()
        return self

    def close(self) -> None:
        """Stops answering. Safe to call twice."""
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._thread = None
        self._server.server_close()

    def fail(
        self,
        status: int,
        *,
        times: int | None = None,
        lasting: timedelta | None = None,
        retry_after: int | None = None,
        path: str = "",
        body: str = "",
    ) -> None:
        """Answers `status` to requests below `path`: `times` times, or for as long as `lasting` by the clock."""
        headers = {"content-type": "text/plain"} | ({} if retry_after is None else {"retry-after": str(retry_after)})
        until = None if lasting is None else self.clock() + lasting
        reply = Reply(status=status, body=body.encode(), headers=headers)
        with self._lock:
            self._failing.append(Failing(reply=reply, path=path, times=times, until=until))

    def mend(self) -> None:
        """Ends every failure that was asked for."""
        with self._lock:
            self._failing.clear()

    def answer(self, request: Request) -> Reply:
        """Gives the answer to one request, a failure that was asked for before the real one."""
        now = self.clock()
        with self._lock:
            self.asked.append(request.path)
            self._failing = [one for one in self._failing if one.times != 0 and (one.until is None or now < one.until)]
            for one in self._failing:
                if request.path.startswith(one.path):
                    one.times = None if one.times is None else one.times - 1
                    return one.reply
        return self._answer(request)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()


class Allowance:
    """How many requests a service lets through in each stretch of time, as it tells in its headers."""

    def __init__(self, limit: int, window: timedelta, clock: Clock) -> None:
        self.limit = limit
        self.window = window
        self._clock = clock
        self._lock = threading.Lock()
        self._began: datetime | None = None
        self._used = 0

    def take(self) -> tuple[bool, int, datetime]:
        """Counts one request: whether it may pass, how many are left, and when counting begins anew."""
        now = self._clock()
        with self._lock:
            if self._began is None or now >= self._began + self.window:
                self._began, self._used = now, 0
            self._used += 1
            return self._used <= self.limit, max(0, self.limit - self._used), self._began + self.window


class _Threads(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # many connect at once; one that finds no room would wait a second to try again


def _handler(server: LoopbackServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version = "demo"
        sys_version = ""
        timeout = 30
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._serve(b"")

        def do_HEAD(self) -> None:
            self._serve(b"")

        def do_POST(self) -> None:
            length = self.headers.get("content-length", "")
            if not length.isdigit() or int(length) > MOST_BYTES:
                self.close_connection = True
                self._send(Reply(status=413 if length.isdigit() else 411))
                return
            self._serve(self.rfile.read(int(length)))

        def do_PUT(self) -> None:
            self.do_POST()

        def _serve(self, body: bytes) -> None:
            parts = urlsplit(self.path)
            request = Request(
                method=self.command,
                path=parts.path,
                query=tuple(parse_qsl(parts.query, keep_blank_values=True)),
                headers={name.lower(): value for name, value in self.headers.items()},
                body=body,
            )
            self._send(server.answer(request))

        def _send(self, reply: Reply) -> None:
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.status != 304:
                self.send_header("content-length", str(len(reply.body)))
            self.end_headers()
            if self.command != "HEAD" and reply.status != 304:
                self.wfile.write(reply.body)

        def log_message(self, *_: object) -> None:
            """Says nothing: the demo's own output is for people."""

    return Handler
