"""From what customers wrote and said to alerts that know of it, and to pages and healths that people read."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from typer.testing import CliRunner, Result

import listener.interaction_round
from listener.cli.tree import app as command
from listener.configuration.tables import RuleSettings
from listener.explanation import explain_alert
from listener.interactions import Interactions
from listener.store import Store
from listener.store.alerts import list_alerts
from listener.store.customer_health import history
from listener.store.customers import replace_customers
from listener.store.interactions import Owned, put_interactions
from listener.store.notes import add_tags
from rules.directory import Customer, Identity
from rules.interaction import Interaction
from rules.interaction_reading import Felt
from sources.contract import Page
from sources.post import Author

Make = Callable[..., Any]

ANN = Customer(
    id="c1", name="Ann Lee", tier="gold", owner="ben", company="Lee Ltd", identities=(Identity("feed", "ann"),)
)
EVE = Customer(id="c2", name="Eve\x1b[2J", company="Lee Ltd", identities=(Identity("feed", "eve"),))


def _rule(when: str, **more: Any) -> RuleSettings:
    return RuleSettings(name="rule", when=when, severity="high", notify=("support",), **more)


def _know(store: Store, now: Any, *customers: Customer) -> None:
    with store.write() as tx:
        replace_customers(tx, customers or (ANN, EVE), "a.csv", now)


def _called(store: Store, at: Any, number: str, *, complaint: bool = True, **fields: Any) -> None:
    told: dict[str, Any] = {"channel": "phone", "kind": "call", "direction": "in", "by": "Ben", "text": "It broke!"}
    one = Interaction(at=at, customer="c1", external_id=number, **{**told, **fields})
    with store.write() as tx:
        put_interactions(tx, [Owned(one, "c1", Felt("negative", True) if complaint else Felt())], at)


def test_an_alert_counts_the_complaint_of_a_minute_ago_whichever_channel_it_came_by(
    make_app: Make, source: Any, channel: Any, post: Make, store: Store, clock: Any
) -> None:
    _know(store, clock())
    blogs = source("blogs", [Page(posts=[post(1, author=Author(handle="ann"))], cursor="1")])
    support = channel("support")
    app = make_app([blogs], [support], rules=[_rule("customer.recent_complaints >= 3")])
    asyncio.run(app.poll_once(["blogs"]))
    assert support.told == []
    _called(store, clock(), "1", outcome="promised a refund")
    clock.forward(minutes=1)
    blogs.pages = [
        Page(posts=[post(2, "Acme still has not answered me, awful", author=Author(handle="ann"))], cursor="2"),
    ]
    asyncio.run(app.poll_once(["blogs"]))
    (told,) = support.told
    assert "Customer: third complaint within 7 days" in told.text
    assert "looked after by ben" in told.text
    assert "phone call from them with Ben: “It broke!” (promised a refund)" in told.text
    assert "customer recent complaints: 3" in told.text
    assert told.text.count("Before: ") == 2
    with store.read() as tx:
        explained = explain_alert(tx, app.config, 1)
    assert explained is not None
    assert "The customer\n  3 complaints within 7 days; health " in explained
    assert explained.count("\n  before: ") == 2
    with store.read() as tx:
        (alert,) = list_alerts(tx)
    assert alert.standing is not None and alert.standing.recent_complaints == 3
    assert [one.what for one in alert.last_contacts] == ["interaction", "mention"]


def test_three_complaints_of_one_batch_are_three_whatever_their_order(
    make_app: Make, source: Any, channel: Any, post: Make, store: Store, clock: Any
) -> None:
    _know(store, clock())
    words = ["Acme is terrible", "Acme broke my kettle, I am furious", "Never again, acme, the worst"]
    posts = [post(number, text, author=Author(handle="ann")) for number, text in enumerate(words)]
    app = make_app(
        [source("blogs", [Page(posts=posts[::-1], cursor="1")])],
        [channel("support")],
        rules=[_rule("customer.recent_complaints == 3")],
    )
    asyncio.run(app.poll_once(["blogs"]))
    with store.read() as tx:
        assert len(list_alerts(tx)) == 3


def test_rules_ask_for_tags_and_speak_of_no_stranger(
    make_app: Make, source: Any, channel: Any, post: Make, store: Store, clock: Any
) -> None:
    _know(store, clock())
    with store.write() as tx:
        add_tags(tx, "c1", ["vip"], "ann", clock())
    posts = [post(number, author=Author(handle=handle)) for number, handle in enumerate(("ann", "eve", "nobody"))]
    support = channel("support")
    app = make_app(
        [source("blogs", [Page(posts=posts, cursor="1")])],
        [support],
        rules=[_rule('"vip" in customer.tags || customer.health < 40.0 || customer.health_trend < -5.0')],
    )
    asyncio.run(app.poll_once(["blogs"]))
    (told,) = support.told
    assert "Ann Lee" in told.title
    assert "tagged vip" in told.text


def test_health_is_counted_once_an_hour_and_a_fall_is_told_once(
    make_app: Make, source: Any, channel: Any, store: Store, clock: Any
) -> None:
    _know(store, clock())
    support = channel("support")
    blogs = source("blogs", [])
    app = make_app([blogs], [support], rules=[], health=("support",))
    for day in range(3):
        _called(store, clock() - timedelta(minutes=1), f"good {day}", complaint=False, text="Thanks")
        asyncio.run(app.poll_once(["blogs"]))
        asyncio.run(app.poll_once(["blogs"]))
        clock.forward(days=1)
    assert support.told == []
    for number in range(6):
        _called(store, clock() - timedelta(minutes=number + 1), f"bad {number}", text=f"It broke again, {number}")
    for _ in range(4):
        asyncio.run(app.poll_once(["blogs"]))
        clock.forward(hours=2)
    (told,) = support.told
    assert told.title.startswith("Health of Ann Lee (gold) fell to ")
    assert "looked after by ben" in told.text
    assert "negative mentions" in told.text
    assert "phone call from them with Ben: “It broke again, 0”" in told.text
    assert told.kind == "alert"
    with store.read() as tx:
        days = history(tx, "c1", 9)
    assert len(days) == 4
    assert days[-1].health.trend is not None and days[-1].health.trend < -10
    assert days[-1].told_score is not None


def test_a_fall_of_a_customer_who_is_gone_meanwhile_is_told_to_nobody(
    make_app: Make, channel: Any, store: Store, clock: Any
) -> None:
    _know(store, clock())
    app = make_app([], [channel("support")], rules=[], health=("support",))
    _called(store, clock(), "1", complaint=False)
    app.upkeep.customer_health.count()
    clock.forward(days=1)
    for number in range(6):
        _called(store, clock(), f"bad {number}", text=f"It broke again, {number}")
    app.upkeep.customer_health.count()
    _know(store, clock(), EVE)
    assert app.queue_deliveries()
    asyncio.run(app.engine.run_until_idle(4))
    (support,) = app.channels.values()
    assert support.told == []
    assert not app.queue_deliveries()


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Result]:
    (tmp_path / "config.toml").write_text('[[brands]]\nname = "Acme"\nquery = "acme"\n')

    def call(*arguments: str) -> Result:
        return CliRunner().invoke(command, [*arguments, "--config", str(tmp_path / "config.toml")])

    return call


CALLS = """customer,identity,at,channel,kind,direction,by,text,outcome,external_id
c1,,2026-11-20T09:00:00Z,phone,call,in,,"This is terrible, it broke again and nobody answers",,1
c1,,2026-11-20T11:00:00Z,phone,call,out,Ben,,promised a new one,2
,feed:ann,2026-11-21T09:00:00Z,web,survey,,,,nps 2,3
c9,,2026-11-21T09:00:00Z,phone,call,in,,,,4
c1,,yesterday,phone,call,in,,,,5
c1,,2026-11-21T10:00:00Z,phone,call,in,,"never closed,,6
c2,,2026-11-21T11:00:00Z,shop,order,in,,Two kettles,,7
"""


def test_a_file_is_told_first_then_brought_in_and_twice_is_once(
    run: Callable[..., Result], store: Store, clock: Any, tmp_path: Path
) -> None:
    _know(store, clock())
    file = tmp_path / "calls.csv"
    file.write_text(CALLS)
    dry = run("interactions", "import", str(file))
    assert dry.exit_code == 1
    assert "4 would be added, 0 changed, 0 are known; 3 of 7 rows cannot be used." in dry.output
    for told in (
        "calls.csv line 5: customer 'c9' is not in the directory",
        "calls.csv line 6: at is 'yesterday', must be an RFC 3339 time",
        "calls.csv line 7: opens a quote that is never closed",
        "Nothing was changed: add --yes",
    ):
        assert told in dry.output
    assert (
        "4 added, 0 changed, 0 as before, 3 rows not used." in run("interactions", "import", str(file), "--yes").output
    )
    again = run("interactions", "import", str(file), "--yes")
    assert (again.exit_code, "0 added, 0 changed, 4 as before, 3 rows not used." in again.output) == (1, True)
    page = run("customers", "show", "c1")
    assert page.exit_code == 0, page.output
    assert "[answered after 2h by Ben]" in page.output
    assert "answered after 2 h at the median, by Ben" in page.output
    assert "(promised a new one)" in page.output


def test_lines_of_json_are_interactions_too(
    run: Callable[..., Result], store: Store, clock: Any, tmp_path: Path
) -> None:
    _know(store, clock())
    file = tmp_path / "chats.jsonl"
    rows: list[Any] = [
        {"customer": "c1", "at": 1_763_629_800, "channel": "chat", "direction": "in", "text": "Hi"},
        [],
        {},
    ]
    file.write_text("\n".join([json.dumps(row) for row in rows] + ["{"]))
    brought = run("interactions", "import", str(file), "--yes")
    assert "1 added, 0 changed, 0 as before, 3 rows not used." in brought.output
    assert "chats.jsonl line 2: is no object" in brought.output


def test_an_import_that_was_killed_goes_on_where_it_was(
    run: Callable[..., Result], store: Store, clock: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _know(store, clock())
    file = tmp_path / "chats.jsonl"
    rows = [{"customer": "c1", "at": 1_763_629_800 + number, "channel": "chat", "text": "Hi"} for number in range(10)]
    file.write_text("\n".join(json.dumps(row) for row in rows))
    monkeypatch.setattr(listener.interaction_round, "BATCH", 4)
    put, calls = Interactions.put, []

    def killed(self: Interactions, tx: Any, owned: Any, now: Any) -> Any:
        brought = put(self, tx, owned, now)
        calls.append(len(owned))
        if len(calls) == 2:
            raise KeyboardInterrupt
        return brought

    monkeypatch.setattr(Interactions, "put", killed)
    assert run("interactions", "import", str(file), "--yes").exit_code != 0
    done = run("interactions", "import", str(file), "--yes")
    assert "6 added, 0 changed, 4 as before, 0 rows not used." in done.output


DIES = """
import os, signal, sys
from contextlib import contextmanager
from pathlib import Path
import listener.interaction_round as rounds
from listener.app import wall_clock
from listener.store import Store
moment, at, write, writes = sys.argv[1], int(sys.argv[2]), Store.write, 0
@contextmanager
def dying(store):
    global writes
    writes += 1
    with write(store) as tx:
        yield tx
        if moment == "before" and writes == at:
            os.kill(os.getpid(), signal.SIGKILL)
    if moment == "after" and writes == at:
        os.kill(os.getpid(), signal.SIGKILL)
