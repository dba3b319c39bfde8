"""Looks at posts of Bluesky again: those that its public view no longer shows are deleted."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from sources.bluesky_post import is_hidden, post_of_view
from sources.contract import Change, Page, SourceUnavailable
from sources.loose_json import ItemUnreadable, text_of, unreadable_note
from sources.post import Post, PostKey

POSTS = 25
"""The most that app.bsky.feed.getPosts takes."""

_URI = re.compile(r"at://did:[a-z]+:[A-Za-z0-9._:%-]{1,200}/[A-Za-z0-9.]{1,300}/[A-Za-z0-9._~:-]{1,512}")


def address_of(base_url: str, keys: Sequence[PostKey]) -> str:
    """Gives where to ask for the posts, "" where none of the keys is a post of Bluesky.

    One uri that cannot be would have all the others refused.
    """
    uris = [("uris", key.external_id) for key in keys if _URI.fullmatch(key.external_id)]
    return f"{base_url}/xrpc/app.bsky.feed.getPosts?{urlencode(uris)}" if uris else ""


def page_of_views(answer: Any, keys: Sequence[PostKey], now: datetime) -> Page:
    """Gives what became of the posts. One that its author now hides from logged-out people has gone from here, too."""
    views = answer.get("posts") if isinstance(answer, Mapping) else None
    if not isinstance(views, list):
        raise SourceUnavailable("Bluesky answered without a list of posts")
    asked = {key.external_id: key for key in keys if _URI.fullmatch(key.external_id)}
    posts: list[Post] = []
    there: set[str] = set()
    unreadable: list[str] = []
    for view in views:
        uri = text_of(view, "uri").strip() if isinstance(view, Mapping) else ""
        if uri in asked and is_hidden(view):
            continue
        there.add(uri)
        try:
            post = post_of_view(view, now)
        except ItemUnreadable as error:
            unreadable.append(str(error))
            continue
        if post.key == asked.get(uri):
            posts.append(post)
    if unreadable:  # who knows which of them it was
        return Page(posts=posts, notes=unreadable_note(unreadable))
    return Page(posts=posts, changes=[Change(key=key) for uri, key in asked.items() if uri not in there])
