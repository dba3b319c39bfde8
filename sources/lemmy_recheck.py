"""What became of a post or comment of Lemmy that was once read, as its own instance tells it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

from sources.contract import Change, SourceUnavailable
from sources.http import Answer
from sources.lemmy_post import Listing, is_gone, key_of, post_of_view
from sources.loose_json import ItemUnreadable, inner, text_of
from sources.post import Post, PostKey

_PLACE = re.compile(r"/(post|comment)/(\d{1,15})", re.ASCII)
_NOT_THERE = ("couldnt_find_post", "couldnt_find_comment", "not_found")


def place_of(key: PostKey) -> tuple[Listing, str]:
    """Gives what a key names at its instance, and its number there; "" where another software gave the address."""
    try:
        address = urlsplit(key.external_id)
        own = key.source == "lemmy" and address.scheme in ("http", "https") and address.netloc == key.instance
    except ValueError:
        own = False
    found = _PLACE.fullmatch(address.path) if own else None
    if found is None:
        return "posts", ""
    return "comments" if found[1] == "comment" else "posts", found[2]


def what_became_of(key: PostKey, listing: Listing, answer: Answer, now: datetime) -> Post | Change | None:
    """Reads an answer of `post` or `comment` (lemmy-js-client, GetPost, GetComment). Raises SourceUnavailable.

    Only a 404 in Lemmy's words says that it is gone: with 400, older versions say so of a busy database, too. A view
    with another address tells nothing, since an instance that was set up anew counts anew.
    """
    told = answer.json()
    if not isinstance(told, Mapping):
        raise SourceUnavailable(f"{key.instance} answered something that is no post")
    if answer.status == 404:
        if text_of(told, "error") in _NOT_THERE:
            return Change(key=key)
        raise SourceUnavailable(f"{key.instance} answered 404 without saying why")
    view = inner(told, f"{listing.removesuffix('s')}_view")
    try:
        if key_of(view, listing, key.instance) != key:
            return None
        return Change(key=key) if is_gone(view, listing) else post_of_view(view, listing, key.instance, now)
    except ItemUnreadable as error:
        raise SourceUnavailable(f"{key.instance} answered something that is no post: {error}") from None
