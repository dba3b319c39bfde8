"""What a customer of a CRM wrote stands on their contact there, once, whatever breaks on the way."""

from __future__ import annotations

import asyncio
import re
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

sys.path += [str(Path(__file__).parent)]

from notes_services import HubspotWithNotes, SalesforceWithNotes, ZendeskWithNotes

from listener.app import App
from listener.config import ConfigError, load
from listener.configuration.tables import RuleSettings
from listener.directories import notes_door
from listener.directories.registry import settings_class
from listener.store import outbox
from listener.store.customers import remove_customer
from listener.store.erasing_customers import erase_customer
from listener.store.tables import DELIVERY
from sources.contract import Page
from sources.post import Author

SERVICES: dict[str, Any] = {
    "hubspot": HubspotWithNotes, "salesforce": SalesforceWithNotes, "zendesk": ZendeskWithNotes,
}  # fmt: skip
OPENED_BY = {
    "hubspot": {"token": "decoy-token"},
    "salesforce": {"client_id": "app", "client_secret": "decoy-secret"},
    "zendesk": {"email": "agent@example.org", "token": "decoy-token"},
}
DESK = RuleSettings(name="desk", when="sentiment.score <= -0.4", severity="high", notify=("support",), ticket="builtin")
ANN = Author(handle="annlee", email="ann@lee.example")


@pytest.fixture(params=sorted(SERVICES))
def crm(request: pytest.FixtureRequest, clock: Any) -> Iterator[Any]:
    with SERVICES[request.param]() as running:
        add_ann(running, clock)
        yield running


@pytest.fixture
def hubspot(clock: Any) -> Iterator[Any]:
    with HubspotWithNotes() as running:
        add_ann(running, clock)
        yield running


def add_ann(crm: Any, clock: Any) -> None:
    names = {"email": "ann@lee.example", "Email": "ann@lee.example", "name": "Ann Lee", "Name": "Ann Lee"}
    crm.put("1001", clock().timestamp() - 86_400, **names)


class Listening:
    """A listener at work on one CRM and one source, whose directory has been read."""

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
        self.app.queue_deliveries()
        asyncio.run(self.app.engine.run_until_idle(4))

    def notes(self) -> list[outbox.Delivery]:
        with self.app.store.read() as tx:
            return [one for one in outbox.list_deliveries(tx, None, 50) if one.kind == "note"]


@pytest.fixture
def listening(make_app: Callable[..., App], source: Any, channel: Any, clock: Any) -> Callable[..., Listening]:
    def make(crm: Any, write_back: str = "alerts", rule: RuleSettings | None = None) -> Listening:
        blogs = source("blogs", [])
        told = {"kind": crm.kind, "base_url": crm.url, "allow_private": True, **OPENED_BY[crm.kind]}
        directory = settings_class(crm.kind).model_validate({**told, "write_back": write_back})
        rules = {} if rule is None else {"rules": [rule]}
        app = make_app([blogs], [channel("support")], directories=[directory], **rules)
        asyncio.run(app.poll_once(["blogs"]))
        return Listening(app, blogs, clock)

    return make


def test_a_mention_that_alerted_becomes_one_note_with_its_link_and_the_reason(
    crm: Any, listening: Callable[..., Listening], post: Any
) -> None:
    made = listening(crm)
    made.hear(post(1, author=ANN))
    assert len(crm.written) == 1
    assert "https://example.org/posts/1" in crm.text()
    assert "my kettle broke again" in crm.text()
    assert "angry: " in crm.text()
    (note,) = made.notes()
    assert (note.state, note.key) == ("sent", f"note:{crm.kind}:1001:1")
    made.hear(post(1, author=ANN))
    made.tell(hours=1)
    assert len(crm.written) == 1
    assert crm.looked == 0  # nothing was doubtful


def test_nothing_is_written_unless_it_is_asked_for(crm: Any, listening: Callable[..., Listening], post: Any) -> None:
    made = listening(crm, "off")
    made.hear(post(1, author=ANN))
    assert (crm.written, made.notes()) == ([], [])


def test_a_stranger_gets_no_note_and_neither_does_a_mention_that_alerts_nobody(
    hubspot: Any, listening: Callable[..., Listening], post: Any
) -> None:
    made = listening(hubspot)
    made.hear(post(1), post(2, "Acme is wonderful, I love it", author=ANN))
    assert (hubspot.written, made.notes()) == ([], [])


def test_with_tickets_a_note_is_written_only_where_a_ticket_is_opened(
    hubspot: Any, listening: Callable[..., Listening], post: Any
) -> None:
    made = listening(hubspot, "tickets")
    made.hear(post(1, author=ANN))
    assert hubspot.written == []
    made = listening(hubspot, "tickets", DESK)
    made.hear(post(2, "Acme is horrible, awful and broken", author=ANN))
    assert len(hubspot.written) == 1
    assert "Ticket #1" in hubspot.text()


