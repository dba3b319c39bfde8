"""What the demo's services have to tell: people and their posts, before any service gives them its own shape."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

_OUTSIDE = r"\s#@.,!?;:()\[\]\"'“”‘’«»।…/"
TAG = rf"[^{_OUTSIDE}]*[^\W\d_][^{_OUTSIDE}]*"
"""A hashtag's letters, as a pattern: `\\w` would break Bengali and Hindi words at their vowel signs."""


class Site(Struct, frozen=True, kw_only=True):
    """A web site with a feed. `form`: rss, atom, rdf or json; `moved`: its feed's old address leads to the new one."""

    slug: str
    title: str
    domain: str
    form: str = "rss"
    lang: str = "en"
    charset: str = "utf-8"
    moved: bool = False


class Article(Struct, frozen=True, kw_only=True):
    """An entry of a site's feed; `html` as the site writes it, clean or not; some sites date nothing."""

    site: str
    at: datetime
    path: str
    title: str
    html: str
    author: str = ""
    dated: bool = True


class HackerItem(Struct, frozen=True, kw_only=True):
    """A story or comment on Hacker News; `text` is HTML, `story` the story that a comment belongs to (0: it is one)."""

    id: int
    at: datetime
    author: str
    title: str = ""
    text: str = ""
    url: str = ""
    points: int = 1
    replies: int = 0
    parent: int = 0
    story: int = 0


class Account(Struct, frozen=True, kw_only=True):
    """Somebody on Mastodon (user@host) or Bluesky (a domain name)."""

    handle: str
    name: str = ""
    followers: int = 0
    note: str = ""
    bot: bool = False


class Toot(Struct, frozen=True, kw_only=True):
    """A post on Mastodon; `arrives`: when other servers than its own have heard of it."""

    at: datetime
    arrives: datetime
    account: Account
    lang: str
    text: str
    warning: str = ""
    visibility: str = "public"
    favourites: int = 0
    boosts: int = 0
    replies: int = 0
    answers: bool = False


class BlueskyPost(Struct, frozen=True, kw_only=True):
    """A post on Bluesky; `labels` are those that its author or a moderator gave it."""

    at: datetime
    account: Account
    langs: tuple[str, ...]
    text: str
    likes: int = 0
    reposts: int = 0
    replies: int = 0
    answers: bool = False
    labels: tuple[str, ...] = ()
