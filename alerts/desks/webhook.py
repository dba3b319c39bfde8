"""A desk of your own: an address that takes signed JSON; docs/desks/webhook.md has its form.

Signed as requests to listener itself are: HMAC-SHA256 (RFC 2104) over the time and the body. The key of each request
goes as `Idempotency-Key` too, by which the receiver knows a repeat.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec
from pydantic import AfterValidator, SecretStr

from alerts.desks.contract import Addition, DeskStatus, DeskTicket, NewTicket, State
from alerts.desks.door import DeskDoor
from alerts.desks.settings import Address, ServiceDeskSettings
from alerts.escape import web_link
from sources.loose_json import inner, items_of, text_of
from sources.settings import strong_secret
from sources.webhook_signature import signature

_TAKEN = (200, 201, 202, 204)
_LONGEST_ID = 200


class WebhookSettings(ServiceDeskSettings):
    """Settings of `kind = "webhook"`. `answers`: whether the receiver answers `find` and `status`, too."""

    kind: Literal["webhook"]
    url: Address
    secret: Annotated[SecretStr, AfterValidator(strong_secret)]
    answers: bool = False

    def open(self) -> Webhook:
        return Webhook(self)


class Webhook:
    """Tells the receiver what to do; see `TicketDesk` for the promises."""

    longest_title = 250
    longest_text = 30_000
    settles = timedelta(0)
    most_asked = 100

    def __init__(self, settings: WebhookSettings, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.name = settings.name
        self.kind: str = settings.kind
        self._settings = settings
        self._clock = clock
        self._door = DeskDoor(
            f"the desk '{settings.name}'", {}, allow_private=settings.allow_private, timeout=settings.timeout
        )

    async def find(self, marker: str, since: datetime) -> Sequence[DeskTicket]:
        """Asks the receiver where it answers; else it knows a repeat by its key."""
        if not self._settings.answers:
            return ()
        answer = await self._tell("ticket.find", f"find:{marker}", {"key": marker})
        return [self._ticket(one, marker) for one in items_of(answer, "tickets") if isinstance(one, Mapping)]

    async def open(self, ticket: NewTicket) -> DeskTicket:
        """Tells of a new ticket. A receiver that tells no id of its own is told the key as the id."""
        told = {
            "key": ticket.marker,
            "title": ticket.title,
            "text": ticket.text,
            "link": ticket.link,
            "severity": ticket.severity,
            "requester": ticket.requester,
        }
        return self._ticket(await self._tell("ticket.open", ticket.marker, told), ticket.marker)

    async def append(self, ticket: str, addition: Addition) -> None:
        """Tells of what is to be added to a ticket."""
        told = {"id": ticket, "key": addition.marker, "text": addition.text, "links": list(addition.links)}
        await self._tell("ticket.append", addition.marker, told, gone=True)

    async def holds(self, ticket: str, marker: str, since: datetime) -> bool:
        """Never known: the receiver takes a repeat for one by its key."""
        return False

    async def status(self, tickets: Sequence[str]) -> Mapping[str, DeskStatus]:
        """Asks the receiver where it answers."""
        if not self._settings.answers:
            return {}
        asked = list(tickets[: self.most_asked])
        answer = await self._tell("ticket.status", f"status:{self._clock().isoformat()}", {"ids": asked})
        told = inner(answer, "statuses")
        return {one: _status(text_of(told, one)) for one in asked if text_of(told, one)}

    async def close(self) -> None:
        await self._door.close()

    async def _tell(self, event: str, key: str, told: Mapping[str, Any], *, gone: bool = False) -> Mapping[str, Any]:
        body = msgspec.json.encode({"event": event, "desk": self.name, **told})
        timestamp = str(int(self._clock().timestamp()))
        headers = {
            "idempotency-key": key,
            "x-listener-timestamp": timestamp,
            "x-listener-signature": signature(self._settings.secret.get_secret_value(), timestamp, body),
        }
        tell = self._door.add if gone else self._door.send
        answer = await tell(self._settings.url, body, headers=headers, accept=_TAKEN)
        return self._door.read(answer) if answer.body.strip() else {}

    def _ticket(self, told: Mapping[str, Any], marker: str) -> DeskTicket:
        number = text_of(told, "id")[:_LONGEST_ID] or marker
        return DeskTicket(
            id=number,
            shown=text_of(told, "shown")[:_LONGEST_ID] or number,
            url=web_link(text_of(told, "url")),
            status=_status(text_of(told, "status")),
        )


def _status(said: str) -> DeskStatus:
    said = said[:80] or "open"
    state: State = "closed" if said == "closed" else "gone" if said == "gone" else "open"
    return DeskStatus(state, said)
