"""The way of posts from an open stream into the inbox: what no brand wants goes no further than this."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from typing import cast

from msgspec.structs import replace

from listener.engine.contract import Engine
from listener.page_keeping import keep_page
from listener.store import Store, inbox
from listener.store import sources as states
from listener.taking_in import MOST_WAITING
from listener.turns import Turns
from rules.analysis import language_of
from rules.match import Matcher
from sources.abilities import Streaming
from sources.contract import Page, Source
from sources.post import Post
from sources.query import Query

log = logging.getLogger("listener.streams")

MOST_POSTS = 1_000
KEEP_WITHIN = 0.05
"""Seconds until posts are kept, so that a busy stream makes few transactions and a quiet one no delay to speak of."""

MOVE_WITHIN = 5.0
"""Seconds until a cursor is kept that covers nothing anybody wants, or deletions of posts that hardly anybody keeps:
so much is read again after a crash."""

RECORD_WITHIN = 10.0
"""Seconds between two entries of how much a stream brought."""

LEFT_STANDING = 10.0
"""Seconds after which a stream that is left standing is closed: an open one has to answer the service's pings."""

LOOK_AGAIN = 0.25


class Wanted:
    """Tells which posts a brand's query matches, off the event loop.

    The inbox's reader matches again and has the last word; a post that cannot be matched here goes to it.
    """

    def __init__(self, queries: Mapping[str, Query]) -> None:
        self._matcher = Matcher(queries, identify=language_of)
        self._one_at_a_time = asyncio.Lock()

    async def among(self, posts: Sequence[Post], seen_by: str) -> list[Post]:
        """The posts that somebody wants, in their order."""
        if not posts:
            return []
        async with self._one_at_a_time:
            return await asyncio.to_thread(self._among, posts, seen_by)

    def _among(self, posts: Sequence[Post], seen_by: str) -> list[Post]:
        try:
            matched = {id(post) for post, _ in self._matcher.wanted(posts, seen_by)}
        except Exception:
            log.error("posts of a stream could not be matched; all are kept", extra={"source": seen_by}, exc_info=True)
            return list(posts)
        return [post for post in posts if id(post) in matched]


class StreamReading:
    """One connection of one stream, from its kept cursor on. `pages`: how many it has given."""

    def __init__(
        self,
        store: Store,
        engine: Engine,
        turns: Turns,
        source: Source,
        ask: str,
        wanted: Wanted,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._engine = engine
        self._turns = turns
        self._source = source
        self._ask = ask
        self._wanted = wanted
        self._clock = clock
        self._stood: tuple[str, int] | None = None
        self._held: Page | None = None  # all that was read since the last transaction, as one page
        self._held_since = 0.0
        self._count = 0
        self._notes: dict[str, None] = {}
        self._record_at = 0.0
        self._look_at = 0.0
        self.pages = 0

    async def read(self) -> None:
        """Reads until the stream ends. Raises SourceError's kinds and StoreUnavailable; what was read is kept first."""
        await self._has_room(math.inf)
        with self._store.read() as tx:
            self._stood = states.get_cursor(tx, self._source.name, self._ask)
        cursor = self._stood[0] if self._stood is not None else None
        pages = cast(Streaming, self._source).read(self._ask, cursor, self._clock)
        coming: asyncio.Task[Page | None] | None = None
        try:
            while True:
                coming = coming or asyncio.create_task(_next(pages))
                await asyncio.wait({coming}, timeout=self._seconds_left())
                if coming.done():
                    page, coming = coming.result(), None
                    if page is None:
                        break
                    await self._take(page)
                if self._seconds_left() == 0 and not await self._keep():
                    return
        finally:
            if coming is not None:
                coming.cancel()
                await asyncio.gather(coming, return_exceptions=True)
            await _end(pages)
            self._keep_now()

    def record(self) -> None:
        """Writes down what was brought since the last time."""
        if self.pages:
            self._turns.went_well(self._source, self._ask, self._clock(), self.take_count(), None, list(self._notes))
            self._notes.clear()
            self._record_at = _seconds() + RECORD_WITHIN

    def take_count(self) -> int:
        """How many posts were read since this was last asked."""
        count, self._count = self._count, 0
        return count

    async def _take(self, page: Page) -> None:
        self.pages += 1
        self._count += len(page.posts)
        self._notes |= dict.fromkeys(page.notes)
        posts = await self._wanted.among(page.posts, self._source.name)
        held = self._held
        if held is None:
            self._held_since = _seconds()
            self._held = replace(page, posts=posts)
            return
        deleted = {change.key for change in page.changes}
        left = {(departure.source, departure.author_id) for departure in page.departures}
        there = {post.key for post in page.posts} if held.changes else set()
        self._held = replace(
            page,
            posts=[
                *(p for p in held.posts if p.key not in deleted and (p.source, p.author.id) not in left),
                *posts,
            ],
            departures=[*held.departures, *page.departures],
            changes=[*(change for change in held.changes if change.key not in there), *page.changes],
            gaps=[*held.gaps, *page.gaps],
            reached=page.reached or held.reached,
        )

    def _seconds_left(self) -> float | None:
        """Until what is held must be kept; None while nothing is."""
        held = self._held
        if held is None:
            return None
        if self._stood is None or held.gaps or len(held.posts) + len(held.changes) >= MOST_POSTS:
            return 0
        within = KEEP_WITHIN if held.posts else MOVE_WITHIN
        return max(self._held_since + within - _seconds(), 0)

    async def _keep(self) -> bool:
        """Keeps what is held; waits while too much is unread. False where this connection should end."""
        brought = bool(self._held and self._held.posts)
        if not self._keep_now():
            log.warning("another process reads this source", extra={"source": self._source.name})
            return False
        if _seconds() >= self._record_at:
            self.record()
        return not brought or await self._has_room(LEFT_STANDING)

    def _keep_now(self) -> bool:
        page, self._held = self._held, None
        if page is None:
            return True
        with self._store.write() as tx:
            if not keep_page(tx, self._engine, self._source.name, self._ask, self._stood, page, self._clock()):
                return False
        self._stood = (page.cursor, self._stood[1] if self._stood is not None else 0)
        return True

    async def _has_room(self, patience: float) -> bool:
        """Waits until the inbox takes more; False where that takes longer than so many seconds.

        After it had room it is not looked at again for LOOK_AGAIN, in which a stream fills it with a few batches: to
        count what waits costs as much as a part of keeping a small one.
        """
        if _seconds() < self._look_at:
            return True
        until = _seconds() + patience
        while self._is_behind():
            if _seconds() >= until:
                return False
            await asyncio.sleep(LOOK_AGAIN)
        self._look_at = _seconds() + LOOK_AGAIN
        return True

    def _is_behind(self) -> bool:
        with self._store.read() as tx:
            return inbox.waiting(tx)[0] > MOST_WAITING


async def _next(pages: AsyncIterator[Page]) -> Page | None:
    return await anext(pages, None)


async def _end(pages: AsyncIterator[Page]) -> None:
    """Closes the connection of a generator, which would else stay open until it is collected."""
    if isinstance(pages, AsyncGenerator):
        await pages.aclose()


def _seconds() -> float:
    return asyncio.get_running_loop().time()
