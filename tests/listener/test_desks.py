"""An alert has one ticket at each desk that a rule names, whatever breaks on the way, and mirrors its status."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

sys.path += [str(Path(__file__).parent.parent / "alerts")]

from desk_services import SERVICES, TOKEN, DeskService, GithubDesk, JiraDesk, ZendeskDesk, told_of

from alerts.desks.registry import settings_class
from listener.app import App
from listener.cli.tree import app as command
from listener.config import ConfigError, load
from listener.configuration.tables import RuleSettings
from listener.explanation import explain_alert
from listener.store import channel_states, desk_tickets, handling, outbox, outbox_counts
from listener.store.customers import replace_customers
from listener.store.erasing_customers import erase_customer
from listener.store.purge import erase_author
from listener.store.tables import ALERT_MENTION, DELIVERY
from rules.directory import Customer, Identity
from sources.contract import Page
from sources.post import Author

SHARED = "Acme is terrible, the kettle I bought last week broke again and nobody at the shop answers my calls"
RULE = RuleSettings(name="desk", when="sentiment.score <= -0.4", severity="high", notify=("support",), ticket="desk")


class Listening:
    """A listener at work on one source and one desk."""

    def __init__(self, app: App, source: Any, clock: Any) -> None:
        self.app, self.source, self.clock = app, source, clock

    def hear(self, *posts: Any) -> None:
        """Reads the posts and tells what is due."""
        self.clock.forward(minutes=1)
        self.source.pages = [Page(posts=list(posts), cursor=str(self.clock()))]
        asyncio.run(self.app.poll_once(["blogs"]))

    def tell(self, **later: float) -> None:
        """Tells what is due by then."""
        self.clock.forward(**later)
        while self.app.queue_deliveries():
            asyncio.run(self.app.engine.run_until_idle(4))

    def look(self, **later: float) -> None:
        """Asks for statuses by then."""
        self.clock.forward(**later)
        asyncio.run(self.app.desk_round.look_at_due())

    def deliveries(self) -> list[outbox.Delivery]:
        with self.app.store.read() as tx:
            return [one for one in outbox.list_deliveries(tx, None, 50) if one.kind == "desk"][::-1]

    def tickets(self) -> list[desk_tickets.KeptTicket]:
        with self.app.store.read() as tx:
            return desk_tickets.list_tickets(tx)

    def killed_on_the_way(self, number: int = -1) -> None:
        """Puts a delivery back as a process leaves it that is killed before it could write down what came of it."""
        lost = {"state": "claimed", "lease_until": self.clock() + timedelta(minutes=5), "receipt_json": ""}
        with self.app.store.write() as tx:
            tx.execute(DELIVERY.update().where(DELIVERY.c.id == self.deliveries()[number].id).values(lost))
        self.app.start()


@pytest.fixture
def listening(make_app: Callable[..., App], source: Any, channel: Any, clock: Any) -> Callable[..., Listening]:
    def make(service: DeskService, rule: RuleSettings = RULE, **more: Any) -> Listening:
        kind = next(name for name, one in SERVICES.items() if isinstance(service, one))
        desk = settings_class(kind).model_validate(told_of(service, kind, **more))
        blogs = source("blogs", [])
        app = make_app([blogs], [channel("support")], desks=[desk], rules=[rule])
        asyncio.run(app.poll_once(["blogs"]))
        return Listening(app, blogs, clock)

    return make


@pytest.fixture(params=sorted(SERVICES))
def service(request: pytest.FixtureRequest) -> Iterator[DeskService]:
    with SERVICES[request.param]() as running:
        yield running


@pytest.fixture
def zendesk() -> Iterator[ZendeskDesk]:
    with ZendeskDesk() as running:
        yield running


def test_an_alert_opens_one_ticket_and_its_story_is_added_to_it(
    service: DeskService, listening: Callable[..., Listening], post: Any
) -> None:
    made = listening(service)
    made.hear(post(1, SHARED))
    assert len(service.tickets) == 1
    text = service.all_text()
    assert "kettle" in text and "https://example.org/posts/1" in text and "desk: " in text
    (ticket,) = made.tickets()
    assert (ticket.state, ticket.alert_id, bool(ticket.id)) == ("open", 1, True)
    made.hear(post(2, SHARED), post(3, SHARED))
    made.hear(post(4, SHARED))
    assert service.notes == []  # they wait for what else is heard
    made.tell(minutes=15)
    (note,) = service.notes
    assert "3 more posts" in str(note) and "https://example.org/posts/4" in str(note)
    made.tell(hours=2)
    assert (len(service.tickets), len(service.notes)) == (1, 1)
    assert [one.state for one in made.deliveries()] == ["sent", "sent"]


def test_a_second_alert_has_a_ticket_of_its_own(zendesk: Any, listening: Callable[..., Listening], post: Any) -> None:
    made = listening(zendesk)
    made.hear(post(1), post(2, "Acme is horrible, awful and a broken thing, I want my money back today"))
    assert len(zendesk.tickets) == 2
    assert len({one["external_id"] for one in zendesk.tickets}) == 2


def test_a_rule_that_names_the_built_in_desk_opens_nothing_outside(
    zendesk: Any, listening: Callable[..., Listening], post: Any
) -> None:
    rule = RuleSettings(name="own", when="sentiment.score <= -0.4", severity="high", ticket="builtin")
    made = listening(zendesk, rule)
    made.hear(post(1))
    assert (zendesk.tickets, made.deliveries()) == ([], [])


def test_a_ticket_that_may_have_gone_through_is_looked_for_before_it_is_opened_again(
    service: DeskService, listening: Callable[..., Listening], post: Any
) -> None:
    made = listening(service)
    service.loses = 1
    made.hear(post(1, SHARED))
    assert [(one.state, one.maybe_sent) for one in made.deliveries()] == [("due", True)]
    made.tell(minutes=20)
    assert [one.state for one in made.deliveries()] == ["sent"]
    assert len(service.tickets) == 1
    (ticket,) = made.tickets()
    assert ticket.state == "open"
    made.hear(post(2, SHARED))
    service.loses = 1
    made.tell(minutes=15)
    made.tell(minutes=20)
    assert (len(service.tickets), len(service.notes)) == (1, 1)
    assert [one.state for one in made.deliveries()] == ["sent", "sent"]


def test_a_ticket_on_whose_way_the_program_was_killed_is_not_opened_twice(
    service: DeskService, listening: Callable[..., Listening], post: Any
) -> None:
    made = listening(service)
    made.hear(post(1, SHARED))
    made.hear(post(2, SHARED))
    made.tell(minutes=15)
    made.killed_on_the_way(0)
    made.tell(minutes=2)
    made.killed_on_the_way(1)
    made.tell(minutes=2)
    assert (len(service.tickets), len(service.notes)) == (1, 1)
    assert [one.state for one in made.deliveries()] == ["sent", "sent"]


@pytest.mark.parametrize("kind", [JiraDesk, GithubDesk])
def test_a_search_that_is_behind_is_given_time_before_it_is_believed(
    kind: type[DeskService], listening: Callable[..., Listening], post: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with kind() as service:
        made = listening(service)
        real = desk_tickets.put_opened
        monkeypatch.setattr(desk_tickets, "put_opened", _killed)
        with pytest.raises(KeyboardInterrupt):
            asyncio.run(made.app.desks.senders["desk"].send(_queued(made, post)))
        monkeypatch.setattr(desk_tickets, "put_opened", real)
        made.app.start()
        service.blind = True
        before = len(service.asked)
        made.tell(seconds=1)
        assert len(service.asked) == before  # the index is not even asked yet
        service.blind = False
        made.tell(minutes=3)
        assert len(service.tickets) == 1
        assert [one.state for one in made.tickets()] == ["open"]


def test_what_is_heard_before_a_lost_ticket_can_be_found_opens_no_second_one(
    listening: Callable[..., Listening], post: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    worse = RuleSettings(name="fire", when='text.contains("shop")', severity="critical", notify=(), ticket="desk")
    with JiraDesk() as service:
        made = listening(service, append_every=timedelta(0))
        real = desk_tickets.put_opened
        monkeypatch.setattr(desk_tickets, "put_opened", _killed)
        with pytest.raises(KeyboardInterrupt):
            asyncio.run(made.app.desks.senders["desk"].send(_queued(made, post)))
        monkeypatch.setattr(desk_tickets, "put_opened", real)
        service.blind = True
        made.app.start()
        with made.app.store.write() as tx:  # a delivery of its own, which goes first
            told = {"alert": 1}
            outbox.put_delivery(
                tx, key="more", channel="desk", kind="desk", payload=told, now=made.clock(), severity=worse.severity
            )
        made.tell(seconds=1)
        assert len(service.tickets) == 1
        service.blind = False
        made.tell(minutes=3)
        made.tell(minutes=3)
        assert len(service.tickets) == 1
        assert [one.state for one in made.deliveries()] == ["sent", "sent"]


def test_a_ticket_that_was_refused_for_certain_is_opened_without_a_wait(
    listening: Callable[..., Listening], post: Any
) -> None:
    with JiraDesk() as service:
        made = listening(service)
        service.fail(429, times=1, retry_after=5, path="/rest/api/3/issue")
        made.hear(post(1, SHARED))
        assert service.tickets == []
        made.tell(seconds=20)
        assert len(service.tickets) == 1


def test_what_is_heard_while_an_addition_is_under_way_is_added_after_it(
    service: DeskService, listening: Callable[..., Listening], post: Any
) -> None:
    made = listening(service)
    made.hear(post(1, SHARED))
    made.hear(post(2, SHARED))
    service.loses = 1
    made.tell(minutes=15)
    made.hear(post(3, SHARED))
    made.tell(minutes=20)
    made.tell(minutes=20)
    notes = [json.dumps(one) for one in service.notes]
    assert [("posts/2" in one, "posts/3" in one) for one in notes] == [(True, False), (False, True)]
    assert {one.state for one in made.deliveries()} == {"sent"}


def test_what_is_heard_while_a_ticket_is_looked_for_stands_in_it(
    zendesk: Any, listening: Callable[..., Listening], post: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = listening(zendesk)
    due, desk = _queued(made, post, post(1, SHARED), post(2, SHARED)), made.app.desks.opened["desk"]
    second = ALERT_MENTION.c.mention_id == 2
    with made.app.store.write() as tx:
        row = tx.execute(ALERT_MENTION.select().where(second)).one()._asdict()
        tx.execute(ALERT_MENTION.delete().where(second))
    real = desk.find

    async def slow(*asked: Any) -> Any:
        with made.app.store.write() as tx:
            tx.execute(ALERT_MENTION.insert(), row)
        return await real(*asked)

    monkeypatch.setattr(desk, "find", slow)
    asyncio.run(made.app.desks.senders["desk"].send(due))
    with made.app.store.read() as tx:
        (ticket,) = made.tickets()
        assert ticket.told_up_to == desk_tickets.newest_mention(tx, 1) == 2


def _killed(*_: Any, **__: Any) -> None:
    raise KeyboardInterrupt


def _queued(made: Listening, post: Any, *posts: Any) -> outbox.Delivery:
    """A delivery that is claimed and not sent yet."""
    made.app.telling._outlets = {}  # type: ignore[assignment] # nothing is told while the post is read
    made.hear(*posts or [post(1, SHARED)])
    made.app.telling._outlets = made.app.desks.senders
    with made.app.store.write() as tx:
        (due,) = [one for one in outbox.list_deliveries(tx, "due", 9) if one.kind == "desk"]
        assert outbox.claim(tx, due.id, made.clock(), timedelta(minutes=5)) == 1
    return due


def test_a_new_database_finds_the_tickets_of_the_old_one(
    zendesk: Any, listening: Callable[..., Listening], post: Any
) -> None:
    made = listening(zendesk)
    made.hear(post(1, SHARED))
    with made.app.store.write() as tx:
        tx.execute(DELIVERY.delete())
        tx.execute(desk_tickets.DESK_TICKET.delete())
    made.hear(post(2, SHARED))
    made.tell(minutes=15)
    assert len(zendesk.tickets) == 1
    assert len(zendesk.notes) == 1 and "2 more posts" in str(zendesk.notes)


def test_of_several_tickets_with_one_marker_the_oldest_goes_on_and_the_others_are_told(
    zendesk: Any, listening: Callable[..., Listening], post: Any, caplog: pytest.LogCaptureFixture
) -> None:
    made = listening(zendesk)
    zendesk.loses = 1
    made.hear(post(1, SHARED))
    zendesk.tickets.append({**zendesk.tickets[0], "id": 99})
    made.tell(minutes=20)
    (ticket,) = made.tickets()
    assert ticket.id == "40"
    assert "several tickets for one alert" in caplog.text
    (sent,) = made.deliveries()
    assert sent.receipt is not None and "1 more with its marker" in sent.receipt.detail


def test_a_ticket_that_was_deleted_is_opened_anew_when_more_is_heard(
    service: DeskService, listening: Callable[..., Listening], post: Any
) -> None:
    made = listening(service)
    made.hear(post(1, SHARED))
    service.forget(0)
    made.hear(post(2, SHARED))
    made.tell(minutes=15)
    assert len(service.tickets) == 1
    assert "https://example.org/posts/1" in service.all_text() or "1 more" in service.all_text()
    (ticket,) = made.tickets()
    assert (ticket.state, ticket.generation) == ("open", 1)
    assert [one.state for one in made.deliveries()] == ["sent", "sent"]


def test_a_ticket_of_zendesk_that_is_closed_for_ever_is_followed_by_another(
    zendesk: Any, listening: Callable[..., Listening], post: Any
) -> None:
    made = listening(zendesk)
    made.hear(post(1, SHARED))
    zendesk.tickets[0]["status"] = "closed"
    made.hear(post(2, SHARED))
    made.tell(minutes=15)
    assert len(zendesk.tickets) == 2
    assert len({one["external_id"] for one in zendesk.tickets}) == 2


def test_a_desk_that_is_away_holds_only_itself_up(zendesk: Any, listening: Callable[..., Listening], post: Any) -> None:
    made = listening(zendesk)
    zendesk.fail(503, times=2)
    made.hear(post(1, SHARED))
    (support,) = made.app.channels.values()
    assert len(support.told) == 1  # type: ignore[attr-defined]
    assert [one.state for one in made.deliveries()] == ["due"]
    made.tell(minutes=30)
    made.tell(minutes=30)
    assert len(zendesk.tickets) == 1


def test_the_status_is_mirrored_shown_and_resolves_the_alert_where_that_is_wanted(
    service: DeskService, listening: Callable[..., Listening], post: Any
) -> None:
    made = listening(service, close_alerts=True)
    made.hear(post(1, SHARED))
    service.close_ticket(0)
    made.look(minutes=4)
    assert [one.state for one in made.tickets()] == ["open"]  # it is not asked yet
    made.look(minutes=2)
    (ticket,) = made.tickets()
    assert (ticket.state, ticket.closed_at) == ("closed", made.clock())
    with made.app.store.read() as tx:
        stands = handling.states(tx, [1])[1]
        assert (stands.state, stands.via) == ("resolved", "desk")
        assert [one.payload["delivery"] for one in outbox.list_deliveries(tx, "due", 9) if one.kind == outbox.EDIT]
        words = explain_alert(tx, made.app.config, 1)
    assert words is not None and f"{ticket.shown} at desk" in words and ticket.said in words


def test_the_status_is_asked_by_a_clock_that_goes_on_while_it_is_read(
    zendesk: Any, listening: Callable[..., Listening], post: Any, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = listening(zendesk)
    made.hear(post(1, SHARED))
    zendesk.close_ticket(0)

    def goes_on() -> Any:
        clock.now += timedelta(microseconds=1)
        return clock.now

    monkeypatch.setattr(made.app.desk_round, "_clock", goes_on)
    made.look(minutes=6)
    assert [one.state for one in made.tickets()] == ["closed"]


def test_without_close_alerts_the_alert_stays_as_it_is_and_a_reopened_ticket_opens_it_with(
    zendesk: Any, listening: Callable[..., Listening], post: Any
) -> None:
    made = listening(zendesk)
    made.hear(post(1, SHARED))
    zendesk.close_ticket(0)
    made.look(minutes=6)
    with made.app.store.read() as tx:
        assert handling.states(tx, [1])[1].state == "open"
    made = listening(zendesk, close_alerts=True)
    zendesk.tickets[0]["status"] = "open"
    made.look(minutes=6)
    zendesk.close_ticket(0)
    made.look(minutes=6)
    zendesk.tickets[0]["status"] = "open"
    made.look(minutes=6)
    with made.app.store.read() as tx:
        assert [one.what for one in handling.trail(tx, 1)][-2:] == ["resolved", "reopened"]


def test_a_desk_that_does_not_tell_is_left_alone_for_a_while_and_told_of_once(
    zendesk: Any, listening: Callable[..., Listening], post: Any, caplog: pytest.LogCaptureFixture
) -> None:
    made = listening(zendesk)
    made.hear(post(1, SHARED))
    zendesk.fail(429, times=2, retry_after=600, path="/api/v2/tickets/show_many.json")
    made.look(minutes=6)
    asked = len(zendesk.asked)
    made.look(minutes=1)
    assert len(zendesk.asked) == asked
    made.look(minutes=11)
    made.look(minutes=60)
    assert caplog.text.count("does not tell the status") == 1
    assert [one.looked_at for one in made.tickets()] == [made.clock()]


def test_a_hundred_tickets_are_asked_for_in_one_question(
    zendesk: Any, listening: Callable[..., Listening], post: Any
) -> None:
    made = listening(zendesk)
    words = ["kettle", "toaster", "lamp", "oven", "fridge"]
    made.hear(
        *(post(number, f"Acme {word} is terrible, awful, broken; {word} {word}") for number, word in enumerate(words))
    )
    tickets = len(made.tickets())
    assert tickets >= 2
    before = len(zendesk.asked)
    made.look(minutes=6)
    assert len(zendesk.asked) == before + 1
    assert {one.looked_at for one in made.tickets()} == {made.clock()}


def test_a_customer_is_named_as_requester_only_where_that_is_asked_for(
    zendesk: Any, listening: Callable[..., Listening], post: Any, clock: Any, store: Any
) -> None:
    ann = Customer(id="c1", name="Ann", identities=(Identity("email", "ann@lee.example"), Identity("feed", "annlee")))
    with store.write() as tx:
        replace_customers(tx, [ann], "a.csv", clock())
    author = Author(handle="annlee", email="ann@lee.example")
    listening(zendesk).hear(post(1, author=author))
    assert "requester" not in zendesk.tickets[0]
    listening(zendesk, requester=True).hear(post(2, "Acme is horrible, awful and a broken thing", author=author))
    assert zendesk.tickets[1]["requester"]["email"] == "ann@lee.example"


def test_where_terms_let_only_the_link_go_elsewhere_the_ticket_holds_no_word_of_the_post(
    zendesk: Any, listening: Callable[..., Listening], post: Any
) -> None:
    made = listening(zendesk)
    url = "https://www.youtube.com/watch?v=1"
    made.hear(post(1, SHARED, source="youtube", instance="", url=url))
    made.hear(post(2, SHARED, source="youtube", instance="", url=url + "2"))
    made.tell(minutes=15)
    text = zendesk.all_text()
    assert url in text and "kettle" not in text and "user1" not in text and len(zendesk.notes) == 1


def test_what_is_erased_before_it_was_told_is_never_told_and_no_ticket_is_remembered(
    zendesk: Any, listening: Callable[..., Listening], post: Any, clock: Any
) -> None:
    made = listening(zendesk)
    made.hear(post(1, SHARED))
    zendesk.fail(503, times=1, retry_after=60)
    made.hear(post(2, "Acme is horrible, awful and a broken thing, never again", author=Author(handle="bob")))
    with made.app.store.write() as tx:
        erase_author(tx, "feed", "bob", clock())
        erase_author(tx, "feed", "user1", clock())
        erase_customer(tx, "nobody", clock())
    assert made.tickets() == []
    made.tell(hours=1)
    assert len(zendesk.tickets) == 1


def test_a_desk_has_a_name_of_its_own_and_rules_name_desks_that_are_there(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    whole = (
        '[[brands]]\nname = "Acme"\nquery = "acme"\n'
        '[[channels]]\nkind = "slack"\nname = "Help"\nwebhook_url = "https://hooks.example.org/decoy"\n'
        '[[desks]]\nkind = "github"\nname = "issues"\nrepository = "acme/support"\ntoken = "decoy"\n'
        '[[rules]]\nname = "a"\nwhen = "true"\nseverity = "low"\nticket = "issues"\n'
    )
    path.write_text(whole)
    assert [one.name for one in load(path).desks] == ["issues"]
    for before, after, told in (
        ('name = "issues"', 'name = "help"', "desks[0].name is 'help', which is the name of a channel too"),
        ('name = "issues"', 'name = "builtin"', "desks[0].name is 'builtin'"),
        (
            'ticket = "issues"',
            'ticket = "issue"',
            "issues (did you mean 'issues'?)",
        ),
        ('kind = "github"', 'kind = "gitlab"', "desks[0].kind is 'gitlab'"),
        ('"acme/support"', '"acme"', "desks[0].repository"),
        ('token = "decoy"', 'token = "${NOT_SET}"', "desks[0].token needs the environment variable NOT_SET"),
    ):
        path.write_text(whole.replace(before, after, 1))
        with pytest.raises(ConfigError) as failed:
            load(path)
        assert told in str(failed.value)
    assert load(path, secrets="optional").desks[0].name == "issues"


def test_the_desks_and_their_tickets_are_listed_as_documented_and_asked_on_request(
    zendesk: Any, listening: Callable[..., Listening], post: Any, tmp_path: Path
) -> None:
    made = listening(zendesk)
    made.hear(post(1, SHARED))
    path = tmp_path / "config.toml"
    path.write_text(
        '[[brands]]\nname = "Acme"\nquery = "acme"\n'
        f'[[desks]]\nkind = "zendesk"\nname = "desk"\nbase_url = "{zendesk.url}"\nallow_private = true\n'
        f'email = "agent@example.org"\ntoken = "{TOKEN}"\n'
    )
    run = CliRunner().invoke
    page = (
        (Path(__file__).parents[2] / "docs/json.md").read_text("utf-8").split("## desk, desk ticket")[1].split("## ")[0]
    )
    desk, ticket = (set(re.findall(r"`(\w+)`", part)) for part in page.split("`desk`:")[1].split("`desk ticket`:"))
    (row,) = json.loads(run(command, ["desks", "--json", "--config", str(path)]).stdout)
    assert (set(row), row["open"], row["waiting"]) == (desk, 1, 0)
    (row,) = json.loads(run(command, ["desks", "tickets", "--json", "--config", str(path)]).stdout)
    assert (set(row), row["shown"], row["said"]) == (ticket, "#40", "new")
    assert "#40" in run(command, ["desks", "tickets", "--config", str(path)]).stdout
    zendesk.close_ticket(0)
    looked = run(command, ["desks", "look", "--config", str(path)])
    assert (looked.exit_code, looked.stdout) == (0, "1 ticket changed.\n")
    assert "No open ticket" in run(command, ["desks", "tickets", "--config", str(path)]).stdout
    tested = run(command, ["desks", "test", "desk", "--config", str(path)])
    assert (tested.exit_code, len(zendesk.tickets)) == (0, 1) and "answers" in tested.stdout
    zendesk.fail(401, times=1)
    refused = run(command, ["desks", "test", "desk", "--config", str(path)])
    assert refused.exit_code == 1 and "credentials" in refused.stderr
    assert run(command, ["desks", "test", "nope", "--config", str(path)]).exit_code == 2
    zendesk.fail(500, times=1)
    failed = run(command, ["desks", "look", "--desk", "desk", "--config", str(path)])
    assert failed.exit_code == 1 and "desk: Zendesk (desk)" in failed.stderr
    assert run(command, ["desks", "look", "--desk", "nope", "--config", str(path)]).exit_code == 2


def test_a_desk_whose_credentials_were_withdrawn_is_disabled_and_gets_what_waited_when_it_is_enabled(
    zendesk: Any, listening: Callable[..., Listening], post: Any, tmp_path: Path
) -> None:
    made = listening(zendesk, token="withdrawn")
    made.hear(post(1, SHARED))
    made.tell(hours=2)
    with made.app.store.read() as tx:
        assert outbox_counts.stats(tx).of("desk")["pending"] == 1
    assert zendesk.tickets == [] and len(zendesk.asked) == 1  # it is not asked again and again
    path = tmp_path / "config.toml"
    path.write_text(
        '[[brands]]\nname = "Acme"\nquery = "acme"\n'
        f'[[desks]]\nkind = "zendesk"\nname = "desk"\nbase_url = "{zendesk.url}"\n'
        'email = "agent@example.org"\ntoken = "x"\n'
    )
    with made.app.store.write() as tx:
        assert channel_states.enable_channel(tx, "desk", made.clock())
    mended = listening(zendesk)
    mended.tell(minutes=1)
    assert len(zendesk.tickets) == 1
    shown = CliRunner().invoke(command, ["alerts", "show", "1", "--config", str(path)])
    assert "#40 at desk: new" in shown.stdout
