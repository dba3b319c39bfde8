"""Tries a query that nobody has on all posts that are there: how many it finds, when, where, and in what mood."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, tzinfo
from itertools import count

from msgspec import Struct

from listener.archiving import scores
from listener.sought import Sought
from listener.store import Store, archive, backfill
from listener.store.loading import seen_by
from sources.post import Post
from sources.query import Query

PAGE = 5_000


class Part(Struct, frozen=True, kw_only=True):
    """The posts of a day or a source. `mood`: the mean of VADER's scores, -1 to 1; None where none has a score."""

    posts: int
    mood: float | None


class Example(Struct, frozen=True, kw_only=True):
    """One of the posts that were found. `archived`: no brand has wanted it until now."""

    at: datetime
    post: Post
    seen_by: Sequence[str]
    score: float | None
    archived: bool


class Trial(Struct, frozen=True, kw_only=True):
    """What a query found. Days are those of the time zone that was asked for; a post of two sources counts for both.

    `posts` were looked at, `found` match, `archived` of these are in the archive; `examples` are the newest.
    """

    posts: int
    found: int
    archived: int
    mood: float | None
    days: dict[date, Part]
    sources: dict[str, Part]
    examples: Sequence[Example]


def try_query(
    store: Store,
    query: Query,
    timezone: tzinfo,
    *,
    since: datetime | None = None,
    examples: int = 5,
    page: int = PAGE,
    tell: Callable[[int, int, int, int], None] = lambda done, total, posts, found: None,
) -> Trial:
    """Looks at kept and archived posts, of those published since then, or first seen where they told no date.

    `tell` hears after each page how far it is, of how much, how many posts were looked at, and how many match. Nothing
    is kept. Raises StoreUnavailable.
    """
    with store.read() as tx:
        kept, archived = backfill.newest_post(tx), archive.newest_post(tx)
    found = _Found(timezone, examples)
    sought = Sought(query)
    for done, looked_at, some in _kept(store, sought, since, page):
        found.take(looked_at, (one for one in some if since is None or one.at >= since))
        tell(min(done, kept), kept + archived, found.posts, found.whole.posts)
    for done, looked_at, some in _archived(store, sought, since, page):
        found.take(looked_at, (one for one in some if since is None or one.at >= since))
        tell(kept + min(done, archived), kept + archived, found.posts, found.whole.posts)
    return found.trial()


_Page = tuple[int, int, list[Example]]
"""The number that has been reached, how many posts were looked at, and which match."""


def _kept(store: Store, sought: Sought, since: datetime | None, page: int) -> Iterator[_Page]:
    after = 0
    while True:
        with store.read() as tx:
            posts = backfill.posts_after(tx, after, page, since)
            if not posts:
                return
            numbers = sought.among(posts, seen_by(tx, list(posts)) if sought.asks_for_source else {})
            wholes = backfill.whole_posts(tx, numbers)
            seen = seen_by(tx, numbers)
        after = max(posts)
        scored = zip(wholes, scores([one.post for one in wholes]), strict=True)
        yield (
            after,
            len(posts),
            [
                _example(one.post, one.first_seen_at, seen.get(one.number, ()), score, archived=False)
                for one, score in scored
            ],
        )


def _archived(store: Store, sought: Sought, since: datetime | None, page: int) -> Iterator[_Page]:
    with store.read() as tx:
        after = 0 if since is None else archive.last_before(tx, since)
    while True:
        with store.read() as tx:
            some = {one.number: one for one in archive.posts_after(tx, after, page, since)}
        if not some:
            return
        after = max(some)
        posts = {number: one.post for number, one in some.items()}
        numbers = sought.among(posts, {number: (one.seen_by,) for number, one in some.items()})
        matched = [some[number] for number in numbers]
        yield (
            after,
            len(posts),
            [_example(one.post, one.first_seen_at, (one.seen_by,), one.score, archived=True) for one in matched],
        )


def _example(
    post: Post, first_seen_at: datetime, seen: Sequence[str], score: float | None, *, archived: bool
) -> Example:
    at = post.published_at or first_seen_at
    return Example(at=at, post=post, seen_by=tuple(seen), score=score, archived=archived)


class _Sum:
    def __init__(self) -> None:
        self.posts = self._scored = 0
        self._total = 0.0

    def add(self, score: float | None) -> None:
        self.posts += 1
        if score is not None:
            self._scored += 1
            self._total += score

    def part(self) -> Part:
        return Part(posts=self.posts, mood=round(self._total / self._scored, 4) if self._scored else None)


class _Found:
    """What was found so far."""

    def __init__(self, timezone: tzinfo, examples: int) -> None:
        self._timezone = timezone
        self._most = examples
        self.posts = self._archived = 0
        self.whole = _Sum()
        self._days: dict[date, _Sum] = {}
        self._sources: dict[str, _Sum] = {}
        self._newest: list[tuple[datetime, int, Example]] = []
        self._order = count()

    def take(self, looked_at: int, found: Iterable[Example]) -> None:
        self.posts += looked_at
        for one in found:
            self._archived += one.archived
            sums = [self.whole, self._days.setdefault(one.at.astimezone(self._timezone).date(), _Sum())]
            sums += [self._sources.setdefault(name, _Sum()) for name in one.seen_by]
            for each in sums:
                each.add(one.score)
            if self._most:
                add = heapq.heappush if len(self._newest) < self._most else heapq.heappushpop
                add(self._newest, (one.at, next(self._order), one))

    def trial(self) -> Trial:
        whole = self.whole.part()
        sources = sorted(self._sources.items(), key=lambda item: (-item[1].posts, item[0]))
        return Trial(
            posts=self.posts,
            found=whole.posts,
            archived=self._archived,
            mood=whole.mood,
            days={day: one.part() for day, one in sorted(self._days.items())},
            sources={name: one.part() for name, one in sources},
            examples=[one for _, _, one in sorted(self._newest, reverse=True)],
        )
