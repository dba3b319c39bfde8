"""Streams to the real product in forked children, of which each dies by SIGKILL one boundary later than the one before.

    python killable_stream.py FOLDER POSTS

A boundary is the moment just before or just after a commit (tests/system/killable.py). A child's stream gives its posts
from the kept cursor on, one a page, and ends; the child then reads what waits in the inbox, and ends by itself where
it was not killed. Prints how each child ended, as one JSON list.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import traceback
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from signal import SIGKILL
from typing import Any

from killable import Boundaries, watch_commits

import listener.stream_reading as reading
from listener.app import App
from listener.config import load
from listener.store import Store
from listener.wanted_posts import Wanted
from sources.contract import EVERYTHING, Page, Plan
from sources.post import Author, Post

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
CONFIG = """
[[brands]]
name = "Acme"
query = "acme"

[[sources]]
kind = "feed"
name = "sky"
url = "https://example.org/feed"
archive = "1d"

[[channels]]
kind = "slack"
name = "support"
webhook_url = "https://hooks.slack.com/services/T/B/C"

[[rules]]
name = "angry"
when = "sentiment.score <= -0.4"
severity = "high"
notify = ["support"]
"""


class Sky:
    """A stream whose service sends again what came after a cursor, the post at the cursor among it."""

    name, kind, credential, searchable = "sky", "feed", "host:sky", False

    def __init__(self, posts: int) -> None:
        self._posts = posts

    def plan(self, query: Any) -> Plan:
        return Plan(asks=[], coverage="superset")

    def streams(self, queries: Sequence[Any]) -> Sequence[str]:
        return (EVERYTHING,)

    async def read(self, ask: str, cursor: str | None, clock: Any) -> AsyncIterator[Page]:
        yield Page(cursor=cursor or "0")
        for number in range(int(cursor or 0), self._posts):
            yield Page(posts=[_post(number)], cursor=str(number))

    async def close(self) -> None:
        pass


def _post(number: int) -> Post:
    return Post(
        source="sky",
        instance="example.org",
        external_id=str(number),
        url=f"https://example.org/{number}",
        text=f"{_who(number)} broke my kettle number {number}, it is a terrible and horrible thing",
        published_at=NOW,
        author=Author(handle=f"user{number}"),
    )


def _who(number: int) -> str:
    """Every third post is about a brand that nobody has."""
    return "Zzyzx" if number % 3 == 2 else "Acme"


async def one_life(folder: Path, posts: int) -> None:
    reading.KEEP_WITHIN = reading.MOVE_WITHIN = reading.INBOX_WITHIN = 0.0
    store = Store.open(f"sqlite:///{folder / 'listener.db'}")
    app = App(load(folder / "config.toml"), store, clock=lambda: NOW, jitter=Random(1), workers=0)
    app.start()
    sky = Sky(posts)
    app.streams._sources = {"sky": sky}  # type: ignore[dict-item]  # no more of a source than a stream needs
    app.streams.asks = {"sky": (EVERYTHING,)}
    await app.engine.run_until_idle(4)
    wanted = Wanted(app.streams._queries, app.streams._archiving)
    await app.streams._read(sky, EVERYTHING, wanted)  # type: ignore[arg-type]  # as above
    await app.engine.run_until_idle(4)
    store.close()


def child(folder: Path, posts: int, kill_at: int) -> int:
    """Gives how it ended: 0, or minus the signal that killed it."""
    number = os.fork()
    if number == 0:
        try:
            watch_commits(Boundaries(kill_at, folder / "trace"))
            asyncio.run(one_life(folder, posts))
        except BaseException:
            traceback.print_exc()
            os._exit(70)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])


def main() -> None:
    folder, posts = Path(sys.argv[1]), int(sys.argv[2])
    (folder / "warm").mkdir()
    for one in (folder, folder / "warm"):
        (one / "config.toml").write_text(CONFIG)
    asyncio.run(one_life(folder / "warm", posts))  # so that all is imported and read before the forks
    gc.freeze()
    ends = []
    while not ends or ends[-1] == -SIGKILL:
        ends.append(child(folder, posts, len(ends) + 1))
    print(json.dumps(ends))


if __name__ == "__main__":
    main()
