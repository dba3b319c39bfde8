"""What every service promises that takes notes on its contacts."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from msgspec import Struct

from alerts.contract import Receipt


class Note(Struct, frozen=True, kw_only=True):
    """One note on one contact.

    `marker` is one word of ASCII letters and digits that no other note has: by it the note is known again in the
    service. `title` is one line; `text` plain words from outside, which the service must show as such; `link` leads to
    the post, "" where there is none.
    """

    contact: str
    marker: str
    title: str
    text: str
    link: str
    at: datetime


class ContactNotes(Protocol):
    """The notes of one configured service. Each call tries once; both raise only alerts.contract.DeliveryFailed."""

    name: str

    async def find(self, contact: str, marker: str, since: datetime) -> str:
        """The id of the contact's note with this marker, made since then; "" where the service shows none."""
        ...

    async def write(self, note: Note) -> Receipt:
        """Writes the note on the contact."""
        ...

    async def close(self) -> None: ...
