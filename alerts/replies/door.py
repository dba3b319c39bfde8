"""The way to a service that takes answers, and back: every refusal told as what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NoReturn

import msgspec

from alerts.channels.posting import Answer, Method, Poster
from alerts.contract import DeliveryFailed
from sources.contract import SourceBusy, SourceError, SourceRefused
from sources.http import HttpDoor

UNTOLD_PATIENCE = timedelta(minutes=5)
"""How long we wait where a service asks for patience and does not say how much: the shortest window they count in."""

_ADVICE = {
    401: "check the credentials of this account",
    403: "the account may not do this: check its permissions, and whether the author takes answers",
    404: "the post, or what was asked, is not there any more",
    410: "the post is gone",
    413: "the text is too long for it",
    422: "it does not take this text",
}


class ReplyDoor:
    """Asks a service and posts to it, once each; `service` is what messages call it. No message holds a secret."""

    def __init__(self, service: str, *, allow_private: bool, timeout: timedelta) -> None:
        self.service = service
        self._poster = Poster(service, allow_private=allow_private, timeout=timeout)
        self._asking = HttpDoor(allow_private=allow_private, timeout=timeout, reset_headers=("x-ratelimit-reset",))

    async def ask(self, url: str, params: Mapping[str, str | int], headers: Mapping[str, str]) -> Any:
        """The JSON that answers a question. Raises DeliveryFailed."""
        try:
            return (await self._asking.get(url, params=params, headers=headers)).json()
        except SourceBusy as error:
            wait = error.retry_after or UNTOLD_PATIENCE
            raise DeliveryFailed(f"{self.service}: {error}", retry_after=wait) from error
        except SourceRefused as error:
            raise DeliveryFailed(f"{self.service}: {error}", permanent=True) from error
        except SourceError as error:
            raise DeliveryFailed(f"{self.service}: {error}") from error

    async def post(
        self, url: str, payload: Mapping[str, Any], headers: Mapping[str, str], *, method: Method = "POST"
    ) -> Mapping[str, Any]:
        """Posts once and gives the object that is answered. Raises DeliveryFailed."""
        answer = await self._poster.post(url, payload, headers, method=method)
        if answer.status not in (200, 201, 202):
            self._refuse(answer)
        told = _json(answer)
        if not isinstance(told, Mapping):
            raise DeliveryFailed(f"{self.service} answered something that is not its own form", ambiguous=True)
        return told

    async def close(self) -> None:
        """Frees connections. Safe to call twice."""
        await self._poster.close()
        await self._asking.close()

    def unfit(self, *, ambiguous: bool = False) -> DeliveryFailed:
        """The failure of an answer that does not hold what it should."""
        return DeliveryFailed(f"{self.service} answered something that is not its own form", ambiguous=ambiguous)

    def _refuse(self, answer: Answer) -> NoReturn:
        status = answer.status
        if status == 429 or (status == 503 and answer.retry_after is not None):
            wait = answer.retry_after or UNTOLD_PATIENCE
            raise DeliveryFailed(f"{self.service} asks for patience ({status})", retry_after=wait)
        if status >= 500 or status == 408:
            raise DeliveryFailed(f"{self.service} has trouble of its own ({status})", ambiguous=True)
        advice = _ADVICE.get(status, "it does not take this answer")
        raise DeliveryFailed(f"{self.service} refuses ({status}): {advice}", permanent=True)


def _json(answer: Answer) -> Any:
    try:
        return msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
