"""Keeps what no brand wants, of those sources that say so: scored, and as long as they say."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from listener.store import Store, archive
from listener.store.archive import Unwanted
from rules.sentiment.vader_scorer import scorer
from rules.text import readable
from sources.post import Post, PostKey
from sources.settings import SourceSettings

log = logging.getLogger("listener.archive")

PRUNED_AT_ONCE = 2_000
"""Posts that one transaction removes: some hundredths of a second, in which nothing else can be written."""

REST = 0.1
"""Seconds between two of these: whoever waits for SQLite looks again so often, and would find it locked each time."""


class Archiving:
    """What each source's `archive` asks for. `ages`: how long the posts of a source are kept, by its name."""

    def __init__(self, ages: Mapping[str, timedelta]) -> None:
        self._ages = ages

    @classmethod
    def of(cls, sources: Sequence[SourceSettings]) -> Archiving:
        """As the sources are configured."""
        return cls({one.name: one.archive for one in sources if one.archive is not None})

    def keeps(self, source: str) -> bool:
        """Whether anything of this source is archived."""
        return source in self._ages

    def make_ready(self) -> None:
        """Loads what scoring needs, if anything is archived at all: a tenth of a second."""
        if self._ages:
            scorer()

    def scored(self, posts: Sequence[Post], source: str, now: datetime) -> list[Unwanted]:
        """The posts of a source as they will be archived, without those that are too old already. Never raises for
        what a post holds. This takes processor time: 20 us a post."""
        oldest = now - self._ages[source]
        posts = [post for post in posts if post.published_at is None or post.published_at >= oldest]
        try:
            return archive.made_ready(zip(posts, scores(posts), strict=True))
        except Exception:
            log.error(
                "posts could not be scored at once; each is scored by itself", extra={"source": source}, exc_info=True
            )
            return [one for post in posts for one in _alone(post)]

    def left_over(self, posts: bytes, wanted: Collection[PostKey], source: str, now: datetime) -> list[Unwanted]:
        """The same of a batch, JSON of a list of Post, without the posts that somebody wants."""
        keys = set(wanted)
        others = [post for post in msgspec.json.decode(posts, type=list[Post]) if post.key not in keys]
        return self.scored(others, source, now)

    def prune(self, store: Store, now: datetime) -> int:
        """Removes what is too old, and all of sources that are archived no more; gives how many posts.

        In small transactions with a rest between them, in which others write. Raises StoreUnavailable; what is gone
        stays gone.
        """
        gone = 0
        for some in self._prunings(store, now):
            gone += some
            time.sleep(REST)
        return gone

    async def prune_beside(self, store: Store, now: datetime) -> int:
        """The same beside an event loop; it may be stopped after each transaction."""
        gone, prunings = 0, self._prunings(store, now)
        while some := await asyncio.to_thread(next, prunings, 0):
            gone += some
            await asyncio.sleep(REST)
        return gone

    def _prunings(self, store: Store, now: datetime) -> Iterator[int]:
        """A transaction each; how many posts it removed, which is one at least."""
        with store.read() as tx:
            sources = archive.sources_archived(tx)
        for source in sources:
            age = self._ages.get(source)
            before = None if age is None else now - age
            some = PRUNED_AT_ONCE
            while some == PRUNED_AT_ONCE:
                with store.write() as tx:
                    some = archive.prune(tx, source, before, PRUNED_AT_ONCE)
                if some:
                    yield some


def scores(posts: Sequence[Post]) -> list[float | None]:
    """What VADER calls compound, of each post as it is read for its sentiment."""
    return [one.compound for one in scorer().scores([readable(post) for post in posts])]


def _alone(post: Post) -> list[Unwanted]:
    """The post as it will be archived; nothing where that fails."""
    try:
        return archive.made_ready(zip([post], scores([post]), strict=True))
    except Exception:
        log.error("a post could not be archived", extra={"post": repr(post.key)}, exc_info=True)
        return []


NOTHING = Archiving({})
"""What archives nothing."""
