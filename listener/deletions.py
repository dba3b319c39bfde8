"""Takes back posts that were deleted upstream, also those whose batch has come in and is not yet read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from listener.engine.contract import Engine
from listener.store import Store, Tx, inbox
from listener.store import mentions as kept
from sources.post import PostKey

LOOK_AGAIN = timedelta(seconds=5)
"""Until a batch that could not be read at once has been tried again."""


def delete_posts(tx: Tx, engine: Engine, source: str, keys: Sequence[PostKey], now: datetime) -> None:
    """Takes the posts back, in the caller's transaction; again when what waits of this source has been read."""
    if not keys:
        return
    kept.tombstone_posts(tx, keys, now)
    if inbox.waits(tx, source, now):
        args = {"source": source, "keys": [list(_parts(key)) for key in keys], "until": now.isoformat()}
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
            kept.tombstone_posts(tx, [PostKey(*parts) for parts in args["keys"]], now)
            if inbox.waits(tx, source, datetime.fromisoformat(args["until"])):  # a batch that failed is tried later
                self._engine.enqueue(tx, "delete", args, key=f"analyse:{source}", run_after=now + LOOK_AGAIN)


def _parts(key: PostKey) -> tuple[str, str, str]:
    return key.source, key.instance, key.external_id
