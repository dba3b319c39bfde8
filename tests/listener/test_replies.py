"""A person answers from a ticket: seen beforehand, sent once through the outbox, written down where people look."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from alerts.contract import DeliveryFailed, Receipt
from alerts.replies.contract import Length, Reply, Replying
from alerts.replies.settings import ReplySettings
from listener import app as application
from listener.app import App
from listener.cli import ticket_replies
from listener.cli.tree import app as command
from listener.configuration.tables import RuleSettings
from listener.customers import read_directory
from listener.replies import CannotAnswer, Draft, draft, queue_reply
from listener.store import Store, handling, outbox
from listener.store.purge import erase_author
from listener.store.sent_replies import replies_to
from listener.store.ticket_events import history
from listener.store.tickets import get_ticket
from listener.store.timeline import timeline
from sources.contract import Page
from sources.post import Author, Post

Make = Callable[..., Any]
ANGRY = RuleSettings(name="angry", when="sentiment.score <= -0.4", severity="high", notify=("desk",), ticket="builtin")
CONFIG = """
[[brands]]
name = "Acme"
query = "acme"
[[customers]]
path = "customers.csv"
[[replies]]
kind = "mastodon"
name = "us"
base_url = "https://mastodon.example"
token = "t0ken"
[answers]
folder = "answers"
"""


class FakeAccount:
    """An account at the contract: keeps what it answers; an error told beforehand is raised all the same."""

    kind = "mastodon"

    def __init__(self, name: str = "us", fates: Sequence[Exception | None] = ()) -> None:
        self.name = name
        self.fates = list(fates)
        self.told: list[Reply] = []
        self.tries: list[Reply] = []

    def refuses(self, post: Post) -> str:
        return "" if post.source == "feed" else "answers feeds only"

    def written(self, post: Post, text: str) -> str:
        return f"@{post.author.handle} {text}"

    def length(self, post: Post, text: str) -> Length:
        return Length(len(text), 100, "characters")

    def under(self, post: Post) -> str:
        return f"under {post.url}"

    async def reply(self, reply: Reply) -> Receipt:
        self.tries.append(reply)
        fate = self.fates.pop(0) if self.fates else None
        if not any(one.key == reply.key for one in self.told):
            self.told.append(reply)
        if fate is not None:
            raise fate
        return Receipt(id=f"id-{len(self.told)}", detail="https://mastodon.example/@us/1")

    async def close(self) -> None:
        pass


class FakeAccountSettings(ReplySettings):
    kind: str = "mastodon"
    fake: Any = None

    def open(self) -> Replying:
        account: Replying = self.fake
        return account


@pytest.fixture
def account() -> FakeAccount:
    return FakeAccount()


@pytest.fixture
def app(make_app: Make, source: Any, channel: Any, post: Make, clock: Any, tmp_path: Path, account: FakeAccount) -> App:
    """An app with one ticket, of a known customer's post."""
    (tmp_path / "customers.csv").write_text("id,name,tier,handles\nc1,Ann,gold,feed:ann\n")
    (tmp_path / "answers").mkdir()
    (tmp_path / "config.toml").write_text(CONFIG)
    written = post(1, "Acme is terrible, my kettle broke, I want a refund", author=Author(handle="ann"))
    made: App = make_app(
        [source("blogs", [Page(posts=[written], cursor="1")])],
        [channel("desk")],
        rules=[ANGRY],
        replies=[FakeAccountSettings(name="us", fake=account)],
    )
    with made.store.write() as tx:
        from listener.config import load

        read_directory(tx, load(tmp_path / "config.toml", "optional", {}), clock())
    made.setup.renew()
    asyncio.run(made.poll_once(["blogs"]))
    return made


def _queue(app: App, text: str = "Sorry!", by: str = "sam") -> tuple[bool, Draft]:
    with app.store.write() as tx:
        ticket = get_ticket(tx, 1)
        assert ticket is not None
        written = draft(app.replies.accounts, ticket, text)
        return queue_reply(tx, ticket, written, by, app.clock()), written


