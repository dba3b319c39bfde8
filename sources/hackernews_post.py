"""From a hit of the Hacker News search to a post."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from sources.loose_json import ItemUnreadable, count_of, text_of, time_of
from sources.markup import text_from_either, text_from_html
from sources.post import Author, Engagement, Post, storable_post

HOST = "news.ycombinator.com"


def post_of_hit(hit: object, now: datetime) -> Post:
    """Gives the post for one hit. Raises ItemUnreadable where it has no id.

    A story's own link stands at the end of its text, so that words in it are found; `url` is the discussion.
    A comment has no title of its own: the story's title is not what its author wrote.
    """
    if not isinstance(hit, Mapping):
        raise ItemUnreadable(f"it is {type(hit).__name__}, not an object")
    item_id = text_of(hit, "objectID").strip()
    if not item_id.isdigit():
        raise ItemUnreadable("its objectID is not a number")
    is_comment = bool(text_of(hit, "comment_text"))
    name = text_of(hit, "author")
    text = text_from_html(text_of(hit, "comment_text") or text_of(hit, "story_text") or text_of(hit, "text"))
    link = "" if is_comment else text_of(hit, "url").strip()
    if link and link not in text:
        text = f"{text}\n\n{link}".strip()
    post = Post(
        source="hackernews",
        instance=HOST,
        external_id=item_id,
        url=f"https://{HOST}/item?id={item_id}",
        title="" if is_comment else text_from_either(text_of(hit, "title")),
        text=text,
        published_at=published_at(hit),
        author=Author(id=name, handle=name, name=name, url=f"https://{HOST}/user?id={quote(name)}" if name else ""),
        engagement=Engagement(likes=count_of(hit, "points"), replies=count_of(hit, "num_comments")),
        in_reply_to=text_of(hit, "parent_id") if is_comment else "",
        kind="comment" if is_comment else "post",
    )
    return storable_post(post, now)


def published_at(hit: Mapping[str, Any]) -> datetime | None:
    """When the item was posted, None where the hit does not tell."""
    seconds = count_of(hit, "created_at_i")
    if seconds is not None:
        try:
            return datetime.fromtimestamp(seconds, UTC)
        except (ValueError, OverflowError, OSError):
            return None
    return time_of(hit, "created_at")
