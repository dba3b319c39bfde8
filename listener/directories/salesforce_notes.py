"""Notes on the contacts of Salesforce: completed tasks, which stand in the contact's activity history.

SOQL cannot ask for a task's description and can for its subject: so the subject holds the word by which the note is
found again. https://developer.salesforce.com/docs/ : Object Reference, "Task".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from alerts.channels.posting import Answer
from alerts.contract import DeliveryFailed, Receipt
from alerts.excerpt import cut
from listener.directories.notes import Note
from listener.directories.notes_door import NotesDoor, code_of
from listener.directories.salesforce_session import sign_in
from sources.contract import SourceError, SourceRefused
from sources.loose_json import items_of, text_of

if TYPE_CHECKING:
    from listener.directories.salesforce import SalesforceSettings

_LONGEST_SUBJECT = 255
_USED_UP = timedelta(hours=1)


class SalesforceNotes:
    """Writes completed tasks in the name of the connected app's user."""

    def __init__(self, settings: SalesforceSettings) -> None:
        self.name = settings.name
        self._settings = settings
        self._url = settings.base_url.rstrip("/")
        self._door = NotesDoor(f"Salesforce ({settings.name})", allow_private=settings.allow_private)
        self._session = ""

    async def find(self, contact: str, marker: str, since: datetime) -> str:
        """Looks for the word in the subjects of the contact's tasks."""
        question = f"SELECT Id FROM Task WHERE WhoId = '{contact}' AND Subject LIKE '%{marker}%' LIMIT 1"  # noqa: S608 — both are letters and digits
        headers = await self._signed()
        asked = self._door.asking.get(
            f"{self._url}/services/data/v{self._settings.version}/query",
            params={"q": question},
            headers=headers,
            accept=(200, 401),
        )
        answer = await self._door.asked(asked)
        if not isinstance(answer, Mapping):
            raise self._session_ended()
        found = items_of(answer, "records")
        return text_of(found[0], "Id") if found and isinstance(found[0], Mapping) else ""

    async def write(self, note: Note) -> Receipt:
        """Writes the task; the words in it are plain text to Salesforce."""
        payload = {
            "WhoId": note.contact,
            "Subject": f"{cut(note.title, _LONGEST_SUBJECT - len(note.marker) - 3)} [{note.marker}]",
            "Description": "\n".join(filter(None, [note.text, note.link])),
            "Status": "Completed",
            "ActivityDate": note.at.astimezone(UTC).date().isoformat(),
        }
        url = f"{self._url}/services/data/v{self._settings.version}/sobjects/Task"
        answer = await self._door.send(url, payload, await self._signed(), accept=(200, 201, 401, 403))
        self._check(answer)
        return Receipt(id=text_of(self._door.made(answer), "id"))

    async def close(self) -> None:
        await self._door.close()

    def _check(self, answer: Answer) -> None:
        code = code_of(answer.body)
        if answer.status == 401:
            raise self._session_ended()
        if answer.status == 403 and code == "REQUEST_LIMIT_EXCEEDED":
            raise DeliveryFailed(
                f"{self._door.service}: the requests for the day are used up (403)", retry_after=_USED_UP
            )
        if answer.status == 403:
            raise DeliveryFailed(
                f"{self._door.service} refuses (403 {code}): the app's user may not make tasks", permanent=True
            )

    def _session_ended(self) -> DeliveryFailed:
        self._session = ""
        return DeliveryFailed(f"{self._door.service} has ended the session (401): the next try signs in again")

    async def _signed(self) -> Mapping[str, str]:
        if not self._session:
            settings = self._settings
            secret = settings.client_secret.get_secret_value()
            try:
                self._session = await sign_in(
                    self._door.asking, self._url, settings.client_id.get_secret_value(), secret
                )
            except SourceError as error:
                refused = isinstance(error, SourceRefused)
                raise DeliveryFailed(f"{self._door.service}: {error}", permanent=refused) from error
        return {"authorization": f"Bearer {self._session}"}
