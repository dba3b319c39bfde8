"""Looks for a brand's query in all posts that are there, page by page, so that a stop costs a page and no more."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from msgspec.structs import replace

from listener.analyse import log_troubles
from listener.sought import Sought, by_source
from listener.store import Store, archive, backfill
from listener.store.archive import Archived
from listener.store.backfill import Stand, Whole
from listener.store.loading import seen_by
from listener.store.statements import chunks, one_at_a_time
from rules.analysis import Analyser, Read, Setup
from sources.query import parse

PAGE = 5_000
KEPT_AT_ONCE = 1_000

Kept = TypeVar("Kept", Whole, Archived)


class Backfill:
    """One brand's query through the kept posts, the oldest first; what it finds are mentions that nobody is told of.

    The few columns that a query can ask for are looked at for all posts; only what matches is read whole. The archived
    ones come after these, since what matches of them is kept, and archived no more; at last those that were kept
    meanwhile, of which another brand's back-fill may have taken some out of the archive.
    """

    def __init__(self, store: Store, setup: Setup, brand: str, clock: Callable[[], datetime], page: int = PAGE) -> None:
        """`setup`: the whole set-up, of whose brands this one counts. Raises what building an Analyser raises."""
        (only,) = (one for one in setup.brands if one.name == brand)
        query = parse(only.query)
        self._brand = only
        self._store = store
        self._clock = clock
        self._page = page
        self._sought = Sought(query)
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
        for page_on in (self._page_on, self._archived_on, self._page_on):
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
            seen = seen_by(tx, list(posts)) if self._sought.asks_for_source else {}
            numbers = self._sought.among(posts, seen)
            wholes = backfill.whole_posts(tx, numbers)
            seen = seen_by(tx, numbers)
        found = self._read(wholes, seen)
        with self._store.write() as tx:
            new = backfill.put_found(tx, found)
            # after the archive, others may be among these that were counted there
            looked_at, matched = (new, new) if stand.archived else (len(posts), len(found))
            stand = replace(
                stand,
                after=max(posts),
                posts=stand.posts + looked_at,
                matched=stand.matched + matched,
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
        found = self._read([archived[number] for number in self._sought.among(posts, seen)], seen)
        stand = self._take_out(stand, found)
        with self._store.write() as tx:
            stand = replace(stand, archived=max(archived), posts=stand.posts + len(posts))
            backfill.put_stand(tx, stand)
        return stand

    def _take_out(self, stand: Stand, found: Sequence[tuple[Archived, Read]]) -> Stand:
        """Keeps what was found in the archive, in transactions in which nobody else has to wait for long."""
        for some in chunks(found, KEPT_AT_ONCE):
            with self._store.write() as tx:
                one_at_a_time(tx, "mentions")  # so that nobody keeps a post after this look
                newest = backfill.newest_post(tx)
                new = backfill.put_archived(tx, some, self._clock())
                # these were looked at: whoever goes on after a stop need not look at them again
                after = backfill.newest_post(tx) if newest == stand.after else stand.after
                stand = replace(stand, after=after, matched=stand.matched + len(some), new=stand.new + new)
                backfill.put_stand(tx, stand)
        return stand

    def _read(self, wholes: Sequence[Kept], seen: Mapping[int, Sequence[str]]) -> list[tuple[Kept, Read]]:
        """Each post as the source that saw it is read; sources that may not be matched with customers come first."""
        groups = by_source({whole.number: whole.post for whole in wholes}, seen)
        reads: dict[int, Read] = {}
        for name in sorted(groups, key=lambda name: name not in self._unmatched):
            for read in self._analyser.analyse(groups[name], name, self._clock()):
                reads.setdefault(id(read.post), read)
        log_troubles(reads.values())
        return [(whole, reads[id(whole.post)]) for whole in wholes if id(whole.post) in reads]
