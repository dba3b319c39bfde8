"""Takes in what Slack tells of pressed buttons by signed requests."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from alerts.channels.slack_press import check_signature, read_presses
from listener.handling.slack_pressing import Pressing
from listener.store import StoreUnavailable
from listener.web.address import SLACK
from listener.web.answer import Answer
from listener.web.application import HEADERS, in_json
from listener.web.body import read_body
from listener.web.pace import Pace
from listener.web.threads import Threads
from sources.abilities import RequestRefused

log = logging.getLogger("listener.web")

FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 10
STORE_AGAIN_SECONDS = 30


class SlackIntake:
    """The address to which Slack sends what people press ("Request URL"); safe to use from several threads."""

    def __init__(self, *, secrets: Sequence[str], pressing: Pressing, clock: Callable[[], datetime]) -> None:
        """`secrets`: the signing secrets of the apps that post our buttons, one at least."""
        self._secrets = secrets
        self._pressing = pressing
        self._clock = clock
        self._pace = Pace()

    def routes(self, threads: Threads) -> Sequence[Route]:
        async def presses(request: Request) -> Response:
            body = await read_body(request)
            if isinstance(body, Answer):
                return in_json(body)
            headers = {key.lower(): value for key, value in request.headers.items()}
            answer = await threads.run(self.answer, headers, body)
            # Slack may take words in an answer for a message of its own.
            return Response(b"", 200, HEADERS) if answer.status == 200 else in_json(answer)

        return [Route(SLACK, presses, methods=["POST"])]

    def answer(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """Does what a signed request tells of, and says 200 after it is kept. Waits for the database.

        Slack shows its user a warning for any other answer, and for one that takes longer than three seconds
        (docs.slack.dev/interactivity/handling-user-interaction).
        """
        now = self._clock()
        try:
            proof = check_signature(self._secrets, headers, body, now)
            presses = read_presses(_payload(headers, body))
        except RequestRefused as error:
            return _error(error.status, str(error))
        except ValueError as error:
            return _error(400, str(error))
        wait = self._pace.wait_seconds(now)
        if wait:
            return Answer(429, {"error": "too many requests"}, {"Retry-After": str(wait)})
        if not presses:
            return Answer(200, {})
        try:
            # The signature covers body and time, so the same one is the same request told again.
            self._pressing.do(presses, hashlib.sha256(proof.encode()).hexdigest())
        except StoreUnavailable as error:
            log.error("a press in Slack could not be kept; its user was told so", extra={"error": str(error)})
            return Answer(503, {"error": "nothing was kept: press again"}, {"Retry-After": str(STORE_AGAIN_SECONDS)})
        return Answer(200, {})


def _payload(headers: Mapping[str, str], body: bytes) -> bytes:
    """The field `payload` of the form. Raises RequestRefused, ValueError."""
    if headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise RequestRefused(f"Content-Type must be {FORM}", 415)
    fields = dict(parse_qsl(body.decode("ascii"), strict_parsing=True, max_num_fields=MOST_FIELDS, errors="strict"))
    if "payload" not in fields:
        raise ValueError("the form has no field 'payload'")
    return fields["payload"].encode()


def _error(status: int, sentence: str) -> Answer:
    return Answer(status, {"error": sentence})