def _deliver(app: App) -> None:
    asyncio.run(app.poll_once([]))


def _states(app: App) -> list[str]:
    with app.store.read() as tx:
        return [one.state for one in replies_to(tx, [1])]


def test_an_answer_is_sent_once_and_written_down(app: App, account: FakeAccount) -> None:
    queued, written = _queue(app)
    assert queued and written.text == "@ann Sorry!" and written.length == Length(11, 100, "characters")
    assert account.tries == []  # nothing goes out by itself
    assert not _queue(app)[0]
    app.clock.forward(minutes=2)  # type: ignore[attr-defined]
    _deliver(app)
    _deliver(app)
    (told,) = account.told
    assert (told.text, told.again, told.post.url) == ("@ann Sorry!", False, "https://example.org/posts/1")
    assert told.written_at == app.clock() - timedelta(minutes=2)
    assert _states(app) == ["sent"]
    with app.store.read() as tx:
        ticket = get_ticket(tx, 1)
        assert ticket is not None and ticket.line.first_answered_at == app.clock()
        (answered,) = [one for one in history(tx, 1) if one.what == "answered"]
        (out,) = [one for one in timeline(tx, ["c1"], 9) if one.direction == "out"]
        alert = handling.states(tx, ticket.alerts)[ticket.alerts[0]]
    assert (answered.by, answered.via, answered.text) == ("sam", "mastodon", "@ann Sorry!")
    assert answered.detail == "https://mastodon.example/@us/1"
    assert (out.channel, out.by, out.text) == ("mastodon", "sam", "@ann Sorry!")
    assert (alert.state, alert.by) == ("acknowledged", "sam")


def test_where_nobody_knows_whether_it_arrived_the_account_is_told_so(app: App, account: FakeAccount) -> None:
    account.fates = [
        DeliveryFailed("hung up", ambiguous=True),
        DeliveryFailed("patience", retry_after=timedelta(hours=1)),
    ]
    _queue(app)
    _deliver(app)
    assert _states(app) == ["due"]
    app.clock.forward(minutes=10)  # type: ignore[attr-defined]
    _deliver(app)
    app.clock.forward(minutes=30)  # type: ignore[attr-defined]
    _deliver(app)
    assert len(account.tries) == 2  # an hour was asked for
    app.clock.forward(minutes=40)  # type: ignore[attr-defined]
    _deliver(app)
    assert [one.again for one in account.tries] == [False, True, True] and len(account.told) == 1
    assert _states(app) == ["sent"]
    with app.store.read() as tx:
        assert len([one for one in history(tx, 1) if one.what == "answered"]) == 1


def test_what_was_written_down_is_not_sent_again_when_the_program_ends_before_the_outbox_knows(
    app: App, account: FakeAccount
) -> None:
    _queue(app)
    with app.store.write() as tx:
        (due,) = outbox.due(tx, app.clock(), 9, ["us"])
        assert outbox.claim(tx, due.id, app.clock(), timedelta(minutes=5)) == 1
    asyncio.run(app.replies.senders["us"].send(due))
    with app.store.write() as tx:
        outbox.release_claims(tx, app.clock())  # as a new start does
    _deliver(app)
    assert len(account.tries) == 1 and _states(app) == ["sent"]
    with app.store.read() as tx:
        assert len([one for one in history(tx, 1) if one.what == "answered"]) == 1


def test_what_the_service_refuses_is_given_up_and_tried_again_when_a_person_says_so(
    app: App, account: FakeAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application, "wall_clock", app.clock)
    account.fates = [DeliveryFailed("the post is gone", permanent=True)]
    account.told = []
    _queue(app)
    _deliver(app)
    assert _states(app) == ["dead"]
    with app.store.read() as tx:
        ticket = get_ticket(tx, 1)
        assert ticket is not None and ticket.line.first_answered_at is None
    run = CliRunner().invoke
    at = ["--config", str(tmp_path / "config.toml")]
    (row,) = json.loads(run(command, ["channels", "--json", *at]).stdout)
    assert (row["name"], row["kind"], row["dead"]) == ("us", "mastodon", 1)
    assert "1 message will be told again" in run(command, ["channels", "retry", "us", *at]).output
    _deliver(app)
    assert _states(app) == ["sent"]


