"""From videos and comments of the YouTube Data API to posts."""

from __future__ import annotations

import html
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from sources.loose_json import ItemUnreadable, count_of, inner, text_of, time_of
from sources.markup import text_from_either
from sources.post import Author, Engagement, Post, storable_post

HOST = "www.youtube.com"
LONGEST_VIDEO_ID = 15
"""Videos have ids of 11 characters, comments of 26 and more."""


def post_of_video(video: object, now: datetime) -> Post:
    """Gives the post for a video, as `videos.list` or `search.list` shows it. Raises ItemUnreadable without an id.

    A search escapes title and description as HTML and cuts the description; `videos.list` does neither.
    """
    number = video_id_of(video)
    assert isinstance(video, Mapping)
    snippet, counts = inner(video, "snippet"), inner(video, "statistics")
    searched = isinstance(video.get("id"), Mapping)
    title, text = text_of(snippet, "title"), text_of(snippet, "description")
    channel = text_of(snippet, "channelId")
    name = text_of(snippet, "channelTitle")
    post = Post(
        source="youtube",
        instance=HOST,
        external_id=number,
        url=f"https://{HOST}/watch?v={quote(number, safe='')}",
        title=html.unescape(title) if searched else title,
        text=html.unescape(text) if searched else text,
        published_at=time_of(snippet, "publishedAt"),
        lang=text_of(snippet, "defaultAudioLanguage") or text_of(snippet, "defaultLanguage"),
        author=Author(id=channel, name=html.unescape(name) if searched else name, url=_channel_link(channel)),
        engagement=Engagement(
            likes=_told_count(counts, "likeCount"),
            replies=_told_count(counts, "commentCount"),
            views=_told_count(counts, "viewCount"),
        ),
    )
    return storable_post(post, now)


def post_of_comment(comment: object, now: datetime, replies: int | None = None, video: str = "") -> Post:
    """Gives the post for a comment; `replies` is how many it has, `video` stands in where it does not name its own.

    Raises ItemUnreadable where it has no id.
    """
    if not isinstance(comment, Mapping):
        raise ItemUnreadable(f"it is {type(comment).__name__}, not an object")
    number = text_of(comment, "id").strip()
    if not number:
        raise ItemUnreadable("it has no id")
    snippet = inner(comment, "snippet")
    video, parent = text_of(snippet, "videoId") or video, text_of(snippet, "parentId")
    channel = text_of(inner(snippet, "authorChannelId"), "value")
    name = text_of(snippet, "authorDisplayName")
    link = f"https://{HOST}/watch?v={quote(video, safe='')}&lc={quote(number, safe='')}" if video else ""
    post = Post(
        source="youtube",
        instance=HOST,
        external_id=number,
        url=link,
        text=text_from_either(text_of(snippet, "textOriginal") or text_of(snippet, "textDisplay")),
        published_at=time_of(snippet, "publishedAt"),
        author=Author(
            id=channel, handle=name[1:] if name.startswith("@") else "", name=name, url=_channel_link(channel)
        ),
        engagement=Engagement(likes=count_of(snippet, "likeCount"), replies=replies),
        in_reply_to=parent or video,
        kind="comment",
    )
    return storable_post(post, now)


def video_id_of(video: object) -> str:
    """Gives the id of a video, in the shape of `videos.list` or of `search.list`. Raises ItemUnreadable without one."""
    if not isinstance(video, Mapping):
        raise ItemUnreadable(f"it is {type(video).__name__}, not an object")
    number = (text_of(inner(video, "id"), "videoId") or text_of(video, "id")).strip()
    if not number or len(number) > LONGEST_VIDEO_ID:
        raise ItemUnreadable("it has no video's id")
    return number


def _told_count(counts: Mapping[str, Any], key: str) -> int | None:
    """Counts come as text, since they may pass what JavaScript can count."""
    told = text_of(counts, key)
    return int(told) if told.isascii() and told.isdigit() and len(told) <= 18 else None


def _channel_link(channel: str) -> str:
    return f"https://{HOST}/channel/{quote(channel, safe='')}" if channel else ""
