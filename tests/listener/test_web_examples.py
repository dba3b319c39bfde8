"""The examples by which docs/sources/webhook.md shows how to sign a request, run as they stand there."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from listener.configuration.tables import WebSettings
from listener.engine.local import LocalEngine
from listener.store import Store, inbox
from listener.web.running import web_server
from sources.webhook import WebhookSettings

SECRET = "5f0c1e9a7b3d482c6e8f9a0b1c2d3e4f"
PAGE = (Path(__file__).resolve().parents[2] / "docs" / "sources" / "webhook.md").read_text("utf-8")


def printed(store: Store, command: Sequence[str]) -> str:
    """What the command prints, with a webhook of the page's name listening."""

    def clock() -> datetime:
        return datetime.now(UTC)

    async def running() -> str:
        with socket.create_server(("127.0.0.1", 0)) as found:
            bind = f"127.0.0.1:{found.getsockname()[1]}"
        engine = LocalEngine(store, clock, Random(1))
        engine.task("analyse", _nothing)
        told = {"shop": WebhookSettings(kind="webhook", name="shop", secret=SECRET).open()}
        async with web_server(WebSettings(bind=bind), store=store, engine=engine, sources=told, clock=clock):
            environment = {**os.environ, "SHOP_SECRET": SECRET, "LISTENER_URL": f"http://{bind}"}
            environment |= {"no_proxy": "*", "NO_PROXY": "*"}
            done = await asyncio.to_thread(
                subprocess.run, command, env=environment, capture_output=True, text=True, timeout=30, check=True
            )
            return done.stdout

    return asyncio.run(running())


async def _nothing(_: object) -> None:
    pass


def test_the_example_in_python_is_accepted(store: Store) -> None:
    [code] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    told = json.loads(printed(store, [sys.executable, "-c", code]))
    assert told["items"] == [{"index": 0, "status": "accepted", "external_id": "order-18"}]
    with store.read() as tx:
        assert inbox.waiting(tx)[0] == 1


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("openssl")), reason="needs curl and openssl")
def test_the_example_for_the_shell_is_accepted(store: Store) -> None:
    [code] = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    told = json.loads(printed(store, ["sh", "-c", code]))
    assert told["items"] == [{"index": 0, "status": "accepted", "external_id": "order-17"}]


def test_the_answer_that_the_page_shows_is_the_one_that_is_given() -> None:
    [shown] = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    from listener.web.ingest import _told
    from sources.post import Post

    read = [Post(source="webhook", instance="shop", external_id="order-17"), ValueError("text is 5, must be text")]
    assert json.loads(shown) == _told(read)