Store.write, rounds.BATCH = dying, 4
rounds.bring_in(Store.open(sys.argv[3]), Path(sys.argv[4]), wall_clock(), dry=False)
"""


@pytest.mark.parametrize(("moment", "kept"), [("before", 4), ("after", 8)])
def test_what_was_committed_before_a_kill_is_kept_and_is_not_brought_in_again(
    run: Callable[..., Result], store: Store, clock: Any, tmp_path: Path, moment: str, kept: int
) -> None:
    _know(store, clock())
    file = tmp_path / "chats.jsonl"
    rows = [{"customer": "c1", "at": 1_763_629_800 + number, "channel": "chat", "text": "Hi"} for number in range(10)]
    file.write_text("\n".join(json.dumps(row) for row in rows))
    database = f"sqlite:///{tmp_path / 'listener.db'}"
    dead = subprocess.run([sys.executable, "-c", DIES, moment, "2", database, str(file)], check=False, timeout=60)
    assert dead.returncode == -signal.SIGKILL
    done = run("interactions", "import", str(file), "--yes")
    assert f"{10 - kept} added, 0 changed, {kept} as before, 0 rows not used." in done.output


def test_people_write_notes_and_tags_and_a_page_can_harm_no_terminal(
    run: Callable[..., Result], store: Store, clock: Any
) -> None:
    _know(store, clock())
    _called(store, clock(), "1", text="\x1b[31mred\x07", by="Eve\x9b2J", outcome="a\x1bb")
    assert run("customers", "note", "c1", "Asked\x1b[2J for a discount", "--by", "dan").output == "Note 1 is kept.\n"
    assert run("customers", "tag", "c1", "VIP", "at risk", "--by", "dan").output == "c1 is tagged at risk, vip.\n"
    for page in (run("customers", "show", "c1"), run("customers", "company", "lee ltd")):
        assert page.exit_code == 0, page.output
        assert not any(character in page.output for character in "\x1b\x07\x9b")
        assert "note 1 by dan: Asked" in page.output
    assert "tags: at risk (dan, " in run("customers", "show", "c1").output
    assert run("customers", "tag", "c1", "vip", "at risk", "--remove").output == "c1 has no tag.\n"
    assert run("customers", "note", "c1", "1", "--remove").output == "Note 1 is removed.\n"
    assert run("customers", "note", "c1", "1", "--remove").exit_code == 1
    assert run("customers", "note", "c1", "one", "--remove").exit_code == 2
    assert run("customers", "tag", "c1", "x" * 51).exit_code == 2
    for wrong in (("show", "c9"), ("note", "c9", "x"), ("tag", "c9", "x"), ("company", "Nobody"), ("health", "c9")):
        assert run("customers", *wrong).exit_code == 1


def test_health_is_shown_as_gauges_and_one_with_all_its_parts(
    run: Callable[..., Result], make_app: Make, store: Store, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "No health has been counted yet" in run("customers", "health").output
    _know(
        store, clock(), replace(ANN, name="Ann Lee of Ashbrook Mill", tier="platinum", owner="hannah@mill.example"), EVE
    )
    _called(store, clock(), "1")
    app = make_app([], [], rules=[])
    assert app.upkeep.customer_health.look() == 1
    assert app.upkeep.customer_health.look() == 0
    monkeypatch.setenv("COLUMNS", "80")
    listed = run("customers", "health")
    (told,) = json.loads(run("customers", "health", "--json").output)
    shown = next(line for line in listed.output.splitlines() if line.startswith("c1 "))
    assert f"{told['score']:.0f} " in shown, "a narrow terminal costs no figure"
    assert "Ann Lee" in listed.output and "█" in listed.output and "negative" in listed.output
    one = run("customers", "health", "c1")
    assert "Not known, so the others count for more: answer, survey, renewal, silence" in one.output
    (told,) = json.loads(run("customers", "health", "c1", "--json").output)
    assert told["customer"] == "c1"
    assert told["score"] == pytest.approx(100 - sum(part["lost"] for part in told["parts"]))
