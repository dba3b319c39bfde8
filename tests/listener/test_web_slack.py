"""The address for presses in Slack, over HTTP: nothing is taken that is not signed, too long, or sent another way."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlencode

import pytest
from pydantic import SecretStr

from alerts.channels.slack import SlackSettings
from alerts.channels.slack_press import signature
from listener.app import App
from listener.config import Config
from listener.configuration.tables import BrandSettings, ListenerSettings, WebSettings
from listener.store import Store

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"


@pytest.fixture
def app(store: Store, clock: Any, tmp_path: Path) -> Iterator[App]:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = int(found.getsockname()[1])
    config = Config(
        path=tmp_path / "config.toml",
        listener=ListenerSettings(),
        brands=(BrandSettings(name="Acme", query="acme"),),
        channels=(
            SlackSettings(name="bot", bot_token=SecretStr("xoxb-1"), channel="C", signing_secret=SecretStr(SECRET)),
        ),
        web=WebSettings(bind=f"127.0.0.1:{port}"),
    )
    made = App(config, store, clock=clock, jitter=Random(1), workers=0)
    made.start()
    yield made
    made.workers.close()


def test_what_is_signed_is_taken_and_nothing_else(app: App, clock: Any) -> None:
    assert app.config.web is not None
    port = int(app.config.web.bind.rpartition(":")[2])

    def send(method: str, body: bytes, **headers: str) -> tuple[int, bytes]:
        timestamp = str(int(clock().timestamp()))
        told = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature(SECRET, timestamp, body),
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
            connection.request(method, "/slack/actions", body or None, told)
            answer = connection.getresponse()
            return answer.status, answer.read()

    press = {"type": "block_actions", "user": {"id": "U1"}, "actions": [{"action_id": "alert:ack", "value": "7"}]}
    body = urlencode({"payload": json.dumps(press)}).encode()

    async def visit() -> None:
        stop = asyncio.Event()
        running = asyncio.create_task(app.run(stop))
        try:
            async with asyncio.timeout(20):
                while not running.done() and await asyncio.to_thread(_is_closed, port):
                    await asyncio.sleep(0.01)
            assert await asyncio.to_thread(send, "POST", body) == (200, b"")
            assert (await asyncio.to_thread(send, "GET", b""))[0] == 405
            assert (await asyncio.to_thread(send, "POST", body, X_Slack_Signature=""))[0] == 401
            assert (await asyncio.to_thread(send, "POST", body, X_Slack_Signature="v0=" + "0" * 64))[0] == 403
            assert (await asyncio.to_thread(send, "POST", body + b"x" * 1_100_000))[0] == 413
            assert (await asyncio.to_thread(send, "POST", b"payload=%7B%22" + b"a" * 1_000_000))[0] == 400
            status, words = await asyncio.to_thread(send, "POST", body, Content_Encoding="gzip")
            assert status == 415 and SECRET.encode() not in words
        finally:
            stop.set()
            await asyncio.wait_for(running, 20)

    asyncio.run(visit())


def _is_closed(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
