"""Zammad: tickets of one group, known again by a tag.

https://docs.zammad.org/en/latest/api/ticket/index.html : a search by conditions is answered from the database; one by
words is answered from the search index, which is behind. A ticket needs a customer, who is no stranger of ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field

from alerts.desks.contract import Addition, DeskStatus, DeskTicket, NewTicket, TicketGone
from alerts.desks.door import DeskDoor
from alerts.desks.settings import Address, MailAddress, Secret, ServiceDeskSettings, Word
from rules.reading import Severity
from sources.loose_json import text_of

_CLOSED = ("closed", "merged", "removed")


class ZammadSettings(ServiceDeskSettings):
    """Settings of `kind = "zammad"`. `token` is an access token with the permission ticket.agent.

    `customer`: the address of the user for whom tickets are made, since Zammad wants one; with `requester` it is the
    customer's own where that is known. `closed`: the states that end a ticket.
    """

    kind: Literal["zammad"]
    base_url: Address
    token: Secret
    group: Word
    customer: MailAddress
    tags: Annotated[tuple[Annotated[str, Field(pattern=r"^[^,\x00-\x1f]{1,100}$")], ...], Field(max_length=20)] = (
        "listener",
    )
    priorities: dict[Severity, Word] = {
        "critical": "3 high", "high": "3 high", "medium": "2 normal", "low": "1 low",
    }  # fmt: skip
    closed: tuple[Word, ...] = _CLOSED

    def open(self) -> Zammad:
        return Zammad(self)


class Zammad:
    """Tickets in the name of the token's user; see `TicketDesk` for the promises."""

    longest_title = 200
    longest_text = 30_000
    settles = timedelta(0)
    most_asked = 20

    def __init__(self, settings: ZammadSettings) -> None:
        self.name = settings.name
        self.kind: str = settings.kind
        self._settings = settings
        self._site = settings.base_url.rstrip("/")
        self._url = f"{self._site}/api/v1"
        self._door = DeskDoor(
            f"Zammad ({settings.name})",
            {"authorization": f"Token token={settings.token.get_secret_value()}"},
            allow_private=settings.allow_private,
            timeout=settings.timeout,
        )

    async def find(self, marker: str, since: datetime) -> Sequence[DeskTicket]:
        """Searches by the tag alone, without words, so that the database answers."""
        params: dict[str, str | int] = {
            "condition[ticket.tags][operator]": "contains all",
            "condition[ticket.tags][value]": marker,
            "sort_by": "created_at",
            "order_by": "asc",
            "limit": 10,
            "expand": "true",
        }
        answer = await self._door.ask(f"{self._url}/tickets/search", params)
        if not isinstance(answer, list):
            raise self._door.unfit()
        found = [self._ticket(one) for one in answer if isinstance(one, Mapping) and text_of(one, "id").isdigit()]
        return sorted(found, key=lambda one: int(one.id))

    async def open(self, ticket: NewTicket) -> DeskTicket:
        """Creates a ticket whose first article is an internal note."""
        settings = self._settings
        told: dict[str, Any] = {
            "title": ticket.title,
            "group": settings.group,
            "customer_id": f"guess:{ticket.requester or settings.customer}",
            "tags": ",".join((*settings.tags, ticket.marker)),
            "article": _note(ticket.title, ticket.text, ticket.link),
        }
        if ticket.severity in settings.priorities:
            told["priority"] = settings.priorities[ticket.severity]
        made = await self._door.made(f"{self._url}/tickets?expand=true", told)
        if not text_of(made, "id").isdigit():
            raise self._door.doubtful(f"{self._door.service} made a ticket and told no number", None)
        return self._ticket(made)

    async def append(self, ticket: str, addition: Addition) -> None:
        """Adds an internal note."""
        note = _note(f"[{addition.marker}]", addition.text, *addition.links)
        await self._door.add(f"{self._url}/ticket_articles", {"ticket_id": int(ticket), **note})

    async def holds(self, ticket: str, marker: str, since: datetime) -> bool:
        """Looks through the subjects of the ticket's articles."""
        answer = await self._door.ask(f"{self._url}/ticket_articles/by_ticket/{ticket}", accept=(200, 404))
        if answer is None:
            raise TicketGone(f"{self._door.service} knows the ticket no longer (404)")
        if not isinstance(answer, list):
            raise self._door.unfit()
        return any(isinstance(one, Mapping) and marker in text_of(one, "subject") for one in answer)

    async def status(self, tickets: Sequence[str]) -> Mapping[str, DeskStatus]:
        """Asks for one ticket after the other, since Zammad lists none by their numbers."""
        told: dict[str, DeskStatus] = {}
        for one in tickets[: self.most_asked]:
            answer = await self._door.ask(f"{self._url}/tickets/{one}", {"expand": "true"}, accept=(200, 404))
            if answer is None:
                told[one] = DeskStatus("gone", "deleted")
            elif isinstance(answer, Mapping) and text_of(answer, "state"):
                told[one] = self._status(answer)
            else:
                raise self._door.unfit()
        return told

    async def close(self) -> None:
        await self._door.close()

    def _ticket(self, told: Mapping[str, Any]) -> DeskTicket:
        number = text_of(told, "id")
        shown = text_of(told, "number") or number
        return DeskTicket(
            id=number, shown=f"#{shown}", url=f"{self._site}/#ticket/zoom/{number}", status=self._status(told)
        )

    def _status(self, told: Mapping[str, Any]) -> DeskStatus:
        said = text_of(told, "state") or "new"
        return DeskStatus("closed" if said in self._settings.closed else "open", said)


def _note(subject: str, *parts: str) -> dict[str, Any]:
    body = "\n\n".join(part for part in parts if part)
    return {"subject": subject, "body": body, "content_type": "text/plain", "type": "note", "internal": True}
