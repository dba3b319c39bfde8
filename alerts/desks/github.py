"""GitHub issues: those of one repository, known again by a comment in their text that readers do not see.

https://docs.github.com/en/rest/issues/issues : the list of issues is read from the issues themselves, the search
(https://docs.github.com/en/rest/search/search) from an index that is behind. So what is new is looked for in the list
and what is old in the search.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field

from alerts.contract import DeliveryFailed
from alerts.desks.contract import Addition, DeskStatus, DeskTicket, NewTicket, TicketGone
from alerts.desks.door import DeskDoor
from alerts.desks.markdown import fenced, linked
from alerts.desks.settings import Address, HelpDeskSettings, Secret, Word
from alerts.escape import web_link
from sources.loose_json import items_of, text_of

_A_PAGE = 100
_PAGES = 3


class GithubSettings(HelpDeskSettings):
    """Settings of `kind = "github"`. `token` needs to write the issues of `repository`, written owner/name."""

    kind: Literal["github"]
    repository: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}$")]
    token: Secret
    labels: Annotated[tuple[Word, ...], Field(max_length=20)] = ("listener",)
    base_url: Address = "https://api.github.com"

    def open(self) -> Github:
        return Github(self)


class Github:
    """Issues in the name of the token's user; see `TicketDesk` for the promises."""

    longest_title = 200
    longest_text = 30_000
    settles = timedelta(minutes=1)
    most_asked = 20

    def __init__(self, settings: GithubSettings) -> None:
        self.name = settings.name
        self.kind: str = settings.kind
        self._settings = settings
        self._api = settings.base_url.rstrip("/")
        self._url = f"{self._api}/repos/{settings.repository}/issues"
        headers = {
            "authorization": f"Bearer {settings.token.get_secret_value()}",
            "accept": "application/vnd.github+json",
            "x-github-api-version": "2022-11-28",
        }
        self._door = DeskDoor(
            f"GitHub ({settings.name})", headers, allow_private=settings.allow_private, timeout=settings.timeout
        )

    async def find(self, marker: str, since: datetime) -> Sequence[DeskTicket]:
        """Looks through the issues that changed since then, and asks the search for older ones."""
        found = await self._listed(marker, since) or await self._searched(marker)
        tickets = {ticket.id: ticket for one in found if (ticket := self._ticket(one)) is not None}
        return sorted(tickets.values(), key=lambda one: int(one.id))

    async def open(self, ticket: NewTicket) -> DeskTicket:
        """Opens an issue, the words in it as code: they call nobody, link to no issue, and show nothing else."""
        body = f"{fenced(ticket.text)}\n\n{linked([ticket.link])}\n\n{_hidden(ticket.marker)}"
        told = {"title": ticket.title, "body": body, "labels": list(self._settings.labels)}
        made = self._ticket(await self._door.made(self._url, told))
        if made is None:
            raise self._door.doubtful(f"{self._door.service} made an issue and told no number", None)
        return made

    async def append(self, ticket: str, addition: Addition) -> None:
        """Adds a comment."""
        body = f"{fenced(addition.text)}\n\n{linked(addition.links)}\n\n{_hidden(addition.marker)}"
        await self._door.add(f"{self._url}/{ticket}/comments", {"body": body})

    async def holds(self, ticket: str, marker: str, since: datetime) -> bool:
        """Looks through the issue's comments since then."""
        for page in range(1, _PAGES + 1):
            params: dict[str, str | int] = {"since": _time(since), "per_page": _A_PAGE, "page": page}
            answer = await self._door.ask(f"{self._url}/{ticket}/comments", params, accept=(200, 404, 410))
            if answer is None:
                raise TicketGone(f"{self._door.service} knows the issue no longer")
            rows = _rows(answer)
            if any(_hidden(marker) in text_of(one, "body") for one in rows):
                return True
            if len(rows) < _A_PAGE:
                return False
        return False

    async def status(self, tickets: Sequence[str]) -> Mapping[str, DeskStatus]:
        """Asks for one issue after the other."""
        told: dict[str, DeskStatus] = {}
        for one in tickets[: self.most_asked]:
            answer = await self._door.ask(f"{self._url}/{one}", accept=(200, 404, 410))
            if answer is None:
                told[one] = DeskStatus("gone", "deleted")
            elif isinstance(answer, Mapping) and text_of(answer, "state"):
                told[one] = _status(answer)
            else:
                raise self._door.unfit()
        return told

    async def close(self) -> None:
        await self._door.close()

    async def _listed(self, marker: str, since: datetime) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = []
        for page in range(1, _PAGES + 1):
            params: dict[str, str | int] = {
                "state": "all", "since": _time(since), "sort": "created", "direction": "desc", "per_page": _A_PAGE,
                "page": page,
            }  # fmt: skip
            rows = _rows(await self._door.ask(self._url, params))
            found += [one for one in rows if _hidden(marker) in text_of(one, "body")]
            if len(rows) < _A_PAGE:
                break
        return found

    async def _searched(self, marker: str) -> list[Mapping[str, Any]]:
        params: dict[str, str | int] = {
            "q": f"{marker} repo:{self._settings.repository} is:issue in:body",
            "per_page": 10,
        }
        answer = await self._door.ask(f"{self._api}/search/issues", params)
        if not isinstance(answer, Mapping):
            raise self._door.unfit()
        return [one for one in _rows(items_of(answer, "items")) if _hidden(marker) in text_of(one, "body")]

    def _ticket(self, told: Mapping[str, Any]) -> DeskTicket | None:
        number = text_of(told, "number")
        if not number.isdigit():
            return None
        return DeskTicket(id=number, shown=f"#{number}", url=web_link(text_of(told, "html_url")), status=_status(told))


def _rows(answer: object) -> list[Mapping[str, Any]]:
    if not isinstance(answer, list | tuple):
        raise DeliveryFailed("GitHub answered without a list")
    return [one for one in answer if isinstance(one, Mapping)]


def _status(told: Mapping[str, Any]) -> DeskStatus:
    said = text_of(told, "state") or "open"
    reason = text_of(told, "state_reason").replace("_", " ")
    return DeskStatus("closed" if said == "closed" else "open", f"{said}, {reason}" if reason else said)


def _hidden(marker: str) -> str:
    return f"<!-- {marker} -->"


def _time(since: datetime) -> str:
    return since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
