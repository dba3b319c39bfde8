"""The way to a desk and back: every answer told as what to do next."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from alerts.channels.posting import Answer, Method, Poster
from alerts.contract import DeliveryFailed
from alerts.desks.contract import TicketGone
from sources.contract import SourceBusy, SourceError, SourceRefused
from sources.http import HttpDoor
from sources.patience import asked_to_wait

SETTLED_WITHIN = timedelta(minutes=1)
"""How long what may have gone through is given to arrive and to be found, before it is looked for."""

MADE = (200, 201)
_GONE = (404, 410)
_RESET = ("x-ratelimit-reset",)
_CODE = re.compile(rb'"(?:errorCode|category|code|error|title|message)"\s*:\s*"([A-Za-z_ ]{3,60})"')
_BY_STATUS = {
    401: "check its credentials",
    403: "its credentials may not do this",
    404: "there is no such place: check the settings of the desk",
    410: "there is no such place any more: check the settings of the desk",
    413: "the ticket is too long for it",
}


class DeskDoor:
    """Sends to a desk and asks it, once each; `service` is what messages call it."""

    def __init__(self, service: str, headers: Mapping[str, str], *, allow_private: bool, timeout: timedelta) -> None:
        self.service = service
        self._headers = dict(headers)
        self._poster = Poster(service, allow_private=allow_private, timeout=timeout)
        self._asking = HttpDoor(
            allow_private=allow_private,
            timeout=timeout,
            headers=headers,
            reset_headers=_RESET,
        )

    async def send(
        self,
        url: str,
        payload: Mapping[str, Any] | bytes,
        *,
        method: Method = "POST",
        headers: Mapping[str, str] = {},
        accept: Container[int] = MADE,
    ) -> Answer:
        """Sends what changes something; gives the answer where its status is in `accept`. Raises DeliveryFailed."""
        try:
            answer = await self._poster.post(url, payload, {**self._headers, **headers}, method=method)
        except DeliveryFailed as error:
            if not error.ambiguous:
                raise
            raise self.doubtful(str(error), error.retry_after) from error
        if answer.status in accept:
            return answer
        raise self._refused(answer)

    async def add(self, url: str, payload: Mapping[str, Any] | bytes, **options: Any) -> Answer:
        """As `send`, for what is added to a ticket. Raises TicketGone where the desk knows it no longer."""
        accept = options.pop("accept", MADE)
        answer = await self.send(url, payload, accept={*accept, *_GONE}, **options)
        if answer.status in _GONE:
            raise TicketGone(f"{self.service} knows the ticket no longer ({answer.status})")
        return answer

    async def made(self, url: str, payload: Mapping[str, Any], **options: Any) -> Mapping[str, Any]:
        """As `send`, and gives the object that the answer holds. Raises DeliveryFailed where it holds none."""
        return self.read(await self.send(url, payload, **options))

    def read(self, answer: Answer) -> Mapping[str, Any]:
        """The object that something made is answered with. Raises DeliveryFailed where it is none."""
        try:
            told = msgspec.json.decode(answer.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            told = None
        if not isinstance(told, Mapping):
            raise self.doubtful(f"{self.service} answered something that is not its own form", None)
        return told

    async def ask(
        self,
        url: str,
        params: Mapping[str, str | int] | None = None,
        *,
        question: Mapping[str, Any] | None = None,
        accept: tuple[int, ...] = (200,),
    ) -> Any:
        """The JSON that answers a question (sent as JSON where `question` is told). Raises DeliveryFailed.

        None where the answer is a 404 or 410 that is in `accept`.
        """
        try:
            taken = (*accept, 403)  # which may ask for patience
            if question is None:
                answer = await self._asking.get(url, params=params, accept=taken)
            else:
                answer = await self._asking.post(url, content=msgspec.json.encode(question), accept=taken)
            if answer.status == 403 and 403 not in accept:
                raise self._refused(Answer(status=403, body=answer.body, retry_after=self._wait(answer.headers)))
            return None if answer.status in _GONE else answer.json()
        except SourceBusy as error:
            raise DeliveryFailed(f"{self.service}: {error}", retry_after=error.retry_after) from error
        except SourceRefused as error:
            lasting = error.why in ("credentials", "settings")
            raise DeliveryFailed(f"{self.service}: {error}", permanent=True, disables=lasting) from error
        except SourceError as error:
            raise DeliveryFailed(f"{self.service}: {error}") from error

    def unfit(self) -> DeliveryFailed:
        """The failure of a question whose answer does not hold what it should."""
        return DeliveryFailed(f"{self.service} answered something that is not its own form")

    def doubtful(self, why: str, retry_after: timedelta | None) -> DeliveryFailed:
        """The failure of something that may have gone through all the same."""
        return DeliveryFailed(why, retry_after=max(retry_after or SETTLED_WITHIN, SETTLED_WITHIN), ambiguous=True)

    async def close(self) -> None:
        """Frees connections. Safe to call twice."""
        await self._poster.close()
        await self._asking.close()

    @staticmethod
    def _wait(headers: Mapping[str, str]) -> timedelta | None:
        return asked_to_wait(headers, datetime.now(UTC), _RESET)

    def _refused(self, answer: Answer) -> DeliveryFailed:
        code = f"{answer.status} {code_of(answer.body)}".strip()
        if answer.status == 429 or (answer.status == 403 and b"rate limit" in answer.body.lower()):
            return DeliveryFailed(
                f"{self.service} asks for patience ({answer.status})", retry_after=answer.retry_after or SETTLED_WITHIN
            )
        if answer.status >= 500 or answer.status in (408, 409):
            return self.doubtful(f"{self.service} has trouble of its own ({code})", answer.retry_after)
        advice = _BY_STATUS.get(answer.status, "it does not accept the ticket")
        refused = f"{self.service} refuses ({code}): {advice}"
        return DeliveryFailed(refused, permanent=True, disables=answer.status == 401)


def code_of(body: bytes) -> str:
    """The service's word for what is wrong, "" where it tells none."""
    found = _CODE.search(body)
    return found[1].decode("ascii") if found else ""
