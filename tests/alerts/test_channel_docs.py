"""The pages about channels say what is true: their example runs, and every setting is there."""

from __future__ import annotations

import asyncio
import base64
import importlib.util
import json
import re
import sys
import threading
import tomllib
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import EntryPoint
from pathlib import Path

import msgspec
import pytest

from alerts import registry
from alerts.channels.webhook import signatures
from alerts.contract import AlertChannel, DeliveryFailed
from alerts.registry import kinds, settings_class
from alerts.rendering.render import render_test
from alerts.rendering.webhook import alert_event

DOCS = Path(__file__).parents[2] / "docs"
BUILT_IN = ("apprise", "discord", "email", "slack", "teams", "telegram", "webhook")

STANDS_FOR = {
    "SLACK_WEBHOOK_URL": "https://hooks.slack.com/services/x",
    "DISCORD_WEBHOOK_URL": "https://discord.com/api/webhooks/1/x",
    "TEAMS_WEBHOOK_URL": "https://example.environment.api.powerplatform.com/workflows/x",
    "TELEGRAM_BOT_TOKEN": "123456:ABC",
    "LISTENER_WEBHOOK_URL": "https://intake.example.org/listener",
    "WEBHOOK_SECRET": "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    "OLD_WEBHOOK_SECRET": "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    "APPRISE_URL": "ntfy://topic",
    "SLACK_APP_TOKEN": "xapp-1",
}


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)


@pytest.fixture
def pager(tmp_path, monkeypatch):
    """The example, installed as a package would be."""
    (code,) = blocks(DOCS / "adding-a-channel.md", "python")
    path = tmp_path / "pager_example.py"
    path.write_text(code, "utf-8")
    spec = importlib.util.spec_from_file_location("pager_example", path)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "pager_example", module)
    spec.loader.exec_module(module)
    point = EntryPoint("pager", "pager_example:PagerSettings", registry.ENTRY_POINTS)
    monkeypatch.setattr(registry, "entry_points", lambda group: [point] if group == registry.ENTRY_POINTS else [])
    return settings_class("pager")


@pytest.mark.parametrize("status", [200, 401, 500])
def test_the_example_of_adding_a_channel_tells_and_fails_as_it_says(pager, status):
    received = []

    class Pager(BaseHTTPRequestHandler):
        def do_POST(self):
            received.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    async def once(url):
        channel = pager(name="oncall", url=url, token="s3cr3t", allow_private=True, timeout=timedelta(seconds=5)).open()
        assert isinstance(channel, AlertChannel)
        try:
            return await channel.send(render_test("k", "oncall"))
        finally:
            await channel.close()

    with HTTPServer(("127.0.0.1", 0), Pager) as server:
        thread = threading.Thread(target=server.handle_request, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{server.server_address[1]}/"
        if status == 200:
            assert asyncio.run(once(url)).id == "test:k"
        else:
            with pytest.raises(DeliveryFailed) as caught:
                asyncio.run(once(url))
            assert (caught.value.permanent, caught.value.ambiguous) == (status == 401, status == 500)
        thread.join(5)
    assert received[0]["subject"].startswith("Test from listener")


def test_a_kind_that_a_package_brings_stands_among_the_kinds(pager):
    assert kinds() == tuple(sorted((*BUILT_IN, "pager")))


def test_a_package_that_brings_something_else_is_told_so(monkeypatch):
    point = EntryPoint("odd", "json:dumps", registry.ENTRY_POINTS)
    monkeypatch.setattr(registry, "entry_points", lambda group: [point])
    with pytest.raises(TypeError, match="the channel kind 'odd'"):
        settings_class("odd")


@pytest.mark.parametrize("kind", BUILT_IN)
def test_every_setting_of_a_kind_is_documented(kind):
    page = (DOCS / "channels" / f"{kind}.md").read_text("utf-8")
    fields = settings_class(kind).model_fields
    missing = [field.alias or name for name, field in fields.items() if f"`{field.alias or name}`" not in page]
    assert [name for name in missing if name != "kind"] == []


@pytest.mark.parametrize("kind", BUILT_IN)
def test_every_example_of_a_kind_is_a_configuration_that_loads(kind, monkeypatch):
    examples = blocks(DOCS / "channels" / f"{kind}.md", "toml")
    assert examples
    for example in examples:
        text = re.sub(r"\$\{(\w+)\}", lambda found: STANDS_FOR.get(found[1], found[1]), example)
        for channel in tomllib.loads(text)["channels"]:
            assert settings_class(channel["kind"])(**channel).name == channel["name"]


def test_every_built_in_kind_has_its_page():
    pages = {page.stem for page in (DOCS / "channels").glob("*.md")} - {"README"}
    assert pages == set(BUILT_IN) == set(kinds())


def test_every_built_in_kind_is_in_the_table_of_what_was_tested():
    table = (DOCS / "channels" / "README.md").read_text("utf-8")
    assert all(f"({kind}.md)" in table for kind in BUILT_IN)


def test_the_ten_lines_that_verify_a_webhook_do(make_alert):
    (code,) = blocks(DOCS / "channels" / "webhook.md", "python")
    told: dict[str, object] = {}
    exec(compile(code, "webhook.md", "exec"), told)
    key, at, body = b"k" * 32, "1700000000", b'{"version":1}'
    secret = "whsec_" + base64.b64encode(key).decode()
    signed = {"webhook-id": "msg_1", "webhook-timestamp": at}
    signed["webhook-signature"] = signatures([b"o" * 32, key], "msg_1", at, body)
    verified = told["verified"]
    assert verified(signed, body, secret, now=1700000010)
    assert not verified(signed, body + b" ", secret, now=1700000010)
    assert not verified({**signed, "webhook-timestamp": "1700000001"}, body, secret, now=1700000010)
    assert not verified(signed, body, secret, now=1700001000)
    assert not verified(signed, body, "whsec_" + base64.b64encode(b"x" * 32).decode(), now=1700000010)


def test_the_json_on_the_webhooks_page_is_what_is_sent(make_alert):
    (shown,) = [msgspec.json.decode(block) for block in blocks(DOCS / "channels" / "webhook.md", "json")]
    sent = alert_event(make_alert(), "t", "", ())

    def shape(value):
        return {key: shape(inner) for key, inner in value.items()} if isinstance(value, dict) else None

    assert shape(shown) == shape(sent)
