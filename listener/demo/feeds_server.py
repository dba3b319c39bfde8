"""Web sites with feeds, in every common format, that answer conditional requests."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from html import escape

from listener.demo.loopback import Clock, LoopbackServer, Reply, Request
from listener.demo.told import Article, Site

ENTRIES = 20
"""A feed shows its newest entries only."""

_MEDIA = {
    "rss": "application/rss+xml",
    "atom": "application/atom+xml",
    "rdf": "application/rdf+xml",
    "json": "application/feed+json",
}


class FeedsServer(LoopbackServer):
    """Serves each site's feed at `feed_url`. A feed answers 304 to the ETag or date that it gave (RFC 9110, 13.1)."""

    def __init__(self, sites: Sequence[Site], articles: Sequence[Article], clock: Clock) -> None:
        super().__init__(self._feed, clock)
        self._sites = {site.slug: site for site in sites}
        self._articles: dict[str, list[Article]] = {site.slug: [] for site in sites}
        for article in sorted(articles, key=lambda article: article.at, reverse=True):
            self._articles[article.site].append(article)

    def feed_url(self, slug: str) -> str:
        """Where a site's feed was first found; one that has moved leads on from there."""
        site = self._sites[slug]
        return f"{self.url}/{slug}/{'rss' if site.moved else _name(site)}"

    def _feed(self, request: Request) -> Reply:
        _, slug, name = [*request.path.split("/", 2), "", ""][:3]
        site = self._sites.get(slug)
        if site is None:
            return Reply(status=404, body=b"<h1>Not Found</h1>", headers={"content-type": "text/html"})
        if name != _name(site):
            if site.moved and name == "rss":
                return Reply(status=301, headers={"location": f"{self.url}/{slug}/{_name(site)}"})
            return Reply(status=404, body=b"<h1>Not Found</h1>", headers={"content-type": "text/html"})
        now = self.clock()
        shown = [article for article in self._articles[slug] if article.at <= now][:ENTRIES]
        body = document(site, shown)
        changed = shown[0].at.replace(microsecond=0) if shown else None
        headers = {
            "content-type": f"{_MEDIA[site.form]}; charset={site.charset}",
            "etag": f'W/"{hashlib.sha256(body).hexdigest()[:20]}"',
            "vary": "accept-encoding",
        }
        if changed is not None:
            headers["last-modified"] = format_datetime(changed, usegmt=True)
        if _unchanged(request, headers, changed):
            return Reply(status=304, headers=headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Reply(body=gzip.compress(body, mtime=0), headers=headers | {"content-encoding": "gzip"})
        return Reply(body=body, headers=headers)


def document(site: Site, articles: Sequence[Article]) -> bytes:
    """A site's feed, in its format and its character set."""
    if site.form == "json":
        return _json_feed(site, articles)
    written = {"rss": _rss, "atom": _atom, "rdf": _rdf}[site.form](site, articles)
    head = f'<?xml version="1.0" encoding="{site.charset}"?>\n'
    return (head + written).encode(site.charset, "xmlcharrefreplace")


def _name(site: Site) -> str:
    return "feed.json" if site.form == "json" else "feed.xml"


def _unchanged(request: Request, headers: dict[str, str], changed: datetime | None) -> bool:
    """If-None-Match decides where it is sent; a date counts only without it (RFC 9110, 13.2.2)."""
    asked = request.headers.get("if-none-match")
    if asked is not None:
        return headers["etag"] in [tag.strip() for tag in asked.split(",")] or asked.strip() == "*"
    since = request.headers.get("if-modified-since", "")
    try:
        return changed is not None and changed <= parsedate_to_datetime(since)
    except (ValueError, TypeError):
        return False


def _link(site: Site, article: Article) -> str:
    return f"https://{site.domain}{article.path}"


def _rss(site: Site, articles: Sequence[Article]) -> str:
    items = "".join(
        f"<item><title>{escape(one.title)}</title><link>{escape(_link(site, one))}</link>"
        f'<guid isPermaLink="true">{escape(_link(site, one))}</guid>'
        + (f"<pubDate>{format_datetime(one.at, usegmt=True)}</pubDate>" if one.dated else "")
        + (f"<dc:creator>{escape(one.author)}</dc:creator>" if one.author else "")
        + f"<description><![CDATA[{one.html}]]></description></item>\n"
        for one in articles
    )
    return (
        '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>'
        f"<title>{escape(site.title)}</title><link>https://{site.domain}/</link>"
        f"<description>{escape(site.title)}</description><language>{site.lang}</language>\n{items}</channel></rss>\n"
    )


def _atom(site: Site, articles: Sequence[Article]) -> str:
    entries = "".join(
        f"<entry><title>{escape(one.title)}</title><id>tag:{site.domain},{one.at:%Y-%m-%d}:{escape(one.path)}</id>"
        f'<link rel="alternate" type="text/html" href="{escape(_link(site, one))}"/>'
        f"<published>{one.at.isoformat()}</published><updated>{one.at.isoformat()}</updated>"
        f"<author><name>{escape(one.author or site.title)}</name></author>"
        f'<content type="html">{escape(one.html)}</content></entry>\n'
        for one in articles
    )
    updated = articles[0].at.isoformat() if articles else "2020-01-01T00:00:00+00:00"
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{site.lang}"><title>{escape(site.title)}</title>'
        f'<id>https://{site.domain}/</id><link href="https://{site.domain}/"/><updated>{updated}</updated>\n{entries}</feed>\n'
    )


def _rdf(site: Site, articles: Sequence[Article]) -> str:
    items = "".join(
        f'<item rdf:about="{escape(_link(site, one))}"><title>{escape(one.title)}</title>'
        f"<link>{escape(_link(site, one))}</link><dc:date>{one.at.isoformat()}</dc:date>"
        f"<dc:creator>{escape(one.author or site.title)}</dc:creator>"
        f"<description>{escape(one.html)}</description></item>\n"
        for one in articles
    )
    return (
        '<rdf:RDF xmlns="http://purl.org/rss/1.0/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://{site.domain}/">'
        f"<title>{escape(site.title)}</title><link>https://{site.domain}/</link><dc:language>{site.lang}</dc:language>"
        f"</channel>\n{items}</rdf:RDF>\n"
    )


def _json_feed(site: Site, articles: Sequence[Article]) -> bytes:
    items = [
        {
            "id": _link(site, one),
            "url": _link(site, one),
            "title": one.title,
            "content_html": one.html,
            "date_published": one.at.isoformat(),
            "authors": [{"name": one.author or site.title}],
        }
        for one in articles
    ]
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": site.title,
        "home_page_url": f"https://{site.domain}/",
        "language": site.lang,
        "items": items,
    }
    return json.dumps(feed, ensure_ascii=False, indent=1).encode()
