"""The list of kinds: what is built in, what packages bring, and the example of the documentation."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

import sources.registry
from sources.contract import EVERYTHING, Source, SourceUnavailable
from sources.registry import kinds, settings_class
from sources.settings import SourceSettings

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
BUILT_IN = (
    "appstore",
    "bluesky",
    "discourse",
    "feed",
    "file",
    "gdelt",
    "github",
    "hackernews",
    "imap",
    "lemmy",
    "mastodon",
    "stackexchange",
    "webhook",
)
DOCS = Path(__file__).parents[2] / "docs"


def bring(monkeypatch: pytest.MonkeyPatch, **points: str) -> None:
    """Lets an installed package bring these kinds."""
    brought = [EntryPoint(name, value, sources.registry.ENTRY_POINTS) for name, value in points.items()]
    monkeypatch.setattr("sources.registry.entry_points", lambda group: brought)


def module(monkeypatch: pytest.MonkeyPatch, name: str, code: str) -> None:
    made = ModuleType(name)
    monkeypatch.setitem(sys.modules, name, made)
    exec(compile(code, name, "exec"), made.__dict__)


def test_the_built_in_kinds_are_there_with_their_settings() -> None:
    assert set(BUILT_IN) <= set(kinds())
    for kind in BUILT_IN:
        found = settings_class(kind)
        assert issubclass(found, SourceSettings)
        assert found.model_fields["kind"].annotation.__args__ == (kind,)


def test_naming_the_kinds_imports_none_of_them() -> None:
    code = (
        "import sys, sources.registry as r; r.kinds(); print(any(m in sys.modules for m in ('httpx', 'sources.feed')))"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip()
        == "False"
    )


def test_an_unknown_kind_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        settings_class("twiter")


def test_a_package_that_is_broken_is_told_and_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    module(monkeypatch, "brought", "class NoSettings: pass\nfrom sources.settings import SourceSettings as Bare")
    bring(
        monkeypatch, missing="no_such_module:X", absent="brought:X", wrong="brought:NoSettings", bare="brought:Bare",
        feed="brought:NoSettings", other="sources.feed:FeedSettings",
    )  # fmt: skip
    assert {"missing", "absent", "wrong", "bare", "other"} | set(BUILT_IN) == set(kinds())
    for kind, words in (
        ("missing", "cannot be loaded: ModuleNotFoundError"),
        ("absent", "cannot be loaded: AttributeError"),
        ("wrong", "is not a class of sources.settings.SourceSettings"),
        ("bare", "has no method `open\\(\\)`"),
        ("other", 'must say `kind: Literal\\["other"\\]`'),
    ):
        with pytest.raises(TypeError, match=f"the source kind '{kind}' of .* {words}"):
            settings_class(kind)
    assert settings_class("feed").__module__ == "sources.feed"


@pytest.fixture
def guestbook_url() -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = parse_qs(urlsplit(self.path).query)
            after, limit = int(asked["after"][0]), int(asked["limit"][0])
            entries: Any = [
                {"id": n, "html": f"<p>Entry <b>{n}</b>", "by": "jane", "at": "2026-11-20T08:30:00Z"}
                for n in range(after + 1, min(after + limit, 250) + 1)
            ]
            body = json.dumps({"odd": 1} if after >= 250 else entries).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_the_example_of_the_documentation_is_a_source_that_works(
    monkeypatch: pytest.MonkeyPatch, guestbook_url: str
) -> None:
    [code] = re.findall(r"```python\n(.*?)```", (DOCS / "adding-a-source.md").read_text("utf-8"), re.DOTALL)
    module(monkeypatch, "guestbook", code)
    bring(monkeypatch, guestbook="guestbook:GuestbookSettings")
    settings = settings_class("guestbook")(kind="guestbook", name="gb", base_url=guestbook_url, allow_private=True)
    source = settings.open()
    assert isinstance(source, Source)
    posts, cursor, more = [], None, True
    while more:
        page = asyncio.run(source.fetch(EVERYTHING, cursor, NOW))
        posts += page.posts
        cursor, more = page.cursor, page.more
    assert [post.text for post in posts] == [f"Entry {n}" for n in range(1, 251)]
    assert posts[0].published_at == datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
    assert cursor == "250"
    with pytest.raises(SourceUnavailable, match="in another shape"):
        asyncio.run(source.fetch(EVERYTHING, cursor, NOW))


@pytest.mark.parametrize("kind", BUILT_IN)
def test_every_setting_of_a_kind_is_documented(kind: str) -> None:
    page = (DOCS / "sources" / f"{kind}.md").read_text("utf-8")
    for name in settings_class(kind).model_fields.keys() - SourceSettings.model_fields.keys() - {"kind"}:
        assert f"`{name}`" in page, f"docs/sources/{kind}.md does not mention `{name}`"
