"""Linear: issues of one team, known again by an id that is made of the marker and told when they are created.

https://linear.app/developers/graphql : `IssueCreateInput.id` and `CommentCreateInput.id` are UUIDs that the caller may
choose, so whether something went through is asked of Linear itself and not of a search.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from alerts.contract import DeliveryFailed
from alerts.desks.contract import Addition, DeskStatus, DeskTicket, NewTicket, TicketGone
from alerts.desks.door import DeskDoor
from alerts.desks.markdown import fenced, linked
from alerts.desks.settings import Address, HelpDeskSettings, Secret
from alerts.escape import web_link
from sources.loose_json import inner, items_of, text_of

_PRIORITIES = {"critical": 1, "high": 2, "medium": 3, "low": 4}
_ENDED = ("completed", "canceled", "duplicate")
_PATIENCE = timedelta(minutes=5)
_ANSWERS = (200, 400)
_UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"

_ISSUE = "id identifier url createdAt trashed state { name type }"
_FIND = f"query($ids: [ID!]) {{ issues(filter: {{ id: {{ in: $ids }} }}, first: 50, includeArchived: true) {{ nodes {{ {_ISSUE} }} }} }}"  # noqa: E501 — one question
_COMMENT = "query($id: ID!) { comments(filter: { id: { eq: $id } }, first: 1, includeArchived: true) { nodes { id } } }"
_OPEN = f"mutation($input: IssueCreateInput!) {{ issueCreate(input: $input) {{ success issue {{ {_ISSUE} }} }} }}"
_APPEND = "mutation($input: CommentCreateInput!) { commentCreate(input: $input) { success } }"


class LinearSettings(HelpDeskSettings):
    """Settings of `kind = "linear"`. `token` is a personal API key; `team` and `labels` are ids (UUIDs)."""

    kind: Literal["linear"]
    token: Secret
    team: Annotated[str, Field(pattern=_UUID)]
    labels: Annotated[tuple[Annotated[str, Field(pattern=_UUID)], ...], Field(max_length=20)] = ()
    base_url: Address = "https://api.linear.app"

    def open(self) -> Linear:
        return Linear(self)


class Linear:
    """Issues in the name of the key's user; see `TicketDesk` for the promises."""

    longest_title = 200
    longest_text = 30_000
    settles = timedelta(0)
    most_asked = 50

    def __init__(self, settings: LinearSettings) -> None:
        self.name = settings.name
        self.kind: str = settings.kind
        self._settings = settings
        self._url = f"{settings.base_url.rstrip('/')}/graphql"
        self._door = DeskDoor(
            f"Linear ({settings.name})",
            {"authorization": settings.token.get_secret_value()},
            allow_private=settings.allow_private,
            timeout=settings.timeout,
        )

    async def find(self, marker: str, since: datetime) -> Sequence[DeskTicket]:
        """Asks for the issue of the marker's id; there is one at most."""
        return [self._ticket(one) for one in await self._issues([issue_id(marker)])]

    async def open(self, ticket: NewTicket) -> DeskTicket:
        """Creates an issue, the words in it as code."""
        told = {
            "id": issue_id(ticket.marker),
            "teamId": self._settings.team,
            "title": ticket.title,
            "description": f"{fenced(ticket.text)}\n\n{linked([ticket.link])}",
            "priority": _PRIORITIES[ticket.severity],
            "labelIds": list(self._settings.labels),
        }
        made = inner(await self._change(_OPEN, told), "issueCreate", "issue")
        if not text_of(made, "id"):
            raise self._door.doubtful(f"{self._door.service} made an issue and told no id", None)
        return self._ticket(made)

    async def append(self, ticket: str, addition: Addition) -> None:
        """Adds a comment."""
        body = f"{fenced(addition.text)}\n\n{linked(addition.links)}"
        await self._change(_APPEND, {"id": issue_id(addition.marker), "issueId": ticket, "body": body})

    async def holds(self, ticket: str, marker: str, since: datetime) -> bool:
        """Asks for the comment of the marker's id."""
        data = await self._ask(_COMMENT, {"id": issue_id(marker)})
        return bool(items_of(inner(data, "comments"), "nodes"))

    async def status(self, tickets: Sequence[str]) -> Mapping[str, DeskStatus]:
        """Asks for all of them at once; one that is left out was deleted."""
        asked = list(tickets[: self.most_asked])
        told = {text_of(one, "id"): _status(one) for one in await self._issues(asked)}
        return {one: told.get(one, DeskStatus("gone", "deleted")) for one in asked}

    async def close(self) -> None:
        await self._door.close()

    async def _issues(self, ids: Sequence[str]) -> list[Mapping[str, Any]]:
        data = await self._ask(_FIND, {"ids": list(ids)})
        nodes = inner(data, "issues").get("nodes")
        if not isinstance(nodes, list):
            raise self._door.unfit()
        return [one for one in nodes if isinstance(one, Mapping) and text_of(one, "id")]

    async def _ask(self, query: str, variables: Mapping[str, Any]) -> Mapping[str, Any]:
        answer = await self._door.ask(self._url, question={"query": query, "variables": variables}, accept=_ANSWERS)
        if not isinstance(answer, Mapping):
            raise self._door.unfit()
        return self._data(answer)

    async def _change(self, query: str, told: Mapping[str, Any]) -> Mapping[str, Any]:
        payload = {"query": query, "variables": {"input": told}}
        return self._data(await self._door.made(self._url, payload, accept=_ANSWERS))

    def _data(self, answer: Mapping[str, Any]) -> Mapping[str, Any]:
        """What was asked for. Linear tells a failure in the answer, often with the status 200 or 400."""
        errors = [one for one in items_of(answer, "errors") if isinstance(one, Mapping)]
        if not errors:
            data = answer.get("data")
            if not isinstance(data, Mapping):
                raise self._door.doubtful(f"{self._door.service} answered something that is not its own form", None)
            return data
        code = text_of(inner(errors[0], "extensions"), "code").upper()
        if code == "RATELIMITED":
            raise DeliveryFailed(f"{self._door.service} asks for patience (RATELIMITED)", retry_after=_PATIENCE)
        if code == "INTERNAL_SERVER_ERROR":
            raise self._door.doubtful(f"{self._door.service} has trouble of its own ({code})", None)
        if "not found" in text_of(errors[0], "message").lower() and "issue" in text_of(errors[0], "message").lower():
            raise TicketGone(f"{self._door.service} knows the issue no longer")
        said = code if code.replace("_", "").isalpha() else "no code told"
        keyless = code == "AUTHENTICATION_ERROR"
        advice = "check its API key" if keyless else "it does not accept what it was told"
        raise DeliveryFailed(f"{self._door.service} refuses ({said}): {advice}", permanent=True, disables=keyless)

    def _ticket(self, told: Mapping[str, Any]) -> DeskTicket:
        return DeskTicket(
            id=text_of(told, "id"),
            shown=text_of(told, "identifier") or text_of(told, "id"),
            url=web_link(text_of(told, "url")),
            status=_status(told),
        )


def issue_id(marker: str) -> str:
    """The UUID (RFC 9562, of the form of version 4) that stands for a marker."""
    return str(UUID(bytes=hashlib.blake2b(marker.encode(), digest_size=16).digest(), version=4))


def _status(told: Mapping[str, Any]) -> DeskStatus:
    if told.get("trashed") is True:
        return DeskStatus("gone", "deleted")
    state = inner(told, "state")
    return DeskStatus("closed" if text_of(state, "type") in _ENDED else "open", text_of(state, "name") or "new")
