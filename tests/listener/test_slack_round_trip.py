"""From a post to a button in Slack and back: an alert is told, somebody presses, and the message says who has it."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from typing import Any

import pytest
from pydantic import SecretStr
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import serve

from alerts.channels.slack import SlackSettings
from listener.app import App
from listener.config import Config
from listener.configuration.people import PersonSettings
from listener.configuration.tables import BrandSettings, ListenerSettings, RuleSettings
from listener.store import Store, handling
from listener.taking_in import take_in
from sources.webhook import WebhookSettings

HELLO = json.dumps({"type": "hello", "num_connections": 1})


class Slack:
    """The few methods of Slack that a bot with buttons needs, on this machine."""

    def __init__(self, stack: ExitStack) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.presses: list[str] = []
        self.acknowledged: list[str] = []
        self._over = threading.Event()
        sockets = stack.enter_context(serve(self._converse, "127.0.0.1", 0))
        self._link = f"ws://127.0.0.1:{sockets.socket.getsockname()[1]}/link/?ticket=1"
        api = ThreadingHTTPServer(("127.0.0.1", 0), self._api())
        for server, serving in ((sockets, sockets.serve_forever), (api, lambda: api.serve_forever(0.01))):
            thread = threading.Thread(target=serving)
            thread.start()
            stack.callback(thread.join)
            stack.callback(server.shutdown)
        stack.callback(api.server_close)
        stack.callback(self._over.set)
        self.url = f"http://127.0.0.1:{api.server_port}"

    def told(self, method: str) -> list[dict[str, Any]]:
        return [payload for name, payload in self.calls if name == method]

    def _api(self) -> type[BaseHTTPRequestHandler]:
        slack = self

        class Api(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                payload = json.loads(self.rfile.read(int(self.headers["content-length"])))
                method = self.path.strip("/")
                slack.calls.append((method, payload))
                ts = f"{len(slack.calls)}.0001"
                told = {"ok": True, "channel": "C1", "ts": payload.get("ts", ts), "url": slack._link}
                body = json.dumps(told).encode()
                self.send_response(200)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        return Api

    def _converse(self, connection: Any) -> None:
        connection.send(HELLO)
        while not self._over.is_set():
            if self.presses:
                connection.send(self.presses.pop(0))
            try:
                self.acknowledged.append(json.loads(connection.recv(timeout=0.02))["envelope_id"])
            except TimeoutError:
                continue
            except ConnectionClosed:
                return


@pytest.fixture
def slack() -> Iterator[Slack]:
    with ExitStack() as stack:
        yield Slack(stack)


@pytest.fixture
def app(slack: Slack, store: Store, clock: Any, tmp_path: Path) -> Iterator[App]:
    config = Config(
        path=tmp_path / "config.toml",
        listener=ListenerSettings(),
        brands=(BrandSettings(name="Acme", query="acme"),),
        sources=(WebhookSettings(kind="webhook", name="shop", secret=SecretStr("5f0c1e9a7b3d482c6e8f9a0b1c2d3e4f")),),
        channels=(
            SlackSettings(
                name="support",
                bot_token=SecretStr("xoxb-1"),
                channel="C1",
                app_token=SecretStr("xapp-1"),
                base_url=slack.url,
                allow_private=True,
            ),
        ),
        rules=(RuleSettings(name="angry", when="sentiment.score < 0.0", severity="high", notify=("support",)),),
        person_settings=(PersonSettings(name="Ann Li", slack="U1ANN"),),
    )
    made = App(config, store, clock=clock, jitter=Random(1), workers=0)
    made.start()
    yield made
    made.workers.close()


def test_a_press_changes_the_alert_and_its_message(app: App, slack: Slack, store: Store, post: Any) -> None:
    async def until(holds: Any) -> None:
        async with asyncio.timeout(20):
            while not holds():
                await asyncio.sleep(0.01)

    async def main() -> None:
        stop = asyncio.Event()
        running = asyncio.create_task(app.run(stop))
        try:
            with store.write() as tx:
                take_in(tx, app.engine, "shop", [post(1)], app.clock(), first_reading=False)
            await until(lambda: slack.told("chat.postMessage"))
            (button,) = [
                element
                for block in slack.told("chat.postMessage")[0]["blocks"]
                for element in block.get("elements", ())
                if element.get("action_id") == "alert:assign"
            ]
            pressed = {"action_id": button["action_id"], "value": button["value"], "type": "button"}
            payload = {"type": "block_actions", "user": {"id": "U1ANN", "username": "ann"}, "actions": [pressed]}
            envelope = {"envelope_id": "e1", "type": "interactive", "payload": payload}
            slack.presses.append(json.dumps(envelope))
            await until(lambda: slack.acknowledged == ["e1"] and slack.told("chat.update"))
        finally:
            stop.set()
            await asyncio.wait_for(running, 20)

    asyncio.run(main())
    with store.read() as tx:
        stands = handling.states(tx, [1])[1]
    assert (stands.state, stands.assignee, stands.via) == ("acknowledged", "Ann Li", "slack")
    (update,) = slack.told("chat.update")
    posted = [name for name, _ in slack.calls].index("chat.postMessage") + 1
    assert (update["channel"], update["ts"]) == ("C1", f"{posted}.0001")
    assert "Taken up by Ann Li" in json.dumps(update["blocks"])
    assert len(slack.told("chat.postMessage")) == 1
