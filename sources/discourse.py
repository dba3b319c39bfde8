"""Discourse: everything that is posted on one forum, from its list of the newest posts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field

from sources.contract import EVERYTHING, Change, Cursor, Gap, Page, Plan, SourceBusy, SourceRefused, SourceUnavailable
from sources.discourse_post import Forum, id_of, is_gone, is_written, post_of_item
from sources.discourse_recheck import Topic, is_of, post_as_it_is_now, what_became_of
from sources.http import Answer, HttpDoor
from sources.loose_json import ItemUnreadable, inner, text_of, time_of
from sources.one_by_one import look_at_each
from sources.page_walk import MILLISECOND, TOP, Reach, Shown, Standing, advance, is_past, resume, tick_of
from sources.patience import LONGEST, asked_to_wait
from sources.post import Post, PostKey
from sources.query.branches import branches
from sources.query.tree import Query
from sources.search_asks import meant_for
from sources.settings import Duration, NetworkSourceSettings
from sources.window_walk import time_at

POSTS = 50
"""The most that one answer holds, and in older versions how many numbers it looks through."""


class DiscourseSettings(NetworkSourceSettings):
    """Settings of `kind = "discourse"`. `base_url` is the forum's address.

    `reread`: how far each poll reads back again, for changed posts. `pace`: the least time between two requests of
    one walk.
    """

    kind: Literal["discourse"]
    base_url: Annotated[str, Field(pattern=r"^https?://[^\s/?#]+[^\s?#]*$", max_length=500)]
    backfill: Annotated[Duration, Field(ge=timedelta(0), le=timedelta(days=3650))] = timedelta(days=7)
    reread: Annotated[Duration, Field(ge=timedelta(0), le=timedelta(days=30))] = timedelta(hours=2)
    most_pages: Annotated[int, Field(ge=1, le=1_000)] = 200
    pace: Annotated[Duration, Field(ge=timedelta(0), le=timedelta(hours=1))] = timedelta(seconds=1)

    def open(self) -> Discourse:
        return Discourse(self)


class Discourse:
    """Reads a forum's posts by their numbers, the newest first; see `Source` for the promises."""

    kind = "discourse"
    searchable = False
    recheck_at_once = 10

    def __init__(self, settings: DiscourseSettings) -> None:
        self.name = settings.name
        url = settings.base_url.rstrip("/")
        self._forum = Forum(url, (urlsplit(url).netloc.rpartition("@")[2] + urlsplit(url).path).lower())
        self.credential = f"discourse:{self._forum.instance}"  # the limit counts per address of ours
        self._reach = Reach(backfill=settings.backfill, reread=settings.reread, most_pages=settings.most_pages)
        self._pace = settings.pace
        self._door = HttpDoor(allow_private=settings.allow_private)

    def plan(self, query: Query) -> Plan:
        """One ask for all queries: the forum's own search skips, so every post is read and matched here."""
        if not meant_for(branches(query).branches, self.kind, self.name):
            return Plan(asks=(EVERYTHING,), coverage="superset", notes=("this query asks for other sources only",))
        return Plan(asks=(EVERYTHING,), coverage="superset", notes=("every public post of the forum is read",))

    async def fetch(self, ask: str, cursor: Cursor | None, now: datetime) -> Page:
        """Reads the next page of the walk: one request. See `Source.fetch`.

        `more` together with `next_check` means: there is more, and not before that time.
        """
        standing, forgotten = resume(cursor, now, self._reach)
        before = standing.walk.place
        params = {} if before == TOP else {"before": before}
        answer = await self._door.get(f"{self._forum.url}/posts.json", params=params, accept=(200, 403, 404, 429))
        shown, onward = read_answer(_accepted(answer, self._forum, now), self._forum, now, standing)
        gaps = [*forgotten, *_nothing_on_top(shown, standing, now)]
        return advance(standing, shown, onward, now, self._reach, gaps, self._pace or None)

    async def recheck(self, keys: Sequence[PostKey], now: datetime) -> Page:
        """Looks at posts again, one request for each, two for the first of a topic. See `Rechecking.recheck`."""

        async def look(key: PostKey) -> Post | Change | None:
            address = f"{self._forum.url}/posts/{key.external_id}.json"
            answer = await self._door.get(address, accept=(200, 403, 404, 410, 429))
            if answer.status == 429:
                _accepted(answer, self._forum, now)
            found = what_became_of(key, answer)
            if not isinstance(found, Topic):
                return found
            about = None
            if found.number:
                topic = await self._door.get(f"{self._forum.url}/t/{found.number}.json", accept=(200, 403, 404, 410))
                about = topic.json() if topic.status == 200 else None
            return post_as_it_is_now(found, about, self._forum, now)

        return await look_at_each([key for key in keys if is_of(key, self._forum)], look)

    async def close(self) -> None:
        await self._door.close()


