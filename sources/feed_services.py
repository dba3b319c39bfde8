"""What is peculiar to the feeds of some services: their terms, secret addresses, links through the service."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import SplitResult, parse_qsl, urlsplit

import httpx
from msgspec import Struct

from sources.http_words import shown_url


class Service(Struct, frozen=True, kw_only=True):
    """One service's feeds. `notice`: what its terms ask, in a sentence or two; `binding`: it limits who may read them.

    `at_least` is the shortest time between two polls; `secret`: whoever has the address can read the feed.
    """

    name: str
    has: Callable[[SplitResult], bool]
    notice: str
    binding: bool = False
    secret: bool = False
    at_least: timedelta = timedelta(seconds=1)


def _at(hosts: str, path: str) -> Callable[[SplitResult], bool]:
    host, begins = re.compile(hosts), re.compile(path)
    return lambda parts: bool(host.fullmatch(parts.hostname or "") and begins.match(parts.path))


SERVICES = (
    Service(
        name="google-news",
        has=_at(r"news\.google\.com", "/rss(/|$)"),
        notice="Google News gives its feeds for personal, non-commercial use in a feed reader only; for a business use "
        "another source of news, such as the kind `gdelt`.",
        binding=True,
        at_least=timedelta(seconds=60),
    ),
    Service(
        name="bing-news",
        has=_at(r"(www\.)?bing\.com", "/news/"),
        notice="Bing's news feed is not documented and may end any day; Microsoft's Services Agreement applies.",
        binding=True,
    ),
    Service(
        name="google-alerts",
        has=_at(r"(www\.)?google\.[a-z.]{2,6}", "/alerts/feeds/"),
        notice="Whoever has the address of a Google Alerts feed can read it: treat it like a password. Google's Terms "
        "of Service apply.",
        binding=True,
        secret=True,
    ),
    Service(
        name="youtube",
        has=_at(r"(www\.)?youtube\.com", r"/feeds/videos\.xml"),
        notice="YouTube's Terms of Service apply: link to the video and show nothing of it as your own.",
    ),
    Service(
        name="github",
        has=_at(r"github\.com", r"/.+\.atom$"),
        notice="GitHub's Acceptable Use Policies apply: what is read may not be used to send unwanted mail or be sold.",
    ),
    Service(
        name="stackexchange",
        has=_at(r"(.+\.)?(stackoverflow|stackexchange|serverfault|superuser|askubuntu|mathoverflow)\.\w+", "/feeds"),
        notice="Posts are under CC BY-SA: where you show one, name its author and link to it.",
    ),
    Service(
        name="mastodon",
        has=_at(r".+", r"/tags/[^/]+\.rss$"),
        notice="Each Mastodon server has rules of its own, on its /about page; the posts belong to their authors.",
    ),
)  # fmt: skip


def service_of(url: str) -> Service | None:
    """Gives the service whose feed an address is, None for any other."""
    try:
        parts = urlsplit(url)
        return next((service for service in SERVICES if service.has(parts)), None)
    except ValueError:
        return None


def shown_feed(url: str) -> str:
    """Gives what may be told of a feed's address: never a query, a password, or a path that is a secret."""
    service = service_of(url)
    if service is not None and service.secret:
        return f"{urlsplit(url).scheme}://{urlsplit(url).hostname}/… (a secret address)"
    try:
        return shown_url(httpx.URL(url))
    except (httpx.InvalidURL, ValueError):
        return "its address"


def unwrapped(link: str) -> str:
    """Gives where a link leads that goes through Google (/url?url=) or Bing (/news/apiclick.aspx?url=); else itself."""
    try:
        parts = urlsplit(link)
        host = parts.hostname or ""
    except ValueError:
        return link
    google = re.fullmatch(r"(www\.)?google\.[a-z.]{2,6}", host) and parts.path == "/url"
    bing = re.fullmatch(r"(www\.)?bing\.com", host) and parts.path.lower() == "/news/apiclick.aspx"
    if not (google or bing):
        return link
    said = dict(parse_qsl(parts.query[:8_000], max_num_fields=50)) if parts.query.count("&") < 50 else {}
    target = said.get("url") or (said.get("q", "") if google else "")
    return target if target.startswith(("http://", "https://")) else link
