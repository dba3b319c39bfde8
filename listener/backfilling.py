"""Looks for a brand's query in all posts that are there, page by page, so that a stop costs a page and no more."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from msgspec.structs import replace

from listener.analyse import log_troubles
from listener.store import Store, archive, backfill
from listener.store.archive import Archived
from listener.store.backfill import Stand, Whole
from listener.store.loading import seen_by
from rules.analysis import Analyser, Read, Setup, language_of
from rules.match import Matcher
from sources.post import Post
from sources.query import parse
from sources.query.tree import And, Field, Node, Not, Or

log = logging.getLogger("listener.backfill")

PAGE = 5_000

Kept = TypeVar("Kept", Whole, Archived)


class Backfill:
    """One brand's query through the kept posts, the oldest first; what it finds are mentions that nobody is told of.

    The few columns that a query can ask for are looked at for all posts; only what matches is read whole. The archived
    ones come last, since what matches of them is kept, and archived no more.
    """

    def __init__(self, store: Store, setup: Setup, brand: str, clock: Callable[[], datetime], page: int = PAGE) -> None:
        """`setup`: the whole set-up, of whose brands this one counts. Raises what building an Analyser raises."""
        (only,) = (one for one in setup.brands if one.name == brand)
        query = parse(only.query)
        self._brand = only
        self._store = store
        self._clock = clock
        self._page = page
        self._by_source = _asks_for_source(query.tree)
        self._matcher = Matcher({brand: query}, identify=language_of)
        self._analyser = Analyser(replace(setup, brands=(only,)))
        self._unmatched = frozenset(setup.unmatched_seen_by)

    def run(self, tell: Callable[[Stand, int], None]) -> Stand:
        """Goes on where it was stopped, to the newest post. `tell` hears of each page, and of the end:
        the numbers of the newest kept and of the newest archived post together.

        Raises StoreUnavailable; what was found until then is kept, and so is the place.
        """
        with self._store.read() as tx:
            stand = backfill.stand_of(tx, self._brand.name, self._brand.query)
            newest = backfill.newest_post(tx) + archive.newest_post(tx)
        for page_on in (self._page_on, self._archived_on):
            further: Stand | None = stand
            while further is not None:
                stand = further
                tell(stand, newest)
                further = page_on(stand)
        with self._store.write() as tx:
            backfill.forget_stand(tx, self._brand.name)
        return stand

    def _page_on(self, stand: Stand) -> Stand | None:
        """Looks through one page more and keeps what it brought; None where there is none."""
        with self._store.read() as tx:
            posts = backfill.posts_after(tx, stand.after, self._page)
            if not posts:
                return None
            seen = seen_by(tx, list(posts)) if self._by_source else {}
            numbers = self._matched(posts, seen)
            wholes = backfill.whole_posts(tx, numbers)
            seen = seen_by(tx, numbers)
        found = self._read(wholes, seen)
        with self._store.write() as tx:
            new = backfill.put_found(tx, found)
            stand = replace(
                stand,
                after=max(posts),
                posts=stand.posts + len(posts),
                matched=stand.matched + len(found),
                new=stand.new + new,
            )
            backfill.put_stand(tx, stand)
        return stand

    def _archived_on(self, stand: Stand) -> Stand | None:
        """The same with a page of the archive."""
        with self._store.read() as tx:
            archived = {one.number: one for one in archive.posts_after(tx, stand.archived, self._page)}
        if not archived:
            return None
        posts = {number: one.post for number, one in archived.items()}
        seen = {number: [one.seen_by] for number, one in archived.items()}
        found = self._read([archived[number] for number in self._matched(posts, seen)], seen)
        with self._store.write() as tx:
            newest = backfill.newest_post(tx)
            new = backfill.put_archived(tx, found, self._clock())
            stand = replace(
                stand,
                # what was just taken out of the archive was looked at: whoever goes on need not look again
                after=backfill.newest_post(tx) if newest == stand.after else stand.after,
                archived=max(archived),
                posts=stand.posts + len(posts),
                matched=stand.matched + len(found),
                new=stand.new + new,
            )
            backfill.put_stand(tx, stand)
        return stand

    def _matched(self, posts: Mapping[int, Post], seen: Mapping[int, Sequence[str]]) -> list[int]:
        """The numbers of the posts that the query wants, by whichever source that saw them."""
        try:
            wanted = {
                id(mention.post)
                for name, some in _by_name(posts, seen).items()
                for mention in self._matcher.match(some, name)
            }
        except Exception:
            log.error("kept posts could not be matched at once; each is read by itself", exc_info=True)
            return list(posts)
        return [number for number, post in posts.items() if id(post) in wanted]

    def _read(self, wholes: Sequence[Kept], seen: Mapping[int, Sequence[str]]) -> list[tuple[Kept, Read]]:
        """Each post as the source that saw it is read; sources that may not be matched with customers come first."""
        groups = _by_name({whole.number: whole.post for whole in wholes}, seen)
        reads: dict[int, Read] = {}
        for name in sorted(groups, key=lambda name: name not in self._unmatched):
            for read in self._analyser.analyse(groups[name], name, self._clock()):
                reads.setdefault(id(read.post), read)
        log_troubles(reads.values())
        return [(whole, reads[id(whole.post)]) for whole in wholes if id(whole.post) in reads]


def _by_name(posts: Mapping[int, Post], seen: Mapping[int, Sequence[str]]) -> dict[str, list[Post]]:
    """The posts by the names of the sources that saw them; those of which none is told under ""."""
    found: dict[str, list[Post]] = {}
    for number, post in posts.items():
        for name in seen.get(number) or ("",):
            found.setdefault(name, []).append(post)
    return found


def _asks_for_source(node: Node) -> bool:
    return any(isinstance(leaf, Field) and leaf.name == "source" for leaf in _leaves(node))


def _leaves(node: Node) -> Iterator[Node]:
    if isinstance(node, And | Or):
        for part in node.parts:
            yield from _leaves(part)
    elif isinstance(node, Not):
        yield from _leaves(node.part)
    else:
        yield node
