"""A customer whose ticket was settled is asked once, by mail, and answers on a page of ours."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from msgspec.structs import replace
from typer.testing import CliRunner

from alerts.channels.email import EmailSettings
from alerts.desks.contract import DeskStatus, DeskTicket
from alerts.survey import satisfaction
from listener.app import App
from listener.cli.tree import app as command
from listener.config import ConfigError, load
from listener.configuration.survey import SurveySettings
from listener.configuration.tables import RuleSettings, WebSettings
from listener.demo.mail_sink import MailSink
from listener.store import desk_tickets, outbox, surveys
from listener.store.customers import replace_customers
from listener.store.erasing_customers import erase_customer
from listener.store.notes import forget_contacts
from listener.store.surveys import Survey
from listener.store.tables import DELIVERY, TICKET
from listener.store.timeline import timeline
from listener.web.application import application
from listener.web.ingest import Ingest
from listener.web.survey_pages import Asked, SurveyPages
from rules.directory import Customer, Identity
from sources.contract import Page
from sources.post import Author

SECRET = "5f0c1e9a7b3d482c6e8f9a0b1c2d3e4f"
ANN = Author(handle="annlee", email="ann@lee.example")
OPENS = RuleSettings(name="own", when="sentiment.score <= -0.4", severity="high", notify=(), ticket="builtin")


class Asking:
    """A listener with a survey and a mail server, and one customer."""

    def __init__(self, app: App, source: Any, clock: Any, mails: MailSink) -> None:
        self.app, self.source, self.clock, self.sink = app, source, clock, mails
        assert app.surveys is not None
        self.surveys = app.surveys
        (pages,) = app.surveys.rooms()
        assert isinstance(pages, SurveyPages)
        self.pages = pages

    def ticket(self, number: int, author: Author = ANN, text: str = "Acme is terrible, my kettle broke again") -> None:
        """Hears a post that opens a ticket, and settles that."""
        self.clock.forward(minutes=1)
        made = self.post(number, text, author=author)
        self.source.pages = [Page(posts=[made], cursor=str(self.clock()))]
        asyncio.run(self.app.poll_once(["blogs"]))
        self.settle()

    def settle(self, status: str = "solved") -> None:
        with self.app.store.write() as tx:
            tx.execute(TICKET.update().values(status=status, solved_at=self.clock()))

    def tell(self, **later: float) -> None:
        self.clock.forward(**later)
        asyncio.run(self.surveys.look())
        self.app.queue_deliveries()
        asyncio.run(self.app.engine.run_until_idle(4))

    @property
    def mails(self) -> list[Any]:
        return list(self.sink.mails)

    def all(self) -> list[Survey]:
        with self.app.store.read() as tx:
            return surveys.list_surveys(tx)

    def link(self, number: int = 1, **more: Any) -> Asked:
        (survey,) = [one for one in self.all() if one.number == number]
        url = self.surveys.links.for_survey(number, survey.expires_at)
        return Asked(number=number, token=parse_qs(urlsplit(url).query)["link"][0], **more)

    post: Any = None


@pytest.fixture
def asking(
    make_app: Callable[..., App], source: Any, clock: Any, post: Any, store: Any
) -> Iterator[Callable[..., Asking]]:
    with MailSink(clock) as sink:

        def make(**settings: Any) -> Asking:
            blogs = source("blogs", [])
            mail = EmailSettings.model_validate(
                {
                    "name": "mail",
                    "host": "127.0.0.1",
                    "port": sink.port,
                    "tls": "none",
                    "from": "Acme <care@acme.example>",
                }
                | {"to": ["team@acme.example"]}
            )
            ann = (Identity("email", "ann@lee.example"), Identity("feed", "annlee"))
            customers = [
                Customer(id="c1", name="Ann", identities=ann),
                Customer(id="c2", name="Bob", identities=(Identity("feed", "bob"),)),
            ]
            with store.write() as tx:
                replace_customers(tx, customers, "a.csv", clock())
            survey = SurveySettings.model_validate({"channel": "mail", **settings})
            web = WebSettings.model_validate({"secret": SECRET, "public_url": "https://listen.acme.example"})
            base = make_app([blogs], [], rules=[OPENS]).config
            config = replace(base, channels=(mail,), survey=survey, web=web)
            app = App(config, store, clock=clock, jitter=Random(1), workers=0)
            app.start()
            made = Asking(app, blogs, clock, sink)
            made.post = post
            return made

        yield make


def test_a_customer_is_asked_by_mail_after_the_ticket_and_the_answer_stands_in_their_timeline(asking: Any) -> None:
    made = asking()
    made.ticket(1)
    made.tell(minutes=30)
    assert made.mails == []
    made.tell(minutes=31)
    (mail,) = made.mails
    read = mail.read()
    assert (read["To"], read["From"]) == ("ann@lee.example", "Acme <care@acme.example>")
    assert "https://listen.acme.example/surveys/1?link=" in mail.part("text/plain")
    assert "kettle" not in mail.part("text/plain") + mail.part("text/html")
    page = made.pages.look(made.link(score="4"))
    assert page.status == 200
    assert 'value="4" required checked' in page.html and "<script" not in page.html
    assert [one.state for one in made.all()] == ["sent"]  # looking does nothing
    body = b"do=answer&score=5&comment=%3Cb%3Egood%3C%2Fb%3E+help"
    kept = made.pages.take(made.link(), body)
    assert kept.status == 200 and "&lt;b&gt;good" in kept.html and "<b>good" not in kept.html
    made.clock.forward(days=1)
    assert made.pages.take(made.link(), b"do=answer&score=4&comment=ok").status == 200
    with made.app.store.read() as tx:
        answers = [one for one in timeline(tx, ["c1"], 9) if one.what == "survey"]
    assert [(one.outcome, one.text, one.rating) for one in answers] == [("csat 4", "ok", 0.75)]
    made.tell(days=2)
    assert len(made.mails) == 1


def test_nobody_is_asked_twice_in_thirty_days_whatever_else_they_wrote(asking: Any) -> None:
    made = asking()
    made.ticket(1)
    made.tell(hours=2)
    made.ticket(2, text="Acme is horrible, awful and a broken thing, I want my money back")
    with made.app.store.write() as tx:
        tx.execute(TICKET.insert(), [{**_row(tx), "number": 77, "key": "other", "solved_at": made.clock()}])
    made.tell(hours=2)
    assert len(made.mails) == 1
    assert [one.why for one in made.all() if one.state == "not asked"] == ["they were asked not long ago"]
    made.clock.forward(days=31)
    with made.app.store.write() as tx:
        tx.execute(TICKET.insert(), [{**_row(tx), "number": 78, "key": "later", "solved_at": made.clock()}])
    made.tell(hours=2)
    assert len(made.mails) == 2


def _row(tx: Any) -> dict[str, Any]:
    return dict(tx.execute(TICKET.select().limit(1)).mappings().one())


def test_strangers_those_without_an_address_and_those_who_are_erased_are_never_asked(asking: Any) -> None:
    made = asking()
    made.ticket(1, Author(handle="stranger"))
    made.ticket(2, Author(handle="bob"), "Acme is horrible, awful and a broken thing, I want my money back")
    made.ticket(3, text="Acme sold me a bad, terrible and sad lamp that never worked")
    made.tell(minutes=1)
    assert [(one.customer, one.why) for one in made.all() if one.why] == [("c2", "the customer has no e-mail address")]
    with made.app.store.write() as tx:
        erase_customer(tx, "c1", made.clock())
        assert not [one for one in outbox.list_deliveries(tx, None, 9) if one.kind == "survey"]
    made.tell(hours=2)
    assert made.mails == [] and [one.customer for one in made.all()] == ["c2"]


def test_a_ticket_that_is_opened_again_before_its_time_asks_nobody(asking: Any) -> None:
    made = asking()
    made.ticket(1)
    made.tell(minutes=1)
    made.settle("open")
    made.tell(hours=2)
    assert made.mails == []
    assert [(one.state, one.why) for one in made.all()] == [("not asked", "the ticket was opened again, or is gone")]


def test_who_does_not_want_to_be_asked_is_not_asked_again(asking: Any) -> None:
    made = asking(not_again_within="14d")
    made.ticket(1)
    made.tell(hours=2)
    page = made.pages.look(made.link(refusing=True))
    assert 'value="never"' in page.html
    assert made.pages.take(made.link(), b"do=never").status == 200
    made.clock.forward(days=40)
    with made.app.store.write() as tx:
        tx.execute(TICKET.insert(), [{**_row(tx), "number": 78, "key": "later", "solved_at": made.clock()}])
    made.tell(hours=2)
    assert len(made.mails) == 1
    assert "they do not want to be asked" in [one.why for one in made.all()]


def test_links_hold_for_one_survey_until_it_ends_and_forms_say_what_is_meant(asking: Any) -> None:
    made = asking(kind="nps")
    made.ticket(1)
    made.tell(hours=2)
    good = made.link()
    for wrong in (
        Asked(number=2, token=good.token),
        Asked(number=1, token=good.token.replace(".", ".A", 1)),
        Asked(number=0, token=""),
    ):
        assert made.pages.look(wrong).status == 403
        assert made.pages.take(wrong, b"do=answer&score=1").status == 403
    for body in (b"", b"score=11&do=answer", b"score=-1&do=answer", b"score=5", b"\xff\xfe", b"do=answer&score=5555"):
        assert made.pages.take(good, body).status == 400
    assert [one.state for one in made.all()] == ["sent"]
    assert made.pages.take(good, b"do=answer&score=0").status == 200
    made.clock.forward(days=15)
    assert made.pages.take(good, b"do=answer&score=10").status == 403
    assert [(one.state, one.score) for one in made.all()] == [("answered", 0)]


def test_a_question_that_may_have_gone_out_is_not_sent_again_and_one_that_cannot_be_is_told(asking: Any) -> None:
    made = asking()
    made.ticket(1)
    made.tell(hours=2)
    with made.app.store.write() as tx:
        lost = {"state": "claimed", "lease_until": made.clock() + timedelta(minutes=5), "receipt_json": ""}
        tx.execute(DELIVERY.update().where(DELIVERY.c.kind == "survey").values(lost))
    made.app.start()
    made.tell(minutes=1)
    assert len(made.mails) == 1
    made.tell(days=15)
    assert [one.state for one in made.all()] == ["expired"]


def test_an_address_that_no_mail_can_have_counts_as_not_asked(asking: Any) -> None:
    made = asking()
    with made.app.store.write() as tx:
        odd = (Identity("email", "ann@lee_.example"), Identity("feed", "annlee"))
        replace_customers(tx, [Customer(id="c1", name="Ann", identities=odd)], "a.csv", made.clock())
    made.ticket(1, Author(handle="annlee"))
    made.tell(hours=2)
    (survey,) = made.all()
    assert (survey.state, survey.why) == ("not asked", "no mail can be sent to the customer's address")


def test_a_mail_server_that_is_away_is_tried_again(asking: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    made = asking()
    made.ticket(1)
    right = made.surveys._mail
    monkeypatch.setattr(made.surveys, "_mail", right.model_copy(update={"port": 9}))
    made.tell(hours=2)
    assert [one.state for one in made.all()] == ["waiting"]
    monkeypatch.setattr(made.surveys, "_mail", right)
    made.tell(minutes=30)
    assert [one.state for one in made.all()] == ["sent"]
    assert len(made.mails) == 1


def test_surveys_are_purged_with_what_else_is_known_of_customers(asking: Any) -> None:
    made = asking()
    made.ticket(1)
    made.tell(hours=2)
    with made.app.store.write() as tx:
        forget_contacts(tx, made.clock() + timedelta(days=1))
    assert made.all() == []


def test_a_bengali_customer_is_asked_in_their_language_as_far_as_there_are_words(asking: Any) -> None:
    made = asking()
    made.ticket(1)
    with made.app.store.write() as tx:
        tx.execute(TICKET.update().values(lang="bn"))
    made.tell(hours=2)
    assert '<html lang="bn"' in made.pages.look(made.link()).html


def test_figures_are_those_of_the_field() -> None:
    assert satisfaction("csat", [5, 4, 3, 1]) == 50.0
    assert satisfaction("nps", [10, 9, 8, 7, 6, 0]) == 0.0
    assert satisfaction("nps", [10, 10, 7]) == pytest.approx(66.67, abs=0.01)
    assert satisfaction("csat", []) is None


def test_commands_list_count_and_tell_beforehand(asking: Any, tmp_path: Path) -> None:
    made = asking()
    made.ticket(1)
    path = tmp_path / "config.toml"
    path.write_text(
        '[[brands]]\nname = "Acme"\nquery = "acme"\n'
        '[[channels]]\nkind = "email"\nname = "mail"\nhost = "127.0.0.1"\ntls = "none"\n'
        'from = "a@acme.example"\nto = ["b@acme.example"]\n'
        f'[web]\nsecret = "{SECRET}"\npublic_url = "https://listen.acme.example"\n[survey]\nchannel = "mail"\n'
    )

    def run(*words: str) -> str:
        done = CliRunner().invoke(command, ["surveys", *words, "--config", str(path)])
        assert done.exit_code == 0, done.output
        return done.stdout

    made.clock.forward(hours=2)
    asyncio.run(made.surveys.look())
    assert "c1" in run("list")
    made.tell(minutes=1)
    made.pages.take(made.link(), b"do=answer&score=5")
    (row,) = json.loads(run("list", "--json"))
    assert (row["state"], row["score"], row["customer"]) == ("answered", 5, "c1")
    assert re.search(r"csat +1 +1 +100 % satisfied", run("figures", "--weeks", "520"))
    assert "No settled ticket" in run("send", "--dry-run") and "0 questions" in run("send")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (('channel = "mail"', 'channel = "post"'), "survey.channel is 'post'"),
        (
            ('kind = "email"', 'kind = "slack"\nwebhook_url = "https://h.example/x"#'),
            "the name of an e-mail channel",
        ),
        (("[web]", "[operator]#"), "needs a table [web]"),
        (('public_url = "https://listen.acme.example"', ""), "needs `public_url`"),
        (('"14d"', '"60d"'), "at least as long as expires"),
    ],
)
def test_a_survey_that_cannot_be_sent_or_answered_is_a_mistake(
    tmp_path: Path, change: tuple[str, str], told: str
) -> None:
    path = tmp_path / "config.toml"
    whole = (
        '[[brands]]\nname = "Acme"\nquery = "acme"\n'
        '[[channels]]\nname = "mail"\nkind = "email"\nhost = "127.0.0.1"\ntls = "none"\n'
        'from = "a@acme.example"\nto = ["b@acme.example"]\n'
        '[web]\npublic_url = "https://listen.acme.example"\nsecret = "' + SECRET + '"\n'
        '[survey]\nchannel = "mail"\nexpires = "14d"\n'
    )
    path.write_text(whole)
    assert load(path).survey is not None
    path.write_text(whole.replace(*change, 1))
    with pytest.raises(ConfigError) as failed:
        load(path)
    assert told in str(failed.value)


def test_a_ticket_that_was_closed_at_a_desk_outside_asks_too(asking: Any) -> None:
    made = asking()
    made.ticket(1)
    made.settle("open")
    ticket = DeskTicket(id="7", shown="SUP-7", url="", status=DeskStatus("closed", "Done"))
    with made.app.store.write() as tx:
        desk_tickets.begin(tx, 1, "jira", generation=0, up_to=1, now=made.clock())
        desk_tickets.put_opened(tx, 1, "jira", ticket, up_to=1, now=made.clock())
    made.tell(hours=2)
    made.tell(minutes=1)
    assert [(one.ticket, one.customer, one.state) for one in made.all()] == [("jira:1", "c1", "sent")]
    assert len(made.mails) == 1


def test_the_page_is_served_without_script_and_takes_its_form(asking: Any) -> None:
    made = asking()
    made.ticket(1)
    made.tell(hours=2)
    url = made.surveys.links.for_survey(1, made.all()[0].expires_at)
    path = url.removeprefix("https://listen.acme.example")

    async def over_http() -> None:
        ingest = Ingest(store=made.app.store, engine=made.app.engine, sources={}, clock=made.clock)
        serves = httpx.ASGITransport(app=application(made.app.store, ingest, None, made.surveys.rooms()))
        async with httpx.AsyncClient(transport=serves, base_url="http://here") as client:
            page = await client.get(path)
            assert page.status_code == 200 and page.headers["content-type"].startswith("text/html")
            policy = page.headers["content-security-policy"]
            assert "default-src 'none'" in policy and "form-action 'self'" in policy and "script" not in policy
            assert page.headers["cache-control"] == "no-store"
            assert made.all()[0].state == "sent"
            form = {"do": "answer", "score": "3", "comment": "আবার"}
            assert (await client.post(path, data=form)).status_code == 200
            assert (await client.get("/surveys/1?link=1.x")).status_code == 403
            assert (await client.get("/surveys/nine")).status_code == 403
            assert (await client.put(path)).status_code == 405
            assert (await client.post(path, content=b"x" * 2_000_000)).status_code == 413

    asyncio.run(over_http())
    assert (made.all()[0].score, made.all()[0].comment) == (3, "আবার")
