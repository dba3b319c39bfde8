"""What became of a post of a Discourse forum that was once read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from sources.contract import Change, SourceUnavailable
from sources.discourse_post import Forum, is_gone, is_written, post_of_item
from sources.http import Answer
from sources.loose_json import count_of, items_of, text_of
from sources.post import Post, PostKey


class Topic(Struct, frozen=True, kw_only=True):
    """A post that is there, and the number of the topic whose title it bears, 0 where it bears none."""

    item: Mapping[str, Any]
    number: int


def is_of(key: PostKey, forum: Forum) -> bool:
    """Whether a key names a post of the forum."""
    number = key.external_id
    ours = (key.source, key.instance) == ("discourse", forum.instance)
    return ours and number.isascii() and number.isdigit() and len(number) <= 15


def what_became_of(key: PostKey, answer: Answer) -> Change | Topic | None:
    """Reads an answer of `posts/<id>.json`. Raises SourceUnavailable where it is not the forum's own.

    Only a 404 or 410 in the forum's words says that a post is gone; one that may not be seen any more (403) may be.
    A single post is shown without the title of its topic, unlike in the list of the newest.
    """
    if answer.status == 403:
        return None
    told = answer.json()
    if not isinstance(told, Mapping):
        raise SourceUnavailable("the forum answered something that is no post")
    if answer.status in (404, 410):
        if text_of(told, "error_type") == "not_found" or items_of(told, "errors"):
            return Change(key=key)
        raise SourceUnavailable(f"the forum answered {answer.status} without saying why")
    if count_of(told, "id") != int(key.external_id):
        raise SourceUnavailable("the forum answered something that is not the post asked for")
    if is_gone(told):
        return Change(key=key)
    if not is_written(told):
        return None
    titled = "topic_title" in told or (count_of(told, "post_number") or 1) > 1
    return Topic(item=told, number=0 if titled else count_of(told, "topic_id") or 0)


def post_as_it_is_now(found: Topic, about: Any, forum: Forum, now: datetime) -> Post | None:
    """Gives the post with the title of its topic, which `about` tells (`t/<id>.json`); None where it tells none."""
    if not found.number:
        return post_of_item(found.item, forum, now)
    if not isinstance(about, Mapping) or count_of(about, "id") != found.number or not text_of(about, "title"):
        return None
    return post_of_item({**found.item, "topic_title": about["title"]}, forum, now)
