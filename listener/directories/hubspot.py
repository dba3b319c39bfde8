"""HubSpot: the contacts of one portal, in the order in which they were changed.

https://developers.hubspot.com/docs/api/crm/search : at most 200 a page, 10,000 a question, five questions a second. So
each question begins at the last change that was read, and goes on within it only where a whole page has one time.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Struct
from pydantic import Field, SecretStr

from listener.directories.contract import OVERLAP, DirectoryPage
from listener.directories.hubspot_notes import HubspotNotes
from listener.directories.rows import customer_told, value_of
from listener.directories.settings import Address, DirectorySettings
from sources.contract import SourceUnavailable
from sources.http import HttpDoor
from sources.loose_json import inner, text_of

PAGE = 100
_CHANGED = "lastmodifieddate"
_OWN = (
    "firstname", "lastname", "email", "hs_additional_emails", "phone", "mobilephone", "company", "website", "city",
    "country", "hubspot_owner_id", _CHANGED,
)  # fmt: skip


class HubspotSettings(DirectorySettings):
    """Settings of `kind = "hubspot"`. `token` is that of a private app.

    It needs the scope crm.objects.contacts.read, and for notes crm.objects.contacts.write.
    """

    kind: Literal["hubspot"]
    token: Annotated[SecretStr, Field(min_length=1)]
    base_url: Address = "https://api.hubapi.com"

    def open(self) -> Hubspot:
        return Hubspot(self)

    def open_notes(self) -> HubspotNotes:
        return HubspotNotes(self)


class _Cursor(Struct, frozen=True):
    at: int = 0  # milliseconds: the change up to which all has been read
    after: str = ""  # where to go on among the contacts that changed in that millisecond or later
    walking: bool = False


class Hubspot:
    """Reads contacts by their last change; see `CustomerDirectory` for the promises."""

    pages_at_once = 100

    def __init__(self, settings: HubspotSettings) -> None:
        self.name = settings.name
        self._settings = settings
        self._url = f"{settings.base_url.rstrip('/')}/crm/v3/objects/contacts/search"
        bearer = f"Bearer {settings.token.get_secret_value()}"
        self._door = HttpDoor(allow_private=settings.allow_private, headers={"authorization": bearer})

    async def fetch(self, cursor: str, now: datetime) -> DirectoryPage:
        """Reads the next page of contacts."""
        stood = msgspec.json.decode(cursor, type=_Cursor) if cursor else _Cursor()
        since = stood.at if stood.walking else max(stood.at - int(OVERLAP.total_seconds() * 1000), 0)
        answer = (await self._door.post(self._url, content=self._question(since, stood.after))).json()
        results = answer.get("results") if isinstance(answer, Mapping) else None
        if not isinstance(results, list):
            raise SourceUnavailable("HubSpot answered without a list of contacts")
        after = text_of(inner(answer, "paging", "next"), "after")
        told = [one for one in results if isinstance(one, Mapping)]
        times = [time for one in told if (time := _millisecond(one)) is not None]
        mistakes = [] if len(told) == len(results) else ["HubSpot showed contacts that are none"]
        customers = [made for one in told if (made := self._customer(one, mistakes)) is not None]
        newest = max([since, *times])
        if not after:
            following = _Cursor(at=max(newest, stood.at))
        elif newest > since:
            following = _Cursor(at=newest, walking=True)
        else:
            following = _Cursor(at=since, after=after, walking=True)
        if after and following == stood:
            raise SourceUnavailable("HubSpot shows the same page of contacts again and again")
        return DirectoryPage(
            customers=tuple(customers),
            cursor=msgspec.json.encode(following).decode(),
            more=bool(after),
            mistakes=tuple(mistakes),
        )

    async def close(self) -> None:
        await self._door.close()

    def _question(self, since: int, after: str) -> bytes:
        asked = {
            "filterGroups": [{"filters": [{"propertyName": _CHANGED, "operator": "GTE", "value": str(since)}]}],
            "sorts": [{"propertyName": _CHANGED, "direction": "ASCENDING"}],
            "properties": list(dict.fromkeys([*_OWN, *self._settings.asked])),
            "limit": PAGE,
            **({"after": after} if after else {}),
        }
        return msgspec.json.encode(asked)

    def _customer(self, contact: Mapping[str, Any], mistakes: list[str]) -> Any:
        number, told = text_of(contact, "id"), inner(contact, "properties")
        if not number:
            mistakes.append("HubSpot showed a contact without an id")
            return None
        columns = {
            "name": f"{value_of(told, 'firstname')} {value_of(told, 'lastname')}".strip(),
            "emails": f"{value_of(told, 'email')};{value_of(told, 'hs_additional_emails')}",
            "phones": f"{value_of(told, 'phone')};{value_of(told, 'mobilephone')}",
            "owner": value_of(told, "hubspot_owner_id"),
            "urls": value_of(told, "website"),
            **{name: value_of(told, name) for name in ("company", "city", "country")},
        }
        return customer_told(self._settings, number, columns, told, mistakes)


def _millisecond(contact: Mapping[str, Any]) -> int | None:
    """When a contact last changed; HubSpot tells it as ISO 8601, older versions in milliseconds."""
    told = text_of(inner(contact, "properties"), _CHANGED) or text_of(contact, "updatedAt")
    if told.isascii() and told.isdigit():
        return int(told) if len(told) <= 15 else None
    try:
        read = datetime.fromisoformat(told)
        return int((read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, OverflowError):
        return None
