"""Which posts of a stream some brand wants, and what becomes of the others."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence

from listener.archiving import NOTHING, Archiving
from rules.analysis import language_of
from rules.match import Matcher
from sources.post import Post
from sources.query import Query

log = logging.getLogger("listener.streams")


class Wanted:
    """Tells which posts a brand's query matches, off the event loop.

    Who reads them matches again and has the last word; a post that cannot be matched here goes there too.
    """

    def __init__(self, queries: Mapping[str, Query], archiving: Archiving = NOTHING) -> None:
        archiving.make_ready()
        self.archiving = archiving
        self._matcher = Matcher(queries, identify=language_of)
        self._one_at_a_time = asyncio.Lock()

    async def among(self, posts: Sequence[Post], seen_by: str) -> list[Post]:
        """The posts that somebody wants, in their order."""
        if not posts:
            return []
        async with self._one_at_a_time:
            return await asyncio.to_thread(self._among, posts, seen_by)

    async def parted(self, posts: Sequence[Post], seen_by: str) -> tuple[list[Post], list[Post]]:
        """The same, and the others; none of these where the source archives nothing."""
        wanted = await self.among(posts, seen_by)
        if not self.archiving.keeps(seen_by):
            return wanted, []
        chosen = set(map(id, wanted))
        return wanted, [post for post in posts if id(post) not in chosen]

    def _among(self, posts: Sequence[Post], seen_by: str) -> list[Post]:
        try:
            matched = {id(post) for post, _ in self._matcher.wanted(posts, seen_by)}
        except Exception:
            log.error("posts of a stream could not be matched; all are kept", extra={"source": seen_by}, exc_info=True)
            return list(posts)
        return [post for post in posts if id(post) in matched]