def test_nothing_is_sent_to_an_author_who_was_erased(app: App, account: FakeAccount) -> None:
    _queue(app)
    with app.store.write() as tx:
        assert erase_author(tx, "feed", "ann", app.clock()).deliveries >= 1
    _deliver(app)
    assert account.tries == [] and _states(app) == []


def test_what_cannot_be_answered_says_why(app: App, account: FakeAccount, store: Store) -> None:
    with store.read() as tx:
        ticket = get_ticket(tx, 1)
    assert ticket is not None
    with pytest.raises(CannotAnswer, match="no account is configured"):
        draft([], ticket, "x")
    with pytest.raises(CannotAnswer, match="no account is named 'them'"):
        draft([account], ticket, "x", "them")
    with pytest.raises(CannotAnswer, match="has nothing to answer"):
        draft([account], ticket, "x", mention=99)
    account.refuses = lambda post: "answers nobody"  # type: ignore[method-assign]
    with pytest.raises(CannotAnswer, match="us answers nobody"):
        draft([account], ticket, "x")


def _run(
    app: App, account: FakeAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *words: str, typed: str = ""
) -> Result:
    monkeypatch.setattr(application, "wall_clock", app.clock)
    monkeypatch.setattr(ticket_replies, "open_accounts", lambda config: [account])
    return CliRunner().invoke(command, [*words, "--config", str(tmp_path / "config.toml")], input=typed)


def test_the_command_shows_first_and_sends_when_it_is_told_to(
    app: App, account: FakeAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*words: str, typed: str = "") -> Result:
        return _run(app, account, tmp_path, monkeypatch, "tickets", "reply", "1", *words, typed=typed)

    shown = run("--text", "Sorry!")
    assert shown.exit_code == 0 and "@ann Sorry!" in shown.output and "11 of 100 characters" in shown.output
    assert "under https://example.org/posts/1" in shown.output and "Nothing is sent yet" in shown.output
    assert "Nothing is sent." in run("--text", "Sorry!", "--send", typed="n\n").output
    assert _states(app) == []
    assert "on its way" in run("--text", "Sorry!", "--send", "--by", "sam", typed="y\n").output
    again = run("--text", "Sorry!", "--send", "--yes")
    assert again.exit_code == 1 and "in these very words before" in again.output
    long = run("--text", "x" * 200, "--send", "--yes")
    assert long.exit_code == 1 and "too long: 'us' takes 100 characters, this has 205" in long.output
    (tmp_path / "words.txt").write_text("From a file", "utf-8")
    (row,) = json.loads(run("--file", str(tmp_path / "words.txt"), "--json").stdout)
    assert (row["text"], row["queued"]) == ("@ann From a file", False)
    assert "@ann typed" in run("--file", "-", typed="typed").output
    for wrong in ((), ("--text", "a", "--answer", "b"), ("--text", " "), ("--text", "a", "--short")):
        assert run(*wrong).exit_code == 2
    (tmp_path / "odd.txt").write_bytes(b"\xff\xfe\x00")
    assert "not written in UTF-8" in run("--file", str(tmp_path / "odd.txt")).output
    assert run("--file", str(tmp_path / "none.txt")).exit_code == 2
    assert _run(app, account, tmp_path, monkeypatch, "tickets", "reply", "9", "--text", "x").exit_code == 1
    assert _states(app) == ["due"]
    _deliver(app)
    shown = _run(app, account, tmp_path, monkeypatch, "tickets", "show", "1")
    assert "answered https://mastodon.example/@us/1 by sam (mastodon): @ann Sorry!" in shown.output


