"""Takes in what a request brings: all of it and its answer in one transaction, before anything is acknowledged."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from listener.engine.contract import Engine
from listener.store import Store, StoreUnavailable, requests
from listener.store import sources as states
from listener.taking_in import take_in
from listener.web import links
from listener.web.answer import Answer
from listener.web.pace import Pace
from sources.abilities import Receiving, RequestRefused
from sources.post import Post

log = logging.getLogger("listener.web")

LONGEST_KEY = 255
STORE_AGAIN_SECONDS = 30


class Ingest:
    """The sources that are told of posts, by their names; safe to use from several threads."""

    def __init__(
        self,
        *,
        store: Store,
        engine: Engine,
        sources: Mapping[str, Receiving],
        clock: Callable[[], datetime],
        secret: str = "",
    ) -> None:
        """`secret`: that of [web], with which links are signed; "" where there are none."""
        self._store = store
        self._engine = engine
        self._sources = sources
        self._clock = clock
        self._secret = secret
        self._pace = {name: Pace() for name in sources}
        self._untold = threading.Event()  # a database that cannot be used is told in the log once
        self._untold.set()

    def knows(self, name: str) -> bool:
        """Whether posts can be sent to a source of this name."""
        return name in self._sources

    def answer(self, name: str, headers: Mapping[str, str], body: bytes, link: str = "") -> Answer:
        """Keeps what a request to the source brings and says so, or says why not. Waits for the database.

        `link`: the token of a signed link, by which the sender came.
        """
        now = self._clock()
        key = headers.get("idempotency-key", "")
        if len(key) > LONGEST_KEY:
            return _error(400, f"Idempotency-Key may have {LONGEST_KEY} characters at most")
        if link and not (self._secret and links.holds(self._secret, links.INGEST_LINK, name, link, now)):
            return _error(403, "this link does not hold, or no longer: ask whoever gave it to you for another")
        try:
            read = self._sources[name].receive(headers, body, now, proved=bool(link))
        except RequestRefused as error:
            return _error(error.status, str(error))
        wait = self._pace[name].wait_seconds(now)
        if wait:
            return _error(429, "too many requests for this source: send more posts in each", wait)
        posts = [one for one in read if isinstance(one, Post)]
        content = _told(read)
        if read and not posts:
            return Answer(400, {"error": "no post could be read", **content})
        try:
            answered = self._keep(name, key, body, posts, content, now)
        except StoreUnavailable as error:
            self._tell_trouble(error)
            return _error(503, "nothing was kept: send it again", STORE_AGAIN_SECONDS)
        self._untold.set()
        return answered

    def _keep(
        self, name: str, key: str, body: bytes, posts: Sequence[Post], content: Mapping[str, Any], now: datetime
    ) -> Answer:
        with self._store.write() as tx:
            if key:
                answer = msgspec.json.encode(content).decode()
                given = requests.put_answer(tx, name, key, body, answer, now)
                if given is not None and not given.same_body:
                    return _error(422, "another request of this Idempotency-Key was taken before: give each its own")
                if given is not None:
                    return Answer(202, msgspec.json.decode(given.answer), {"Idempotent-Replayed": "true"})
            take_in(tx, self._engine, name, posts, now, first_reading=False)
            states.record_success(tx, name, now, len(posts), None)
        return Answer(202, content)

    def _tell_trouble(self, error: StoreUnavailable) -> None:
        if self._untold.is_set():
            log.error("a request could not be kept; its sender was asked to send it again", extra={"error": str(error)})
        self._untold.clear()


def _told(read: Sequence[Post | ValueError]) -> dict[str, Any]:
    """One item for each post of the request, in its order."""
    items = [
        {"index": number, "status": "error", "error": str(one)}
        if isinstance(one, ValueError)
        else {"index": number, "status": "accepted", "external_id": one.external_id}
        for number, one in enumerate(read)
    ]
    accepted = sum(1 for one in read if isinstance(one, Post))
    return {"accepted": accepted, "refused": len(read) - accepted, "items": items}


def _error(status: int, sentence: str, retry_after: int | None = None) -> Answer:
    return Answer(status, {"error": sentence}, {} if retry_after is None else {"Retry-After": str(retry_after)})
