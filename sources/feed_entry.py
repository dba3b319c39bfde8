"""A feed's document in our words, whatever format it came in, and which post an entry of it is."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urljoin

from msgspec import Struct
from msgspec.structs import replace

from sources.feed_address import host_of
from sources.feed_services import unwrapped
from sources.post import Author, Engagement, Post, storable_post

MAX_ENTRIES = 20_000

_GLOBAL_NAME = re.compile(
    r"https?://[^/\s?#]+\.[^/\s?#]+|tag:[^,\s]+,|urn:\w|yt:\w|doi:\w|"
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
    re.IGNORECASE,
)
"""Names that their makers promise to be unique everywhere; "17" or "post-4" is unique in its own feed at best."""

_WHOLE_ADDRESS = re.compile(
    r"https?://[A-Za-z0-9.-]+(?:/[A-Za-z0-9._~%!$&'()*+,=:@/-]*(?:\?[A-Za-z0-9._~%!$&'()*+,=:@/?;-]+)?)?"
)
"""Addresses of which joining makes nothing else, as nearly all in feeds are: telling so is far quicker than joining."""

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")


class Entry(Struct, frozen=True, kw_only=True):
    """One entry: plain text, links as the feed tells them, `guid` "" where the feed gives the entry no name."""

    guid: str = ""
    link: str = ""
    title: str = ""
    text: str = ""
    published: datetime | None = None
    lang: str = ""
    author: Author = Author()
    replies: int | None = None
    in_reply_to: str = ""


class Document(Struct, frozen=True, kw_only=True):
    """What one answer held. `patience`: how long the document says it stays as it is. `left_out`: entries unread."""

    entries: Sequence[Entry]
    title: str = ""
    patience: timedelta | None = None
    left_out: str = ""
    notes: Sequence[str] = ()


def posts_of(document: Document, home: str, now: datetime) -> list[Post]:
    """Gives the post of every entry, each once, storable, in the document's order.

    A guid that is a globally unique name makes the same post in every feed of a site: its instance is the host of
    the entry's link. Any other guid counts within its feed only. Some feeds give one guid to all their entries:
    then title, link and time tell them apart, so that none is lost.
    """
    entries = [_without_detours(entry) for entry in document.entries]
    names = Counter(_name(entry) for entry in set(map(_telling, entries)))
    posts: dict[tuple[str, str], Post] = {}
    for entry in entries:
        told = _telling(entry)
        name = _name(told)
        if names[name] > 1:
            name = f"{name}#{_digest(told.title, told.link, str(told.published), told.text)[:16]}"
        post = _post(entry, name, home, document.title, now)
        posts.setdefault((post.instance, post.external_id), post)
    return list(posts.values())


def absolute(base: str, link: str) -> str:
    """Gives a link as a web page at `base` would follow it, "" for none and for what is no address."""
    link = link.strip()
    if _WHOLE_ADDRESS.fullmatch(link):
        return link
    try:
        return urljoin(base, link) if link else ""
    except ValueError:
        return ""


def language_tag(*claims: object) -> str:
    """Gives the first claim that has the form of a language tag (BCP 47), "" where none has."""
    for claim in claims:
        if isinstance(claim, str) and _LANGUAGE.fullmatch(claim.strip()):
            return claim.strip().replace("_", "-")
    return ""


def _without_detours(entry: Entry) -> Entry:
    """A guid that is a link through a search service has another number in it every time."""
    link, guid = unwrapped(entry.link), unwrapped(entry.guid)
    return entry if (link, guid) == (entry.link, entry.guid) else replace(entry, link=link, guid=guid)


def _telling(entry: Entry) -> Entry:
    """What tells two entries of one guid apart: their text only where nothing else could.

    A feed may list an entry before and after an edit of its text.
    """
    named = [bool(entry.guid or entry.link), bool(entry.title), bool(entry.published)].count(True) >= 2
    return replace(entry, text="" if named else entry.text, lang="", author=Author(), replies=None, in_reply_to="")


def _name(entry: Entry) -> str:
    if name := entry.guid or entry.link:
        return name if len(name) <= 1_000 else "sha256:" + _digest(name)
    return "sha256:" + _digest(entry.title, str(entry.published), entry.text)


def _post(entry: Entry, name: str, home: str, feed_title: str, now: datetime) -> Post:
    author = entry.author
    if not (author.name or author.handle or author.email):
        author = replace(author, name=feed_title)
    post = Post(
        source="feed",
        instance=_place(entry, home),
        external_id=name,
        url=entry.link,
        title=entry.title,
        text=entry.text,
        published_at=entry.published,
        lang=entry.lang,
        author=author,
        engagement=Engagement(replies=entry.replies),
        in_reply_to=entry.in_reply_to,
        kind="article",
    )
    return storable_post(post, now)


def _place(entry: Entry, home: str) -> str:
    name = entry.guid or entry.link
    if not _GLOBAL_NAME.match(name):
        return home
    if host := host_of(entry.link) or host_of(name):
        return host
    return name[4:].partition(",")[0].lower() if name[:4].lower() == "tag:" else home


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
