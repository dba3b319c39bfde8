"""The desk from the command line, in the configuration, and out to the people's channels."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from listener.cli.tree import app as command
from listener.config import ConfigError, load
from listener.configuration.desk import DeskSettings, SlaSettings
from listener.configuration.people import PersonSettings
from listener.configuration.tables import RuleSettings
from listener.desk.rules import desk_rules
from sources.contract import Page
from sources.post import Author

Make = Callable[..., Any]

CONFIG = """
[[brands]]
name = "Acme"
query = "acme"
[[channels]]
kind = "slack"
name = "ben"
webhook_url = "https://hooks.example.org/x"
[[calendars]]
name = "office"
hours = { mon-fri = "09:00-17:00" }
[[people]]
name = "Ben Carter"
email = "ben@example.org"
channels = ["ben"]
[[people]]
name = "Mita"
skills = ["legal"]
[[teams]]
name = "support"
people = ["Ben Carter"]
[desk]
team = "support"
tiers = { Platinum = 9 }
[[sla]]
name = "usual"
first_answer = "8h"
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "config.toml").write_text(CONFIG)
    monkeypatch.setenv("LISTENER_CONFIG", str(tmp_path / "config.toml"))
    monkeypatch.setenv("LISTENER_USER", "ben@example.org")
    return tmp_path


def _run(*words: str) -> Result:
    return CliRunner().invoke(command, ["tickets", *words])


def _said(*words: str) -> str:
    result = _run(*words)
    assert result.exit_code == 0, result.output
    return result.stdout.strip()


def _one(number: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = json.loads(_said("show", number, "--json"))
    return found[0]


def test_a_ticket_from_its_opening_to_its_end(home: Path) -> None:
    opened = _said("open", "--title", "Phoned about the kettle", "--severity", "high")
    assert opened == "Ticket #1 is open. It is Ben Carter's: has 0 open; is at work."
    assert _said("note", "1", "@mita do you know this one? @zoe") == (
        "Noted on ticket #1. Told: Mita.\n@zoe is nobody under [[people]], or more than one: they were not told."
    )
    assert _said("swarm", "1", "mita") == "Mita helps with ticket #1."
    assert _said("watch", "1", "mita") == "Mita is on ticket #1 already."
    assert _said("watch", "1", "mita", "--stop") == "Mita is no longer told of ticket #1."
    assert _said("priority", "1", "urgent") == "Ticket #1 is urgent."
    assert _said("priority", "1", "computed") == "Ticket #1 is high: high."
    assert _said("tag", "1", "Refund") == "Ticket #1 has the tags: refund."
    assert _said("assign", "1", "mita") == "Ticket #1 is Mita's."
    assert _said("assign", "1", "--auto").startswith("Ticket #1 is Ben Carter's. Why: ")
    assert _said("status", "1", "pending", "--note", "asked for the number") == "Ticket #1 is pending."
    assert "paused, 7 h 59 m left" in _said() or "paused, 8 h left" in _said()
    assert _said("close", "1", "--note", "refunded") == "Ticket #1 is closed."
    assert _said("list") == "No unsolved ticket."
    again = _run("close", "1")
    assert again.exit_code == 1 and again.stderr.strip() == "ticket #1 is closed already"
    assert _said("reopen", "1") == "Ticket #1 is open again."
    ticket = _one("1")
    assert [event["what"] for event in ticket["history"]] == [
        "opened", "assigned", "note", "helping", "not helping", "priority", "priority", "tagged", "assigned",
        "assigned", "status", "closed", "reopened",
    ]  # fmt: skip
    assert {event["by"] for event in ticket["history"]} == {"", "Ben Carter"}
    assert (ticket["status"], ticket["assignee"], ticket["reopens"], ticket["sla"]) == (
        "open",
        "Ben Carter",
        1,
        "usual",
    )
    page = _said("show", "1")
    assert "note by Ben Carter: @mita do you know this one? @zoe" in page and "closed by Ben Carter: refunded" in page


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("assign", "1", "zoe"), 1, "nobody under [[people]] is called 'zoe': there are Ben Carter, Mita"),
        (("assign", "1", "mita", "--auto"), 2, "not both"),
        (("status", "1", "new"), 2, ""),
        (("link", "1"), 2, "name mentions by their ids"),
        (("link", "1", "99"), 1, "there is no mention 99"),
        (("open",), 2, "name a mention or say what it is about"),
        (("open", "--title", "x", "--brand", "Zed"), 2, "no brand is called 'Zed'; there are: Acme"),
        (("merge", "1", "--into", "1"), 1, "cannot be merged with itself"),
        (("figures", "--team", "nobody"), 1, "no team is called 'nobody'; under [[teams]] there are: support"),
        (("reopen", "9"), 1, "there is no ticket #9"),
        (("note", "1", "\x1b[2J"), 0, "Noted"),
    ],
)
def test_what_cannot_be_done_is_told_with_what_to_do(home: Path, words: tuple[str, ...], code: int, said: str) -> None:
    _said("open", "--title", "t")
    result = _run(*words)
    assert result.exit_code == code and said in result.output
    assert "\x1b" not in _said("show", "1")


