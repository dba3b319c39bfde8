"""Tells people what happened to their tickets, through the outbox, each channel once an event."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from alerts.contract import DeliveryFailed
from alerts.contract import Message as Rendered
from alerts.tickets.hearing import TOLD, Hearers, hearers, named_in
from alerts.tickets.priority import Priority
from alerts.tickets.words import Happened, ticket_message
from alerts.voice import Voice
from listener.desk.rules import DeskRules
from listener.store import Store, Tx, outbox
from listener.store.outbox import Delivery, Message
from listener.store.ticket_events import TicketEvent, get_event
from listener.store.ticket_people import people_on
from listener.store.tickets import get_ticket
from rules.reading import Severity

TICKET = "ticket"
"""The kind of delivery that tells of an event of a ticket."""

_SEVERITIES: dict[Priority, Severity] = {"low": "low", "normal": "medium", "high": "high", "urgent": "critical"}
"""How pressing a message of a ticket of each priority is: the worst is told first."""


class About(Struct, frozen=True, kw_only=True):
    """What of a ticket decides who hears of it; `policy`: the name of its promises."""

    number: int
    brand: str
    priority: Priority
    assignee: str
    policy: str


def tell(tx: Tx, rules: DeskRules, ticket: About, events: Sequence[TicketEvent], now: datetime) -> None:
    """Queues what people should hear of these events of a ticket."""
    others = people_on(tx, ticket.number) if any(event.what in TOLD for event in events) else ()
    for event in events:
        for message in _messages(rules, ticket, event, tuple(others)):
            _queue(tx, message, now)


def _queue(tx: Tx, message: Message, now: datetime) -> None:
    """Queues a message; of an author who writes and writes, each channel hears once an hour, the last time too."""
    again = message.payload["what"] == "returned"
    hour = now.replace(minute=0, second=0, microsecond=0)
    for turn in (hour, hour + timedelta(hours=1)) if again else (now,):
        key = f"{message.key}:{turn:%Y-%m-%dT%H}" if again else message.key
        if outbox.put_delivery(
            tx,
            key=key,
            channel=message.channel,
            kind=message.kind,
            payload=message.payload,
            severity=message.severity,
            not_before=max(turn, now),
            now=now,
        ):
            return


def ticket_maker(store: Store, clock: Callable[[], datetime]) -> Callable[[Delivery, Voice], Rendered]:
    """The maker of messages of the kind TICKET, for `listener.delivery.messages`."""

    def make(delivery: Delivery, voice: Voice) -> Rendered:
        payload = delivery.payload
        with store.read() as tx:
            event = get_event(tx, int(payload["event"]))
            ticket = get_ticket(tx, int(payload["ticket"]), limit=1)
        if event is None or ticket is None:
            raise DeliveryFailed("the ticket is gone: it was purged", permanent=True)
        happened = Happened(
            what=event.what,
            at=event.at,
            by=event.by,
            detail=event.detail,
            reason=event.reason,
            text=event.text,
            to=tuple(map(str, payload.get("to", ()))),
        )
        return ticket_message(delivery.key, ticket.line, happened, clock(), voice)

    return make


def _messages(rules: DeskRules, ticket: About, event: TicketEvent, others: Sequence[str]) -> list[Message]:
    named = named_in(event.text, rules.people).people if event.what == "note" else ()
    heard = hearers(event.what, by=event.by, assignee=ticket.assignee, others=others, named=named)
    return [
        Message(
            key=f"ticket:{ticket.number}:{event.what if event.what == 'returned' else event.id}:{channel}",
            channel=channel,
            kind=TICKET,
            payload={"ticket": ticket.number, "event": event.id, "what": event.what, "to": to},
            severity=_SEVERITIES[ticket.priority],
        )
        for channel, to in _channels(rules, ticket, event, heard).items()
    ]


def _channels(rules: DeskRules, ticket: About, event: TicketEvent, heard: Hearers) -> dict[str, list[str]]:
    """The channels that are told, each with the names of the people whom it reaches; a team's names nobody.

    Who has no channel of their own is told on their team's.
    """
    found: dict[str, list[str]] = {}
    team = rules.team_for(ticket.brand)
    team_channels = team.channels if team else ()
    people = list(heard.people)
    if heard.manager:
        assignee = rules.person(ticket.assignee)
        people += [assignee.manager] if assignee and assignee.manager else []
    for name in dict.fromkeys(people):
        person = rules.person(name)
        if person is not None:
            for channel in person.channels or team_channels:
                found.setdefault(channel, []).append(person.name)
    further = list(team_channels) if heard.team else []
    if event.what in ("warning", "breach"):
        policy = next((one for one in rules.policies if one.name == ticket.policy), None)
        further += policy.notify if policy else ()
    if not found and not further and (heard.team or heard.people) and event.what != "opened":
        further += rules.notify
    for channel in further:
        found.setdefault(channel, [])
    return found
