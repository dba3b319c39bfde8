"""`listener recheck` looks at all that is kept, at once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from listener.cli.tree import app as command
from sources.contract import Change, Page, SourceUnavailable
from sources.post import PostKey

Make = Callable[..., Any]


@pytest.fixture
def folder(make_app: Make, source: Any, post: Make, tmp_path: Path) -> Path:
    (tmp_path / "config.toml").write_text(
        '[[brands]]\nname = "Acme"\nquery = "acme"\n'
        '[[sources]]\nkind = "hackernews"\nname = "hn"\n'
        '[[sources]]\nkind = "feed"\nname = "blogs"\nurl = "https://example.org/feed"\n'
    )
    app = make_app([source("hn", [Page(posts=[post(1), post(2)], cursor="1")])])
    asyncio.run(app.poll_once(["hn"]))
    return tmp_path


def _run(folder: Path, *arguments: str) -> Any:
    return CliRunner().invoke(command, ["recheck", *arguments, "--config", str(folder / "config.toml")])


def test_it_tells_what_was_deleted_and_who_cannot_look(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def recheck(self: Any, keys: Sequence[PostKey], now: datetime) -> Page:
        return Page(changes=[Change(key=key) for key in keys if key.external_id == "1"])

    monkeypatch.setattr("sources.hackernews.HackerNews.recheck", recheck)
    result = _run(folder, "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == [{"source": "hn", "posts": 2, "deleted": 1, "edited": 0, "trouble": ""}]
    told = _run(folder)
    assert "Cannot look at posts again: blogs." in told.stdout


def test_it_fails_where_a_source_could_not_be_asked_or_cannot_look(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def recheck(self: Any, keys: Sequence[PostKey], now: datetime) -> Page:
        raise SourceUnavailable("no answer from hn")

    monkeypatch.setattr("sources.hackernews.HackerNews.recheck", recheck)
    failed = _run(folder)
    assert failed.exit_code == 1 and "no answer from hn" in failed.stdout
    assert _run(folder, "--source", "blogs").exit_code == 1
    assert "no source is named" in _run(folder, "--source", "nobody").output
