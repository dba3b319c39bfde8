"""Puts posts that have just come in where they are read: into the inbox, with the job that reads them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from listener.engine.contract import Engine
from listener.store import Tx, heard, inbox
from sources.post import Post

MOST_WAITING = 200
"""Batches that wait to be read; behind more than these nothing more is asked for, so that their room is bounded."""


def take_in(
    tx: Tx,
    engine: Engine,
    source: str,
    posts: Sequence[Post],
    now: datetime,
    *,
    first_reading: bool,
    looked_again: bool = False,
) -> None:
    """Keeps posts of one source and the job that reads them, both in the caller's transaction; of none, nothing.

    `first_reading`: they are what was there when the source was first asked, of whatever age. `looked_again`: they are
    kept already, and are read for what has changed of them: they are no news, and nobody is told of them.
    """
    if not posts:
        return
    encoded = msgspec.json.encode(list(posts))
    batch = inbox.put_batch(tx, source, encoded, len(posts), first_reading, now, looked_again=looked_again)
    engine.enqueue(tx, "analyse", {"batch": batch}, key=f"analyse:{source}", priority=5)
    if not looked_again:
        heard.count_posts(tx, source, posts, now, first_reading=first_reading)


def is_behind(tx: Tx) -> bool:
    """Whether so much waits to be read that sources should be left alone: nothing is dropped, it stays with them."""
    return inbox.waiting(tx)[0] > MOST_WAITING
