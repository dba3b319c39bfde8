"""`listener oncall` says who is on call, until when, and who comes next."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from listener.cli.tree import app as command

CONFIG = """
[listener]
timezone = "Europe/Berlin"
[[brands]]
name = "Acme"
query = "acme"
[[channels]]
kind = "slack"
name = "room"
webhook_url = "https://hooks.example.org/x"
[[people]]
name = "Ann"
channels = ["room"]
[[people]]
name = "Bob"
channels = ["room"]
[[schedules]]
name = "support"
people = ["Ann", "Bob"]
starts = 2026-11-30
overrides = [{ person = "Bob", start = 2026-12-02, end = 2026-12-03 }]
"""


@pytest.fixture
def config(tmp_path: Path) -> str:
    (tmp_path / "config.toml").write_text(CONFIG)
    return str(tmp_path / "config.toml")


def test_it_tells_the_person_and_the_next_change(config: str) -> None:
    result = CliRunner().invoke(command, ["oncall", "--at", "2026-12-02T10:00", "--config", config])
    assert result.exit_code == 0
    assert result.output.splitlines()[1].split() == [
        "support", "Bob", "(stands", "in)", "2026-12-03", "00:00", "Ann", "Ann",
    ]  # fmt: skip
    (row,) = json.loads(
        CliRunner().invoke(command, ["oncall", "--at", "2026-12-08", "--json", "--config", config]).output
    )
    assert (row["person"], row["until"], row["next"]) == ("Bob", "2026-12-14T08:00:00Z", "Ann")


def test_a_time_that_is_none_is_told(config: str) -> None:
    result = CliRunner().invoke(command, ["oncall", "--at", "soon", "--config", config])
    assert result.exit_code == 2 and "'soon' is no time" in result.output


def test_without_schedules_it_says_how_to_make_one(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[[brands]]\nname = "Acme"\nquery = "acme"\n')
    result = CliRunner().invoke(command, ["oncall", "--config", str(tmp_path / "config.toml")])
    assert "No schedule: name one under [[schedules]]" in result.output
