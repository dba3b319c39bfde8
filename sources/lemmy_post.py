"""From what a Lemmy search shows to posts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from msgspec import Struct

from sources.instances import host_of
from sources.loose_json import ItemUnreadable, count_of, inner, text_of, time_of
from sources.markup import text_from_either
from sources.page_walk import tick_of
from sources.post import Author, Engagement, Post, PostKey, storable_post

Listing = Literal["posts", "comments"]

_CODES = (
    "und aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el "
    "en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja "
    "jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd "
    "ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss "
    "st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu"
)
"""By `language_id`, the same on every instance (migrations/2022-06-21-123144_language-tags); 0 is "not told"."""

_LANGUAGES = tuple(_CODES.split(" "))


class Row(Struct, frozen=True, kw_only=True):
    """One thing on an answer: its number on that instance, when it was written, and whether it is pinned on top."""

    id: str
    tick: int | None
    pinned: bool


def row_of(view: object, listing: Listing) -> Row:
    """Gives where a post or comment stands in its list. Raises ItemUnreadable where it has no number."""
    if not isinstance(view, Mapping):
        raise ItemUnreadable(f"it is {type(view).__name__}, not an object")
    item = inner(view, listing.removesuffix("s"))
    number = text_of(item, "id")
    if not number:
        raise ItemUnreadable("it has no id")
    time = time_of(item, "published")
    pinned = listing == "posts" and item.get("featured_local") is True
    return Row(id=number, tick=None if time is None else tick_of(time), pinned=pinned)


def is_gone(view: Mapping[str, Any], listing: Listing) -> bool:
    """Whether its author deleted it, or a moderator removed it."""
    item = inner(view, listing.removesuffix("s"))
    return item.get("deleted") is True or item.get("removed") is True


def key_of(view: Mapping[str, Any], listing: Listing, seen_on: str) -> PostKey:
    """Gives the key: the global address, and the host that gave it. Raises ItemUnreadable where there is none."""
    address = text_of(inner(view, listing.removesuffix("s")), "ap_id").strip()
    if not address:
        raise ItemUnreadable("it has no ap_id")
    return PostKey("lemmy", host_of(address) or seen_on, address)


def post_of_view(view: Mapping[str, Any], listing: Listing, seen_on: str, now: datetime) -> Post:
    """Gives the post for one view as the instance `seen_on` tells it. Raises ItemUnreadable.

    The text is Markdown, as its author wrote it. A post's own link stands at the end of it, so that words in it are
    found; `url` is the discussion, and `site:` its host. A comment answers the post it stands under; the numbers of
    comments differ between instances.
    """
    key = key_of(view, listing, seen_on)
    item, counts = inner(view, listing.removesuffix("s")), inner(view, "counts")
    is_comment = listing == "comments"
    text = text_from_either(text_of(item, "content" if is_comment else "body"))
    link = "" if is_comment else text_of(item, "url").strip()
    if link and link not in text:
        text = f"{text}\n\n{link}".strip()
    post = Post(
        source=key.source,
        instance=key.instance,
        external_id=key.external_id,
        url=key.external_id,
        title="" if is_comment else text_from_either(text_of(item, "name")),
        text=text,
        published_at=time_of(item, "published"),
        lang=_language(count_of(item, "language_id")),
        author=_author_of(inner(view, "creator"), seen_on),
        engagement=Engagement(
            likes=count_of(counts, "score"), replies=count_of(counts, "child_count" if is_comment else "comments")
        ),
        in_reply_to=text_of(inner(view, "post"), "ap_id") if is_comment else "",
        kind="comment" if is_comment else "post",
    )
    return storable_post(post, now)


def _author_of(creator: Mapping[str, Any], seen_on: str) -> Author:
    name, address = text_of(creator, "name"), text_of(creator, "actor_id")
    handle = f"{name}@{host_of(address) or seen_on}" if name else ""
    return Author(
        id=address,
        handle=handle,
        name=text_of(creator, "display_name") or name,
        url=address,
        bio=text_of(creator, "bio"),
    )


def _language(number: int | None) -> str:
    return _LANGUAGES[number] if number is not None and 0 < number < len(_LANGUAGES) else ""
