"""Takes back posts that were deleted upstream, also those whose batch has come in and is not yet read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from listener.engine.contract import Engine
from listener.store import Store, Tx, archive, inbox
from listener.store import mentions as kept
from sources.contract import Departure
from sources.post import PostKey

LOOK_AGAIN = timedelta(seconds=5)
"""Until a batch that could not be read at once has been tried again."""


def delete_posts(
    tx: Tx, engine: Engine, source: str, keys: Sequence[PostKey], departures: Sequence[Departure], now: datetime
) -> None:
    """Takes the posts back, and all of those who left, in the caller's transaction.

    Again when what waits of this source has been read: a post among it is not known before.
    """
    if not keys and not departures:
        return
    authors = [(departure.source, departure.author_id) for departure in departures]
    _delete(tx, keys, authors, now)
    if inbox.waits(tx, source, now):
        told = {"keys": [list(_parts(key)) for key in keys], "authors": [list(author) for author in authors]}
        args = {"source": source, "until": now.isoformat(), **told}
        engine.enqueue(tx, "delete", args, key=f"analyse:{source}", priority=5)  # after those, as of the same key


class Deletions:
    """Deletes what was still unread when its deletion came in."""

    def __init__(self, store: Store, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._engine = engine
        self._clock = clock

    async def run(self, args: Mapping[str, Any]) -> None:
        """The engine's handler of task "delete"."""
        source, now = str(args["source"]), self._clock()
        with self._store.write() as tx:
            authors = [(str(service), str(author)) for service, author in args["authors"]]
            _delete(tx, [PostKey(*parts) for parts in args["keys"]], authors, now)
            if inbox.waits(tx, source, datetime.fromisoformat(args["until"])):  # a batch that failed is tried later
                self._engine.enqueue(tx, "delete", args, key=f"analyse:{source}", run_after=now + LOOK_AGAIN)


def _delete(tx: Tx, keys: Sequence[PostKey], authors: Sequence[tuple[str, str]], now: datetime) -> None:
    kept.tombstone_posts(tx, [*keys, *kept.keys_of_authors(tx, authors)], now)
    archive.forget_keys(tx, keys)
    archive.forget_authors(tx, authors)


def _parts(key: PostKey) -> tuple[str, str, str]:
    return key.source, key.instance, key.external_id