def test_a_note_that_may_have_gone_through_is_looked_for_before_it_is_repeated(
    crm: Any, listening: Callable[..., Listening], post: Any
) -> None:
    made = listening(crm)
    crm.loses = 1
    made.hear(post(1, author=ANN))
    (note,) = made.notes()
    assert (note.state, note.maybe_sent) == ("due", True)
    made.tell(seconds=59)
    assert crm.looked == 0  # it is given time to be found
    made.tell(seconds=3)
    (note,) = made.notes()
    assert note.state == "sent"
    assert note.receipt is not None and note.receipt.detail == "it was there already"
    assert (len(crm.written), crm.looked) == (1, 1)


def test_a_note_on_whose_way_the_program_was_killed_is_looked_for(
    crm: Any, listening: Callable[..., Listening], post: Any, clock: Any
) -> None:
    made = listening(crm)
    made.hear(post(1, author=ANN))
    (note,) = made.notes()
    as_claimed = {"state": "claimed", "lease_until": clock() + timedelta(minutes=5), "receipt_json": ""}
    with made.app.store.write() as tx:
        tx.execute(DELIVERY.update().where(DELIVERY.c.id == note.id).values(as_claimed))
    made.app.start()
    made.tell(seconds=1)
    assert [one.state for one in made.notes()] == ["sent"]
    assert (len(crm.written), crm.looked) == (1, 1)


def test_a_doubtful_note_that_is_not_there_is_written(crm: Any, listening: Callable[..., Listening], post: Any) -> None:
    made = listening(crm)
    crm.loses = 1
    made.hear(post(1, author=ANN))
    crm.written.clear()
    made.tell(minutes=20)
    assert [note.state for note in made.notes()] == ["sent"]
    assert len(crm.written) == 1


def test_patience_is_given_as_long_as_the_service_asks_for_it(
    crm: Any, listening: Callable[..., Listening], post: Any
) -> None:
    made = listening(crm)
    crm.fail(429, times=1, retry_after=3_600, path=note_path(crm))
    made.hear(post(1, author=ANN))
    made.tell(minutes=59)
    assert crm.written == []
    made.tell(minutes=2)
    assert len(crm.written) == 1
    assert crm.looked == 0  # a 429 says that nothing was taken


def test_a_service_in_trouble_is_tried_once_a_turn_and_then_gets_the_note(
    crm: Any, listening: Callable[..., Listening], post: Any
) -> None:
    made = listening(crm)
    crm.fail(500, times=1, path=note_path(crm))
    made.hear(post(1, author=ANN))
    assert [path for path in crm.asked if path.startswith(note_path(crm))] == [note_path(crm)]
    made.tell(minutes=20)
    assert len(crm.written) == 1


def test_what_the_service_refuses_is_given_up_told_and_can_be_retried(
    crm: Any, listening: Callable[..., Listening], post: Any, clock: Any
) -> None:
    made = listening(crm)
    crm.fail(403, times=1, path=note_path(crm))
    made.hear(post(1, author=ANN))
    (note,) = made.notes()
    assert note.state == "dead"
    assert "403" in note.last_error and "decoy" not in note.last_error
    with made.app.store.write() as tx:
        assert outbox.retry_dead(tx, crm.kind, now=clock()) == 1
    made.tell(seconds=1)
    assert len(crm.written) == 1