def read_answer(answer: Any, forum: Forum, now: datetime, standing: Standing) -> tuple[Shown, int | None]:
    """Reads an answer of `posts.json`, and the number to read on from. Raises SourceUnavailable where it is none."""
    items = answer.get("latest_posts") if isinstance(answer, Mapping) else None
    if not isinstance(items, list):
        raise SourceUnavailable(f"{forum.instance} answered without a list of posts")
    numbers: list[int] = []
    times: list[int] = []
    posts: list[Post] = []
    places: list[int | None] = []
    gone: list[tuple[PostKey, int | None]] = []
    unreadable: list[str] = []
    for item in items:
        try:
            numbers.append(id_of(item))
        except ItemUnreadable as error:
            unreadable.append(str(error))
            continue
        written = time_of(item, "created_at")
        tick = None if written is None else tick_of(written)
        times += [] if tick is None else [tick]
        if is_gone(item):
            gone.append((PostKey("discourse", forum.instance, str(numbers[-1])), tick))
        elif is_written(item):
            posts.append(post_of_item(item, forum, now))
            places.append(tick)
    if unreadable and not numbers:
        raise SourceUnavailable(f"{forum.instance} showed {len(items)} posts that cannot be read: {unreadable[0]}")
    shown = Shown(
        posts=posts,
        places=places,
        gone=gone,
        times=times,
        unreadable=unreadable,
        highest=max(numbers, default=0),
    )
    return shown, _onward(numbers, times, standing)


def _onward(numbers: list[int], times: list[int], standing: Standing) -> int | None:
    """Gives the number below which to read on, None where everything new and the stretch to read again is read.

    Versions differ in whether `before` is included, and older ones look through 50 numbers and show what is public
    among them (discourse/app/controllers/posts_controller.rb, lib/latest_posts_query.rb): a page may be short or
    empty, and more stand below it. Of the numbers below `before`, each version shows those of the next 49 at least.
    """
    before = standing.walk.place
    following = min(numbers, default=TOP) if before == TOP else min([before - POSTS, *numbers])
    if following <= 1:
        return None
    reached = not standing.floor or following <= standing.floor  # no floor yet: the first reading goes by time alone
    return None if reached and is_past(times, standing.walk.low) else following


def _nothing_on_top(shown: Shown, standing: Standing, now: datetime) -> Sequence[Gap]:
    """What an empty first page hides: older versions show one where the newest POSTS numbers are private or deleted.

    No other answer tells where the numbers end, so what stands below cannot be asked for.
    """
    if standing.walk.place != TOP or shown.highest:
        return ()
    why = "the forum showed nothing on its first page: none is public, or the newest are private or deleted"
    return (Gap(since=time_at(standing.walk.low, MILLISECOND), until=now + MILLISECOND, why=why),)


def _accepted(answer: Answer, forum: Forum, now: datetime) -> Any:
    """Gives the answer's JSON, or the error that says what to do about a refusal."""
    if answer.status == 200:
        return answer.json()
    if answer.status == 404:
        raise SourceUnavailable(
            f"{forum.instance} has no posts.json (404): it may not be a Discourse forum, or be moved"
        )
    if answer.status == 403:
        raise SourceRefused(
            f"{forum.instance} shows its posts only to people with an account there (403): disable this source",
            "credentials",
        )
    raise SourceBusy(f"{forum.instance} asks for patience (429)", _wait(answer, now))


def _wait(answer: Answer, now: datetime) -> timedelta | None:
    """Gives how long to wait: as the headers tell, else as the answer does (`extras.wait_seconds`)."""
    wait = asked_to_wait(answer.headers, now)
    if wait is None and "json" in answer.headers.get("content-type", ""):
        told: Any = answer.json()
        seconds = text_of(inner(told, "extras"), "wait_seconds") if isinstance(told, Mapping) else ""
        if seconds.isascii() and seconds.isdigit() and len(seconds) <= 9:
            wait = min(timedelta(seconds=int(seconds)), LONGEST)
    return wait
