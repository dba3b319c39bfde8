"""What the lists and explanations look like to the person at the terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from listener.cli.output import table
from listener.cli.tree import app as command
from sources.contract import Page

Make = Callable[..., Any]

COLUMNS = ("id", "who", "what", "why")
ROWS = [(7, "somebody with a long name", "words that matter to the person " * 4, "a reason that is long " * 3)]


@pytest.mark.parametrize("width", [40, 60, 80, 100, 160])
def test_no_word_of_a_wide_column_is_cut_off_whatever_the_width_of_the_terminal(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    table(COLUMNS, ROWS, "nothing", wide=("what", "why"))
    printed = capsys.readouterr().out
    assert max(map(len, printed.splitlines())) <= width
    for words in ("matter", "person", "reason"):
        assert printed.count(words) == "".join(map(str, ROWS[0])).count(words)


@pytest.fixture
def heard(make_app: Make, source: Any, channel: Any, post: Make, tmp_path: Path) -> Callable[..., str]:
    """Three mentions: one that was told, one too old, one that no rule is for; gives what a command prints of them."""
    (tmp_path / "config.toml").write_text('[[brands]]\nname = "Acme"\nquery = "acme"\n')
    posts = [
        post("told"),
        post("old", "Acme is horrible, my toaster burned", published_at=datetime(2026, 11, 20, 8, 0, tzinfo=UTC)),
        post("calm", "Acme has opened a new shop in our street today"),
    ]
    app = make_app([source("blogs", [Page(posts=posts, cursor="1")])], [channel("support")])
    asyncio.run(app.poll_once(["blogs"]))

    def run(*arguments: str) -> str:
        return CliRunner().invoke(command, [*arguments, "--config", str(tmp_path / "config.toml")]).output

    return run


def test_a_mention_says_who_was_told_of_it_or_why_nobody_was(heard: Callable[..., str]) -> None:
    said = {number: heard("mentions", "explain", str(number)) for number in (1, 2, 3)}
    told, old, calm = (next(text for text in said.values() if word in text) for word in ("kettle", "toaster", "shop"))
    assert "angry (high)" in told
    assert "it is part of alert 1: `listener alerts explain 1`" in told
    assert "angry (high)" in old
    assert "nobody: published 2 days ago, older than max_age 24h" in old
    assert "nobody: no rule spoke" in calm
    assert "there is no mention 99" in heard("mentions", "explain", "99")


def test_a_filter_that_leaves_nothing_is_told_from_a_store_without_mentions(heard: Callable[..., str]) -> None:
    assert heard("mentions", "--search", "zeppelin") == "No mention matches.\n"
    assert "'unread'" in heard("mentions", "--label", "angry")
