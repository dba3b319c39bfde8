"""Zendesk: tickets of one account, known again by their `external_id`.

https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/ : a list by `external_id` is read from the
tickets themselves and not from the search index; creating takes an `Idempotency-Key`, which holds for two hours.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field

from alerts.contract import DeliveryFailed
from alerts.desks.contract import Addition, DeskStatus, DeskTicket, NewTicket, TicketGone
from alerts.desks.door import DeskDoor
from alerts.desks.settings import Address, Secret, ServiceDeskSettings, Word
from sources.loose_json import inner, items_of, text_of

_PRIORITIES = {"critical": "urgent", "high": "high", "medium": "normal", "low": "low"}
_CLOSED = ("solved", "closed")
_COMMENTS = 100
_PAGES = 5


class ZendeskSettings(ServiceDeskSettings):
    """Settings of `kind = "zendesk"`. `base_url` is the account's address; `email` and `token` an agent's API token.

    `group`: the number of the group that gets the tickets, "" to leave it to the account's triggers.
    """

    kind: Literal["zendesk"]
    base_url: Address
    email: Annotated[str, Field(min_length=3, max_length=320)]
    token: Secret
    group: Annotated[str, Field(pattern=r"^\d{0,20}$")] = ""
    tags: Annotated[tuple[Word, ...], Field(max_length=50)] = ("listener",)

    def open(self) -> Zendesk:
        return Zendesk(self)


class Zendesk:
    """Tickets in the name of the agent whose API token it is; see `TicketDesk` for the promises."""

    longest_title = 150
    longest_text = 30_000
    settles = timedelta(0)
    most_asked = 100

    def __init__(self, settings: ZendeskSettings) -> None:
        self.name = settings.name
        self.kind: str = settings.kind
        self._settings = settings
        self._site = settings.base_url.rstrip("/")
        self._url = f"{self._site}/api/v2"
        login = b64encode(f"{settings.email}/token:{settings.token.get_secret_value()}".encode()).decode()
        self._door = DeskDoor(
            f"Zendesk ({settings.name})",
            {"authorization": f"Basic {login}"},
            allow_private=settings.allow_private,
            timeout=settings.timeout,
        )

    async def find(self, marker: str, since: datetime) -> Sequence[DeskTicket]:
        """Lists the tickets of this `external_id`."""
        answer = await self._door.ask(f"{self._url}/tickets.json", {"external_id": marker, "per_page": 100})
        found = [
            one for one in _tickets(answer) if text_of(one, "external_id") == marker and text_of(one, "id").isdigit()
        ]
        return [self._ticket(one) for one in sorted(found, key=lambda one: int(text_of(one, "id")))]

    async def open(self, ticket: NewTicket) -> DeskTicket:
        """Opens a ticket whose first comment only agents see."""
        settings = self._settings
        told: dict[str, Any] = {
            "subject": ticket.title,
            "comment": {"body": _body(ticket.text, ticket.link), "public": False},
            "external_id": ticket.marker,
            "priority": _PRIORITIES[ticket.severity],
            "tags": list(settings.tags),
        }
        if settings.group:
            told["group_id"] = int(settings.group)
        if ticket.requester:
            told["requester"] = {"name": ticket.requester.partition("@")[0], "email": ticket.requester}
        headers = {"idempotency-key": ticket.marker}
        answer = await self._door.made(f"{self._url}/tickets.json", {"ticket": told}, headers=headers)
        made = inner(answer, "ticket")
        if not text_of(made, "id"):
            raise self._door.doubtful(f"{self._door.service} made a ticket and told no number", None)
        return self._ticket(made)

    async def append(self, ticket: str, addition: Addition) -> None:
        """Adds a comment that only agents see; a ticket that is closed for ever takes none (422)."""
        body = _body(addition.text, *addition.links, f"[{addition.marker}]")
        told = {"ticket": {"comment": {"body": body, "public": False}}}
        answer = await self._door.add(f"{self._url}/tickets/{ticket}.json", told, method="PUT", accept=(200, 422))
        if answer.status == 422:
            if b"closed" in answer.body.lower():
                raise TicketGone(f"{self._door.service} has closed the ticket for ever (422)")
            raise DeliveryFailed(f"{self._door.service} refuses (422): it does not accept the comment", permanent=True)

    async def holds(self, ticket: str, marker: str, since: datetime) -> bool:
        """Looks through the ticket's newest comments."""
        params: dict[str, str | int] = {"page[size]": _COMMENTS, "sort": "-created_at"}
        for _ in range(_PAGES):
            answer = await self._door.ask(f"{self._url}/tickets/{ticket}/comments.json", params, accept=(200, 404))
            if answer is None:
                raise TicketGone(f"{self._door.service} knows the ticket no longer (404)")
            if not isinstance(answer, Mapping):
                raise self._door.unfit()
            if any(isinstance(one, Mapping) and marker in text_of(one, "body") for one in items_of(answer, "comments")):
                return True
            meta = inner(answer, "meta")
            if meta.get("has_more") is not True or not text_of(meta, "after_cursor"):
                return False
            params = {**params, "page[after]": text_of(meta, "after_cursor")}
        return False

    async def status(self, tickets: Sequence[str]) -> Mapping[str, DeskStatus]:
        """Asks for up to a hundred tickets at once; one that is left out was deleted."""
        params = {"ids": ",".join(tickets[: self.most_asked])}
        found = _tickets(await self._door.ask(f"{self._url}/tickets/show_many.json", params))
        told = {text_of(one, "id"): _status(one) for one in found}
        return {one: told.get(one, DeskStatus("gone", "deleted")) for one in tickets[: self.most_asked]}

    async def close(self) -> None:
        await self._door.close()

    def _ticket(self, told: Mapping[str, Any]) -> DeskTicket:
        number = text_of(told, "id")
        url = f"{self._site}/agent/tickets/{number}"
        return DeskTicket(id=number, shown=f"#{number}", url=url, status=_status(told))


def _tickets(answer: object) -> list[Mapping[str, Any]]:
    if not isinstance(answer, Mapping) or not isinstance(answer.get("tickets"), list):
        raise DeliveryFailed("Zendesk answered without a list of tickets")
    return [one for one in answer["tickets"] if isinstance(one, Mapping)]


def _status(told: Mapping[str, Any]) -> DeskStatus:
    said = text_of(told, "status") or "new"
    return DeskStatus("closed" if said in _CLOSED else "open", said)


def _body(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)
