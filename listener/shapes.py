"""The JSON that other programs get: one function a noun, the keys kept by docs/json.md and its test."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from alerts.alert import Alert, ReadMention
from alerts.digests.data import TicketLine
from alerts.handling import Event, Handling
from rules.customer_standing import CustomerStanding
from rules.directory import Customer
from rules.reading import Reading
from rules.timeline import Entry, answers
from rules.topic import BrandTopics, Topic
from sources.post import Post

if TYPE_CHECKING:
    from alerts.desks.settings import HelpDeskSettings
    from listener.store.corrections import KeptCorrection
    from listener.store.customer_health import Counted
    from listener.store.desk_tickets import KeptTicket
    from listener.store.directory_states import DirectoryState
    from listener.store.links import Link
    from listener.store.marks import KeptMark
    from listener.store.notes import Tag
    from listener.store.outbox import Delivery
    from listener.store.ticket_events import TicketEvent
    from listener.store.tickets import Ticket
    from listener.trial import Trial

Shape = dict[str, Any]

_MOVES_A_TERMINAL = re.compile("[\x80-\x9f\u202a-\u202e\u2066-\u2069]")


def encode(value: object) -> bytes:
    """JSON as these shapes are written: UTF-8, times as RFC 3339 in UTC, what could move a terminal as \\u escapes."""
    encoded = msgspec.json.encode(value)
    if encoded.isascii():
        return encoded  # the controls of ASCII are escaped in any JSON
    return _MOVES_A_TERMINAL.sub(lambda found: f"\\u{ord(found[0]):04x}", encoded.decode()).encode()


def post(value: Post) -> Shape:
    """A post, as `listener export` writes it and `listener import` reads it."""
    return _plain(value)


def reading(value: Reading) -> Shape:
    """A reading, as `listener analyze` writes it."""
    shape = _plain(value)
    key = shape.pop("key")
    return {**key, **shape}


def mention(value: ReadMention) -> Shape:
    """A kept mention: the post, its reading, and what became of it."""
    shape = _plain(value)
    read_from = shape.pop("post")
    claimed = read_from.pop("lang")
    number = shape.pop("id")
    return {"id": number, **read_from, "claimed_lang": claimed, **shape}


def trial(value: Trial, query: str, since: datetime | None) -> Shape:
    """What a query would have found."""
    return {
        "query": query,
        "since": since,
        "posts": value.posts,
        "found": value.found,
        "archived": value.archived,
        "mood": value.mood,
        "days": [{"day": day.isoformat(), **_plain(part)} for day, part in value.days.items()],
        "sources": [{"source": name, **_plain(part)} for name, part in value.sources.items()],
        "examples": [
            {**post(one.post), "at": one.at, "seen_by": one.seen_by, "score": one.score, "archived": one.archived}
            for one in value.examples
        ],
    }


def alert(value: Alert, stands: Handling, now: datetime) -> Shape:
    """An alert with its leading mention, and how it stands with the people."""
    shape = _plain(value)
    shape["state"] = stands.state_at(now)
    shape["assignee"] = stands.assignee
    shape["snoozed_until"] = stands.until if shape["state"] == "snoozed" else None
    shape["lead"] = mention(value.lead)
    shape["url"] = value.lead.post.url
    shape["reasons"] = [rule.reason for rule in value.rules]
    return shape


def alert_event(value: Event) -> Shape:
    """One line of an alert's trail."""
    shape = _plain(value)
    del shape["alert_id"]
    return shape


def ticket(value: TicketLine) -> Shape:
    """A ticket as lists show it, with its promises."""
    shape = _plain(value)
    clocks = shape.pop("clocks")
    promises = {"sla": clocks.get("policy", "")}
    for name, timer in (("answer", value.clocks.answer), ("resolution", value.clocks.resolution)):
        promises |= {
            f"{name}_due_at": timer.due if timer else None,
            f"{name}_late_at": timer.late if timer else None,
        }
    return {**shape, **promises}


