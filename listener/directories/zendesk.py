"""Zendesk: the end users of one account, in the order in which they were changed.

https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/ : ten questions a minute,
each tells the cursor of the next; who was deleted is told as not active.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr

from listener.directories.contract import DirectoryPage
from listener.directories.rows import customer_id, customer_told, value_of
from listener.directories.settings import Address, DirectorySettings
from listener.directories.zendesk_notes import ZendeskNotes
from sources.contract import SourceUnavailable
from sources.http import HttpDoor
from sources.loose_json import inner, text_of

PAGE = 200


class ZendeskSettings(DirectorySettings):
    """Settings of `kind = "zendesk"`. `base_url` is the account's address; `email` and `token` an agent's API token."""

    kind: Literal["zendesk"]
    base_url: Address
    email: Annotated[str, Field(min_length=3, max_length=320)]
    token: Annotated[SecretStr, Field(min_length=1)]

    def open(self) -> Zendesk:
        return Zendesk(self)

    def open_notes(self) -> ZendeskNotes:
        return ZendeskNotes(self)


class Zendesk:
    """Reads end users by the incremental export; see `CustomerDirectory` for the promises."""

    pages_at_once = 8

    def __init__(self, settings: ZendeskSettings) -> None:
        self.name = settings.name
        self._settings = settings
        self._url = f"{settings.base_url.rstrip('/')}/api/v2/incremental/users/cursor.json"
        login = b64encode(f"{settings.email}/token:{settings.token.get_secret_value()}".encode()).decode()
        self._door = HttpDoor(allow_private=settings.allow_private, headers={"authorization": f"Basic {login}"})

    async def fetch(self, cursor: str, now: datetime) -> DirectoryPage:
        """Reads the next page of users."""
        place: dict[str, str | int] = {"cursor": cursor} if cursor else {"start_time": 1}
        answer = (await self._door.get(self._url, params={"per_page": PAGE, **place})).json()
        users = answer.get("users") if isinstance(answer, Mapping) else None
        if not isinstance(users, list):
            raise SourceUnavailable("Zendesk answered without a list of users")
        following, ended = text_of(answer, "after_cursor") or cursor, answer.get("end_of_stream") is not False
        if not ended and following == cursor:
            raise SourceUnavailable("Zendesk tells of more users and not where they are")
        mistakes: list[str] = []
        customers, gone = [], []
        for user in users:
            number = text_of(user, "id") if isinstance(user, Mapping) else ""
            if not number:
                mistakes.append("Zendesk showed a user without an id")
            elif user.get("active") is False or user.get("role") not in (None, "end-user"):
                gone.append(customer_id(self._settings, number))
            elif (made := self._customer(user, number, mistakes)) is not None:
                customers.append(made)
        return DirectoryPage(
            customers=tuple(customers),
            gone=tuple(gone),
            cursor=following,
            more=not ended,
            mistakes=tuple(mistakes),
        )

    async def close(self) -> None:
        await self._door.close()

    def _customer(self, user: Mapping[str, Any], number: str, mistakes: list[str]) -> Any:
        columns = {"name": value_of(user, "name"), "emails": value_of(user, "email"), "phones": value_of(user, "phone")}
        return customer_told(self._settings, number, columns, {**inner(user, "user_fields"), **user}, mistakes)
