"""Salesforce: the contacts of one organisation, in the order in which they were changed.

https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_queryall.htm : deleted contacts are
told too. Each question begins behind the last contact that was read, by its time and its id, so that a reading which
stopped half-way goes on there.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Struct
from pydantic import Field, SecretStr

from listener.directories.contract import OVERLAP, DirectoryPage
from listener.directories.rows import customer_id, customer_told, value_of
from listener.directories.salesforce_notes import SalesforceNotes
from listener.directories.salesforce_session import sign_in
from listener.directories.settings import Address, DirectorySettings
from sources.contract import SourceBusy, SourceRefused, SourceUnavailable
from sources.http import HttpDoor
from sources.loose_json import text_of, time_of

PAGE = 200
_OWN = (
    "Id", "IsDeleted", "SystemModstamp", "Name", "Email", "Phone", "MobilePhone", "MailingCity", "MailingCountry",
    "Account.Name", "Account.Website", "Owner.Name",
)  # fmt: skip


class SalesforceSettings(DirectorySettings):
    """Settings of `kind = "salesforce"`. `base_url` is the organisation's own address (My Domain).

    `client_id` and `client_secret` are those of a connected app with the client credentials flow.
    """

    kind: Literal["salesforce"]
    base_url: Address
    client_id: Annotated[SecretStr, Field(min_length=1)]
    client_secret: Annotated[SecretStr, Field(min_length=1)]
    version: Annotated[str, Field(pattern=r"^\d{2,3}\.\d$")] = "60.0"

    def open(self) -> Salesforce:
        return Salesforce(self)

    def open_notes(self) -> SalesforceNotes:
        return SalesforceNotes(self)


class _Cursor(Struct, frozen=True):
    at: str = ""  # the time of the last contact, as Salesforce writes it
    id: str = ""
    walking: bool = False


class Salesforce:
    """Reads contacts by their last change; see `CustomerDirectory` for the promises."""

    pages_at_once = 50

    def __init__(self, settings: SalesforceSettings) -> None:
        self.name = settings.name
        self._settings = settings
        self._url = settings.base_url.rstrip("/")
        self._door = HttpDoor(allow_private=settings.allow_private)
        self._session = ""

    async def fetch(self, cursor: str, now: datetime) -> DirectoryPage:
        """Reads the next page of contacts; signs in first where there is no session."""
        stood = msgspec.json.decode(cursor, type=_Cursor) if cursor else _Cursor()
        if not self._session:
            client, secret = self._settings.client_id, self._settings.client_secret
            self._session = await sign_in(self._door, self._url, client.get_secret_value(), secret.get_secret_value())
        answer = await self._door.get(
            f"{self._url}/services/data/v{self._settings.version}/queryAll",
            params={"q": self._question(stood)},
            headers={"authorization": f"Bearer {self._session}"},
            accept=(200, 401, 403),
        )
        if answer.status == 401:
            self._session = ""
            raise SourceUnavailable("Salesforce has ended the session (401): the next try signs in again")
        if answer.status == 403:
            if b"REQUEST_LIMIT_EXCEEDED" in answer.body:
                raise SourceBusy("Salesforce's requests for the day are used up (403)", timedelta(hours=1))
            raise SourceRefused("Salesforce lets this app not read contacts (403)", "credentials")
        return self._page(answer.json(), stood)

    async def close(self) -> None:
        await self._door.close()

    def _question(self, stood: _Cursor) -> str:
        asked = ", ".join(dict.fromkeys([*_OWN, *self._settings.asked]))
        since = ""
        if stood.walking:
            since = f" WHERE SystemModstamp > {stood.at} OR (SystemModstamp = {stood.at} AND Id > '{stood.id}')"
        elif stood.at:
            since = f" WHERE SystemModstamp >= {stood.at}"
        return f"SELECT {asked} FROM Contact{since} ORDER BY SystemModstamp, Id LIMIT {PAGE}"  # noqa: S608 — checked names

    def _page(self, answer: Any, stood: _Cursor) -> DirectoryPage:
        records = answer.get("records") if isinstance(answer, Mapping) else None
        if not isinstance(records, list):
            raise SourceUnavailable("Salesforce answered without a list of contacts")
        mistakes: list[str] = []
        customers, gone, last = [], [], stood
        for record in records:
            number = text_of(record, "Id") if isinstance(record, Mapping) else ""
            if not number.isascii() or not number.isalnum():
                mistakes.append("Salesforce showed a contact without an id")
                continue
            if (time := time_of(record, "SystemModstamp")) is not None:
                last = _Cursor(at=_told(time), id=number, walking=True)
            if record.get("IsDeleted") is True:
                gone.append(customer_id(self._settings, number))
            elif (made := self._customer(record, number, mistakes)) is not None:
                customers.append(made)
        more = len(records) >= PAGE
        if more and last == stood:
            raise SourceUnavailable("Salesforce shows contacts without a time, so that none can be read on from")
        return DirectoryPage(
            customers=tuple(customers),
            gone=tuple(gone),
            cursor=msgspec.json.encode(last if more else _closed(last)).decode(),
            more=more,
            mistakes=tuple(mistakes),
        )

    def _customer(self, record: Mapping[str, Any], number: str, mistakes: list[str]) -> Any:
        columns = {
            "name": value_of(record, "Name"),
            "emails": value_of(record, "Email"),
            "phones": f"{value_of(record, 'Phone')};{value_of(record, 'MobilePhone')}",
            "city": value_of(record, "MailingCity"),
            "country": value_of(record, "MailingCountry"),
            "company": value_of(record, "Account.Name"),
            "domain": value_of(record, "Account.Website"),
            "owner": value_of(record, "Owner.Name"),
        }
        return customer_told(self._settings, number, columns, record, mistakes)


def _closed(last: _Cursor) -> _Cursor:
    """Where the next reading begins when this one has come to the end."""
    time = time_of({"at": last.at}, "at")
    return _Cursor(at=_told(time - OVERLAP)) if last.walking and time is not None else _Cursor(at=last.at)


def _told(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03d}Z"
