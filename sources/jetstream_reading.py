"""One open connection to Jetstream: frames in, pages out, each with the place up to which it reads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec import Struct

from sources.contract import Change, Departure, Gap, Page, SourceError, SourceUnavailable
from sources.jetstream_cursor import Standing, encode
from sources.jetstream_frames import Event, Notice, read_frame
from sources.loose_json import ItemUnreadable, unreadable_note
from sources.post import Post, PostKey
from sources.websocket import Frames

CLOSE_AFTER = 0.05
"""Seconds from a page's first frame until it is given on."""

MOST_POSTS = 1_000

MOST_FRAMES = 5_000
"""Frames of one page, most of which may tell of nothing that concerns us."""

NO_GAP = timedelta(minutes=1)
"""So much later than asked for may the first event be: all of Bluesky is not silent for a minute."""


class Place(Struct, frozen=True, kw_only=True):
    """Where a connection began. since: the time up to which all was read before, None where nothing was.

    seq: the event with this number was read before, and comes once more. by_time: the service was asked for a time,
    and may have begun later. anew: nothing was read before, or nobody knows what. lost: why what lies between `since`
    and now cannot be read, "" where it can.
    """

    host: str
    since: datetime | None
    seq: int | None = None
    by_time: bool = False
    anew: bool = False
    lost: str = ""


class CountedAnew(SourceUnavailable):
    """The host does not know the place any more that it gave: it must be asked for a time."""


class Batch:
    """What becomes one page."""

    def __init__(self) -> None:
        self.posts: dict[PostKey, Post] = {}
        self.changes: dict[PostKey, Change] = {}
        self.departures: list[Departure] = []
        self.gaps: list[Gap] = []
        self.unreadable: list[str] = []
        self.frames = 0

    def add(self, event: Event) -> None:
        """Of a post that was changed or deleted meanwhile, the last word counts."""
        if event.post is not None:
            self.changes.pop(event.post.key, None)
            self.posts[event.post.key] = event.post
        elif event.change is not None:
            self.posts.pop(event.change.key, None)
            self.changes[event.change.key] = event.change
        elif event.departure is not None:
            left = event.departure.author_id
            self.posts = {key: post for key, post in self.posts.items() if post.author.id != left}
            self.departures.append(event.departure)
        elif event.unreadable:
            self.unreadable.append(event.unreadable)


class Reading:
    """Gathers what comes. `standing` is the place up to which it has read, None before the first event."""

    def __init__(self, frames: Frames, place: Place, before: Standing | None, clock: Callable[[], datetime]) -> None:
        self._frames = frames
        self._place = place
        self._clock = clock
        self._outdated = False
        self._error: SourceError | None = None
        self._begun = False
        self.standing = before
        self.notes: list[str] = []
        """What the next page says beside its own notes."""

    async def gather(self, batch: Batch, quiet: float) -> bool:
        """Waits `quiet` seconds for a frame, then takes what comes until the page is full or CLOSE_AFTER is over.

        False: the service has ended the stream in good order. Raises SourceUnavailable, what came before it being
        given first.
        """
        if self._error is not None:
            raise self._error
        loop = asyncio.get_running_loop()
        now = self._clock()
        before = batch.frames
        close_at = 0.0
        try:
            async with asyncio.timeout(quiet) as limit:
                while len(batch.posts) + len(batch.changes) < MOST_POSTS and batch.frames - before < MOST_FRAMES:
                    frame = await self._frames.next()
                    if frame is None:
                        return batch.frames > before
                    if not close_at:
                        close_at = loop.time() + CLOSE_AFTER
                        limit.reschedule(close_at)
                    batch.frames += 1
                    self._take(frame, batch, now)
                    if loop.time() >= close_at:  # frames that lie ready never let the time limit speak
                        break
        except TimeoutError:
            pass
        except SourceError as error:
            if batch.frames == before:
                raise
            self._error = error
        return True

    def check_begun(self) -> None:
        """Raises SourceUnavailable where not even the event came at which reading had stopped: that is no silence."""
        if self._place.seq is not None and not self._begun:
            raise SourceUnavailable(f"{self._place.host} took the connection and showed nothing")

    def page(self, batch: Batch, *, more: bool = False) -> Page:
        """The page of what was gathered."""
        standing = self.standing
        notes, self.notes = self.notes, []
        return Page(
            posts=list(batch.posts.values()),
            changes=list(batch.changes.values()),
            departures=batch.departures,
            gaps=batch.gaps,
            cursor=encode(standing) if standing is not None else "",
            notes=(*notes, *unreadable_note(batch.unreadable)),
            reached=standing.at if standing is not None and batch.frames else None,
            more=more,
        )

    def _take(self, frame: bytes, batch: Batch, now: datetime) -> None:
        try:
            told = read_frame(frame, now)
        except ItemUnreadable as error:
            batch.unreadable.append(str(error))
            return
        if isinstance(told, Notice):
            self._heed(told)
            return
        if not self._begun:
            self._check_count(told)
            self._begun = True
            self._tell_gap(told, batch)
            if told.seq is not None and told.seq == self._place.seq:
                return  # cursors are inclusive: this one has been kept
        self.standing = Standing(self._place.host, told.time, told.seq)
        batch.add(told)

    def _heed(self, notice: Notice) -> None:
        if notice.name in ("FutureCursor", "CursorTooOld") and not self._begun:
            raise CountedAnew(f"{self._place.host} does not know our place any more ({notice.name}); it is sought anew")
        if notice.last:
            raise SourceUnavailable(f"{self._place.host} ended the stream: {notice.name}")
        self._outdated = self._outdated or notice.name == "OutdatedCursor"

    def _check_count(self, first: Event) -> None:
        """A host that was set up anew counts anew: what it shows from our number on may lie hours later."""
        place = self._place
        if place.seq is None or place.since is None:
            return
        if abs(Standing(place.host, first.time).at - place.since) > NO_GAP:
            raise CountedAnew(f"{place.host} counts anew, and does not know our place any more; it is sought anew")

    def _tell_gap(self, first: Event, batch: Batch) -> None:
        """What lies between the place asked for and the first event, where the service had to leave it out."""
        place = self._place
        if place.since is None:
            return
        begins = Standing(place.host, first.time).at
        if place.lost:
            batch.gaps.append(Gap(since=place.since, until=max(place.since, begins), why=place.lost))
        elif place.by_time and (self._outdated or (not place.anew and begins - place.since > NO_GAP)):
            why = "Jetstream keeps a day or two, and had let go of this"
            batch.gaps.append(Gap(since=place.since, until=max(place.since, begins), why=why))
