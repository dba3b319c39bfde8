"""From an item of Hacker News' own interface (Firebase) to what became of a post."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sources.contract import Change, SourceUnavailable
from sources.hackernews_post import HOST, post_of_hit
from sources.loose_json import ItemUnreadable, text_of
from sources.post import Post, PostKey

_TEXT_OF = {"story": "story_text", "comment": "comment_text"}


def number_of(key: PostKey) -> str:
    """Gives the number of the item that a key names, "" where it names none of Hacker News."""
    number = key.external_id
    ours = (key.source, key.instance) == ("hackernews", HOST)
    return number if ours and number.isascii() and number.isdigit() and len(number) <= 15 else ""


def what_became_of(key: PostKey, item: Any, now: datetime) -> Post | Change | None:
    """Reads an answer of `item/<id>.json` (github.com/HackerNews/API). Raises SourceUnavailable where it is none.

    `deleted` is the author's doing, `dead` the moderators' or the readers'. No item at all, an empty one, and one of
    another type than the search shows tell nothing.
    """
    if item is None:
        return None
    if not isinstance(item, Mapping) or text_of(item, "id") != key.external_id:
        raise SourceUnavailable("Hacker News answered something that is not the item asked for")
    if item.get("deleted") is True or item.get("dead") is True:
        return Change(key=key)
    text = _TEXT_OF.get(text_of(item, "type"))
    if text is None or not (text_of(item, "text") or text_of(item, "title")):
        return None
    hit = {
        "objectID": key.external_id,
        "author": item.get("by"),
        "created_at_i": item.get("time"),
        "title": item.get("title"),
        "url": item.get("url"),
        text: item.get("text"),
        "points": item.get("score"),
        "num_comments": item.get("descendants"),
        "parent_id": item.get("parent"),
    }
    try:
        return post_of_hit(hit, now)
    except ItemUnreadable:
        return None