def test_prepared_answers_are_offered_and_sent_by_a_person_only(
    app: App, account: FakeAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*words: str) -> Result:
        return _run(app, account, tmp_path, monkeypatch, "tickets", *words)

    assert "None of 0 prepared answers fits" in run("suggest", "1").output
    (tmp_path / "answers" / "billing").mkdir()
    refund = "---\ntitle: Refunds\nlink: https://acme.example/refund\n---\nSend us the order.\n"
    (tmp_path / "answers" / "billing" / "refund.md").write_text(refund)
    (tmp_path / "answers" / "wrong.md").write_text("---\n")
    (tmp_path / "answers" / ".hidden.md").write_text(refund)
    (tmp_path / "outside.md").write_text(refund)
    (tmp_path / "answers" / "linked.md").symlink_to(tmp_path / "outside.md")
    said = run("suggest", "1")
    assert "billing/refund: Refunds" in said.output and "because of 'refund'" in said.output
    assert "wrong.md: its front matter does not end" in said.output and "linked" not in said.output
    (row,) = json.loads(run("suggest", "1", "--json").stdout)
    assert row["name"] == "billing/refund" and row["because"] == ["refund"]
    assert "Suggested answer billing/refund: Refunds https://acme.example/refund" in run("show", "1").output
    assert (
        "@ann Send us the order.\n\nhttps://acme.example/refund"
        in run("reply", "1", "--answer", "billing/refund").output
    )
    assert "@ann Refunds: https://acme" in run("reply", "1", "--answer", "billing/refund", "--short").output
    unknown = run("reply", "1", "--answer", "nope")
    assert unknown.exit_code == 2 and "billing/refund" in unknown.output
    checked = _run(app, account, tmp_path, monkeypatch, "check")
    assert "answers.folder: wrong.md: its front matter does not end" in checked.output
    assert _states(app) == [] and account.tries == []


@pytest.mark.parametrize(
    ("written", "says"),
    [
        (
            '[[replies]]\nkind = "mastodon"\nname = "us"\nbase_url = "https://m.example"\n',
            "replies[1].token is missing",
        ),
        (
            '[[replies]]\nkind = "fax"\nname = "x"\n',
            "replies[1].kind is 'fax', must be one of: bluesky, email, mastodon, x",
        ),
        ('[[replies]]\nkind = "email"\nname = "US"\nhost = "h"\nfrom = "a@b.example"\n', "is the name of replies[0]"),
        (
            '[[channels]]\nkind = "slack"\nname = "Us"\nwebhook_url = "https://hooks.example.org/x"\n',
            "replies[0].name is the name of channels[0] too",
        ),
    ],
)
def test_a_mistake_in_an_account_is_told_by_its_place(tmp_path: Path, written: str, says: str) -> None:
    (tmp_path / "customers.csv").write_text("id,name\n1,Ann\n")
    (tmp_path / "answers").mkdir()
    (tmp_path / "config.toml").write_text(CONFIG + written)
    result = CliRunner().invoke(command, ["check", "--config", str(tmp_path / "config.toml")])
    assert says in str(result.exception)


def test_a_folder_of_answers_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "customers.csv").write_text("id,name\n1,Ann\n")
    (tmp_path / "config.toml").write_text(CONFIG)
    result = CliRunner().invoke(command, ["check", "--config", str(tmp_path / "config.toml")])
    assert "answers.folder names a folder that is not there" in str(result.exception)


def test_a_help_desk_too_is_listed_and_enabled_among_what_is_told(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        '[[brands]]\nname = "Acme"\nquery = "acme"\n'
        '[[desks]]\nkind = "zammad"\nname = "help"\nbase_url = "https://zammad.example"\ntoken = "t"\n'
        'group = "Users"\ncustomer = "a@b.example"\n'
    )
    at = ["--config", str(tmp_path / "config.toml")]
    rows = json.loads(CliRunner().invoke(command, ["channels", "--json", *at]).stdout)
    assert [row["name"] for row in rows] == ["help"]
    assert "'help' is not disabled" in CliRunner().invoke(command, ["channels", "enable", "help", *at]).output
