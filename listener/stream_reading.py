"""The way of posts from an open stream into the store: what no brand wants goes no further than this."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from datetime import datetime
from functools import partial
from typing import cast

from msgspec.structs import replace

from listener.engine.contract import Engine
from listener.held_page import HeldPage, joined
from listener.page_keeping import keep_page
from listener.reading_at_once import ReadingAtOnce
from listener.store import Store, StoreUnavailable, inbox
from listener.store import sources as states
from listener.taking_in import MOST_WAITING
from listener.turns import Turns
from listener.wanted_posts import Wanted
from rules.analysis import Read
from sources.abilities import Streaming
from sources.contract import Page, Source

log = logging.getLogger("listener.streams")

MOST_POSTS = 1_000
MOST_UNWANTED = 5_000
"""Posts for the archive that are held at most; these wait for the next transaction, and call for none themselves."""

MOST_CHARACTERS = 10_000_000
"""Characters of these posts: some services let one post have a hundred thousand."""

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

INBOX_WITHIN = 1.0
"""Seconds that posts wait for older ones of their source to leave the inbox before they go there too: else all of a
busy stream would go that way, one behind the other, for ever."""


class StreamReading:
    """One connection of one stream, from its kept cursor on. `pages`: how many it has given.

    While a page is read and kept, the next one gathers: it is as large as what came meanwhile, so that whoever is slow
    makes fewer transactions and waits no longer. `at_once` None: all of them go through the inbox.
    """

    def __init__(
        self,
        store: Store,
        engine: Engine,
        turns: Turns,
        source: Source,
        ask: str,
        wanted: Wanted,
        clock: Callable[[], datetime],
        *,
        at_once: ReadingAtOnce | None = None,
    ) -> None:
        self._store = store
        self._engine = engine
        self._turns = turns
        self._source = source
        self._ask = ask
        self._wanted = wanted
        self._clock = clock
        self._at_once = at_once
        self._stood: tuple[str, int] | None = None
        self._held: HeldPage | None = None  # all that was read since the last transaction, as one page
        self._held_since = 0.0
        self._keeping: asyncio.Task[bool] | None = None  # the page before it, which is being read
        self._inbox_in_use = True  # perhaps: batches of this source must be read in their order
        self._wait_until = 0.0  # for the inbox, before it is looked at again
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
                await self._something_happens(coming)
                if self._keeping is not None and self._keeping.done() and not await self._kept():
                    return
                if coming.done() and not self._is_full():
                    page, coming = coming.result(), None
                    if page is None:
                        break
                    await self._take(page)
                if self._keeping is None and self._seconds_left() == 0 and not await self._keep():
                    return
        finally:
            try:
                if coming is not None:
                    coming.cancel()
                    await asyncio.gather(coming, return_exceptions=True)
                await _end(pages)
            finally:
                if self._keeping is None or await self._kept():
                    self._commit(self._let_go())

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

    async def _something_happens(self, coming: asyncio.Task[Page | None]) -> None:
        """Until a page has come that there is room for, one has been kept, or what is held must be."""
        if self._keeping is None:
            await asyncio.wait({coming}, timeout=self._seconds_left())
        elif self._is_full():
            await asyncio.wait({self._keeping})
        else:
            await asyncio.wait({coming, self._keeping}, return_when=asyncio.FIRST_COMPLETED)

    def _is_full(self) -> bool:
        """Whether nothing more may be held."""
        held = self._held
        if held is None:
            return False
        wanted = len(held.posts) + len(held.changes)
        return wanted >= MOST_POSTS or len(held.unwanted) >= MOST_UNWANTED or held.weight >= MOST_CHARACTERS

    async def _take(self, page: Page) -> None:
        self.pages += 1
        self._count += len(page.posts)
        self._notes |= dict.fromkeys(page.notes)
        posts, unwanted = await self._wanted.parted(page.posts, self._source.name)
        if self._held is None:
            self._held_since = _seconds()
        self._held = joined(self._held, page, posts, unwanted)

    def _seconds_left(self) -> float | None:
        """Until what is held must be kept; None while nothing is."""
        held = self._held
        if held is None:
            return None
        if self._stood is None or held.gaps or self._is_full():
            return 0
        within = KEEP_WITHIN if held.posts else MOVE_WITHIN
        return max(self._held_since + within - _seconds(), self._wait_until - _seconds(), 0)

    async def _keep(self) -> bool:
        """Keeps what is held, or begins to; waits while too much is unread. False where this connection should end."""
        at_once = self._can_be_read_at_once()
        if at_once and self._older_ones_wait():
            if self._can_wait():
                self._wait_until = _seconds() + KEEP_WITHIN
                return True
            at_once = False
        page = self._let_go()
        if page is not None and at_once:
            self._keeping = asyncio.create_task(self._read_and_commit(page))
            return True
        if not await self._score_and_commit(page):
            return False
        self._record_in_time()
        return not (page and page.posts) or await self._has_room(LEFT_STANDING)

    def _can_be_read_at_once(self) -> bool:
        """Whether what is held needs no inbox: a first page does, whose posts are of any age."""
        held = self._held
        return self._at_once is not None and self._stood is not None and held is not None and bool(held.posts)

    def _older_ones_wait(self) -> bool:
        """Whether posts of this source are in the inbox, which must be read before these."""
        if self._inbox_in_use:
            with self._store.read() as tx:
                self._inbox_in_use = inbox.waits(tx, self._source.name, self._clock())
        return self._inbox_in_use

    def _can_wait(self) -> bool:
        """Whether what is held may stay a little longer, until the inbox is empty."""
        held = self._held
        in_time = _seconds() < self._held_since + INBOX_WITHIN
        return held is not None and not held.gaps and not self._is_full() and in_time

    async def _score_and_commit(self, page: HeldPage | None) -> bool:
        try:
            page = await self._scored(page)
        finally:
            kept = self._commit(page)
        return kept

    async def _read_and_commit(self, page: HeldPage) -> bool:
        assert self._at_once is not None
        reads: list[Read] | None = None
        scoring = asyncio.create_task(self._scored(page))  # meanwhile: others read, in processes of their own
        try:
            reads = await self._at_once.read(page.posts, self._source.name)
            page = await scoring or page
        finally:
            scoring.cancel()
            kept = self._commit_read(page, reads)
        return kept

    async def _scored(self, page: HeldPage | None) -> HeldPage | None:
        """The page with what is archived of it made ready, all at once: that costs a third of what it costs by tens."""
        if page is None or not page.unwanted:
            return page
        archiving, name = self._wanted.archiving, self._source.name
        return replace(page, ready=await asyncio.to_thread(archiving.scored, page.unwanted, name, self._clock()))

    def _commit_read(self, page: HeldPage, reads: Sequence[Read] | None) -> bool:
        if reads is not None:
            try:
                return self._commit(page, reads)
            except StoreUnavailable:
                raise
            except Exception:
                told = "what was read of a stream could not be kept; it goes through the inbox"
                log.error(told, extra={"source": self._source.name}, exc_info=True)
        return self._commit(page)

    async def _kept(self) -> bool:
        """Whether the page that was being read is kept. If not, what came after it must not be, nor move the cursor."""
        keeping, self._keeping = self._keeping, None
        assert keeping is not None
        kept = False
        try:
            kept = await keeping
        finally:
            if not kept:
                self._held = None
        self._record_in_time()
        return kept

    def _let_go(self) -> HeldPage | None:
        page, self._held = self._held, None
        return page

    def _commit(self, page: HeldPage | None, reads: Sequence[Read] | None = None) -> bool:
        """Keeps a page with what was read of it, or for the inbox's reader. False: another process has moved on."""
        if page is None:
            return True
        name, now = self._source.name, self._clock()
        if page.unwanted and not page.ready:  # the stop did not wait for it
            page = replace(page, ready=self._wanted.archiving.scored(page.unwanted, name, now))
        with self._store.write() as tx:
            if reads is not None and inbox.waits(tx, name, now):
                reads = None
            keep = None
            if reads is not None and self._at_once is not None:
                keep = partial(self._at_once.keep, reads=reads, seen_by=name)
            if not keep_page(tx, self._engine, name, self._ask, self._stood, page, now, keep_read=keep):
                log.warning("another process reads this source", extra={"source": name})
                return False
        self._inbox_in_use |= keep is None and bool(page.posts)
        self._stood = (page.cursor, self._stood[1] if self._stood is not None else 0)
        return True

    def _record_in_time(self) -> None:
        if _seconds() >= self._record_at:
            self.record()

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