def test_a_service_that_hangs_holds_only_itself_up(
    hubspot: Any, listening: Callable[..., Listening], post: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = listening(hubspot)
    notes = made.app.notes["hubspot"]
    monkeypatch.setattr(
        notes, "_door", notes_door.NotesDoor("HubSpot", allow_private=True, timeout=timedelta(seconds=0.2))
    )
    real = hubspot._keep
    hangs = [True]

    def slowly(*told: Any) -> Any:
        if hangs.pop() if hangs else False:
            time.sleep(0.6)
        return real(*told)

    monkeypatch.setattr(hubspot, "_keep", slowly)
    made.hear(post(1, author=ANN))
    (note,) = made.notes()
    assert (note.state, note.maybe_sent) == ("due", True)
    assert "did not answer within 0.2 s" in note.last_error
    (support,) = made.app.channels.values()
    assert len(support.told) == 1  # type: ignore[attr-defined]
    made.tell(minutes=20)
    assert [one.state for one in made.notes()] == ["sent"]
    assert len(hubspot.written) == 1


def test_what_a_customer_wrote_is_no_markup_and_fits(crm: Any, listening: Callable[..., Listening], post: Any) -> None:
    hostile = (
        "Acme is terrible <script>alert(1)</script> <a href='https://evil.example'>click</a> \x1b[31m & ' OR Id != '"
    )
    made = listening(crm)
    made.hear(post(1, hostile + " awful broken horrible" * 20_000, author=ANN, url="https://example.org/?a='\"><b>&c"))
    assert len(crm.written) == 1
    text = crm.text()
    assert "\x1b" not in text and len(text) < 40_000
    if crm.kind == "hubspot":
        assert set(re.findall(r"<\s*/?\s*(\w+)", text)) <= {"strong", "br", "a"}
        assert "<script" not in text and "&lt;script&gt;" in text
        assert text.count("<a ") == 1


def test_where_terms_let_only_the_link_go_elsewhere_the_note_holds_no_word_of_the_post(
    crm: Any, listening: Callable[..., Listening], post: Any
) -> None:
    made = listening(crm)
    made.hear(post(1, source="youtube", instance="", author=ANN, url="https://www.youtube.com/watch?v=1"))
    assert len(crm.written) == 1
    assert "https://www.youtube.com/watch?v=1" in crm.text()
    assert "kettle" not in crm.text() and "terrible" not in crm.text()


def test_each_customer_of_one_story_has_a_note_of_their_own_with_their_own_words(
    hubspot: Any, listening: Callable[..., Listening], post: Any, clock: Any
) -> None:
    hubspot.put("1002", clock().timestamp() - 80_000, email="bob@ray.example")
    made = listening(hubspot)
    bob = Author(handle="bobray", email="bob@ray.example")
    shared = "Acme is terrible, the kettle I bought last week broke again and nobody at the shop answers my calls"
    made.hear(post(1, shared, author=ANN), post(2, shared, author=bob), post(3, shared))
    assert sorted(
        (one["contact"], one["body"].count("/posts/1"), one["body"].count("/posts/2")) for one in hubspot.written
    ) == [
        ("1001", 2, 0),
        ("1002", 0, 2),
    ]
    assert len({note.alert_id for note in made.notes()}) == 1


def test_a_directory_with_notes_does_not_share_its_name_with_a_channel(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(
        '[[brands]]\nname = "Acme"\nquery = "acme"\n'
        '[[customers]]\nkind = "hubspot"\ntoken = "decoy-token"\nwrite_back = "alerts"\n'
        '[[channels]]\nkind = "slack"\nname = "HubSpot"\nwebhook_url = "https://hooks.example.org/decoy"\n'
    )
    with pytest.raises(ConfigError) as failed:
        load(path)
    assert "customers[0].name" in str(failed.value) and "name of a channel too" in str(failed.value)
    path.write_text(path.read_text().replace("alerts", "off"))
    assert load(path).writing_back == ()


def test_an_erased_customer_gets_no_note_and_none_is_remembered(
    hubspot: Any, listening: Callable[..., Listening], post: Any, clock: Any
) -> None:
    made = listening(hubspot)
    made.hear(post(1, author=ANN))
    hubspot.fail(503, times=1, retry_after=60, path=note_path(hubspot))
    made.hear(post(2, "Acme is horrible, awful and a broken thing", author=ANN))
    assert len(made.notes()) == 2
    with made.app.store.write() as tx:
        erase_customer(tx, "hubspot:1001", clock())
    assert made.notes() == []
    made.tell(hours=1)
    made.hear(post(3, "Acme is bad, terrible and sad", author=ANN))
    made.tell(hours=1)
    assert (len(hubspot.written), made.notes()) == (1, [])


def test_a_customer_who_left_the_directory_before_the_note_was_sent_gets_none(
    hubspot: Any, listening: Callable[..., Listening], post: Any
) -> None:
    made = listening(hubspot)
    hubspot.fail(503, times=1, retry_after=60, path=note_path(hubspot))
    made.hear(post(1, author=ANN))
    with made.app.store.write() as tx:
        remove_customer(tx, "hubspot:1001")
    made.tell(minutes=5)
    (note,) = made.notes()
    assert (note.state, note.last_error) == ("dead", "the customer is no longer in the directory")
    assert hubspot.written == []


def test_an_ended_session_of_salesforce_is_signed_in_anew(
    clock: Any, listening: Callable[..., Listening], post: Any
) -> None:
    with SalesforceWithNotes() as crm:
        add_ann(crm, clock)
        made = listening(crm)
        made.app.notes["salesforce"]._session = "session-0"  # type: ignore[attr-defined]
        made.hear(post(1, author=ANN))
        assert crm.written == []
        made.tell(minutes=1)
        assert len(crm.written) == 1


def note_path(crm: Any) -> str:
    paths = {
        "hubspot": "/crm/v3/objects/notes",
        "salesforce": "/services/data/v60.0/sobjects/Task",
        "zendesk": "/api/v2/users/1001/events",
    }
    return paths[crm.kind]


def test_a_failure_says_what_the_service_calls_it_and_nothing_else_of_its_answer() -> None:
    assert notes_door.code_of(b'[{"message":"secret words","errorCode":"STRING_TOO_LONG"}]') == "STRING_TOO_LONG"
    assert notes_door.code_of(b'{"message":"secret words","error":"<b>x</b>"}') == ""
