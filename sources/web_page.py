"""What a web page says about the feeds of its site."""

from __future__ import annotations

import html
import re
from urllib.parse import urljoin, urlsplit

from msgspec import Struct

LOOKED_AT = 300_000
"""Bytes of a page that are looked at: feeds are named in its head."""

# What was taken is not given back (?>, *+): many comments can be parted in more ways than could ever be tried.
_PAGE = re.compile(
    rb"\s*+(?:(?><!--.{0,2000}?-->|<\?xml.{0,200}?\?>)\s*+)*+<(?:!doctype\s+html|html)[\s>]", re.IGNORECASE | re.DOTALL
)
_LINK = re.compile(r"<link\s([^<>]{1,2000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([a-zA-Z-]{1,40})\s{0,20}=\s{0,20}(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_BASE = re.compile(r"<base\s([^<>]{1,2000})>", re.IGNORECASE)
_SENT = re.compile(r"<([^<>]{1,2000})>((?:\s*;[^,<]{1,500}|\s*;\s*title=\"[^\"]{0,500}\"){0,10})")
_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json")


def is_web_page(body: bytes, content_type: str) -> bool:
    """Whether these bytes are a web page, by their beginning or by what the server calls them."""
    head = body[:10_000].removeprefix(b"\xef\xbb\xbf")
    return bool(_PAGE.match(head)) or content_type.partition(";")[0].strip().lower() == "text/html"


class FeedLink(Struct, frozen=True):
    """A link to a feed as a page or its server tells it; `address` is absolute."""

    address: str
    title: str = ""
    media_type: str = ""


def feed_links(body: bytes, url: str, link_header: str = "") -> list[FeedLink]:
    """Gives what a page at `url`, or the `Link` header (RFC 8288) it came with, links to as its feeds, each once.

    `rel="feed"`, or `rel="alternate"` with a feed's type. `application/json` is among them where it is called a feed:
    most often it leads to something else, so whoever asks for it must look. The page's own `<base>` counts.
    """
    text = body[:LOOKED_AT].decode("utf-8", "replace")
    told = [_attributes(tag) for tag in _LINK.findall(text)]
    found = _BASE.search(text)
    base = _joined(url, _attributes(found[1]).get("href", "")) if found else ""
    sent = [{"href": address} | _attributes(said) for address, said in _SENT.findall(link_header[:20_000])]
    links: dict[str, FeedLink] = {}
    for start, tags in ((url, sent), (base or url, told)):
        for said in tags:
            media_type = said.get("type", "").partition(";")[0].strip().lower()
            relations = said.get("rel", "").lower().split()
            if "feed" in relations or ("alternate" in relations and media_type in _FEED_TYPES):
                address = _joined(start, said.get("href", ""))
                title = " ".join(said.get("title", "").split())[:200]
                if address:
                    links.setdefault(address, FeedLink(address, title, media_type))
    return list(links.values())


def advertised_feeds(body: bytes, url: str, most: int = 5) -> list[str]:
    """Gives the addresses of the feeds that a page at `url` links to, for a message.

    Where the page was asked for with a query, which may hold a secret that the page repeats, queries are left out.
    """
    secretive = bool(urlsplit(url).query)
    shown = [_shown(link.address, secretive) for link in feed_links(body, url)]
    return list(dict.fromkeys(address for address in shown if address))[:most]


def _attributes(tag: str) -> dict[str, str]:
    return {
        name.lower(): html.unescape(double or single or bare) for name, double, single, bare in _ATTRIBUTE.findall(tag)
    }


def _joined(base: str, href: str) -> str:
    """Gives a link as a browser would follow it, "" for what is no address of a web page."""
    try:
        parts = urlsplit(urljoin(base, href.strip()))
        fits = parts.scheme in ("http", "https") and parts.hostname and not parts.username and parts.port != 0
    except ValueError:
        return ""
    address = parts._replace(fragment="").geturl()
    return address if fits and href.strip() and len(address) <= 2_000 and address.isprintable() else ""


def _shown(address: str, secretive: bool) -> str:
    if secretive:
        address = urlsplit(address)._replace(query="").geturl()
    return address if len(address) <= 300 and " " not in address else ""
