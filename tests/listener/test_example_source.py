"""The package by which docs/adding-a-source.md shows a kind of one's own: installed, and polled with."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from listener.cli.tree import app as command
from listener.demo.loopback import LoopbackServer, Reply, Request, json_reply
from listener.store import Store
from listener.store.mentions import MentionFilter, list_mentions
from sources.contract import EVERYTHING, Source, SourceUnavailable

DOCS = Path(__file__).resolve().parents[2] / "docs"
EXAMPLE = DOCS / "example-source"
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def guestbook() -> Iterator[LoopbackServer]:
    def answer(request: Request) -> Reply:
        after = int(request.one("after"))
        if after > 6:
            return json_reply({"odd": 1})
        return json_reply([{"id": n, "text": f"Acme {n}", "by": "jane", "x": 1} for n in range(after + 1, 7)[:4]])

    with LoopbackServer(answer, lambda: NOW) as server:
        yield server


def test_the_page_shows_the_package_as_it_is() -> None:
    page = (DOCS / "adding-a-source.md").read_text("utf-8")
    for name in ("guestbook.py", "pyproject.toml"):
        assert (EXAMPLE / name).read_text("utf-8") in page


def test_the_package_is_installed_and_listener_polls_with_it(
    guestbook: LoopbackServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(EXAMPLE, tmp_path / "package")
    installed = tmp_path / "installed"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--target", installed, tmp_path / "package"], check=True, timeout=100)
    (tmp_path / "config.toml").write_text(
        '[[brands]]\nname = "Acme"\nquery = "acme"\n'
        f'[[sources]]\nkind = "guestbook"\nname = "book"\nbase_url = "{guestbook.url}"\nallow_private = true\n'
    )
    monkeypatch.syspath_prepend(installed)
    done = CliRunner().invoke(command, ["poll", "--json", "--config", str(tmp_path / "config.toml")])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == [{"source": "book", "posts": 6, "error": "", "notes": ""}]
    assert sys.modules.pop("guestbook").__file__ == str(installed / "guestbook.py")
    store = Store.open(f"sqlite:///{tmp_path / 'listener.db'}")
    with store.read() as tx:
        kept = list_mentions(tx, MentionFilter())
    store.close()
    assert sorted(one.post.text for one in kept) == [f"Acme {n}" for n in range(1, 7)]
    assert {one.post.author.handle for one in kept} == {"jane"}


def test_the_package_keeps_the_contract(guestbook: LoopbackServer) -> None:
    source = _settings()(kind="guestbook", name="book", base_url=guestbook.url, allow_private=True).open()
    assert isinstance(source, Source)
    page = asyncio.run(source.fetch(EVERYTHING, None, NOW))
    assert (len(page.posts), page.cursor, page.more) == (4, "4", True)
    last = asyncio.run(source.fetch(EVERYTHING, "6", NOW))
    assert (last.posts, last.cursor, last.more) == ([], "6", False)
    with pytest.raises(SourceUnavailable, match="in another shape"):
        asyncio.run(source.fetch(EVERYTHING, "7", NOW))
    asyncio.run(source.close())


def _settings() -> Any:
    spec = spec_from_file_location("guestbook", EXAMPLE / "guestbook.py")
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.GuestbookSettings
