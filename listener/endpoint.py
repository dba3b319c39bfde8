"""The door to an OpenAI-compatible service: one request, tried once, every failure told as EndpointTrouble."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from listener.endpoint_settings import EndpointSettings
from listener.endpoint_words import Question, Told, Unfit, asked, heard, most_read, most_written, tokens_of
from sources.contract import SourceBusy, SourceError, SourceRefused
from sources.http import HttpDoor

_LARGEST = 1_000_000  # bytes of an answer


class EndpointTrouble(Exception):
    """A request that brought no readings. `rest`: how long it is of no use to ask again.

    `free`: nothing was charged; else `tokens` tells what was used, None where nobody knows.
    """

    def __init__(
        self, says: str, rest: timedelta, *, free: bool = False, tokens: tuple[int, int] | None = None
    ) -> None:
        super().__init__(says)
        self.rest = rest
        self.free = free
        self.tokens = tokens


class Endpoint:
    """One model at one address. Holds no connection between two requests."""

    def __init__(self, settings: EndpointSettings, clock: Callable[[], datetime]) -> None:
        key = settings.key
        self.settings = settings
        self._door = HttpDoor(
            allow_private=settings.allow_private,
            max_bytes=_LARGEST,
            timeout=settings.timeout,
            headers={} if key is None else {"authorization": f"Bearer {key.get_secret_value()}"},
            reset_headers=("x-ratelimit-reset-requests",),
            clock=clock,
        )

    def most(self, questions: Sequence[Question]) -> Decimal:
        """The most that a request about these questions can cost, in US dollars."""
        return self.settings.cost(most_read(asked(self.settings.model, questions)), most_written(len(questions)))

    async def ask(self, questions: Sequence[Question]) -> Told:
        """Asks once about these questions. Raises EndpointTrouble, and nothing else."""
        model = self.settings.model
        body = asked(model, questions)
        try:
            answer = await self._door.post(f"{self.settings.base_url}/chat/completions", content=body)
        except SourceBusy as error:
            raise EndpointTrouble(str(error), error.retry_after or timedelta(minutes=1), free=True) from error
        except SourceRefused as error:
            raise EndpointTrouble(str(error), timedelta(minutes=10), free=True) from error
        except SourceError as error:
            raise EndpointTrouble(str(error), timedelta(minutes=1)) from error
        tokens = tokens_of(answer.body)
        try:
            feelings = heard(answer.body, questions, model)
        except Unfit as error:
            raise EndpointTrouble(f"{model}: {error}", timedelta(0), tokens=tokens) from error
        read, written = tokens or (most_read(body), most_written(len(questions)))
        return Told(feelings, read, written)

    async def close(self) -> None:
        """Frees what is held. Safe to call twice."""
        await self._door.close()
