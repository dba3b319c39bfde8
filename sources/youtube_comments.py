"""The walk through comments: of which videos, how far back, and where it stands.

The service shows the threads of a video, or of all a channel's videos, newest first, page after page; a page is named
by a token that stays good while threads come in above. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from sources.already_seen import Trace, digest_of, remember
from sources.contract import Gap
from sources.loose_json import ItemUnreadable, count_of, inner, items_of, text_of, time_of
from sources.post import Post
from sources.youtube_post import post_of_comment

MOST_PAGES = 50
"""Of one video between two looks: 5,000 threads."""

LOOK_ANYWAY = timedelta(hours=6)
"""A comment that came while another was deleted leaves their number as it was."""


class Followed(Struct, frozen=True, kw_only=True):
    """A video whose comments are read: when it was published, and how far they are read, in seconds since 1970."""

    at: int
    read_to: int
    looked_at: int = 0
    count: int = -1


class Walk(Struct, frozen=True, kw_only=True):
    """A walk through the threads of one video in progress. Unread is what `token` names, down to `low`."""

    low: int
    began: int
    token: str = ""
    pages: int = 0


class Thread(Struct, frozen=True, kw_only=True):
    """A comment with more answers than were shown with it. `token` names the next page of them."""

    id: str
    video: str
    token: str = ""
    pages: int = 0


class Comments(Struct, frozen=True, kw_only=True):
    """Where the comments of one ask stand. `queue` are the videos to walk through, the first one in progress; `threads`
    are those whose answers are to be read before that goes on.
    """

    followed: dict[str, Followed] = {}
    queue: tuple[str, ...] = ()
    walk: Walk | None = None
    threads: tuple[Thread, ...] = ()
    traces: dict[str, Trace] = {}


class Bounds(Struct, frozen=True, kw_only=True):
    """Which videos are followed, and how far back each walk reads again."""

    most_videos: int
    follow_for: timedelta
    reread: timedelta


def follow(standing: Comments, videos: Sequence[Post], now: datetime, bounds: Bounds) -> tuple[Comments, Sequence[Gap]]:
    """Takes in videos that were found, the newest as many as are followed. One that is left out for it is a gap."""
    if bounds.most_videos == 0:
        return Comments(), ()
    tick = int(now.timestamp())
    oldest = tick - int(bounds.follow_for.total_seconds())
    known = dict(standing.followed)
    for video in videos:
        at = tick if video.published_at is None else int(video.published_at.timestamp())
        known.setdefault(video.external_id, Followed(at=at, read_to=at))
    young = {number: video for number, video in known.items() if video.at >= oldest}
    ranked = sorted(young, key=lambda number: young[number].at, reverse=True)
    left_out = ranked[bounds.most_videos :]
    gaps = []
    if left_out:
        since = min(young[number].read_to for number in left_out)
        why = f"the comments of {len(left_out)} videos are not followed: more than {bounds.most_videos} were found"
        gaps.append(Gap(since=datetime.fromtimestamp(since, UTC), until=now, why=why))
    kept = {number: young[number] for number in ranked[: bounds.most_videos]}
    queue = tuple(number for number in standing.queue if number in kept)
    walk = standing.walk if queue[:1] == standing.queue[:1] else None
    return replace(standing, followed=kept, queue=queue, walk=walk), gaps


def line_up(standing: Comments, counts: Mapping[str, int], now: datetime) -> Comments:
    """Puts the videos in a queue whose number of comments has changed, or that were not looked at for hours."""
    tick = int(now.timestamp())
    followed = dict(standing.followed)
    queue: list[str] = []
    for number, count in counts.items():
        video = followed[number]
        stale = tick - video.looked_at >= LOOK_ANYWAY.total_seconds() and (count > 0 or video.count > 0)
        if count != video.count and (count > 0 or video.count >= 0):
            stale = True
        followed[number] = replace(video, count=count)
        queue += [number] if stale else []
    return replace(standing, followed=followed, queue=tuple(queue), walk=None)


def begin(standing: Comments, now: datetime, bounds: Bounds) -> Comments:
    """Begins the walk of the first video in the queue, where none is in progress."""
    if standing.walk is not None or not standing.queue:
        return standing
    tick = int(now.timestamp())
    low = min(standing.followed[standing.queue[0]].read_to, tick) - int(bounds.reread.total_seconds())
    return replace(standing, walk=Walk(low=low, began=tick))


def advance(
    standing: Comments, answer: Mapping[str, Any], now: datetime, bounds: Bounds
) -> tuple[Comments, Sequence[Post], Sequence[Gap], Sequence[str]]:
    """Gives the standing after a page of threads, the posts that are news, what is lost and what was unreadable."""
    walk = standing.walk
    assert walk is not None
    posts, unreadable, oldest, long = _read(answer, now)
    token = text_of(answer, "nextPageToken")[:2_000]
    walk = replace(walk, token=token, pages=walk.pages + 1)
    done = not token or (oldest is not None and oldest < walk.low)
    gaps: list[Gap] = []
    if not done and walk.pages >= MOST_PAGES:
        done = True
        since = datetime.fromtimestamp(max(walk.low, 0), UTC)
        until = now if oldest is None else datetime.fromtimestamp(max(oldest, 0) + 1, UTC)
        gaps.append(Gap(since=since, until=until, why=f"there are more comments than {MOST_PAGES} pages show"))
    standing, news = _sorted_out(replace(standing, walk=walk), posts, now, bounds)
    new = {post.external_id for post in news}  # among them comments whose number of answers has changed
    threads = (*standing.threads, *(thread for thread in long if thread.id in new))
    standing = replace(standing, threads=threads)
    return (leave(standing, walk.began) if done else standing), news, gaps, unreadable


def advance_thread(
    standing: Comments, answer: Mapping[str, Any], now: datetime, bounds: Bounds
) -> tuple[Comments, Sequence[Post], Sequence[Gap], Sequence[str]]:
    """Gives the same after a page of the answers of the first thread."""
    thread, rest = standing.threads[0], standing.threads[1:]
    posts, unreadable = [], []
    for item in items_of(answer, "items"):
        try:
            posts.append(post_of_comment(item, now, video=thread.video))
        except ItemUnreadable as error:
            unreadable.append(str(error))
    token = text_of(answer, "nextPageToken")[:2_000]
    thread = replace(thread, token=token, pages=thread.pages + 1)
    gaps: list[Gap] = []
    if token and thread.pages >= MOST_PAGES:
        gaps.append(Gap(since=None, until=now, why=f"a comment has more answers than {MOST_PAGES} pages show"))
        token = ""
    standing, news = _sorted_out(standing, posts, now, bounds)
    return replace(standing, threads=(thread, *rest) if token else rest), news, gaps, unreadable


def _sorted_out(
    standing: Comments, posts: Sequence[Post], now: datetime, bounds: Bounds
) -> tuple[Comments, Sequence[Post]]:
    """Gives the posts that are news, and remembers them."""
    known = standing.traces
    met = {post.external_id: Trace(_tick(post, now), digest_of(post)) for post in posts}
    news = [post for post in posts if known.get(post.external_id) != met[post.external_id]]
    reached = min((video.read_to for video in standing.followed.values()), default=0)
    horizon = reached - int(bounds.reread.total_seconds())
    return replace(standing, traces=remember(known, met, horizon)), news


def leave(standing: Comments, read_to: int) -> Comments:
    """Ends the walk of the first video in the queue, all of whose comments up to `read_to` were shown."""
    number = standing.queue[0]
    video = standing.followed[number]
    read = replace(video, read_to=max(video.read_to, read_to), looked_at=read_to)
    return replace(standing, followed={**standing.followed, number: read}, queue=standing.queue[1:], walk=None)


def _read(answer: Mapping[str, Any], now: datetime) -> tuple[list[Post], list[str], int | None, list[Thread]]:
    """Gives the comments of a page with the answers shown there, what was unreadable, the time of the last thread,
    and the threads that have more answers.
    """
    posts: dict[str, Post] = {}
    unreadable: list[str] = []
    oldest: int | None = None
    long: list[Thread] = []
    for thread in items_of(answer, "items"):
        if not isinstance(thread, Mapping):
            unreadable.append(f"it is {type(thread).__name__}, not an object")
            continue
        top = inner(thread, "snippet", "topLevelComment")
        at = time_of(inner(top, "snippet"), "publishedAt")
        if at is not None:
            oldest = int(at.timestamp())  # the last one counts: above it may stand an old one that was pinned there
        replies = items_of(inner(thread, "replies"), "comments")
        total = count_of(inner(thread, "snippet"), "totalReplyCount")
        try:
            first = post_of_comment(top, now, total)
            posts[first.external_id] = first
            if (total or 0) > len(replies):
                long.append(Thread(id=first.external_id, video=text_of(inner(thread, "snippet"), "videoId")))
        except ItemUnreadable as error:
            unreadable.append(str(error))
        for reply in replies:
            try:
                post = post_of_comment(reply, now)
                posts[post.external_id] = post
            except ItemUnreadable as error:
                unreadable.append(str(error))
    return list(posts.values()), unreadable, oldest, long


def _tick(post: Post, now: datetime) -> int:
    return int((now if post.published_at is None else post.published_at).timestamp())
