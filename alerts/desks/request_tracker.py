"""Request Tracker (RT 5): tickets of one queue, known again by a word in their subject.

https://docs.bestpractical.com/rt/latest/RT/REST2.html : TicketSQL is answered from the tickets themselves. RT takes a
value for a custom field that it does not have and lets it fall without a word, so the key is no custom field.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field

from alerts.contract import DeliveryFailed
from alerts.desks.contract import Addition, DeskStatus, DeskTicket, NewTicket, TicketGone
from alerts.desks.door import DeskDoor
from alerts.desks.settings import Address, Secret, ServiceDeskSettings, Word
from alerts.excerpt import cut
from rules.reading import Severity
from sources.loose_json import items_of, text_of

_LONGEST_SUBJECT = 200
_ROOM_FOR_MARKER = 40
_A_PAGE = 100
_PAGES = 20


class RequestTrackerSettings(ServiceDeskSettings):
    """Settings of `kind = "request-tracker"`. `token` is an auth token of the user who makes the tickets.

    `priorities`: the number that RT keeps for each severity, as RT 5 names them Low, Medium and High by default.
    `closed`: the statuses that end a ticket; those of RT's own lifecycle unless told.
    """

    kind: Literal["request-tracker"]
    base_url: Address
    token: Secret
    queue: Word
    priorities: dict[Severity, Annotated[int, Field(ge=0, le=1_000_000)]] = {
        "critical": 100, "high": 100, "medium": 50, "low": 0,
    }  # fmt: skip
    closed: tuple[Word, ...] = ("resolved", "rejected")

    def open(self) -> RequestTracker:
        return RequestTracker(self)


class RequestTracker:
    """Tickets in the name of the token's user; see `TicketDesk` for the promises."""

    longest_title = _LONGEST_SUBJECT - _ROOM_FOR_MARKER
    longest_text = 30_000
    settles = timedelta(0)
    most_asked = 50

    def __init__(self, settings: RequestTrackerSettings) -> None:
        self.name = settings.name
        self.kind: str = settings.kind
        self._settings = settings
        self._site = settings.base_url.rstrip("/")
        self._url = f"{self._site}/REST/2.0"
        self._door = DeskDoor(
            f"Request Tracker ({settings.name})",
            {"authorization": f"token {settings.token.get_secret_value()}"},
            allow_private=settings.allow_private,
            timeout=settings.timeout,
        )

    async def find(self, marker: str, since: datetime) -> Sequence[DeskTicket]:
        """Asks by TicketSQL for the word in the subject, in whichever queue the ticket is by now."""
        rows = await self._tickets(f"Subject LIKE '{marker}'")  # letters and digits alone: nothing to escape
        found = [one for one in rows if marker in text_of(one, "Subject") and text_of(one, "id").isdigit()]
        return [self._ticket(one) for one in sorted(found, key=lambda one: int(text_of(one, "id")))]

    async def open(self, ticket: NewTicket) -> DeskTicket:
        """Creates a ticket. Without a requester RT writes to nobody outside."""
        told: dict[str, Any] = {
            "Queue": self._settings.queue,
            "Subject": f"{cut(ticket.title, self.longest_title)} [{ticket.marker}]",
            "Content": _body(ticket.text, ticket.link),
            "ContentType": "text/plain",
        }
        if ticket.severity in self._settings.priorities:
            told["Priority"] = self._settings.priorities[ticket.severity]
        if ticket.requester:
            told["Requestor"] = ticket.requester
        made = await self._door.made(f"{self._url}/ticket", told)
        number = text_of(made, "id")
        if not number.isdigit():
            raise self._door.doubtful(f"{self._door.service} made a ticket and told no number", None)
        return self._ticket({"id": number, "Status": "new"})

    async def append(self, ticket: str, addition: Addition) -> None:
        """Adds a comment, which requesters do not see. RT takes one for a deleted ticket as for any other."""
        told = {
            "Subject": f"[{addition.marker}]",
            "Content": _body(addition.text, *addition.links),
            "ContentType": "text/plain",
        }
        answer = await self._door.add(f"{self._url}/ticket/{ticket}/comment", told, accept=(200, 201, 400))
        if answer.status == 400:
            if b"could not be recorded" in answer.body:  # what RT says of a ticket that was shredded
                raise TicketGone(f"{self._door.service} knows the ticket no longer (400)")
            raise DeliveryFailed(f"{self._door.service} refuses (400): it does not accept the comment", permanent=True)

    async def holds(self, ticket: str, marker: str, since: datetime) -> bool:
        """Looks for the word among the subjects of the ticket's comments, which RT keeps as their data."""
        for page in range(1, _PAGES + 1):
            params: dict[str, str | int] = {"fields": "Type,Data", "per_page": _A_PAGE, "page": page}
            answer = await self._door.ask(f"{self._url}/ticket/{ticket}/history", params, accept=(200, 404))
            if answer is None:
                raise TicketGone(f"{self._door.service} knows the ticket no longer (404)")
            rows = _items(answer)
            if any(text_of(one, "Type") == "Comment" and marker in text_of(one, "Data") for one in rows):
                return True
            if len(rows) < _A_PAGE:
                return False
        return False

    async def status(self, tickets: Sequence[str]) -> Mapping[str, DeskStatus]:
        """Asks for all of them in one question; one that is left out was deleted or cannot be seen any more."""
        asked = [one for one in tickets[: self.most_asked] if one.isdigit()]
        rows = await self._tickets(" OR ".join(f"id = {one}" for one in asked)) if asked else []
        told = {text_of(one, "id"): self._status(one) for one in rows}
        return {one: told.get(one, DeskStatus("gone", "deleted")) for one in asked}

    async def close(self) -> None:
        await self._door.close()

    async def _tickets(self, question: str) -> list[Mapping[str, Any]]:
        params: dict[str, str | int] = {
            "query": question, "fields": "Status,Subject", "orderby": "id", "per_page": _A_PAGE,
        }  # fmt: skip
        return _items(await self._door.ask(f"{self._url}/tickets", params))

    def _ticket(self, told: Mapping[str, Any]) -> DeskTicket:
        number = text_of(told, "id")
        url = f"{self._site}/Ticket/Display.html?id={number}"
        return DeskTicket(id=number, shown=f"#{number}", url=url, status=self._status(told))

    def _status(self, told: Mapping[str, Any]) -> DeskStatus:
        said = text_of(told, "Status")
        if said == "deleted":
            return DeskStatus("gone", said)
        return DeskStatus("closed" if said in self._settings.closed else "open", said)


def _items(answer: object) -> list[Mapping[str, Any]]:
    if not isinstance(answer, Mapping) or not isinstance(answer.get("items"), list):
        raise DeliveryFailed("Request Tracker answered without a list")
    return [one for one in items_of(answer, "items") if isinstance(one, Mapping)]


def _body(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)
