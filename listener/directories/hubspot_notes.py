"""Notes on the contacts of HubSpot.

https://developers.hubspot.com/docs/api/crm/notes : a note's body is HTML of at most 65,536 characters. It is found
again by a word of its body, through a search that shows a new note only after some moments.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING

import msgspec

from alerts.contract import Receipt
from listener.directories.notes import Note
from listener.directories.notes_door import NotesDoor
from sources.loose_json import items_of, text_of

if TYPE_CHECKING:
    from listener.directories.hubspot import HubspotSettings

_NOTE_TO_CONTACT = 202  # HubSpot's own number for this kind of association


class HubspotNotes:
    """Writes notes with a private app's token, which needs the scope crm.objects.contacts.write."""

    def __init__(self, settings: HubspotSettings) -> None:
        self.name = settings.name
        self._url = f"{settings.base_url.rstrip('/')}/crm/v3/objects/notes"
        self._headers = {"authorization": f"Bearer {settings.token.get_secret_value()}"}
        self._door = NotesDoor(f"HubSpot ({settings.name})", allow_private=settings.allow_private)

    async def find(self, contact: str, marker: str, since: datetime) -> str:
        """Looks for the word in the bodies of the contact's notes."""
        filters = [
            {"propertyName": "associations.contact", "operator": "EQ", "value": contact},
            {"propertyName": "hs_note_body", "operator": "CONTAINS_TOKEN", "value": marker},
        ]
        question = msgspec.json.encode({"filterGroups": [{"filters": filters}], "limit": 1})
        answer = await self._door.asked(
            self._door.asking.post(f"{self._url}/search", content=question, headers=self._headers)
        )
        found = items_of(answer, "results") if isinstance(answer, Mapping) else ()
        return text_of(found[0], "id") if found and isinstance(found[0], Mapping) else ""

    async def write(self, note: Note) -> Receipt:
        """Writes the note, with every character of it escaped."""
        payload = {
            "properties": {"hs_timestamp": note.at.astimezone(UTC).isoformat(), "hs_note_body": _html(note)},
            "associations": [
                {
                    "to": {"id": note.contact},
                    "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": _NOTE_TO_CONTACT}],
                }
            ],
        }
        answer = await self._door.send(self._url, payload, self._headers)
        return Receipt(id=text_of(self._door.made(answer), "id"))

    async def close(self) -> None:
        await self._door.close()


def _html(note: Note) -> str:
    link = escape(note.link)
    parts = [f"<strong>{escape(note.title)}</strong>", escape(note.text).replace("\n", "<br>")]
    parts += [f'<a href="{link}">{link}</a>'] if link else []
    return "<br>".join([*parts, note.marker])
