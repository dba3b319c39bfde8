"""One public post, in our words.

None of these can hold itself, so the garbage collector is spared the look at them: they are what there is most of.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from typing import Annotated

from msgspec import Meta, Struct

MAX_TITLE = 1_000
MAX_TEXT = 200_000
MAX_FIELD = 2_000
MAX_LINK = 4_000
MAX_BIO = 1_000
MAX_LINKS = 12  # of a profile

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

AwareTime = Annotated[datetime, Meta(tz=True)]


class Author(Struct, frozen=True, kw_only=True, omit_defaults=False, gc=False):
    """Who wrote a post, as the service tells it; an empty string is "not told".

    `bio`, `links` and `location` are what the profile says, as far as the answer with the post holds it. Of `links`
    the service itself has confirmed those in `verified_links` to be the author's.
    """

    id: str = ""
    handle: str = ""  # without a leading @; on Mastodon always user@host
    name: str = ""
    url: str = ""
    email: str = ""
    followers: int | None = None
    bio: str = ""
    links: tuple[str, ...] = ()
    verified_links: tuple[str, ...] = ()
    location: str = ""


class Engagement(Struct, frozen=True, kw_only=True, gc=False):
    """What others did with a post when it was last seen; None is "not told", never zero."""

    likes: int | None = None
    replies: int | None = None
    reposts: int | None = None
    views: int | None = None


class PostKey(Struct, frozen=True, order=True, gc=False):
    """What makes a post the same post wherever and whenever it is seen again."""

    source: str
    instance: str
    external_id: str

    def __str__(self) -> str:
        return f"{self.source}:{self.instance}:{self.external_id}"


class Post(Struct, frozen=True, kw_only=True, gc=False):
    """A post as a source yields it: plain text, aware UTC times, nothing unstorable.

    `source` is the kind of service ("feed", "hackernews"), `instance` the host or account on which
    `external_id` is unique. `published_at` is the author's claim, None where none was made; a claim in the
    future is cut to the time of reading. `text` and `title` are plain text: markup is gone, entities are
    decoded. `lang` is the service's own claim (BCP 47), evidence and no more.
    """

    source: str
    instance: str
    external_id: str
    url: str = ""
    title: str = ""
    text: str = ""
    published_at: AwareTime | None = None
    lang: str = ""
    author: Author = Author()
    engagement: Engagement = Engagement()
    in_reply_to: str = ""
    kind: str = "post"  # post, comment, article, review, message

    @property
    def key(self) -> PostKey:
        return PostKey(self.source, self.instance, self.external_id)


def storable(text: str, limit: int = MAX_FIELD) -> str:
    """Gives `text` without NULs and lone surrogates (shown as U+FFFD), cut to `limit` characters."""
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    if text.isascii() and "\x00" not in text:  # as nearly every text; a look for more costs several times as much
        return text
    return _UNSTORABLE.sub("\ufffd", text)


def storable_post(post: Post, now: datetime) -> Post:
    """Gives the post with every field storable and within its limit, and no time of the future.

    Every source passes its posts through here once, whatever the service sent. A post without an id gets
    one from its content, so that seeing it again is harmless.
    """
    author = post.author
    published = _moment(post.published_at, now)
    external_id = storable(post.external_id.strip())
    if not external_id:
        content = "\x1f".join((post.url, post.title, post.text, author.handle, str(post.published_at)))
        external_id = "sha256:" + hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()
    return Post(
        source=storable(post.source),
        instance=storable(post.instance),
        external_id=external_id,
        url=_web_link(post.url),
        title=storable(post.title, MAX_TITLE).strip(),
        text=storable(post.text, MAX_TEXT).strip(),
        published_at=published,
        lang=storable(post.lang, 35),
        author=Author(
            id=storable(author.id),
            handle=storable(author.handle),
            name=storable(author.name),
            url=_web_link(author.url),
            email=storable(author.email),
            followers=_count(author.followers),
            bio=storable(author.bio, MAX_BIO),
            links=_web_links(author.links),
            verified_links=_web_links(author.verified_links),
            location=storable(author.location, 200),
        ),
        engagement=Engagement(
            likes=_count(post.engagement.likes),
            replies=_count(post.engagement.replies),
            reposts=_count(post.engagement.reposts),
            views=_count(post.engagement.views),
        ),
        in_reply_to=storable(post.in_reply_to),
        kind=storable(post.kind, 40),
    )


def _moment(claimed: datetime | None, now: datetime) -> datetime | None:
    """The claim in UTC, not later than `now`; one at an end of the calendar, which not every zone can hold, is none.

    Of such a kind is the first moment of the year 1, which software written in Go tells for a time that is not set.
    """
    try:
        at = None if claimed is None else min(claimed.astimezone(UTC), now)
    except OverflowError:
        return None
    return None if at is None or at.year == 1 else at


def _web_link(url: str) -> str:
    """Only addresses that a browser may follow from a page of ours: `javascript:` and the like are dropped.

    One that is too long is dropped too, since a cut one leads elsewhere.
    """
    url = storable(url.strip(), MAX_LINK + 1)
    if len(url) > MAX_LINK:
        return ""
    return url if url[:8].lower().startswith(("http://", "https://")) else ""


def _web_links(urls: tuple[str, ...]) -> tuple[str, ...]:
    """The first few of a profile's links, each once."""
    if not urls:
        return ()
    return tuple(dict.fromkeys(link for url in urls[: 4 * MAX_LINKS] if (link := _web_link(url))))[:MAX_LINKS]


def _count(number: int | None) -> int | None:
    """Some services send votes below zero or absurd numbers; both must fit a 64-bit column."""
    return None if number is None else max(-(2**53), min(number, 2**53))
