"""Notes on the users of Zendesk: events, which agents see beside the user's tickets.

A ticket would be work for somebody and may write to the customer, and the user's one field of notes belongs to agents,
whose words a write from elsewhere could overwrite. Events are made synchronously (202), and are listed by user, source
and time: https://developer.zendesk.com/api-reference/ticketing/users/events-api/events-api/
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from alerts.contract import Receipt
from listener.directories.notes import Note
from listener.directories.notes_door import NotesDoor
from sources.loose_json import inner, items_of, text_of

if TYPE_CHECKING:
    from listener.directories.zendesk import ZendeskSettings

_SOURCE, _TYPE = "listener", "mention"
_MOST_LOOKED_AT = 100  # of one user, since the note was queued
_CLOCKS_DIFFER = timedelta(hours=1)


class ZendeskNotes:
    """Writes events in the name of the agent whose API token it is."""

    def __init__(self, settings: ZendeskSettings) -> None:
        self.name = settings.name
        self._url = f"{settings.base_url.rstrip('/')}/api/v2/users"
        login = b64encode(f"{settings.email}/token:{settings.token.get_secret_value()}".encode()).decode()
        self._headers = {"authorization": f"Basic {login}"}
        self._door = NotesDoor(f"Zendesk ({settings.name})", allow_private=settings.allow_private)

    async def find(self, contact: str, marker: str, since: datetime) -> str:
        """Looks for the word in the properties of the user's newest events of ours."""
        asked = self._door.asking.get(
            f"{self._url}/{contact}/events",
            params={
                "filter[source]": _SOURCE,
                "filter[type]": _TYPE,
                "filter[start_time]": (since - _CLOCKS_DIFFER).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "page[size]": _MOST_LOOKED_AT,
            },
            headers=self._headers,
        )
        answer = await self._door.asked(asked)
        for event in items_of(answer, "events") if isinstance(answer, Mapping) else ():
            if isinstance(event, Mapping) and text_of(inner(event, "properties"), "note") == marker:
                return text_of(event, "id") or marker
        return ""

    async def write(self, note: Note) -> Receipt:
        """Writes the event; the time that it shows is that of its coming in."""
        told = {"note": note.marker, "text": note.text, "link": note.link, "written": note.at.isoformat()}
        payload = {
            "event": {"source": _SOURCE, "type": _TYPE, "description": note.title, "properties": told},
            "profile": {
                "source": _SOURCE,
                "type": "customer",
                "identifiers": [{"type": "external_id", "value": note.contact}],
            },
        }
        await self._door.send(f"{self._url}/{note.contact}/events", payload, self._headers, accept=(200, 201, 202))
        return Receipt(detail=note.marker)

    async def close(self) -> None:
        await self._door.close()
