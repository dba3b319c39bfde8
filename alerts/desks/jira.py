"""Jira Cloud: issues of one project, known again by a label.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/intro/ : text is told as a document (ADF), in which words
are words. The search shows a new issue some moments later.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec
from pydantic import Field

from alerts.desks.contract import Addition, DeskStatus, DeskTicket, NewTicket, TicketGone
from alerts.desks.door import DeskDoor
from alerts.desks.settings import Address, HelpDeskSettings, Secret, Word
from alerts.escape import web_link
from rules.reading import Severity
from sources.loose_json import inner, items_of, text_of


class JiraSettings(HelpDeskSettings):
    """Settings of `kind = "jira"`. `base_url` is the site's address; `email` and `token` those of who makes the issues.

    `issue_type` is its name in the project. `priorities`: the project's own name for each severity; none is told where
    there is none, since not every project lets it be told.
    """

    kind: Literal["jira"]
    base_url: Address
    email: Annotated[str, Field(min_length=3, max_length=320)]
    token: Secret
    project: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{0,40}$")]
    issue_type: Word = "Task"
    labels: Annotated[tuple[Annotated[str, Field(pattern=r"^\S{1,200}$")], ...], Field(max_length=20)] = ("listener",)
    priorities: dict[Severity, Word] = {}

    def open(self) -> Jira:
        return Jira(self)


class Jira:
    """Issues in the name of the token's user; see `TicketDesk` for the promises."""

    longest_title = 250
    longest_text = 25_000
    settles = timedelta(minutes=1)
    most_asked = 100

    def __init__(self, settings: JiraSettings) -> None:
        self.name = settings.name
        self.kind: str = settings.kind
        self._settings = settings
        self._site = settings.base_url.rstrip("/")
        self._url = f"{self._site}/rest/api/3"
        login = b64encode(f"{settings.email}:{settings.token.get_secret_value()}".encode()).decode()
        self._door = DeskDoor(
            f"Jira ({settings.name})",
            {"authorization": f"Basic {login}", "accept": "application/json"},
            allow_private=settings.allow_private,
            timeout=settings.timeout,
        )

    async def find(self, marker: str, since: datetime) -> Sequence[DeskTicket]:
        """Asks by JQL for the label, in whichever project the issue is by now."""
        asked = {
            "jql": f'labels = "{marker}" ORDER BY created ASC',  # letters and digits alone: nothing to escape
            "fields": ["status", "labels"],
            "maxResults": 10,
        }
        answer = await self._door.ask(f"{self._url}/search/jql", question=asked)
        found = [one for one in self._issues(answer) if marker in items_of(inner(one, "fields"), "labels")]
        tickets = [ticket for one in found if (ticket := self._ticket(one)) is not None]
        return sorted(tickets, key=lambda one: int(one.id))

    async def open(self, ticket: NewTicket) -> DeskTicket:
        """Creates an issue."""
        settings = self._settings
        fields: dict[str, Any] = {
            "project": {"key": settings.project},
            "issuetype": {"name": settings.issue_type},
            "summary": ticket.title,
            "description": _document(ticket.text, [ticket.link]),
            "labels": [*settings.labels, ticket.marker],
        }
        if ticket.severity in settings.priorities:
            fields["priority"] = {"name": settings.priorities[ticket.severity]}
        made = self._ticket(await self._door.made(f"{self._url}/issue", {"fields": fields}))
        if made is None:
            raise self._door.doubtful(f"{self._door.service} made an issue and told no number", None)
        return made

    async def append(self, ticket: str, addition: Addition) -> None:
        """Adds a comment."""
        body = _document(f"{addition.text}\n\n[{addition.marker}]", addition.links)
        await self._door.add(f"{self._url}/issue/{ticket}/comment", {"body": body})

    async def holds(self, ticket: str, marker: str, since: datetime) -> bool:
        """Looks through the issue's newest comments."""
        params: dict[str, str | int] = {"orderBy": "-created", "maxResults": 100}
        answer = await self._door.ask(f"{self._url}/issue/{ticket}/comment", params, accept=(200, 404))
        if answer is None:
            raise TicketGone(f"{self._door.service} knows the issue no longer (404)")
        if not isinstance(answer, Mapping):
            raise self._door.unfit()
        return any(marker.encode() in msgspec.json.encode(one) for one in items_of(answer, "comments"))

    async def status(self, tickets: Sequence[str]) -> Mapping[str, DeskStatus]:
        """Asks for up to a hundred issues at once; one that is left out was deleted or cannot be seen any more."""
        asked = list(tickets[: self.most_asked])
        question = {"issueIdsOrKeys": asked, "fields": ["status"]}
        answer = await self._door.ask(f"{self._url}/issue/bulkfetch", question=question)
        told = {text_of(one, "id"): _status(one) for one in self._issues(answer)}
        return {one: told.get(one, DeskStatus("gone", "deleted")) for one in asked}

    async def close(self) -> None:
        await self._door.close()

    def _issues(self, answer: object) -> list[Mapping[str, Any]]:
        if not isinstance(answer, Mapping) or not isinstance(answer.get("issues"), list):
            raise self._door.unfit()
        return [one for one in answer["issues"] if isinstance(one, Mapping)]

    def _ticket(self, told: Mapping[str, Any]) -> DeskTicket | None:
        number, key = text_of(told, "id"), text_of(told, "key")
        if not number.isdigit() or not key:
            return None
        return DeskTicket(id=number, shown=key, url=web_link(f"{self._site}/browse/{key}"), status=_status(told))


def _status(told: Mapping[str, Any]) -> DeskStatus:
    status = inner(told, "fields", "status")
    done = text_of(inner(status, "statusCategory"), "key") == "done"
    return DeskStatus("closed" if done else "open", text_of(status, "name") or "new")


def _document(text: str, links: Sequence[str]) -> dict[str, Any]:
    """The Atlassian Document Format: a paragraph for each, with breaks for the ends of lines."""
    paragraphs = [_lines(part) for part in text.split("\n\n") if part.strip()]
    paragraphs += [_linked(link) for url in links if (link := web_link(url))]
    return {"type": "doc", "version": 1, "content": paragraphs}


def _lines(part: str) -> dict[str, Any]:
    content: list[dict[str, Any]] = []
    for line in part.splitlines():
        if content:
            content.append({"type": "hardBreak"})
        if line:
            content.append({"type": "text", "text": line})
    return {"type": "paragraph", "content": content}


def _linked(link: str) -> dict[str, Any]:
    mark = {"type": "link", "attrs": {"href": link}}
    return {"type": "paragraph", "content": [{"type": "text", "text": link, "marks": [mark]}]}
