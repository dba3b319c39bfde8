"""A service on loopback that answers as it is told, and how each kind of channel reaches it."""

from __future__ import annotations

import asyncio
import base64
import socket
import struct
import threading
from collections.abc import Callable
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec

from alerts.contract import Message, Receipt
from alerts.registry import settings_class
from alerts.settings import ChannelSettings

SECRET = "s3cr3t-value-0123456789"
SIGNING = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()

GOOD: dict[str, bytes] = {
    "slack-webhook": b"ok",
    "slack-bot": b'{"ok": true, "channel": "C1", "ts": "1700.5"}',
    "discord": b'{"id": "1234567890", "channel_id": "1", "content": "x"}',
    "telegram": b'{"ok": true, "result": {"message_id": 77, "date": 1, "chat": {"id": -100, "type": "group"}}}',
    "teams": b"",
    "webhook": b"",
    "apprise": b"",
}
"""What each service answers to a message that it took."""

RECEIPTS = {"slack-bot": "C1 1700.5", "discord": "1234567890", "telegram": "-100 77"}
"""What it calls that message."""


class Receiver(ThreadingHTTPServer):
    """A service. `behaviour` does what an answer cannot say; `received` is what came: method, path, headers, body."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = 200
        self.body = b""
        self.headers: dict[str, str] = {}
        self.behaviour: Callable[[BaseHTTPRequestHandler], None] | None = None
        self.received: list[tuple[str, str, dict[str, str], bytes]] = []
        self.release = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def told(self) -> list[Any]:
        """The JSON of each request."""
        return [msgspec.json.decode(body) for _, _, _, body in self.received]


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.received.append((self.command, self.path, headers, body))
        if self.server.behaviour is not None:
            self.server.behaviour(self)
            return
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    do_POST = do_PATCH = _answer

    def log_message(self, *_: object) -> None:
        pass


def hang(handler: BaseHTTPRequestHandler) -> None:
    """Says nothing."""
    handler.server.release.wait(10)


def drip(handler: BaseHTTPRequestHandler) -> None:
    """Answers a byte now and then, without an end."""
    handler.send_response(200)
    handler.send_header("content-length", "100000")
    handler.end_headers()
    while not handler.server.release.wait(0.05):
        handler.wfile.write(b"o")


def reset(handler: BaseHTTPRequestHandler) -> None:
    """Breaks the connection once the message is there."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.close_connection = True
    handler.wfile.close()
    handler.rfile.close()
    handler.connection.close()


def channel_settings(kind: str, to: str, **changes: Any) -> ChannelSettings:
    """Settings of a kind that lead to a receiver; `timeout` may be shorter than people can set it."""
    values: dict[str, dict[str, Any]] = {
        "slack-webhook": {"webhook_url": f"{to}/services/{SECRET}"},
        "slack-bot": {"bot_token": f"xoxb-{SECRET}", "channel": "C1", "base_url": f"{to}/api"},
        "discord": {"webhook_url": f"{to}/api/webhooks/123/{SECRET}"},
        "telegram": {"bot_token": f"123:{SECRET}", "chat": "-100", "base_url": to},
        "teams": {"webhook_url": f"{to}/workflows/1/invoke?sig={SECRET}"},
        "webhook": {"url": f"{to}/{SECRET}", "secrets": [SIGNING]},
        "apprise": {"url": f"json://user:{SECRET}@{to.removeprefix('http://')}/x"},
    }
    timeout = changes.pop("timeout", timedelta(seconds=5))
    chosen = {"name": "one", "kind": kind.partition("-")[0], "allow_private": True} | values[kind] | changes
    return settings_class(chosen["kind"])(**chosen).model_copy(update={"timeout": timeout})


def send(settings: ChannelSettings, message: Message) -> Receipt:
    """Tells once and closes."""

    async def once() -> Receipt:
        channel = settings.open()
        try:
            return await channel.send(message)
        finally:
            await channel.close()
            await channel.close()

    return asyncio.run(once())


def edit(settings: ChannelSettings, receipt: str, message: Message) -> Receipt:
    """Edits once and closes."""

    async def once() -> Receipt:
        channel = settings.open()
        try:
            return await channel.edit(Receipt(id=receipt), message)
        finally:
            await channel.close()

    return asyncio.run(once())