@pytest.mark.parametrize("columns", ["80", "120"])
def test_lists_fit_the_terminal(home: Path, monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    for number in range(3):
        _said("open", "--title", f"A title of some length that is wrapped where it has to be, number {number}")
    _said("status", "1", "solved")
    for shown in (_said(), _said("figures", "--weeks", "3")):
        assert all(len(one.rstrip()) <= int(columns) for one in shown.splitlines())
        assert "…" not in shown
    assert [one["solved"] for one in json.loads(_said("figures", "--weeks", "2", "--json"))][-1] == 1
    assert json.loads(_said("figures", "--weeks", "1", "--json", "--team", "support"))[0]["opened"] == 3


def test_whoever_gets_a_ticket_hears_of_it_on_their_channel_from_the_data_path_on(
    make_app: Make, source: Any, channel: Any, post: Make, clock: Any
) -> None:
    ben = channel("ben")
    rule = RuleSettings(name="angry", when="sentiment.score < -0.4", severity="critical", ticket="builtin")
    app = make_app(
        [source("blogs", [Page(posts=[post(1, author=Author(handle="ann"))], cursor="1")])],
        [ben],
        rules=[rule],
        person_settings=(PersonSettings(name="Ben", channels=("ben",)),),
        slas=(SlaSettings(name="usual", first_answer="1h"),),
    )
    asyncio.run(app.poll_once(["blogs"]))
    (told,) = ben.told
    assert told.title.startswith("#1 is yours: ") and "Promised: answer due in 1 h" in told.text
    clock.forward(minutes=31)
    asyncio.run(app.poll_once(["blogs"]))
    asyncio.run(app.poll_once(["blogs"]))
    assert [one.title.partition(":")[0] for one in ben.told[1:]] == ["#1 first answer is due soon"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ('[desk]\nteam = "nobody"', "desk.team is 'nobody'"),
        ('[desk]\nteams = { Zed = "support" }', "desk.teams.Zed is 'Zed'"),
        ("[desk]\nskills = { weather = 'umbrella' }", "names the intent 'weather', must be one of: safety"),
        ('[desk]\nexpert_fields = ["developer"]', "desk.expert_fields[0]"),
        ("[desk]\ntiers = { gold = 0 }", "desk.tiers.gold"),
        ('[[sla]]\nname = "x"', "promises nothing: name a first_answer, a resolution, or both"),
        ('[[sla]]\nname = "x"\nfirst_answer = "1h"\ncalendar = "of"', "sla[0].calendar is 'of'"),
        ('[[sla]]\nname = "x"\nfirst_answer = "1h"\npriorities = ["hot"]', "sla[0].priorities[0]"),
        ('[[sla]]\nname = "x"\nfirst_answer = "1h"\n[[sla]]\nname = "x"\nfirst_answer = "2h"', "sla[0] already"),
    ],
)
def test_a_mistake_in_the_desk_is_told_by_its_place(home: Path, wrong: str, said: str) -> None:
    base = CONFIG[: CONFIG.index("[desk]")]
    (home / "config.toml").write_text(f"{base}\n{wrong}\n")
    with pytest.raises(ConfigError) as told:
        load(home / "config.toml", "required", {})
    assert said in "\n".join(map(str, told.value.mistakes))


def test_the_rules_of_a_desk_are_put_together_from_its_tables(home: Path) -> None:
    rules = desk_rules(load(home / "config.toml", "required", {}))
    assert [one.name for one in rules.candidates("Acme")] == ["Ben Carter"]
    assert rules.weights.tiers["platinum"] == 9 and rules.weights.tiers["gold"] == 2
    assert rules.person("BEN@example.org") is rules.people[0] and rules.person("zoe") is None
    assert rules.policies[0].calendar.is_always_open
    assert DeskSettings().weights.severities["critical"] == 8
