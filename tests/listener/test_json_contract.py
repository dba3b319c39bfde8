"""The keys that other programs rely on: docs/json.md says what the commands print, no less and no more."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from listener.cli.tree import app as command
from listener.configuration.tables import RuleSettings
from sources.contract import Page
from sources.post import Author

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "json.md").read_text("utf-8")
Make = Callable[..., Any]
WOULD_TELL = {
    "mention", "brand", "at", "mentions", "severity", "score", "reason", "verdict", "author", "text", "url",
}  # fmt: skip
PAGE_KEYS = {"standing", "tagged", "timeline", "mentions"}


def _documented(noun: str) -> set[str]:
    section = PAGE.split(f"\n## {noun}\n")[1].split("\n## ")[0]
    first_cells = re.findall(r"^\| (`[^|]+) \|", section, re.M)
    return {key for cell in first_cells for key in re.findall(r"`(\w+)`", cell)}


def _printed(folder: Path, *arguments: str) -> list[dict[str, Any]]:
    result = CliRunner().invoke(command, [*arguments, "--json", "--config", str(folder / "config.toml")])
    assert result.exit_code in (0, 1), result.output
    rows: list[dict[str, Any]] = json.loads(result.stdout)
    assert rows
    return rows


def _run(folder: Path, *arguments: str) -> int:
    return CliRunner().invoke(command, [*arguments, "--config", str(folder / "config.toml")]).exit_code


def test_every_list_prints_just_the_documented_keys(
    make_app: Make, source: Any, channel: Any, post: Make, tmp_path: Path
) -> None:
    (tmp_path / "customers.csv").write_text("id,name,tier,handles\nc1,Ann,gold,feed:ann\n")
    (tmp_path / "config.toml").write_text(
        '[[brands]]\nname = "Acme"\nquery = "acme"\n'
        '[[sources]]\nkind = "feed"\nname = "blogs"\nurl = "https://example.org/feed"\n'
        '[[sources]]\nkind = "webhook"\nname = "shop"\n[web]\nsecret = "5f0c1e9a7b3d482c6e8f9a0b1c2d3e4f"\n'
        '[[channels]]\nkind = "slack"\nname = "support"\nwebhook_url = "https://hooks.example.org/x"\n'
        '[[customers]]\nkind = "csv"\npath = "customers.csv"\n'
        '[[rules]]\nname = "angry"\nwhen = "sentiment.score <= -0.4"\nseverity = "high"\n'
        'notify = ["support"]\nticket = "builtin"\n'
        '[[rule_tests]]\nname = "praise"\npost.text = "I love Acme"\nexpect = []\n'
        '[[people]]\nname = "Ann"\nchannels = ["support"]\n'
        '[[schedules]]\nname = "support on call"\npeople = ["Ann"]\nstarts = 2026-11-02\n'
    )
    rule = RuleSettings(
        name="angry", when="sentiment.score < -0.4", severity="high", notify=("support",), ticket="builtin"
    )
    written = post(1, author=Author(handle="ann"))
    app = make_app([source("blogs", [Page(posts=[written], cursor="1")])], [channel("support")], rules=[rule])
    asyncio.run(app.poll_once(["blogs"]))
    imported = CliRunner().invoke(
        command,
        ["customers", "import", str(tmp_path / "customers.csv"), "--yes", "--config", str(tmp_path / "config.toml")],
    )
    assert imported.exit_code == 0, imported.output

    mention = _documented("mention") | _documented("post") | _documented("reading") | {"claimed_lang"}
    printed = _printed(tmp_path, "mentions")[0]
    assert set(printed) == mention
    of_author = {"id", "handle", "name", "url", "email", "followers", "bio", "links", "verified_links", "location"}
    assert set(printed["author"]) == of_author
    assert set(printed["sentiment"]) == {"label", "probabilities", "score", "confidence", "reasons", "why"}
    assert set(printed["sentiment"]["reasons"][0]) == {"text", "why", "weight"}
    assert set(printed["rules"][0]) == {"name", "severity", "reason"}
    assert set(printed["spans"][0]) == {"field", "start", "end", "text"}
    assert set(_printed(tmp_path, "alerts")[0]) == _documented("alert")
    assert _run(tmp_path, "alerts", "ack", "1") == 0
    shown = _printed(tmp_path, "alerts", "show", "1")[0]
    assert set(shown) == _documented("alert") | {"trail"}
    assert set(shown["trail"][0]) == _documented("event")
    assert set(_printed(tmp_path, "tickets")[0]) == _documented("ticket")
    trial = _printed(tmp_path, "query", "try", "kettle")[0]
    assert set(trial) == _documented("trial")
    assert set(trial["days"][0]) == {"day", "posts", "mood"}
    assert set(trial["sources"][0]) == {"source", "posts", "mood"}
    assert set(trial["examples"][0]) == set(_documented("post")) | {"seen_by", "score", "archived", "at"}
    page_of_ticket = _printed(tmp_path, "tickets", "show", "1")[0]
    assert set(page_of_ticket) == _documented("ticket") | _documented("ticket page")
    assert set(page_of_ticket["history"][0]) == {"id", "ticket", "at", "what", "by", "via", "detail", "reason", "text"}
    assert set(_printed(tmp_path, "tickets", "figures")[0]) == _documented("week")
    assert set(_printed(tmp_path, "customers")[0]) == _documented("customer") - PAGE_KEYS
    (tmp_path / "calls.csv").write_text("customer,at,channel,direction\nc1,2026-11-21,phone,in\n")
    assert _run(tmp_path, "interactions", "import", str(tmp_path / "calls.csv"), "--yes") == 0
    assert app.upkeep.customer_health.count() == 1
    page = _printed(tmp_path, "customers", "show", "c1")[0]
    assert set(page) == _documented("customer")
    assert set(page["standing"]) == {"recent_complaints", "health", "health_trend", "tags"}
    answered = {"answered_after", "answered_by"}
    assert set(page["timeline"][0]) == _documented("entry")
    assert {tuple(sorted(entry)) for entry in _printed(tmp_path, "alerts")[0]["last_contacts"]} <= {
        tuple(sorted(_documented("entry") - answered))
    }
    assert set(_printed(tmp_path, "customers", "health")[0]) == _documented("health")
    assert set(_printed(tmp_path, "status")[0]) == _documented("source")
    assert set(_printed(tmp_path, "channels")[0]) == _documented("channel")
    explained = _printed(tmp_path, "alerts", "explain", "1")[0]
    assert set(explained) == _documented("alert") | {"trail", "channels"}
    assert set(explained["channels"][0]) == _documented("path")
    assert set(explained["channels"][0]["stages"][0]) == {"stage", "verdict", "reason", "until"}
    silenced = ["silences", "add", "--match", 'rule == "angry"', "--reason", "moving house", "--for", "2h"]
    assert _run(tmp_path, *silenced) == 0
    assert set(_printed(tmp_path, "silences")[0]) == _documented("silence")
    assert set(_printed(tmp_path, "outbox", "--state", "sent")[0]) == _documented("delivery")
    assert set(_printed(tmp_path, "oncall")[0]) == _documented("duty")
    assert set(_printed(tmp_path, "query", "plan")[0]) == _documented("plan")
    assert set(_printed(tmp_path, "web")[0]) == _documented("address")
    assert _run(tmp_path, "mentions", "mark", "1", "neutral") == 0
    assert set(_printed(tmp_path, "marks")[0]) == _documented("mark")
    assert _run(tmp_path, "customers", "refuse", "feed:ann", "c1") == 0
    assert set(_printed(tmp_path, "customers", "links")[0]) == _documented("link")
    (tmp_path / "labels.csv").write_text("".join(["text,label\n", *(f"so zorped {n},negative\n" for n in range(30))]))
    assert _run(tmp_path, "marks", "import", str(tmp_path / "labels.csv")) == 0
    lesson = _printed(tmp_path, "train", "--use", "--anyway")[0]
    assert set(lesson) == _documented("lesson")
    graded = {"texts", "before", "after", "fixed", "broken"}
    assert set(lesson["held_out"][""]) == graded and set(lesson["alerts_a_week"][0]) == {"rule", "now", "then"}
    assert set(lesson["held_out"][""]["after"]) == {"macro_f1", "precision", "recall", "confusion"}
    assert set(_printed(tmp_path, "train", "--list")[0]) == _documented("correction")
    preview = _printed(tmp_path, "rules", "preview", "angry")[0]
    assert set(preview) == _documented("preview")
    assert set(preview["rows"][0]) == {"threshold", "shipped", "corrected", "own"}
    backtest = _printed(tmp_path, "rules", "backtest", "angry", "--days", "3650", "--at-once")[0]
    assert set(backtest) == _documented("backtest")
    assert set(backtest["alerts_shown"][0]) == WOULD_TELL
    tuning = _printed(tmp_path, "rules", "tune", "angry", "--alerts-a-week", "1", "--days", "3650", "--at-once")[0]
    assert set(tuning) == _documented("tuning")
    assert set(tuning["rows"][0]) == {"threshold", "alerts", "a_week", "precision", "own", "chosen"}
    assert set(_printed(tmp_path, "marks", "rules")[0]) == _documented("rule_marks")
    assert set(_printed(tmp_path, "rules", "test")[0]) == _documented("rule_test")
    both = PAGE.split("## query, rule")[1].split("\n## ")[0]
    query, rules = both.split("`rule`:")
    assert set(_printed(tmp_path, "query")[0]) == set(re.findall(r"`(\w+)`", query.split("`query`:")[1]))
    assert set(_printed(tmp_path, "rules")[0]) == set(re.findall(r"`(\w+)`", rules))


def test_limit_cuts_every_list_to_the_newest(make_app: Make, source: Any, post: Make, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[[brands]]\nname = "Acme"\nquery = "acme"\n')
    posts = [post(number, f"Acme post number {number} of the day") for number in range(5)]
    app = make_app([source("blogs", [Page(posts=posts, cursor="1")])])
    asyncio.run(app.poll_once(["blogs"]))
    rows = _printed(tmp_path, "mentions", "--limit", "2")
    assert len(rows) == 2
