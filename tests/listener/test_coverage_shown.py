"""`listener status` shows what was not heard, to people and to programs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import event
from typer.testing import CliRunner

from listener.cli.tree import app as command
from listener.coverage import MOST_GAPS, MOST_GAPS_SHOWN, coverage
from listener.store import Store, gaps, heard, rechecking, sources
from listener.store.heard import Quiet
from sources.contract import Gap

Make = Callable[..., Any]
NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
PAGE = (Path(__file__).resolve().parents[2] / "docs" / "json.md").read_text("utf-8")


@pytest.fixture
def folder(store: Store, tmp_path: Path) -> Path:
    (tmp_path / "config.toml").write_text(
        '[[brands]]\nname = "Acme"\nquery = "acme"\n'
        '[[sources]]\nkind = "feed"\nname = "blogs"\nurl = "https://example.org/feed"\n'
    )
    with store.write() as tx:
        sources.sync_sources(tx, [("blogs", "feed", "host", HOUR)], NOW)
        for number in range(3):
            since = NOW - (9 - 3 * number) * HOUR
            gaps.put_gaps(tx, "blogs", "", [Gap(since=since, until=since + HOUR, why="too \x1b[31mmany")], NOW)
        newest, _, oldest = gaps.due(tx, NOW, 10)
        gaps.close(tx, newest, NOW)
        gaps.put_off(tx, oldest, 12, None, "given up after 12 tries: no answer")
        gaps.put_gaps(tx, "gone", "", [Gap(since=NOW - HOUR, until=NOW, why="of a source that has left")], NOW)
        heard.begin_quiet(
            tx, Quiet(source="blogs", brand="Acme", since=NOW, told_at=NOW, why="No new mention of 'Acme'")
        )
        stretch = rechecking.next_stretch(tx, "blogs", ["blogs"], 1, NOW, 10)
        assert rechecking.move(tx, "blogs", 1, stretch, NOW)
    return tmp_path


def _status(folder: Path, *arguments: str) -> str:
    result = CliRunner().invoke(command, ["status", *arguments, "--config", str(folder / "config.toml")])
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.parametrize("number", [3, 60])
def test_a_thousand_sources_cost_no_more_questions_than_three(store: Store, number: int) -> None:
    names = [f"feed {place}" for place in range(number)]
    with store.write() as tx:
        for name in names:
            for day in range(1, 4):
                gap = Gap(since=NOW - 24 * day * HOUR, until=NOW - (24 * day - 1) * HOUR, why="too many")
                gaps.put_gaps(tx, name, "", [gap], NOW)
    asked: list[str] = []
    config: Any = SimpleNamespace(sources=[SimpleNamespace(name=name) for name in names])
    with store.read() as tx:
        event.listen(tx, "before_cursor_execute", lambda *told: asked.append(told[2]))
        found = coverage(tx, config)
    assert len(asked) < 6
    assert {name: len(one.ledger) for name, one in found.items()} == dict.fromkeys(names, 3)
    assert found[names[0]].ledger[0].since == NOW - 72 * HOUR, "the newest entry comes first"


def test_people_see_each_gap_with_its_state_and_why(folder: Path) -> None:
    shown = _status(folder)
    assert [re.search(rf"{hour} .*?(open|filled|unread)", shown)[1] for hour in ("23:00", "02:00", "05:00")] == [  # type: ignore[index]  # each is there
        "unread",
        "open",
        "filled",
    ]
    assert "given up after 12 tries" in " ".join(shown.split())
    assert "Silent: No new mention of 'Acme'" in shown
    assert "Last re-check of kept posts: 2026-11-22 08:00 (1 source)." in shown
    assert "\x1b" not in shown and "has left" not in shown


def test_programs_see_the_same_by_the_documented_keys(folder: Path) -> None:
    (row,) = json.loads(_status(folder, "--json"))
    assert (row["gaps"], row["gaps_filled"], row["last_recheck_at"]) == (2, 1, "2026-11-22T08:00:00Z")
    assert [gap["state"] for gap in row["ledger"]] == ["filled", "open", "unread"]
    documented = re.search(r"^\| `ledger` \|(.*)\|$", PAGE, re.MULTILINE)
    assert documented is not None
    assert set(row["ledger"][0]) == set(re.findall(r"`(\w+)`", documented[1]))
    assert [silence["brand"] for silence in row["silences"]] == ["Acme"]
    assert set(row["silences"][0]) == {"brand", "since", "why"}


def test_a_long_ledger_is_cut_and_says_so(folder: Path, store: Store) -> None:
    with store.write() as tx:
        for number in range(2 * MOST_GAPS):
            gaps.put_gaps(tx, "blogs", str(number), [Gap(since=NOW - HOUR, until=NOW, why="too many")], NOW)
    shown = _status(folder)
    assert shown.count("too many") == MOST_GAPS_SHOWN
    assert f"and {2 * MOST_GAPS + 3 - MOST_GAPS_SHOWN} older gaps" in shown
    (row,) = json.loads(_status(folder, "--json"))
    assert (len(row["ledger"]), row["gaps"]) == (MOST_GAPS, 2 * MOST_GAPS + 2)
