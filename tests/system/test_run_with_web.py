"""`listener run` with its HTTP server, in a process of its own: what it has acknowledged outlives it."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from sources.webhook_signature import signature

SECRET = "5f0c1e9a7b3d482c6e8f9a0b1c2d3e4f"


@pytest.fixture
def clock(real_clock: Any) -> Any:
    return real_clock


def send(port: int, method: str, path: str, body: bytes = b"") -> int:
    timestamp = str(int(time.time()))
    headers = {"X-Listener-Timestamp": timestamp, "X-Listener-Signature": signature(SECRET, timestamp, body)}
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request(method, path, body or None, headers | {"Content-Type": "application/json"})
        return connection.getresponse().status


def answers(port: int) -> bool:
    try:
        return send(port, "GET", "/healthz") == 200
    except OSError:
        return False


@pytest.mark.soak
def test_what_was_acknowledged_is_told_after_a_kill_and_the_port_is_free_again(
    network: Any, product: Any, database: Path, start: Callable[[Path], Any]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    config = network.write_config(
        network.brand(),
        network.table("[[sources]]", {"kind": "webhook", "name": "shop", "secret": SECRET}),
        network.slack_channel(),
        network.rule("angry", "sentiment.score <= -0.4", "high", "support"),
        network.table("[web]", {"bind": f"127.0.0.1:{port}"}),
    )
    running = start(config)
    running.until(lambda: answers(port))
    body = json.dumps({"external_id": "1", "text": "Acme is terrible and horrible"}).encode()
    assert send(port, "POST", "/ingest/shop", body) == 202
    running.process.send_signal(signal.SIGKILL)
    running.process.wait(timeout=10)

    again = start(config)
    again.until(lambda: len(network.slack.messages) == 1)
    assert send(port, "POST", "/ingest/shop", body) == 202
    assert again.stop() == 0
    assert "Stopped" in again.log
    assert not answers(port)
    assert SECRET not in running.log + again.log
    assert product.command(config, "poll").returncode == 0
    assert len(network.slack.messages) == 1, "the repeat was told twice"
