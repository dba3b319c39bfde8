"""The pages about channels say what is true: their example runs, and every setting is there."""

from __future__ import annotations

import asyncio
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

import pytest

from alerts import registry
from alerts.contract import AlertChannel, DeliveryFailed
from alerts.registry import kinds, settings_class
from alerts.render import render_test

DOCS = Path(__file__).parents[2] / "docs"
BUILT_IN = ("email", "slack")


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
    assert kinds() == ("email", "pager", "slack")


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
        text = (
            example.replace("${SLACK_WEBHOOK_URL}", "https://hooks.slack.com/services/x")
            .replace("${", "")
            .replace("}", "")
        )
        for channel in tomllib.loads(text)["channels"]:
            assert settings_class(channel["kind"])(**channel).name == channel["name"]


def test_every_built_in_kind_has_its_page():
    assert {page.stem for page in (DOCS / "channels").glob("*.md")} == set(BUILT_IN) == set(kinds())
