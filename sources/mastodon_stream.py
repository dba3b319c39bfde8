"""The stream of a hashtag on an instance: where it is, and what its events bring."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from sources.contract import Change, Cursor, Page, SourceRefused
from sources.event_stream import Event
from sources.loose_json import MOST_VALUES, ItemUnreadable, has_too_many_values, inner, text_of, unreadable_note
from sources.mastodon_ids import SeenIds
from sources.mastodon_post import post_of_status
from sources.post import Post

PREFIX = "stream:"
"""What asks of streams begin with: those of polls begin with the instance."""

LIVE: Cursor = "live"
"""A stream goes back to nothing, so there is nothing to remember; the polls of the same tag read what it missed."""

MOST_STREAMS = 20
"""Connections at a time; further tags are polled."""

_ADDRESS = re.compile(r"(wss?|https?)://[^/?#@\s]+(/[^?#@\s]*)?")


def address_of(instance: Any, base: str) -> str:
    """Gives where the streams of an instance are, by its answer to /api/v2/instance (`base` where it does not say).

    Raises SourceRefused for an address without TLS where the instance itself has it: the token goes there.
    """
    told = text_of(inner(instance, "configuration", "urls"), "streaming") if isinstance(instance, Mapping) else ""
    if not _ADDRESS.fullmatch(told):
        return base
    scheme, _, rest = told.rstrip("/").partition("://")
    safe = scheme in ("wss", "https")
    if base.startswith("https://") and not safe:
        raise SourceRefused("the instance names a stream without TLS, to which no token is sent", "settings")
    return f"{'https' if safe else 'http'}://{rest}"


def page_of_events(events: Sequence[Event], instance: str, now: datetime, seen: SeenIds) -> Page:
    """Gives what the events bring (docs.joinmastodon.org/methods/streaming): new and edited posts, and deletions.

    A deletion names an id of the instance alone: it is told for posts that were seen since the start.
    """
    posts: list[Post] = []
    changes: list[Change] = []
    unreadable: list[str] = []
    for event in events:
        if event.name == "delete":
            told = event.data.strip()
            key = seen.key_of(instance, int(told)) if told.isascii() and told.isdigit() and len(told) <= 19 else None
            changes += [] if key is None else [Change(key=key)]
        if event.name not in ("update", "status.update"):
            continue
        try:
            status = _json(event.data)
            post = post_of_status(status, instance, now)
            if post is not None:
                seen.note(instance, status, post)
                posts.append(post)
        except ItemUnreadable as error:
            unreadable.append(str(error))
    return Page(posts=posts, changes=changes, cursor=LIVE, notes=unreadable_note(unreadable))


def _json(data: str) -> Any:
    raw = data.encode("utf-8", "replace")
    if has_too_many_values(raw):
        raise ItemUnreadable(f"it has more than {MOST_VALUES:,} values")
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        pass
    try:  # lone surrogates: slower, and more forgiving
        return json.loads(raw)
    except (ValueError, RecursionError):
        raise ItemUnreadable("it is not JSON") from None
