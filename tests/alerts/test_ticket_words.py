"""What people are told of a ticket, and who is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.contract import Limits
from alerts.digests.data import TicketLine
from alerts.language import ENGLISH, language
from alerts.people import Person
from alerts.tickets.hearing import Hearers, hearers, named_in
from alerts.tickets.sla import Clocks, Policy, paused, started
from alerts.tickets.words import Happened, due_words, length_words, ticket_message
from alerts.voice import Voice

NOW = datetime(2026, 3, 2, 16, 50, tzinfo=UTC)
VOICE = Voice(kind="slack", limits=Limits(title=150, text=3_000), timezone=UTC)
HOUR = timedelta(hours=1)
CLOCKS = started(Policy(name="p", first_answer=2 * HOUR, resolution=8 * HOUR), NOW)


def line(**changes: Any) -> TicketLine:
    values: dict[str, Any] = {
        "number": 12,
        "brand": "Acme",
        "title": "The kettle\nexploded",
        "status": "open",
        "assignee": "Mita",
        "customer": "Jane Doe",
        "opened_at": NOW,
        "closed_at": None,
        "reason": "jane wrote -0.81",
        "url": "https://example.org/1",
        "mentions": 2,
        "severity": "critical",
        "priority": "urgent",
        "priority_why": "critical x platinum customer",
        "clocks": CLOCKS,
    }
    return TicketLine(**(values | changes))


def said(what: str, ticket: TicketLine | None = None, voice: Voice = VOICE, **happened: Any) -> tuple[str, str]:
    message = ticket_message("k", ticket or line(), Happened(what=what, at=NOW, **happened), NOW + HOUR, voice)
    return message.title, message.text


def test_whoever_gets_a_ticket_is_told_why_and_what_is_promised() -> None:
    title, text = said("assigned", detail="Mita", reason="speaks bn; is at work", to=("Mita",))
    assert title == "#12 is yours: The kettle exploded"
    assert text == (
        "For Mita.\nWhy: speaks bn; is at work\n\n"
        "Ticket #12, urgent, open.\nBrand: Acme\nCustomer: Jane Doe\nWhose: Mita\n"
        "Priority: critical x platinum customer\n"
        "Promised: answer due in 1 h\n\n"
        "https://example.org/1\nlistener tickets show 12"
    )


@pytest.mark.parametrize(
    ("what", "happened", "title"),
    [
        ("assigned", {"detail": "Mita", "to": ("Ben",)}, "is Mita's"),
        ("opened", {}, "was opened, and nobody has it"),
        ("returned", {}, "its author wrote again"),
        ("reopened", {}, "is open again"),
        ("note", {"by": "Ben", "text": "look"}, "note by Ben"),
        ("closed", {}, "was closed by listener"),
        ("helping", {"detail": "Cy", "by": "Cy"}, "Cy helps"),
        ("warning", {"detail": "first answer", "reason": NOW.isoformat()}, "first answer is due soon"),
        ("breach", {"detail": "resolution", "reason": NOW.isoformat()}, "resolution is late"),
        ("merged", {"detail": "3"}, "was merged with #3"),
        ("status", {"detail": "pending"}, "is open now"),
        ("priority", {"detail": "urgent"}, "is urgent now"),
    ],
)
def test_each_event_has_its_words(what: str, happened: dict[str, Any], title: str) -> None:
    assert said(what, **happened)[0] == f"#12 {title}: The kettle exploded"


def test_a_broken_promise_says_when_it_was_due() -> None:
    assert "It was due Mon 2 Mar 2026, 16:50 UTC." in said("breach", detail="first answer", reason=NOW.isoformat())[1]
    assert "It is due Mon 2 Mar 2026, 16:50 UTC." in said("warning", detail="resolution", reason=NOW.isoformat())[1]


def test_words_of_a_note_stand_apart_and_nothing_is_longer_than_the_channel_takes() -> None:
    text = said("note", by="Ben", text="first line\n\nsecond line")[1]
    assert text.startswith("first line\n\nsecond line\n\nTicket #12")
    narrow = Voice(kind="x", limits=Limits(title=20, text=80), timezone=UTC)
    title, text = said("note", by="Ben", text="long " * 900, voice=narrow)
    assert len(title) <= 20 and len(text) <= 80


def test_a_ticket_is_told_in_another_language_where_there_is_one() -> None:
    voice = Voice(kind="x", limits=VOICE.limits, timezone=UTC, language=language("bn"))
    title, _ = said("assigned", detail="Mita", to=("Mita",), voice=voice)
    assert "#12" in title and "The kettle exploded" in title  # what people wrote stays as it is
    _, text = said("assigned", detail="Mita", reason="has 2 open; is at work", to=("Mita",), voice=voice)
    assert "is at work" not in text and "২" in text
    _, text = said("reopened", by="Ben", reason="is at work", voice=voice)
    assert "is at work" in text, "what a person wrote stays as it is"


def test_what_is_promised_next_is_said_with_how_long_it_takes() -> None:
    assert due_words(CLOCKS, NOW + 40 * timedelta(minutes=1), ENGLISH) == "answer due in 1 h 20 m"
    assert due_words(CLOCKS, NOW + 5 * HOUR, ENGLISH) == "answer 3 h late"
    assert due_words(paused(CLOCKS, Policy(name="p").calendar, NOW + HOUR), NOW, ENGLISH) == "paused, 1 h left"
    assert due_words(Clocks(), NOW, ENGLISH) == ""


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(), "0 m"),
        (timedelta(minutes=59, seconds=59), "59 m"),
        (timedelta(days=3, hours=2, minutes=5), "3 d 2 h"),
    ],
)
def test_a_length_is_told_in_its_two_greatest_units(length: timedelta, words: str) -> None:
    assert length_words(length, ENGLISH) == words


def test_nobody_hears_of_what_they_did_themselves() -> None:
    on_it = {"assignee": "Mita", "others": ("Ben", "Cy")}
    assert hearers("note", by="mita", named=("Cy", "Zoe"), **on_it) == Hearers(people=("Cy", "Zoe", "Ben"))
    assert hearers("breach", by="", **on_it) == Hearers(people=("Mita", "Ben", "Cy"), manager=True, team=True)
    assert hearers("warning", by="", **on_it) == Hearers(people=("Mita",))
    assert hearers("added", by="", **on_it) == hearers("tagged", by="", **on_it) == Hearers()


def test_the_team_hears_of_what_cannot_wait_where_nobody_has_it() -> None:
    for what in ("opened", "returned", "reopened", "warning", "breach"):
        assert hearers(what, by="", assignee="", others=()).team
    assert not hearers("note", by="", assignee="", others=()).team


PEOPLE = (
    Person(name="Ann Lee", email="ann@example.org"),
    Person(name="Ann Ray", email="aray@example.org"),
    Person(name="Ben"),
)


@pytest.mark.parametrize(
    ("note", "people", "unknown"),
    [
        ("@ann.lee look", ("Ann Lee",), ()),
        ("@AnnLee, @ben.", ("Ann Lee", "Ben"), ()),
        ("(@ann-ray) and @ann@example.org!", ("Ann Ray", "Ann Lee"), ()),
        ("@ann is one's address before it is anybody's first name", ("Ann Lee",), ()),
        ("@zoe", (), ("zoe",)),
        ("write to ben@example.org or x@@ben", (), ()),
    ],
)
def test_a_note_names_people_by_what_they_are_called(
    note: str, people: tuple[str, ...], unknown: tuple[str, ...]
) -> None:
    found = named_in(note, PEOPLE)
    assert (found.people, found.unknown) == (people, unknown)


def test_a_first_name_of_two_names_neither() -> None:
    two = (Person(name="Ann Lee"), Person(name="Ann Ray"))
    assert named_in("@ann", two).unknown == ("ann",)


@given(st.text(max_size=200))
def test_any_note_is_read_and_any_title_told(text: str) -> None:
    assert set(named_in(text, PEOPLE).people) <= {one.name for one in PEOPLE}
    title, body = said("note", line(title=text, customer=text), by=text, text=text)
    assert "\n" not in title and len(title) <= 150 and len(body) <= 3_000
