"""Alerts are taken up from the command line, told apart by who did it, and listed by their state."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import text
from typer.testing import CliRunner

from listener.cli.tree import app as command
from listener.store import handling
from sources.contract import Page

Make = Callable[..., Any]
Run = Callable[..., Result]


@pytest.fixture
def run(make_app: Make, source: Any, channel: Any, post: Make, tmp_path: Path) -> Run:
    (tmp_path / "config.toml").write_text('[[brands]]\nname = "Acme"\nquery = "acme"\n')
    posts = [post(1), post(2, "Acme is awful, they never answer and I hate it")]
    app = make_app([source("blogs", [Page(posts=posts, cursor="1")])], [channel("support")])
    asyncio.run(app.poll_once(["blogs"]))

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(command, [*arguments, "--config", str(tmp_path / "config.toml")])

    return invoke


def test_an_alert_is_taken_up_given_away_and_closed_with_every_name_kept(run: Run) -> None:
    assert run("alerts", "ack", "1", "2", "--by", "Ann").output == (
        "Alert 1 is acknowledged.\nAlert 2 is acknowledged.\n"
    )
    assert "acknowledged already" in run("alerts", "ack", "1", "--by", "Ann").output
    assert run("alerts", "assign", "1", "--to", "Bob", "--by", "Ann").output == "Alert 1 is Bob's.\n"
    assert run("alerts", "resolve", "1", "--by", "Bob").exit_code == 0
    shown = run("alerts", "show", "1").output
    assert "high, resolved, Bob's" in shown
    assert "assigned by Ann (cli): given to Bob" in shown and "resolved by Bob (cli)" in shown


def test_where_people_are_configured_an_alert_is_given_to_one_of_them(run: Run, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(config.read_text() + '[[people]]\nname = "Bob"\nemail = "bob@example.org"\n')
    assert run("alerts", "assign", "1", "--to", "bob").output == "Alert 1 is Bob's.\n"
    unknown = run("alerts", "assign", "1", "--to", "Bib")
    assert (unknown.exit_code, unknown.output) == (2, "'Bib' is nobody under [[people]]; there are Bob\n")


def test_the_outbox_says_what_is_kept_back_where_nothing_is_on_its_way(run: Run, store: Any) -> None:
    assert "Kept back" not in run("outbox").output
    with store.write() as tx:
        tx.execute(text("UPDATE alert_channel SET state = 'held', due_at = '2026-11-23 08:00:00' WHERE alert_id = 1"))
    assert "Kept back for now: 1 held; `listener alerts explain` tells of each why." in run("outbox").output
    assert "Kept back" not in run("outbox", "dead").output


def test_alerts_are_listed_by_their_state(run: Run) -> None:
    run("alerts", "snooze", "1", "--for", "2h", "--by", "Ann")
    assert [one["id"] for one in json.loads(run("alerts", "--state", "open", "--json").output)] == [2]
    (snoozed,) = json.loads(run("alerts", "--state", "snoozed", "--json").output)
    assert snoozed["id"] == 1 and snoozed["snoozed_until"]
    assert run("alerts", "--state", "noise").output == "No noise alert.\n"


def test_noise_marks_the_mention_until_it_is_taken_back(run: Run) -> None:
    run("alerts", "noise", "1", "--by", "Ann")
    assert [one["mark"] for one in json.loads(run("marks", "--json").output)] == ["noise"]
    assert run("alerts", "reopen", "1").output == "Alert 1 is open again.\n"
    assert json.loads(run("marks", "--json").output) == []


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["ack", "7"], 1, "there is no alert 7; `listener alerts` lists them"),
        (["show", "7"], 1, "there is no alert 7"),
        (["snooze", "1", "--for", "soon"], 2, "is no length of time"),
        (["snooze", "1", "--for", "400d"], 2, "90 days at most"),
        (["snooze", "1", "--for", "999999999d"], 2, "is no length of time"),
        (["assign", "1", "--to", " "], 2, "--to must name a person"),
    ],
)
def test_what_cannot_be_done_is_told_with_the_next_step(run: Run, arguments: list[str], code: int, says: str) -> None:
    result = run("alerts", *arguments)
    assert result.exit_code == code and says in result.output


def test_names_from_outside_cannot_move_the_terminal(run: Run, make_app: Make, store: Any) -> None:
    run("alerts", "ack", "1", "--by", "Ann\x1b[2J\u202e")
    with store.read() as tx:
        assert handling.trail(tx, 1)
    shown = run("alerts", "show", "1").output
    assert "\x1b" not in shown and "\u202e" not in shown
