"""Looks at posts of Mastodon again: those that their instance no longer shows are deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from sources.contract import Change, Page, SourceUnavailable
from sources.loose_json import ItemUnreadable, unreadable_note
from sources.mastodon_post import id_of, post_of_status
from sources.post import Post, PostKey

STATUSES = 20
"""The most that GET /api/v1/statuses takes."""

Asked = Mapping[int, PostKey]


def address_of(base: str, ids: Sequence[int]) -> str:
    """Gives where an instance of 4.3 and later shows several posts at once."""
    return f"{base}/api/v1/statuses?{urlencode([('id[]', str(id_)) for id_ in ids])}"


def page_of_statuses(answer: Any, asked: Asked, instance: str, now: datetime) -> Page:
    """Gives what became of the posts. One whose author wants no robots by now has gone from here, too."""
    if not isinstance(answer, list):
        raise SourceUnavailable(f"{instance} answered without a list of posts")
    posts: list[Post] = []
    there: set[int] = set()
    unreadable: list[str] = []
    for status in answer:
        try:
            shown = id_of(status)
            post = post_of_status(status, instance, now)
        except ItemUnreadable as error:
            unreadable.append(str(error))
            continue
        if post is None:
            continue
        there.add(shown)
        if post.key == asked.get(shown):
            posts.append(post)
    if unreadable:  # who knows which of them it was
        return Page(posts=posts, notes=unreadable_note(unreadable))
    return Page(posts=posts, changes=[Change(key=key) for shown, key in asked.items() if shown not in there])
