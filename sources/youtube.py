"""YouTube: videos found by a search, and the comments on them and on one's own, through the Data API v3."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, Literal

import msgspec
from msgspec.structs import replace
from pydantic import AfterValidator, Field, SecretStr

from sources import youtube_comments as comments
from sources.contract import Change, Cursor, Gap, Page, Plan, SourceUnavailable
from sources.http import HttpDoor
from sources.loose_json import ItemUnreadable, items_of, text_of, unreadable_note
from sources.post import Post, PostKey
from sources.query.branches import branches
from sources.query.tree import Query
from sources.search_asks import found_at, meant_for
from sources.settings import Duration, NetworkSourceSettings, without_login
from sources.terms import Terms
from sources.window_walk import Reach, advance, page_of, resume
from sources.youtube_answers import (
    GONE,
    NoComments,
    StalePage,
    accepted,
    comment_counts,
    day_of,
    found_ids,
    read_search,
    rest_of_day,
)
from sources.youtube_asks import CHANNEL, between_searches, pace_words, search_params, searches
from sources.youtube_post import HOST, LONGEST_VIDEO_ID, post_of_comment, post_of_video
from sources.youtube_round import Standing, encoded, paged, resume_round

Step = tuple[comments.Comments, Sequence[Post], Sequence[Gap], Sequence[str]]
"""Where a request leaves the comments, the posts that are news, what is lost, and what was unreadable."""

AT_ONCE = 50
"""Ids that one request may name (videos.list, comments.list)."""

SECOND = timedelta(seconds=1)


def _sendable(key: SecretStr) -> SecretStr:
    told = key.get_secret_value()
    if not told or not told.isascii() or not told.isprintable() or " " in told:
        raise ValueError("is empty or has characters that no key has")
    return key


class YouTubeSettings(NetworkSourceSettings):
    """Settings of `kind = "youtube"`. `channel` is the id of a channel (UC...) all of whose comments are read, too.

    `searches_a_day` are shared among all queries. `follow` newest found videos are followed for `follow_for`.
    """

    terms: ClassVar[Terms] = Terms(exportable="ids", attribution="YouTube")

    kind: Literal["youtube"]
    every: Annotated[Duration, Field(ge=timedelta(minutes=5), le=timedelta(days=30))] = timedelta(minutes=30)
    key: Annotated[SecretStr, AfterValidator(_sendable)]
    channel: Annotated[str, Field(pattern=r"^UC[A-Za-z0-9_-]{10,40}$")] | None = None
    base_url: Annotated[str, Field(pattern=r"^https?://")] = "https://www.googleapis.com/youtube/v3"
    searches_a_day: Annotated[int, Field(ge=1, le=100_000)] = 100
    follow: Annotated[int, Field(ge=0, le=500)] = 50
    follow_for: Annotated[Duration, Field(ge=timedelta(0), le=timedelta(days=365))] = timedelta(days=14)
    backfill: Annotated[Duration, Field(ge=timedelta(0), le=timedelta(days=3650))] = timedelta(days=7)
    reread: Annotated[Duration, Field(ge=timedelta(hours=1), le=timedelta(days=30))] = timedelta(hours=24)
    most_pages: Annotated[int, Field(ge=1, le=1_000)] = 30

    def open(self) -> YouTube:
        return YouTube(self)


class YouTube:
    """Searches by date within a day's allowance, and follows comments; see `Source` for the promises."""

    kind = "youtube"
    searchable = True
    recheck_at_once = AT_ONCE

    def __init__(self, settings: YouTubeSettings) -> None:
        self.name = settings.name
        self._settings = settings
        self._url = settings.base_url.rstrip("/")
        self.credential = f"youtube:{without_login(settings.base_url)}"
        self._reach = Reach(
            backfill=settings.backfill // SECOND, reread=settings.reread // SECOND, most_pages=settings.most_pages
        )
        self._bounds = comments.Bounds(
            most_videos=settings.follow, follow_for=settings.follow_for, reread=settings.reread
        )
        self._used: dict[str, tuple[str, int]] = {}
        headers = {"x-goog-api-key": settings.key.get_secret_value()}
        self._door = HttpDoor(allow_private=settings.allow_private, headers=headers)

    def plan(self, query: Query) -> Plan:
        """One ask per search, and one for the channel's comments. What a day's searches come to is in the notes."""
        split = branches(query)
        meant = meant_for(split.branches, self.kind, self.name)
        asks, unsaid = searches(found_at(meant, HOST))
        notes = [
            *split.notes,
            "comments are seen on found videos and on the channel's own, late answers to old ones stay unseen",
        ]
        if unsaid:
            notes.append("a part of this query has no whole word to search for, and is not asked")
        if asks:
            notes.append(pace_words(len(asks), self._settings.searches_a_day))
        own = [f"{CHANNEL}{self._settings.channel}"] if self._settings.channel is not None and meant else []
        return Plan(asks=[*asks, *own], coverage="partial", notes=notes, requests=3 * len(asks) + len(own))

    async def fetch(self, ask: str, cursor: Cursor | None, now: datetime) -> Page:
        """Makes the next step of a round: one to three requests. See `Source.fetch`.

        `more` together with `next_check` means: there is more, and not before that time.
        """
        standing, forgotten = resume_round(cursor)
        if ask.startswith(CHANNEL):
            return await self._channel(ask.removeprefix(CHANNEL), standing, forgotten, now)
        if standing.day != day_of(now):
            standing = replace(standing, day=day_of(now), used=0)
        self._used[ask] = (standing.day, standing.used)
        if standing.stage == "search":
            return await self._search(ask, standing, forgotten, now)
        if standing.stage == "counts":
            return await self._count(standing, now)
        return await self._comments(standing, {"videoId": next(iter(standing.comments.queue), "")}, now)

    async def recheck(self, keys: Sequence[PostKey], now: datetime) -> Page:
        """Looks at videos and comments again: one request for each of the two, more where some are gone. See
        `Rechecking`.
        """
        ids = list(dict.fromkeys(key.external_id for key in keys))
        videos = [number for number in ids if len(number) <= LONGEST_VIDEO_ID]
        written = [number for number in ids if len(number) > LONGEST_VIDEO_ID]
        posts: list[Post] = []
        unreadable: list[str] = []
        gone: set[str] = set()
        for path, wanted in (("videos", videos), ("comments", written)):
            items, missing = await self._there(path, wanted, now) if wanted else ([], set())
            gone |= missing
            for item in items:
                try:
                    posts.append(post_of_video(item, now) if path == "videos" else post_of_comment(item, now))
                except ItemUnreadable as error:
                    unreadable.append(str(error))
        there = {post.external_id for post in posts}
        # An item that cannot be read may be any of those that were asked for.
        changes = [Change(key=key) for key in keys if key.external_id in gone - there] if not unreadable else []
        asked = set(ids)
        found = [post for post in posts if post.external_id in asked]
        return Page(posts=found, changes=changes, notes=unreadable_note(unreadable))

    async def _there(self, path: str, wanted: Sequence[str], now: datetime) -> tuple[list[Any], set[str]]:
        """Gives what is shown of these ids, and those that surely are not: none of a list that has a second page.

        Where one of several comments is not there any more, all of them may be refused for it (commentNotFound).
        """
        part = "snippet,statistics" if path == "videos" else "snippet"
        try:
            told = await self._ask(path, {"part": part, "id": ",".join(wanted)} | _plain(path), now)
        except NoComments as error:
            if len(wanted) == 1:
                return [], set(wanted) if str(error) == GONE else set()
            half = len(wanted) // 2
            first, second = [await self._there(path, some, now) for some in (wanted[:half], wanted[half:])]
            return [*first[0], *second[0]], first[1] | second[1]
        items = items_of(told, "items")
        shown = {text_of(item, "id").strip() for item in items if isinstance(item, Mapping)}
        return list(items), set() if text_of(told, "nextPageToken") else set(wanted) - shown

    async def close(self) -> None:
        await self._door.close()

    async def _search(self, ask: str, standing: Standing, forgotten: Sequence[Gap], now: datetime) -> Page:
        """Searches the next window of the walk, or leaves that for later where the day's searches would not last."""
        tick = int(now.timestamp())
        walk, lost = resume(standing.search or None, tick, self._reach)
        begins = walk.walk.pages == 0
        if begins and self._due_in(standing, now) > timedelta():
            return paged(replace(standing, stage="counts"), more=bool(standing.comments.followed))
        if sum(used for day, used in self._used.values() if day == standing.day) >= self._settings.searches_a_day:
            waits = Page(cursor=encoded(standing), more=True, next_check=rest_of_day(now))
            skips = paged(replace(standing, stage="counts"), more=bool(standing.comments.followed))
            return skips if begins else waits
        told = await self._ask("search", search_params(ask, walk.walk.since, walk.walk.until), now)
        found = found_ids(told)
        videos: Mapping[str, Any] = {}
        if found:
            videos = await self._ask("videos", {"part": "snippet,statistics", "id": ",".join(found)}, now)
        shown = read_search(told, videos, now)
        page = page_of(advance(walk, shown, tick, self._reach), shown, lost, SECOND)
        followed, left_out = comments.follow(standing.comments, shown.posts, now, self._bounds)
        standing = replace(
            standing,
            search=page.cursor,
            searched_at=tick if begins else standing.searched_at,
            used=standing.used + 1,
            stage="search" if page.more or not followed.followed else "counts",
            comments=followed,
        )
        self._used[ask] = (standing.day, standing.used)
        more = page.more or bool(followed.followed)
        gaps = [*forgotten, *page.gaps, *left_out]
        return msgspec.structs.replace(page, cursor=encoded(standing), more=more, gaps=gaps)

    async def _count(self, standing: Standing, now: datetime) -> Page:
        """Asks how many comments the followed videos have, and lines up those with new ones."""
        followed, gaps = comments.follow(standing.comments, (), now, self._bounds)
        ids = list(followed.followed)
        counts: dict[str, int] = {}
        for place in range(0, len(ids), AT_ONCE):
            some = ids[place : place + AT_ONCE]
            told = await self._ask("videos", {"part": "statistics", "id": ",".join(some)}, now)
            counts |= comment_counts(told, some)
        lined = comments.line_up(followed, counts, now)
        stage: Literal["search", "comments"] = "comments" if lined.queue else "search"
        return paged(replace(standing, comments=lined, stage=stage), more=bool(lined.queue), gaps=gaps)

    async def _channel(self, channel: str, standing: Standing, forgotten: Sequence[Gap], now: datetime) -> Page:
        """Reads the comments on all videos of a channel, as if they were one video's."""
        if not (standing.comments.queue or standing.comments.threads):
            start = int((now - self._settings.backfill).timestamp())
            known = standing.comments.followed.get(channel, comments.Followed(at=start, read_to=start))
            lined = replace(standing.comments, followed={channel: known}, queue=(channel,), walk=None)
            standing = replace(standing, comments=lined)
        page = await self._comments(standing, {"allThreadsRelatedToChannelId": channel}, now)
        return msgspec.structs.replace(page, gaps=[*forgotten, *page.gaps])

    async def _comments(self, standing: Standing, whose: Mapping[str, str], now: datetime) -> Page:
        """Reads the next page of answers of a long thread, else of threads of the first video in the queue."""
        if standing.comments.threads:
            walking, posts, gaps, unreadable = await self._answers(standing.comments, now)
        elif standing.comments.queue:
            walking, posts, gaps, unreadable = await self._threads(standing.comments, whose, now)
        else:
            return paged(replace(standing, stage="search"), more=False)
        more = bool(walking.queue or walking.threads)
        standing = replace(standing, comments=walking, stage="comments" if more else "search")
        return paged(standing, more=more, gaps=gaps, posts=posts, notes=unreadable_note(unreadable))

    async def _threads(self, standing: comments.Comments, whose: Mapping[str, str], now: datetime) -> Step:
        walking = comments.begin(standing, now, self._bounds)
        walk = walking.walk
        assert walk is not None
        params: dict[str, str | int] = {"part": "snippet,replies", "order": "time", "maxResults": 100, **whose}
        params |= _plain("comments") | ({"pageToken": walk.token} if walk.token else {})
        try:
            return comments.advance(walking, await self._ask("commentThreads", params, now), now, self._bounds)
        except NoComments:
            return comments.leave(walking, walk.began), (), (), ()
        except StalePage as error:
            if walk.token:
                return replace(walking, walk=replace(walk, token="", pages=walk.pages + 1)), (), (), ()
            # Nothing is marked as read: the next look, hours later at the latest, goes back as far as this one.
            return comments.leave(walking, walking.followed[walking.queue[0]].read_to), (), (), (str(error),)

    async def _answers(self, standing: comments.Comments, now: datetime) -> Step:
        thread = standing.threads[0]
        params: dict[str, str | int] = {"part": "snippet", "maxResults": 100, "parentId": thread.id}
        params |= _plain("comments") | ({"pageToken": thread.token} if thread.token else {})
        try:
            return comments.advance_thread(standing, await self._ask("comments", params, now), now, self._bounds)
        except NoComments:
            return replace(standing, threads=standing.threads[1:]), (), (), ()
        except StalePage as error:
            if not thread.token:
                gap = Gap(since=None, until=now, why=f"the answers to a comment cannot be shown: {error}")
                return replace(standing, threads=standing.threads[1:]), (), (gap,), ()
            again = replace(thread, token="", pages=thread.pages + 1)
            return replace(standing, threads=(again, *standing.threads[1:])), (), (), ()

    async def _ask(self, path: str, params: Mapping[str, str | int], now: datetime) -> Mapping[str, Any]:
        answer = await self._door.get(f"{self._url}/{path}", params=params, accept=(200, 400, 403, 404))
        try:
            return accepted(answer, now, of_one="videoId" in params)
        except StalePage as error:
            if path == "commentThreads" or "parentId" in params:
                raise
            raise SourceUnavailable(str(error)) from None
        except NoComments as error:
            if path in ("commentThreads", "comments"):
                raise
            raise SourceUnavailable(f"YouTube has no {path} to show ({error})") from None

    def _due_in(self, standing: Standing, now: datetime) -> timedelta:
        """How long this search still rests, so that all searches fit into the day; a tenth sooner is soon enough."""
        rest = between_searches(len(self._used), self._settings.searches_a_day) * 0.9
        since = int(now.timestamp()) - standing.searched_at
        return rest - timedelta(seconds=since) if since >= 0 else timedelta()


def _plain(path: str) -> dict[str, str]:
    """Comments come as HTML unless they are asked for as text."""
    return {"textFormat": "plainText"} if path == "comments" else {}
