"""Tells one help desk of an alert: finds its ticket or opens it, and adds what else was heard of the story."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from alerts.alert import Alert, ReadMention
from alerts.contract import DeliveryFailed, Receipt
from alerts.desks.contract import Addition, DeskTicket, NewTicket, TicketDesk, TicketGone
from alerts.desks.settings import HelpDeskSettings
from alerts.desks.words import MOST_SHOWN, addition_words, ticket_words
from alerts.language import Language
from listener.handing_on import exportable, ids_alone
from listener.store import Store, Tx, alerts, notices
from listener.store import desk_tickets as kept
from listener.store.addresses import address_of
from listener.store.hashes import hash_of
from listener.store.outbox import Delivery

log = logging.getLogger("listener.help_desks.handing_on")

Made = TypeVar("Made")

_CLOCKS_DIFFER = timedelta(hours=1)
_NONE_GO = "the terms of the post's service let nothing of it go elsewhere"


class _News(Struct, frozen=True):
    """What a ticket is to be told of: the alert, its ticket so far, and its newest mentions up to `up_to`."""

    alert: Alert
    ticket: kept.KeptTicket | None
    mentions: tuple[ReadMention, ...]
    count: int
    up_to: int
    requester: str


class DeskSender:
    """Sends the deliveries of one desk, each once. A ticket says what is true when it is opened."""

    def __init__(
        self,
        desk: TicketDesk,
        *,
        settings: HelpDeskSettings,
        store: Store,
        kinds: Mapping[str, str],
        timezone: tzinfo,
        words: Language,
        clock: Callable[[], datetime],
    ) -> None:
        self._desk = desk
        self._settings = settings
        self._store = store
        self._kinds = kinds
        self._timezone = timezone
        self._language = words
        self._clock = clock

    async def send(self, delivery: Delivery) -> Receipt:
        """Opens the alert's ticket, or adds to it what it has not been told of. Raises DeliveryFailed."""
        number = int(delivery.payload["alert"])
        try:
            return await self._tell(await asyncio.to_thread(self._news, number), delivery)
        except TicketGone as gone:
            with self._store.write() as tx:
                kept.put_gone(tx, number, self._desk.name, self._clock())
            log.warning("a ticket is gone", extra={"desk": self._desk.name, "alert": number, "error": str(gone)})
        return await self._tell(await asyncio.to_thread(self._news, number), delivery)

    async def _tell(self, news: _News, delivery: Delivery) -> Receipt:
        ticket = news.ticket
        if ticket is None or not ticket.is_there:
            return await self._open(news, delivery)
        if not news.count:
            return Receipt(id=ticket.id, detail=f"{ticket.shown} was told already")
        return await self._append(news, ticket)

    async def _open(self, news: _News, delivery: Delivery) -> Receipt:
        """Looks for the ticket, and opens it where the desk has none."""
        before = news.ticket
        generation = 0 if before is None else before.generation + (before.state == "gone")
        marker = marker_of(self._desk.name, news.alert.key, str(generation))
        tried_at = before.trying_at if before is not None and before.state == "opening" else None
        self._wait_until_it_can_be_found(tried_at)
        since = min(tried_at or delivery.created_at, delivery.created_at)
        found = await self._desk.find(marker, since - _CLOCKS_DIFFER)
        if found:
            return await self._go_on(news, found, generation)
        with self._store.write() as tx:
            notices.decide_alone(tx)  # what is heard from now on finds a ticket that it can be added to
            news = self._read(tx, news.alert.id)
            new = self._new_ticket(news, marker)
            kept.begin(tx, news.alert.id, self._desk.name, generation=generation, up_to=news.up_to, now=self._clock())
        made = await self._through(news, self._desk.open(new))
        with self._store.write() as tx:
            kept.put_opened(tx, news.alert.id, self._desk.name, made, up_to=news.up_to, now=self._clock())
        return Receipt(id=made.id, detail=f"opened {made.shown}")

    def _wait_until_it_can_be_found(self, tried_at: datetime | None) -> None:
        """Asks again later where the desk may have a ticket that its search does not show yet."""
        if tried_at is None:
            return
        rest = tried_at + self._desk.settles - self._clock()
        if rest > timedelta(0):
            raise DeliveryFailed(
                f"'{self._desk.name}' may have the ticket already, and shows it some moments later", retry_after=rest
            )

    async def _through(self, news: _News, change: Awaitable[Made]) -> Made:
        """Makes a change at the desk. Of one that has not gone through for certain, nothing is under way any more."""
        try:
            return await change
        except DeliveryFailed as error:
            if not error.ambiguous:
                with self._store.write() as tx:
                    kept.put_not_made(tx, news.alert.id, self._desk.name)
            raise

    async def _go_on(self, news: _News, found: Sequence[DeskTicket], generation: int) -> Receipt:
        """Goes on with a ticket that the desk has: one that an earlier try opened, or one of another time.

        The former tells what it was opened with; the latter is told all.
        """
        ticket, before, name = found[0], news.ticket, self._desk.name
        ours = before is not None and before.state == "opening"
        up_to = before.trying_up_to if before is not None and ours else 0
        if len(found) > 1:
            log.warning(
                "a desk has several tickets for one alert; the oldest counts",
                extra={"desk": name, "alert": news.alert.id, "ticket": ticket.shown, "tickets": len(found)},
            )
        with self._store.write() as tx:
            now = self._clock()
            kept.begin(tx, news.alert.id, name, generation=generation, up_to=up_to, now=now)
            kept.put_opened(tx, news.alert.id, name, ticket, up_to=up_to, now=now)
        more = f"; {len(found) - 1} more with its marker" if len(found) > 1 else ""
        known = await asyncio.to_thread(self._news, news.alert.id)
        if known.ticket is not None and known.ticket.is_there and known.count and not ours:
            receipt = await self._append(known, known.ticket)
            return Receipt(id=receipt.id, detail=f"{ticket.shown} was there already, {receipt.detail}{more}")
        return Receipt(id=ticket.id, detail=f"{ticket.shown} was there already{more}")

    async def _append(self, news: _News, ticket: kept.KeptTicket) -> Receipt:
        """Adds what was heard since; first, and by itself, what is under way and may stand in the ticket already."""
        marker = marker_of(self._desk.name, news.alert.key, str(ticket.generation), str(ticket.told_up_to))
        name, tried_at = self._desk.name, ticket.trying_at
        if tried_at is not None and await self._desk.holds(ticket.id, marker, tried_at - _CLOCKS_DIFFER):
            detail = f"it stood in {ticket.shown} already"
        else:
            with self._store.write() as tx:
                kept.put_trying(tx, news.alert.id, name, up_to=news.up_to, now=tried_at or self._clock())
            await self._through(news, self._desk.append(ticket.id, self._new_addition(news, marker)))
            detail = f"added to {ticket.shown}"
        with self._store.write() as tx:
            kept.put_told(tx, news.alert.id, name, up_to=news.up_to, now=self._clock())
        rest = await asyncio.to_thread(self._news, news.alert.id) if tried_at is not None else None
        if rest is not None and rest.count and rest.ticket is not None and rest.ticket.is_there:
            return await self._append(rest, rest.ticket)
        return Receipt(id=ticket.id, detail=detail)

    def _news(self, number: int) -> _News:
        with self._store.read() as tx:
            return self._read(tx, number)

    def _read(self, tx: Tx, number: int) -> _News:
        """What is to be told now; where something is under way, just that, so that a repeat says the same again."""
        alert = alerts.get_alert(tx, number)
        if alert is None:
            raise DeliveryFailed("the alert is gone: its mention was erased or purged", permanent=True)
        ticket = kept.get_ticket(tx, number, self._desk.name)
        there = ticket is not None and ticket.is_there
        after = ticket.told_up_to if ticket is not None and there else 0
        up_to = ticket.trying_up_to if ticket is not None and there and ticket.trying_at is not None else None
        mentions, count = kept.mentions_after(tx, number, after, MOST_SHOWN, up_to)
        customer = alert.lead.customer
        requester = ""
        if self._settings.names_requester and customer is not None:
            requester = address_of(tx, customer.id, self._clock())
        return _News(alert, ticket, tuple(mentions), count, max((one.id for one in mentions), default=after), requester)

    def _new_ticket(self, news: _News, marker: str) -> NewTicket:
        alert = replace(news.alert, last_contacts=())  # which are other posts, under terms of their own
        allowed = exportable(alert.lead, self._kinds)
        if allowed == "none":
            raise DeliveryFailed(_NONE_GO, permanent=True)
        if allowed == "ids":
            lead = ids_alone(alert.lead)
            alert = replace(alert, lead=lead, rules=tuple(lead.rules))
        desk = self._desk
        words = ticket_words(alert, self._timezone, self._language, desk.longest_title, desk.longest_text)
        return NewTicket(
            marker=marker,
            title=words.title,
            text=words.text,
            link=words.link,
            severity=alert.severity,
            requester=news.requester,
        )

    def _new_addition(self, news: _News, marker: str) -> Addition:
        shown = []
        for one in news.mentions:
            allowed = exportable(one, self._kinds)
            if allowed != "none":
                shown.append(one if allowed == "full" else ids_alone(one))
        text, links = addition_words(shown, news.count, self._timezone, self._language, self._desk.longest_text)
        return Addition(marker=marker, text=text, links=links)


def marker_of(*parts: str) -> str:
    """The word by which a ticket, or what was added to one, is known again at the desk: one for the same parts."""
    return "listener" + hash_of(*parts).hex()[:24]