def ticket_page(value: Ticket, people: Mapping[str, str], events: Sequence[TicketEvent]) -> Shape:
    """One ticket whole: who is on it, all that happened, and its mentions."""
    return {
        **ticket(value.line),
        "note": value.note,
        "priority_by": value.priority_by,
        "assigned_by": value.assigned_by,
        "contacts": value.contacts,
        "alerts": list(value.alerts),
        "merged_into": value.merged_into,
        "changed_at": value.changed_at,
        "watching": [name for name, role in people.items() if role == "watcher"],
        "helping": [name for name, role in people.items() if role == "helper"],
        "history": [_plain(event) for event in events],
        "mention_list": [mention(one) for one in value.mentions],
    }


def customer(value: Customer) -> Shape:
    """A customer of the directory."""
    shape = _plain(value)
    shape["identities"] = [str(identity) for identity in value.identities]
    return shape


def link(value: Link) -> Shape:
    """An author and a customer: what evidence or a person says of the two."""
    return _plain(value)


def customer_page(
    value: Customer,
    standing: CustomerStanding,
    tags: Sequence[Tag],
    entries: Sequence[Entry],
    mentions: Sequence[ReadMention] = (),
) -> Shape:
    """A customer with how they stand and what happened, in order."""
    return {
        **customer(value),
        "standing": _plain(standing),
        "tagged": [_plain(tag) for tag in tags],
        "timeline": timeline(entries),
        "mentions": [mention(one) for one in mentions],
    }


def timeline(entries: Sequence[Entry]) -> list[Shape]:
    """Entries with who answered what came in, and after how many seconds."""
    answered = {(one.entry.what, one.entry.number): one for one in answers(entries)}
    shapes = []
    for entry in entries:
        answer = answered.get((entry.what, entry.number))
        told = {"answered_after": answer.after.total_seconds(), "answered_by": answer.by} if answer else {}
        shapes.append({**_plain(entry), "answered_after": None, "answered_by": "", **told})
    return shapes


def health(value: Counted, days: Sequence[Counted]) -> Shape:
    """A customer's health with its parts and its last days."""
    return {
        "customer": value.customer,
        **_plain(value.health),
        "counted_at": value.counted_at,
        "days": [{"day": one.day, "score": one.health.score} for one in days],
    }


def directory(value: DirectoryState) -> Shape:
    """A service whose customers are read; where it stands is its own affair."""
    shape = _plain(value)
    del shape["cursor"], shape["refused"]
    return {**shape, "state": value.state}


def desk(settings: HelpDeskSettings, counts: Mapping[str, int], waiting: Mapping[str, Any]) -> Shape:
    """A help desk with its tickets by state, and what waits to be told there."""
    return {
        "name": settings.name,
        "kind": settings.kind,
        "open": counts.get("open", 0) + counts.get("opening", 0),
        "closed": counts.get("closed", 0),
        "gone": counts.get("gone", 0),
        "waiting": waiting["pending"],
        "dead": waiting["dead"],
    }


def desk_ticket(value: KeptTicket) -> Shape:
    """A ticket at a desk outside."""
    shape = _plain(value)
    del shape["told_up_to"], shape["trying_up_to"], shape["trying_at"], shape["generation"]
    return shape


def topic(of: BrandTopics, value: Topic) -> Shape:
    """A topic with the brand and the times that it was counted for."""
    about = {
        "brand": of.brand,
        "since": of.since,
        "until": of.until,
        "compared": of.compared,
        "background_since": of.background_since,
        "posts": of.posts,
        "sampled": of.sampled,
    }
    return {**about, **_plain(value)}


def mark(value: KeptMark) -> Shape:
    """What a person said of a mention or of a text."""
    return _plain(value)


def correction(value: KeptCorrection) -> Shape:
    """A correction of sentiment that was switched on, without its weights."""
    return _plain(value)


def delivery(value: Delivery) -> Shape:
    """A message of the outbox, without what it is made of."""
    shape = _plain(value)
    del shape["payload"], shape["receipt"]
    return shape


def row(value: object) -> Shape:
    """Any other flat record, by its own field names; lengths of time in seconds."""
    return _plain(value)


def _plain(value: object) -> Shape:
    built: Mapping[str, Any] = msgspec.to_builtins(value, builtin_types=(datetime,))
    return {name: part for name, part in built.items() if name != "type"}
