"""The way out of notes: every answer of a service that takes them, told as what to do next."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Container, Mapping
from datetime import timedelta
from typing import Any

import msgspec

from alerts.channels.posting import Answer, Poster
from alerts.contract import DeliveryFailed
from sources.contract import SourceBusy, SourceError, SourceRefused
from sources.http import Answer as Found
from sources.http import HttpDoor

TIMEOUT = timedelta(seconds=30)
SETTLED_WITHIN = timedelta(minutes=1)
"""How long a note that may have gone through is given to arrive and to be found, before it is looked for."""

_CODE = re.compile(rb'"(?:errorCode|category|code|error|title)"\s*:\s*"([A-Za-z_]{3,60})"')
_BY_STATUS = {
    401: "check its credentials",
    403: "its credentials may not write notes",
    404: "it has no such contact any more",
    413: "the note is too long for it",
}


class NotesDoor:
    """Sends notes and looks for them, once each; `service` is what messages call the other side."""

    def __init__(self, service: str, *, allow_private: bool, timeout: timedelta = TIMEOUT) -> None:
        self.service = service
        self._poster = Poster(service, allow_private=allow_private, timeout=timeout)
        self.asking = HttpDoor(allow_private=allow_private, timeout=timeout)

    async def send(
        self, url: str, payload: Mapping[str, Any], headers: Mapping[str, str], accept: Container[int] = (200, 201)
    ) -> Answer:
        """Sends what makes a note; gives the answer where its status is in `accept`. Raises DeliveryFailed."""
        try:
            answer = await self._poster.post(url, payload, headers)
        except DeliveryFailed as error:
            if not error.ambiguous:
                raise
            raise self._doubtful(str(error), error.retry_after) from error
        if answer.status in accept:
            return answer
        code = f"{answer.status} {code_of(answer.body)}".strip()
        if answer.status == 429:
            raise DeliveryFailed(f"{self.service} asks for patience (429)", retry_after=answer.retry_after)
        if answer.status >= 500 or answer.status == 408:
            raise self._doubtful(f"{self.service} has trouble of its own ({code})", answer.retry_after)
        advice = _BY_STATUS.get(answer.status, "it does not accept the note")
        raise DeliveryFailed(f"{self.service} refuses ({code}): {advice}", permanent=True)

    async def asked(self, question: Awaitable[Found]) -> Any:
        """The JSON that answers a question asked by `asking`. Raises DeliveryFailed, as nothing was sent."""
        try:
            return (await question).json()
        except SourceBusy as error:
            raise DeliveryFailed(f"{self.service}: {error}", retry_after=error.retry_after) from error
        except SourceRefused as error:
            raise DeliveryFailed(f"{self.service}: {error}", permanent=True) from error
        except SourceError as error:
            raise DeliveryFailed(f"{self.service}: {error}") from error

    def made(self, answer: Answer) -> Mapping[str, Any]:
        """The object that an accepted note is answered with. Raises DeliveryFailed where it is none."""
        try:
            told = msgspec.json.decode(answer.body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            told = None
        if not isinstance(told, Mapping):
            raise self._doubtful(f"{self.service} answered something that is not its own form", None)
        return told

    @staticmethod
    def _doubtful(why: str, retry_after: timedelta | None) -> DeliveryFailed:
        return DeliveryFailed(why, retry_after=max(retry_after or SETTLED_WITHIN, SETTLED_WITHIN), ambiguous=True)

    async def close(self) -> None:
        """Frees connections. Safe to call twice."""
        await self._poster.close()
        await self.asking.close()


def code_of(body: bytes) -> str:
    """The service's word for what is wrong, "" where it tells none."""
    found = _CODE.search(body)
    return found[1].decode("ascii") if found else ""
