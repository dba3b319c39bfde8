"""From the things of Reddit's listings to posts, and how much of a listing was shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from sources.contract import SourceUnavailable
from sources.loose_json import ItemUnreadable, count_of, inner, items_of, text_of
from sources.page_walk import Shown, tick_of
from sources.post import Author, Engagement, Post, PostKey, storable_post

INSTANCE = "reddit.com"
_FULLNAME = re.compile(r"t[13]_[0-9a-z]{1,13}")
_GONE = {"[deleted]", "[removed]", "[ Removed by Reddit ]", "[ Removed by reddit ]"}


class Listing(Struct, frozen=True, kw_only=True):
    """One page of a listing, read. `onward` is the number of the thing below which the next page begins, None: none."""

    shown: Shown
    onward: int | None
    count: int


def read_listing(answer: Any, now: datetime) -> Listing:
    """Reads a listing (reddit.com/dev/api, "listings"). Raises SourceUnavailable where it is not one."""
    data = inner(answer, "data") if isinstance(answer, Mapping) else {}
    if not isinstance(data.get("children"), list):
        raise SourceUnavailable("Reddit answered without a listing")
    posts: list[Post] = []
    places: list[int | None] = []
    gone: list[tuple[PostKey, int | None]] = []
    times: list[int] = []
    unreadable: list[str] = []
    children = items_of(data, "children")
    for child in children:
        thing = inner(child, "data") if isinstance(child, Mapping) else {}
        written = _written(thing)
        place = None if written is None else tick_of(written)
        times += [] if place is None else [place]
        try:
            post = post_of(thing, now, text_of(child, "kind") if isinstance(child, Mapping) else "")
        except ItemUnreadable as error:
            unreadable.append(str(error))
            continue
        if is_gone(thing):
            gone.append((post.key, place))
        else:
            posts.append(post)
            places.append(place)
    shown = Shown(posts=posts, places=places, gone=gone, times=times, unreadable=unreadable)
    after = text_of(data, "after")
    return Listing(shown=shown, onward=number_of(after), count=len(children))


def post_of(thing: Mapping[str, Any], now: datetime, kind: str = "") -> Post:
    """Gives the post for a submission (t3) or a comment (t1). Raises ItemUnreadable where it has no name."""
    name = text_of(thing, "name") or f"{kind}_{text_of(thing, 'id')}"
    if not _FULLNAME.fullmatch(name):
        raise ItemUnreadable("it has no name")
    comment = name.startswith("t1_")
    author = text_of(thing, "author")
    author = "" if author in _GONE else author
    link = text_of(thing, "permalink") or f"/comments/{text_of(thing, 'link_id')[3:]}/_/{name[3:]}"
    text = text_of(thing, "body") if comment else text_of(thing, "selftext")
    target = text_of(thing, "url")
    if not comment and not text and target.startswith("http") and "reddit.com/" not in target:
        text = target
    post = Post(
        source="reddit",
        instance=INSTANCE,
        external_id=name,
        url=f"https://www.reddit.com{link}",
        title="" if comment else text_of(thing, "title"),
        text=text,
        published_at=_written(thing),
        author=Author(
            id=text_of(thing, "author_fullname") if author else "",
            handle=author,
            url=f"https://www.reddit.com/user/{author}" if author else "",
        ),
        engagement=Engagement(likes=count_of(thing, "score"), replies=count_of(thing, "num_comments")),
        in_reply_to=text_of(thing, "parent_id") if comment else "",
        kind="comment" if comment else "post",
    )
    return storable_post(post, now)


def is_gone(thing: Mapping[str, Any]) -> bool:
    """Whether only the shell of a thing is left: its author or a moderator has taken it away."""
    text = text_of(thing, "body") or text_of(thing, "selftext")
    return text in _GONE or text_of(thing, "removed_by_category") != "" or text_of(thing, "title") in _GONE


def number_of(name: str) -> int | None:
    """The number in a fullname (`t3_1abc`, base 36), None for anything else."""
    return int(name[3:], 36) if _FULLNAME.fullmatch(name) else None


def name_of(prefix: str, number: int) -> str:
    """The fullname with that number: `t3` is a submission, `t1` a comment."""
    digits = ""
    while number > 0:
        number, rest = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + digits
    return f"{prefix}_{digits}"


def _written(thing: Mapping[str, Any]) -> datetime | None:
    seconds = thing.get("created_utc")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
