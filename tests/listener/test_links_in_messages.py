"""Mails carry links that act, and the server answers them; channels with buttons, and webhooks, do without."""

from __future__ import annotations

import asyncio
import http.client
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from pydantic import SecretStr

from alerts.channels.email import EmailSettings
from alerts.channels.slack import SlackSettings
from alerts.contract import Message
from listener.app import App
from listener.config import Config
from listener.configuration.tables import BrandSettings, ListenerSettings, RuleSettings, WebSettings
from listener.store import Store, handling, outbox
from listener.taking_in import take_in
from sources.webhook import WebhookSettings

SECRET = "5f0c1e9a7b3d482c6e8f9a0b1c2d3e4f"
Make = Callable[..., App]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@pytest.fixture
def make(store: Store, clock: Any, tmp_path: Path) -> Iterator[Make]:
    made: list[App] = []

    def call(secret: str | None = SECRET, *, public: bool = True) -> App:
        bind = f"127.0.0.1:{free_port()}"
        mail: dict[str, Any] = {"kind": "email", "host": "127.0.0.1", "from": "a@example.org", "to": ("b@example.org",)}
        told_on = ("mail", "bot", "hook")
        bot = SlackSettings(name="bot", bot_token=SecretStr("xoxb-1"), channel="C1", signing_secret=SecretStr("s"))
        config = Config(
            path=tmp_path / "config.toml",
            listener=ListenerSettings(),
            brands=(BrandSettings(name="Acme", query="acme"),),
            sources=(WebhookSettings(kind="webhook", name="shop", secret=SecretStr(SECRET)),),
            channels=(
                EmailSettings(name="mail", **mail),
                bot,
                SlackSettings(name="hook", webhook_url=SecretStr("https://hooks.example.org/x")),
            ),
            rules=(RuleSettings(name="angry", when="sentiment.score < 0.0", severity="high", notify=told_on),),
            web=WebSettings(
                bind=bind,
                public_url=f"http://{bind}" if public else "",
                secret=SecretStr(secret) if secret else None,
            ),
        )  # fmt: skip
        app = App(config, store, clock=clock, jitter=Random(1), workers=0)
        app.start()
        made.append(app)
        return app

    yield call
    for app in made:
        app.workers.close()


def told(app: App, store: Store, post: Any) -> dict[str, Message]:
    """The messages of an alert, by their channel."""
    with store.write() as tx:
        take_in(tx, app.engine, "shop", [post(1)], app.clock(), first_reading=False)
    asyncio.run(app.engine.run_until_idle(4))
    with store.read() as tx:
        return {one.channel: app.telling.messages.make(one) for one in outbox.deliveries_for_alert(tx, 1)}


def test_links_stand_where_no_button_does(make: Make, store: Store, post: Any) -> None:
    messages = told(make(), store, post)
    assert "/alerts/1?channel=mail&amp;do=resolve&amp;link=" in messages["mail"].html
    assert "Resolve: http://127.0.0.1:" in messages["mail"].text
    assert "channel=hook" in str(messages["hook"].blocks)
    assert "link=" not in str(messages["bot"].blocks) and "alert:resolve" in str(messages["bot"].blocks)


@pytest.mark.parametrize("lacks", [{"secret": None}, {"public": False}])
def test_without_a_secret_or_an_address_for_others_there_are_no_links(
    make: Make, store: Store, post: Any, lacks: dict[str, Any]
) -> None:
    messages = told(make(**lacks), store, post)
    assert "/alerts/" not in messages["mail"].html and "/alerts/" not in str(messages["hook"].blocks)


def test_the_server_shows_the_page_and_takes_its_form(make: Make, store: Store, post: Any) -> None:
    app = make()
    message = told(app, store, post)["mail"]
    (link,) = [action.url for action in message.actions if action.name == "resolve"]
    parts = urlsplit(link)
    at = f"{parts.path}?{parts.query}"

    def ask(method: str, path: str, body: bytes = b"") -> tuple[int, str, dict[str, str]]:
        with closing(http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)) as connection:
            connection.request(method, path, body or None, {"Content-Type": "application/x-www-form-urlencoded"})
            answer = connection.getresponse()
            headers = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, answer.read().decode(), headers

    def state() -> str:
        with store.read() as tx:
            return handling.states(tx, [1])[1].state

    async def visit() -> None:
        stop = asyncio.Event()
        running = asyncio.create_task(app.run(stop))
        async with asyncio.timeout(20):
            while not running.done() and await asyncio.to_thread(_closed, parts.port or 0):
                await asyncio.sleep(0.01)
        try:
            for method in ("GET", "HEAD", "GET"):
                status, _, headers = await asyncio.to_thread(ask, method, at)
                assert status == 200 and headers["content-type"].startswith("text/html")
                assert "script" not in headers["content-security-policy"]
                assert headers["cache-control"] == "no-store" and "set-cookie" not in headers
            assert state() == "open"
            for path in (at[:-3], f"/alerts/{'9' * 5_000}?channel=mail", "/alerts/1", "/alerts/x"):
                assert (await asyncio.to_thread(ask, "POST", path, b"do=resolve"))[0] == 403
            assert (await asyncio.to_thread(ask, "POST", at, b"x" * 1_100_000))[0] == 413
            assert (await asyncio.to_thread(ask, "DELETE", at))[0] == 405
            assert state() == "open"
            status, html, _ = await asyncio.to_thread(
                ask, "POST", at, urlencode({"do": "resolve", "name": "Ann"}).encode()
            )
            assert status == 200 and "This alert is resolved." in html
            assert state() == "resolved"
        finally:
            stop.set()
            await asyncio.wait_for(running, 20)

    asyncio.run(visit())


def _closed(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
