"""What a web page says about the feeds of its site."""

from __future__ import annotations

import html
import re
from urllib.parse import urljoin, urlsplit

LOOKED_AT = 300_000
"""Bytes of a page that are looked at: feeds are named in its head."""

_PAGE = re.compile(rb"\s*(?:<!--.{0,2000}?-->\s*|<\?xml.{0,200}?\?>\s*)*<(?:!doctype\s+html|html)[\s>]", re.I | re.S)
_LINK = re.compile(r"<link\s([^>]{1,2000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([a-zA-Z-]{1,40})\s{0,20}=\s{0,20}(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json")


def is_web_page(body: bytes, content_type: str) -> bool:
    """Whether these bytes are a web page, by their beginning or by what the server calls them."""
    head = body[:10_000].removeprefix(b"\xef\xbb\xbf")
    return bool(_PAGE.match(head)) or content_type.partition(";")[0].strip().lower() == "text/html"


def advertised_feeds(body: bytes, url: str, most: int = 5) -> list[str]:
    """Gives the addresses of the feeds that a page at `url` links to (`rel="alternate"` or `"feed"`).

    Where the page was asked for with a query, which may hold a secret that the page repeats, queries are left out.
    """
    secretive = bool(urlsplit(url).query)
    found: dict[str, None] = {}
    for link in _LINK.finditer(body[:LOOKED_AT].decode("utf-8", "replace")):
        said = {
            name.lower(): html.unescape(double or single or bare)
            for name, double, single, bare in _ATTRIBUTE.findall(link[1])
        }
        relations = said.get("rel", "").lower().split()
        if "feed" in relations or ("alternate" in relations and said.get("type", "").strip().lower() in _FEED_TYPES):
            address = _shown(url, said.get("href", "").strip(), secretive)
            if address:
                found[address] = None
    return list(found)[:most]


def _shown(base: str, href: str, secretive: bool) -> str:
    try:
        parts = urlsplit(urljoin(base, href))
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
            return ""
        address = parts._replace(fragment="", query="" if secretive else parts.query).geturl()
    except ValueError:
        return ""
    return address if len(address) <= 300 and address.isprintable() and " " not in address else ""
