"""Takes in the interactions that a request brings: kept in one transaction with the answer, before it is given."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from listener.interactions import Interactions
from listener.store import Store, StoreUnavailable, Tx, requests
from listener.store.interactions import Brought, Owned
from listener.web.answer import Answer
from listener.web.ingest import LONGEST_KEY, STORE_AGAIN_SECONDS
from listener.web.pace import Pace
from rules.interaction import interaction
from sources.abilities import RequestRefused
from sources.jsonl import read_json
from sources.webhook import JSON, LINES
from sources.webhook_signature import check_signature

log = logging.getLogger("listener.web")

MOST = 1_000
"""In one request: each is answered for."""

_ANSWERED_AS = ":interactions"  # no source can have this name


class InteractionIntake:
    """The address to which a telephone system, a shop or a CRM tells interactions; safe to use from several threads."""

    def __init__(self, *, store: Store, secret: str, clock: Callable[[], datetime]) -> None:
        """`secret`: that of [web], with which requests are signed."""
        self._store = store
        self._secret = secret
        self._clock = clock
        self._interactions = Interactions()
        self._pace = Pace()

    def answer(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """Keeps what a signed request brings and says so, one by one, or says why not. Waits for the database."""
        now = self._clock()
        key = headers.get("idempotency-key", "")
        if len(key) > LONGEST_KEY:
            return _error(400, f"Idempotency-Key may have {LONGEST_KEY} characters at most")
        try:
            check_signature(self._secret, headers, body, now)
            told = _told(headers, body)
        except RequestRefused as error:
            return _error(error.status, str(error))
        wait = self._pace.wait_seconds(now)
        if wait:
            return _error(429, "too many requests: send more interactions in each", wait)
        try:
            with self._store.write() as tx:
                return self._keep(tx, key, body, told, now)
        except StoreUnavailable as error:
            log.error("interactions could not be kept; their sender was asked again", extra={"error": str(error)})
            return _error(503, "nothing was kept: send it again", STORE_AGAIN_SECONDS)

    def _keep(self, tx: Tx, key: str, body: bytes, told: Sequence[Any], now: datetime) -> Answer:
        read = self._read(tx, told, now)
        good = [one for one in read if isinstance(one, Owned)]
        content = _content(read, self._interactions.would_put(tx, good))
        if read and not good:
            return Answer(400, {"error": "no interaction could be used", **content})
        if key:
            given = requests.put_answer(tx, _ANSWERED_AS, key, body, msgspec.json.encode(content).decode(), now)
            if given is not None and not given.same_body:
                return _error(422, "another request of this Idempotency-Key was taken before: give each its own")
            if given is not None:
                return Answer(202, msgspec.json.decode(given.answer), {"Idempotent-Replayed": "true"})
        self._interactions.put(tx, good, now)
        return Answer(202, content)

    def _read(self, tx: Tx, told: Sequence[Any], now: datetime) -> list[Owned | ValueError]:
        """Each of the request's interactions with its customer, or what is wrong with it, in their order."""
        read: list[Any] = []
        for one in told:
            try:
                if isinstance(one, ValueError):
                    raise one
                if not isinstance(one, dict):
                    raise ValueError("is no object with the fields of an interaction")  # noqa: TRY004, TRY301
                read.append(interaction(one, now))
            except ValueError as error:
                read.append(error)
        owned = iter(self._interactions.owned(tx, [one for one in read if not isinstance(one, ValueError)]))
        return [one if isinstance(one, ValueError) else next(owned) for one in read]


def _told(headers: Mapping[str, str], body: bytes) -> list[Any]:
    """An object, a list of objects, or one a line. Raises RequestRefused."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in JSON:
        raise RequestRefused(f"Content-Type must be one of: {', '.join(JSON)}", 415)
    if kind in LINES:
        found = [_line(line) for line in body.splitlines() if line.strip()]
    else:
        try:
            whole = read_json(body)
        except ValueError as error:
            raise RequestRefused(f"the body {error}", 400) from None
        found = whole if isinstance(whole, list) else [whole]
    if len(found) > MOST:
        raise RequestRefused(f"the request holds {len(found)} interactions, {MOST} at most: send several", 413)
    return found


def _line(line: bytes) -> Any:
    try:
        return read_json(line)
    except ValueError as error:
        return error


def _content(read: Sequence[Owned | ValueError], brought: Brought) -> dict[str, Any]:
    items = [
        {"index": number, "status": "error", "error": str(one)}
        if isinstance(one, ValueError)
        else {"index": number, "status": "accepted", "external_id": one.interaction.external_id}
        for number, one in enumerate(read)
    ]
    accepted = sum(isinstance(one, Owned) for one in read)
    counts = {"added": brought.added, "changed": brought.changed, "unchanged": brought.unchanged}
    return {"accepted": accepted, "refused": len(read) - accepted, **counts, "items": items}


def _error(status: int, sentence: str, retry_after: int | None = None) -> Answer:
    return Answer(status, {"error": sentence}, {} if retry_after is None else {"Retry-After": str(retry_after)})
