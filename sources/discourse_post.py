"""From a post of a Discourse forum to a post of ours."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from sources.loose_json import ItemUnreadable, count_of, items_of, text_of, time_of
from sources.markup import text_from_either, text_from_html
from sources.post import Author, Engagement, Post, storable_post

_LIKE = 2  # PostActionType.types[:like]
_KEPT_TYPES = (None, 1, 2)  # Post.types: regular, moderator_action; the others are notes of the software, and whispers


class Forum(Struct, frozen=True):
    """A forum: its address without a slash at the end, and how keys name it."""

    url: str
    instance: str


def id_of(item: object) -> int:
    """Gives the post's number, which grows with each post of the forum. Raises ItemUnreadable."""
    number = count_of(item, "id") if isinstance(item, Mapping) else None
    if number is None or not 0 < number < 2**53:
        raise ItemUnreadable("its id is not a number")
    return number


def is_gone(item: Mapping[str, Any]) -> bool:
    """Whether its author or a moderator deleted it, or the forum hides it from readers."""
    return item.get("user_deleted") is True or item.get("hidden") is True or bool(text_of(item, "deleted_at"))


def is_written(item: Mapping[str, Any]) -> bool:
    """Whether a person wrote it for everyone, unlike notes that a topic was closed."""
    return count_of(item, "post_type") in _KEPT_TYPES


def post_of_item(item: Mapping[str, Any], forum: Forum, now: datetime) -> Post:
    """Gives the post for one item of `posts.json`. Raises ItemUnreadable where it has no number.

    The first post of a topic has the topic's title; an answer has none of its own, since its author wrote none.
    """
    number, place = id_of(item), count_of(item, "post_number")
    topic, name = count_of(item, "topic_id"), text_of(item, "username")
    is_answer = place is not None and place > 1
    thread = "" if topic is None else f"{forum.url}/t/{quote(text_of(item, 'topic_slug') or '-', safe='')}/{topic}"
    answered = count_of(item, "reply_to_post_number") or 1
    post = Post(
        source="discourse",
        instance=forum.instance,
        external_id=str(number),
        url=f"{thread}/{place}" if thread and place is not None else f"{forum.url}/p/{number}",
        title="" if is_answer else text_from_either(text_of(item, "topic_title")),
        text=text_from_html(text_of(item, "cooked")),
        published_at=time_of(item, "created_at"),
        lang=text_of(item, "locale").replace("_", "-"),
        author=Author(
            id=text_of(item, "user_id"),
            handle=f"{name}@{forum.instance}" if name else "",  # a name is somebody else on another forum
            name=text_of(item, "name") or name,
            url=f"{forum.url}/u/{quote(name, safe='')}" if name else "",
        ),
        engagement=Engagement(likes=_likes(item), replies=count_of(item, "reply_count"), views=count_of(item, "reads")),
        in_reply_to=f"{thread}/{answered}" if is_answer and thread else "",
        kind="comment" if is_answer else "post",
    )
    return storable_post(post, now)


def _likes(item: Mapping[str, Any]) -> int | None:
    """The actions that people took; none at all is none of this kind, where the post tells of actions."""
    if not isinstance(item.get("actions_summary"), list):
        return None
    actions = [action for action in items_of(item, "actions_summary") if isinstance(action, Mapping)]
    return next((count_of(action, "count") for action in actions if count_of(action, "id") == _LIKE), 0)
