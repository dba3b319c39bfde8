"""Finds the feeds of a site from the address of one of its pages."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urljoin, urlsplit

from msgspec import Struct

from sources.contract import SourceError, SourceRefused, SourceUnavailable
from sources.feed_address import with_login
from sources.feed_reading import WebPage, desk
from sources.feed_services import shown_feed
from sources.http import Answer, HttpDoor
from sources.web_page import FeedLink, feed_links

WITHIN = timedelta(minutes=2)
MOST_LINKS = 10
"""Feeds of a page that are looked at; a page of hundreds lists its sections."""

WELL_KNOWN = (
    "atom.xml", "feed.atom", "feed.xml", "feed/", "index.rss", "index.xml", "rss.xml", "rss/", "rss/feed.xml",
)  # fmt: skip
"""Where sites keep feeds that they do not tell of, in the order of miniflux (reader/subscription/finder.go)."""

_FORMAT = re.compile(r"\b(?:rss|atom|rdf|xml|json|feed|feeds|php|\d(?:\.\d+)*)\b|[\W_]+", re.IGNORECASE)
_COMMENTS = re.compile(r"\bcomments?\b", re.IGNORECASE)


class FoundFeed(Struct, frozen=True, kw_only=True):
    """A feed that was asked for and is one."""

    url: str
    title: str
    entries: int


async def find_feeds(url: str, door: HttpDoor, now: datetime) -> list[FoundFeed]:
    """Gives the feeds that a site offers: the page itself, else those it links to, else those at well-known paths.

    Every one was read: what only calls itself a feed (WordPress names its whole interface so) is left out. Asks one
    at a time. Raises SourceError's kinds where the page itself cannot be had.
    """
    answer = await door.get(url, partial=True)
    try:
        understood = await desk().read(answer, "", now)
    except WebPage:
        return await feeds_of_page(answer, url, door, now)
    return [FoundFeed(url=with_login(answer.url, url), title=understood.title, entries=len(understood.posts))]


async def feeds_of_page(answer: Answer, url: str, door: HttpDoor, now: datetime) -> list[FoundFeed]:
    """Gives the feeds of a page that is here already; `url` is what it was asked for by. See `find_feeds`."""
    links = feed_links(answer.body, answer.url, answer.headers.get("link", ""))
    try:
        async with asyncio.timeout(WITHIN.total_seconds()):
            if links:
                return await _that_are_feeds([link.address for link in links[:MOST_LINKS]], url, door, now, follow=True)
            for folder in dict.fromkeys((urljoin(answer.url, "."), urljoin(answer.url, "/"))):
                paths = [urljoin(folder, path) for path in WELL_KNOWN]
                # a site that sends every unknown path to its front page would look like one of many feeds
                found = await _that_are_feeds(paths, url, door, now, follow=False)
                if found:
                    return found[:1]
    except TimeoutError:
        where = shown_feed(answer.url)
        raise SourceUnavailable(f"{where}: its feeds were not found within {WITHIN.seconds} s") from None
    return []


def main_feed(found: Sequence[FoundFeed], links: Sequence[FeedLink], url: str) -> FoundFeed | None:
    """Gives the feed that a page's address stands for, None where a person must choose.

    The first of the page's, where the others are its comments or the same in another format.
    """
    titles = {link.address: link.title for link in links}

    def topic(feed: FoundFeed) -> str:
        called = titles.get(feed.url) or feed.title or urlsplit(feed.url).path
        return _FORMAT.sub(" ", called).strip().casefold()

    said = {feed.url: f"{titles.get(feed.url, '')} {urlsplit(feed.url).path}" for feed in found}
    own = [feed for feed in found if not _COMMENTS.search(said[feed.url])] or list(found)
    return own[0] if own and len({topic(feed) for feed in own}) == 1 else None


async def feed_behind(answer: Answer, url: str, door: HttpDoor, now: datetime) -> str:
    """Gives the address of the feed of a page that stands where a feed was expected.

    Raises SourceUnavailable where it has none, and SourceRefused where it has several: a person must choose then.
    """
    shown = shown_feed(answer.url)
    found = await feeds_of_page(answer, url, door, now)
    if not found:
        raise SourceUnavailable(f"{shown} is a web page, not a feed, and no feed of its site was found")
    chosen = main_feed(found, feed_links(answer.body, answer.url, answer.headers.get("link", "")), url)
    if chosen is None:
        choice = ", ".join(told(feed.url, url) for feed in found[:5])
        more = f" and {len(found) - 5} more" if len(found) > 5 else ""
        raise SourceRefused(f"{shown} is a web page of several feeds; put one into `url`: {choice}{more}", "settings")
    return chosen.url


def told(address: str, url: str) -> str:
    """Gives a found address for a message: without its query where the page's own address may have held a secret."""
    parts = urlsplit(address)
    parts = parts._replace(netloc=parts.netloc.rpartition("@")[2], query="" if urlsplit(url).query else parts.query)
    return parts.geturl()[:300]


async def _that_are_feeds(
    addresses: Sequence[str], url: str, door: HttpDoor, now: datetime, *, follow: bool
) -> list[FoundFeed]:
    found: dict[str, FoundFeed] = {}
    for address in addresses:
        try:
            answer = await door.get(with_login(address, url), partial=True, follow=follow)
            understood = await desk().read(answer, "", now)
        except SourceError:
            continue
        found.setdefault(address, FoundFeed(url=address, title=understood.title, entries=len(understood.posts)))
        if not follow:
            break  # of well-known paths the first is enough
    return list(found.values())
