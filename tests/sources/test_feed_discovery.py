"""A feed source whose address is a site's page finds the site's feed and says so."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.contract import EVERYTHING, Page, SourceRefused, SourceUnavailable
from sources.feed import Feed, FeedSettings
from sources.feed_discovery import FoundFeed, find_feeds
from sources.http import HttpDoor
from sources.web_page import feed_links, is_web_page

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def rss(title: str, *guids: str) -> bytes:
    items = "".join(f"<item><guid>{guid}</guid><title>{guid}</title></item>" for guid in guids)
    return f"<rss version='2.0'><channel><title>{title}</title>{items}</channel></rss>".encode()


def page(*links: str) -> bytes:
    return f"<!DOCTYPE html><html><head><title>Blog</title>{''.join(links)}</head></html>".encode()


def link(href: str, title: str = "", kind: str = "rss+xml") -> str:
    return f'<link rel="alternate" type="application/{kind}" title="{title}" href="{href}">'


class Site:
    """Answers the paths that it has; remembers what was asked."""

    def __init__(self) -> None:
        self.paths: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.asked: list[str] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append(self.path)
                status, headers, body = site.paths.get(self.path, (404, {}, b""))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self._httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._httpd.daemon_threads = True
        Thread(target=self._httpd.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._httpd.server_port}"

    def has(self, path: str, body: bytes, status: int = 200, **headers: str) -> None:
        kind = {"Content-Type": "text/html" if body.startswith(b"<!DOCTYPE") else "application/xml"}
        self.paths[path] = (status, kind | {name.replace("_", "-"): value for name, value in headers.items()}, body)

    def close(self) -> None:
        self._httpd.shutdown()
        self._httpd.server_close()


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.close()


def feed(url: str) -> Feed:
    return FeedSettings(kind="feed", name="blog", url=url, allow_private=True).open()


def fetch(source: Feed, cursor: str | None = None, now: datetime = NOW) -> Page:
    return asyncio.run(source.fetch(EVERYTHING, cursor, now))


def find(url: str) -> list[FoundFeed]:
    async def main() -> list[FoundFeed]:
        door = HttpDoor(allow_private=True)
        try:
            return await find_feeds(url, door, NOW)
        finally:
            await door.close()

    return asyncio.run(main())


def test_a_pages_feed_is_read_from_the_first_poll_on_and_noted(site: Site) -> None:
    comments, atom = link("/comments/feed/", "Blog » Comments"), link("/atom.xml", "Blog Atom", "atom+xml")
    site.has("/", page(link("/feed/", "Blog RSS"), comments, atom))
    for path in ("/feed/", "/comments/feed/", "/atom.xml"):
        site.has(path, rss("Blog", "1", "2"))
    source = feed(f"{site.url}/")
    first = fetch(source)
    assert [post.external_id for post in first.posts] == ["1", "2"]
    assert list(first.notes) == [f"its address is a web page, whose feed is read: {site.url}/feed/"]
    site.asked.clear()
    site.has("/feed/", rss("Blog", "3", "1", "2"))
    second = fetch(source, first.cursor)
    assert [post.external_id for post in second.posts] == ["3"]
    assert site.asked == ["/feed/"], "what was found stays found"
    assert second.notes == first.notes


def test_putting_the_found_address_into_the_settings_makes_nothing_new(site: Site) -> None:
    site.has("/", page(link("/feed/")))
    site.has("/feed/", rss("Blog", "1"))
    first = fetch(feed(f"{site.url}/"))
    again = fetch(feed(f"{site.url}/feed/"), first.cursor)
    assert (list(again.posts), list(again.notes)) == ([], [])
    site.has("/feed/", rss("Blog", "2", "1"))
    assert fetch(feed(f"{site.url}/feed/"), again.cursor).posts[0].instance == first.posts[0].instance


def test_a_page_of_several_feeds_is_refused_with_their_addresses(site: Site) -> None:
    site.has("/", page(link("/news.xml", "News"), link("/sport.xml", "Sport")))
    site.has("/news.xml", rss("News", "1"))
    site.has("/sport.xml", rss("Sport", "2"))
    with pytest.raises(SourceRefused) as refused:
        fetch(feed(f"{site.url}/"))
    assert refused.value.why == "settings"
    assert str(refused.value).endswith(f"put one into `url`: {site.url}/news.xml, {site.url}/sport.xml")


def test_a_found_feed_that_is_gone_is_looked_for_again_with_its_posts_known(site: Site) -> None:
    site.has("/", page(link("/old.xml")))
    site.has("/old.xml", rss("Blog", "1"))
    first = fetch(feed(f"{site.url}/"))
    del site.paths["/old.xml"]
    site.has("/", page(link("/new.xml")))
    site.has("/new.xml", rss("Blog", "2", "1"))
    second = fetch(feed(f"{site.url}/"), first.cursor)
    assert [post.external_id for post in second.posts] == ["2"]
    assert "/new.xml" in second.notes[0]


def test_a_page_in_the_place_of_a_feed_that_was_read_before_is_trouble(site: Site) -> None:
    site.has("/feed", rss("Blog", "1"))
    first = fetch(feed(f"{site.url}/feed"))
    site.has("/feed", page(link("/elsewhere.xml")))
    site.has("/elsewhere.xml", rss("Another", "9"))
    with pytest.raises(SourceUnavailable, match="is a web page, not a feed; the page says its feeds are"):
        fetch(feed(f"{site.url}/feed"), first.cursor)


def test_a_page_without_a_feed_is_never_taken_for_one_without_posts(site: Site) -> None:
    site.has("/blog/", page(link("/wp-json/", "", "json"), link("javascript:alert(1)"), link("/feed", "", "feed+json")))
    site.has("/feed", b'{"routes": {}}')
    with pytest.raises(SourceUnavailable, match="no feed of its site was found"):
        fetch(feed(f"{site.url}/blog/"))
    assert "/wp-json/" not in site.asked


def test_a_secret_in_a_pages_address_is_not_told(site: Site) -> None:
    site.has("/?token=s3cret", page(link("/a.xml?token=s3cret", "A"), link("/b.xml?token=s3cret", "B")))
    site.has("/a.xml?token=s3cret", rss("A", "1"))
    site.has("/b.xml?token=s3cret", rss("B", "2"))
    with pytest.raises(SourceRefused) as refused:
        fetch(feed(f"{site.url}/?token=s3cret"))
    assert "s3cret" not in str(refused.value)
    del site.paths["/b.xml?token=s3cret"]
    notes = fetch(feed(f"{site.url}/?token=s3cret")).notes
    assert notes and not any("s3cret" in note for note in notes)


def test_a_sites_feeds_are_found_in_its_head_its_header_and_at_well_known_paths(site: Site) -> None:
    site.has("/blog/", page('<base href="/elsewhere/">', link("main.xml", "Main &amp; all")), Link="</h.xml>; rel=feed")
    site.has("/elsewhere/main.xml", rss("Main", "1", "2"))
    site.has("/h.xml", rss("Header", "1"))
    assert [(one.url, one.title, one.entries) for one in find(f"{site.url}/blog/")] == [
        (f"{site.url}/h.xml", "Header", 1),
        (f"{site.url}/elsewhere/main.xml", "Main", 2),
    ]
    assert [one.url for one in find(f"{site.url}/h.xml")] == [f"{site.url}/h.xml"], "a feed is its own"
    site.has("/quiet/page", page())
    site.has("/atom.xml", b"", 302, Location="/h.xml")
    site.has("/rss.xml", rss("Root", "1"))
    assert [one.url for one in find(f"{site.url}/quiet/page")] == [f"{site.url}/rss.xml"], "no redirect is followed"
    site.has("/none", page())
    del site.paths["/rss.xml"]
    assert find(f"{site.url}/none") == []


def test_the_first_page_of_a_found_feed_is_not_asked_for_without_end(site: Site) -> None:
    site.has("/", page(*(link(f"/{number}.xml", f"Section {number}") for number in range(300))))
    with pytest.raises(SourceUnavailable):
        fetch(feed(f"{site.url}/"), None, NOW + timedelta(hours=1))
    assert len(site.asked) <= 12


@settings(max_examples=150, deadline=None)
@given(
    st.text(alphabet="<link rel=alternate feed type=application/rss+xml href='/a\">\x00&#;=", max_size=300), st.text()
)
def test_no_page_and_no_header_makes_looking_for_links_fail(markup: str, header: str) -> None:
    body = f"<html><link {markup}><base {markup}>".encode()
    for found in feed_links(body, "https://blog.example/x", f"<{header}>; rel=feed"):
        assert found.address.startswith(("http://", "https://"))


def test_a_page_of_comments_is_told_in_no_time() -> None:
    """Before, each comment more doubled the time, in a regular expression that nothing could interrupt."""
    assert is_web_page(b"<!----> <!-- a page --> <?xml version='1.0'?> <!DOCTYPE html><html>", "")
    assert not is_web_page(b"<!---->" * 1_400 + b"x", "")
    assert not is_web_page(b"<?xml?>" * 1_400 + b"x", "")
