"""From a Mastodon status to a post."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sources.instances import host_of
from sources.loose_json import ItemUnreadable, count_of, inner, items_of, text_of, time_of
from sources.markup import text_from_either, text_from_html
from sources.post import Author, Engagement, Post, storable_post

_HREF = re.compile(r"""<a\s[^>]{0,300}?href=["'](https?://[^"'\s<>]{1,2000})["']""", re.IGNORECASE)
_TAG_URI = re.compile(r"tag:([^,/\s]+),")  # how old OStatus servers name their posts (RFC 4151)


def id_of(status: object) -> int:
    """Gives the status's id on its instance, a number that grows with time. Raises ItemUnreadable."""
    told = text_of(status, "id").strip() if isinstance(status, Mapping) else ""
    if not (told.isascii() and told.isdigit() and len(told) <= 19):
        raise ItemUnreadable("its id is not a number, as Mastodon's are")
    return int(told)


def post_of_status(status: object, seen_on: str, now: datetime) -> Post | None:
    """Gives the post for one status as the instance `seen_on` tells it, None for one that is not ours to keep.

    Not ours: anything but public, and posts of authors whose profile says #nobot. A post keeps its `uri` wherever
    it is seen, so its key is the `uri` and the host that gave it. Raises ItemUnreadable where there is none.
    """
    if not isinstance(status, Mapping):
        raise ItemUnreadable(f"it is {type(status).__name__}, not an object")
    shared = status.get("reblog")
    if isinstance(shared, Mapping):
        return post_of_status(shared, seen_on, now) if not isinstance(shared.get("reblog"), Mapping) else None
    account = inner(status, "account")
    if text_of(status, "visibility") != "public" or _wants_no_robots(account):
        return None
    uri, url = text_of(status, "uri").strip(), text_of(status, "url").strip()
    if not (uri or url):
        raise ItemUnreadable("it has neither uri nor url")
    post = Post(
        source="mastodon",
        instance=_host_of(uri) or _host_of(url) or seen_on,
        external_id=uri or url,
        url=url or uri,
        title=text_from_either(text_of(status, "spoiler_text")),
        text=text_from_html(text_of(status, "content")),
        published_at=time_of(status, "created_at"),
        lang=text_of(status, "language"),
        author=_author_of(account, seen_on),
        engagement=Engagement(
            likes=count_of(status, "favourites_count"),
            replies=count_of(status, "replies_count"),
            reposts=count_of(status, "reblogs_count"),
        ),
        in_reply_to=text_of(status, "in_reply_to_id"),
    )
    return storable_post(post, now)


def _author_of(account: Mapping[str, Any], seen_on: str) -> Author:
    """`acct` names an author without a host where they live on the instance that was asked."""
    handle = text_of(account, "acct") or text_of(account, "username")
    if handle and "@" not in handle:
        handle = f"{handle}@{seen_on}"
    links = _links_of(account)
    return Author(
        id=text_of(account, "uri") or text_of(account, "url"),
        handle=handle,
        name=text_of(account, "display_name"),
        url=text_of(account, "url"),
        followers=count_of(account, "followers_count"),
        bio=text_from_html(text_of(account, "note")) if account.get("note") else "",
        links=tuple(links),
        verified_links=tuple(link for link, verified in links.items() if verified),
    )


def _links_of(account: Mapping[str, Any]) -> dict[str, bool]:
    """The links of the profile's fields, each with whether the server found a link back to the profile there."""
    found: dict[str, bool] = {}
    for field in items_of(account, "fields"):
        if isinstance(field, Mapping) and (link := _HREF.search(text_of(field, "value"))):
            address = html.unescape(link[1])
            found[address] = found.get(address, False) or bool(text_of(field, "verified_at"))
    return found


def _wants_no_robots(account: Mapping[str, Any]) -> bool:
    """#nobot in the profile, by custom of the fediverse; `noindex` alone is for search engines on the web."""
    told = [text_of(account, "note")]
    told += [text_of(field, "value") for field in items_of(account, "fields") if isinstance(field, Mapping)]
    return any("#nobot" in text_from_html(text).casefold() for text in told if "nobot" in text.casefold())


def _host_of(uri: str) -> str:
    if tagged := _TAG_URI.match(uri):
        return tagged[1].lower()
    return host_of(uri)
