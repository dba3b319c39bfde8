"""The feed source against a server on loopback: what is new, what has moved, and every bad input."""

from __future__ import annotations

import asyncio
import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from pydantic import ValidationError

import sources.feed_entry
from sources.contract import EVERYTHING, Gap, Page, SourceBusy, SourceError, SourceRefused, SourceUnavailable
from sources.feed import Feed, FeedSettings
from sources.query import parse

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def item(number: int, text: str = "about Acme", at: datetime | None = NOW - HOUR) -> str:
    date = f"<pubDate>{at:%a, %d %b %Y %H:%M:%S} GMT</pubDate>" if at else ""
    return (
        f"<item><title>Post {number}</title><link>https://blog.example/{number}</link>"
        f"<guid>https://blog.example/?p={number}</guid><description>{text}</description>{date}</item>"
    )


def rss(*items: str, channel: str = "") -> bytes:
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" '
        'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"><channel><title>Blog</title>'
        f"<link>https://blog.example/</link>{channel}{''.join(items)}</channel></rss>"
    ).encode()


class FeedServer:
    """Answers every path with `body` and `headers`, unless the path has its own answer; remembers the requests."""

    def __init__(self) -> None:
        self.status, self.body = 200, rss(item(1))
        self.headers: dict[str, str] = {"Content-Type": "application/rss+xml"}
        self.paths: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.writer: Callable[[BaseHTTPRequestHandler], None] | None = None
        self.asked: list[tuple[str, dict[str, str]]] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                default = (server.status, server.headers, server.body)
                status, headers, body = server.paths.get(self.path, default)
                try:
                    self.send_response(status)
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.end_headers()
                    if server.writer is not None:
                        server.writer(self)
                    else:
                        self.wfile.write(body)
                except OSError:
                    pass  # the reader has had enough

            def log_message(self, *_: Any) -> None:
                pass

        self._httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._httpd.daemon_threads = True
        threading.Thread(target=self._httpd.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._httpd.server_port}"

    def close(self) -> None:
        self._httpd.shutdown()
        self._httpd.server_close()


@pytest.fixture
def server() -> Iterator[FeedServer]:
    server = FeedServer()
    yield server
    server.close()


def feed(url: str, **more: Any) -> Feed:
    return FeedSettings(kind="feed", name="blog", url=url, **({"allow_private": True} | more)).open()


def fetch(source: Feed, cursor: str | None = None, now: datetime = NOW) -> Page:
    return asyncio.run(source.fetch(EVERYTHING, cursor, now))


def ids(page: Page) -> list[str]:
    return [post.external_id.rpartition("=")[2] for post in page.posts]


def test_a_feed_is_read_whole_once_and_then_only_what_is_new(server: FeedServer) -> None:
    server.body = rss(item(2), item(1))
    source = feed(f"{server.url}/feed")
    first = fetch(source)
    assert ids(first) == ["2", "1"]
    assert not first.more
    assert not fetch(source, first.cursor).posts
    server.body = rss(item(3), item(2), item(1))
    assert ids(fetch(source, first.cursor)) == ["3"]


def test_an_edited_entry_is_given_again_under_its_own_name(server: FeedServer) -> None:
    source = feed(f"{server.url}/feed")
    first = fetch(source)
    server.body = rss(item(1, "about Acme, corrected"))
    second = fetch(source, first.cursor)
    assert [post.key for post in second.posts] == [post.key for post in first.posts]
    assert second.posts[0].text == "about Acme, corrected"
    assert not fetch(source, second.cursor).posts


def test_an_entry_that_is_no_longer_shown_is_not_gone_and_not_new_when_it_comes_back(server: FeedServer) -> None:
    server.body = rss(item(2), item(1))
    source = feed(f"{server.url}/feed")
    first = fetch(source)
    server.body = rss(item(2))
    second = fetch(source, first.cursor)
    assert (list(second.posts), list(second.changes)) == ([], [])
    server.body = rss(item(2), item(1))
    assert not fetch(source, second.cursor).posts


def test_a_post_has_all_that_the_entry_tells(server: FeedServer) -> None:
    server.body = b"""<?xml version="1.0"?>
    <feed xmlns="http://www.w3.org/2005/Atom" xml:lang="bn" xmlns:thr="http://purl.org/syndication/thread/1.0">
      <title>Blog</title><author><name>The Blog</name></author>
      <entry xml:lang="bn-BD"><id>tag:blog.example,2026:1</id>
        <title type="html">&lt;b&gt;A &amp;amp; B&lt;/b&gt;</title>
        <link rel="alternate" href="https://www.blog.example/1"/><updated>2026-11-20T09:00:00Z</updated>
        <published>2026-11-20T08:30:00+06:00</published>
        <author><name>Jane &lt;i&gt;Doe&lt;/i&gt;</name><email>jane@example.org</email><uri>https://jane.example/</uri></author>
        <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>One</p><p>two<script>x()</script></p></div></content>
        <thr:in-reply-to ref="tag:blog.example,2026:0"/><thr:total>3</thr:total></entry>
      <entry><id>tag:blog.example,2026:2</id><updated>2099-01-01T00:00:00Z</updated><summary>short</summary></entry>
    </feed>"""
    one, two = fetch(feed(f"{server.url}/feed")).posts
    assert (one.source, one.instance, one.external_id, one.kind) == (
        "feed", "blog.example", "tag:blog.example,2026:1", "article",
    )  # fmt: skip
    assert (one.title, one.text, one.url, one.lang) == ("A & B", "One\ntwo", "https://www.blog.example/1", "bn-BD")
    assert one.published_at == datetime(2026, 11, 20, 2, 30, tzinfo=UTC)
    assert (one.author.name, one.author.email, one.author.url) == (
        "Jane Doe", "jane@example.org", "https://jane.example/",
    )  # fmt: skip
    assert (one.engagement.replies, one.in_reply_to) == (3, "tag:blog.example,2026:0")
    assert (two.author.name, two.lang, two.published_at, two.text) == ("The Blog", "bn", NOW, "short")


def test_an_undated_entry_stays_undated_and_names_its_publisher(server: FeedServer) -> None:
    entries = (
        "<item><title>no date</title></item>"
        "<item><title>bad date</title><pubDate>Mon, 32 Foo 2026 10:00:00 GMT</pubDate>"
        '<source url="https://paper.example/">The Paper</source></item>'
    )
    server.body = rss(entries)
    first, second = fetch(feed(f"{server.url}/feed")).posts
    assert (first.published_at, first.author.name) == (None, "Blog")
    assert (second.published_at, second.author.name) == (None, "The Paper")


def test_one_article_in_two_feeds_of_a_site_is_one_post(server: FeedServer) -> None:
    entry = "<item><guid>https://blog.example/?p=1</guid><link>https://{}blog.example/1</link><title>x</title></item>"
    server.paths["/a"] = (200, {}, rss(entry.format("")))
    server.paths["/b"] = (200, {}, rss(entry.format("www."), item(2)))
    assert fetch(feed(f"{server.url}/a")).posts[0].key == fetch(feed(f"{server.url}/b")).posts[0].key


def test_the_same_number_in_two_feeds_is_two_posts(server: FeedServer) -> None:
    server.body = rss("<item><guid>1</guid><title>x</title></item>")
    one, two, three = (fetch(feed(f"{server.url}{path}")).posts[0].key for path in ("/a", "/b", "/a?token=s3cret"))
    assert len({one, two, three}) == 3
    assert fetch(feed(f"{server.url}/a")).posts[0].url == ""
    assert "s3cret" not in str(three)


def test_entries_that_share_a_guid_are_all_kept(server: FeedServer) -> None:
    entries = [
        f"<item><guid>https://blog.example/</guid><link>https://blog.example/</link><title>News {n}</title></item>"
        for n in range(3)
    ]
    server.body = rss(*entries, entries[0])
    source = feed(f"{server.url}/feed")
    first = fetch(source)
    assert [post.title for post in first.posts] == ["News 0", "News 1", "News 2"]
    assert len({post.key for post in first.posts}) == 3
    server.body = rss(entries[2], entries[1])
    assert not fetch(source, first.cursor).posts


def test_entries_that_share_all_but_their_text_are_all_kept(server: FeedServer) -> None:
    same = "<link>https://blog.example/</link><guid>https://blog.example/</guid>"
    server.body = rss(*(f"<item>{same}<description>note {n}</description></item>" for n in range(3)))
    source = feed(f"{server.url}/feed")
    page = fetch(source)
    assert [post.text for post in page.posts] == ["note 0", "note 1", "note 2"]
    assert not fetch(source, page.cursor).posts


def test_entries_without_any_name_are_told_apart_by_what_they_say(server: FeedServer) -> None:
    server.body = rss(*(f"<item><description>Said {n}</description></item>" for n in range(3)))
    source = feed(f"{server.url}/feed")
    first = fetch(source)
    assert len({post.key for post in first.posts}) == 3
    assert not fetch(source, first.cursor).posts


def test_validators_go_back_as_they_came_and_not_modified_costs_nothing(server: FeedServer) -> None:
    server.headers |= {"ETag": 'W/"\xe9-1"', "Last-Modified": "Fri, 20 Nov 2026 10:00:00 GMT"}
    source = feed(f"{server.url}/feed")
    first = fetch(source)
    assert "if-none-match" not in server.asked[0][1]
    server.status, server.body = 304, b""
    second = fetch(source, first.cursor, NOW + HOUR)
    assert server.asked[1][1]["if-none-match"] == 'W/"\xe9-1"'
    assert server.asked[1][1]["if-modified-since"] == "Fri, 20 Nov 2026 10:00:00 GMT"
    assert not second.posts
    fetch(source, second.cursor, NOW + 2 * HOUR)
    assert server.asked[2][1]["if-none-match"] == 'W/"\xe9-1"'


def test_a_server_that_says_not_modified_for_ever_is_asked_without_conditions_after_a_day(server: FeedServer) -> None:
    server.headers["ETag"] = '"1"'
    source = feed(f"{server.url}/feed")
    cursor = fetch(source).cursor
    server.status, server.body = 304, b""
    cursor = fetch(source, cursor, NOW + 23 * HOUR).cursor
    server.status, server.body = 200, rss(item(2), item(1))
    assert ids(fetch(source, cursor, NOW + 25 * HOUR)) == ["2"]
    fetch(source, cursor, NOW - HOUR)
    assert "if-none-match" not in server.asked[-1][1]  # the clock was set back: nobody knows how long it has been
    assert "if-none-match" not in server.asked[-1][1]


def test_not_modified_of_another_document_is_not_believed(server: FeedServer) -> None:
    server.paths["/feed"] = (302, {"Location": "/a"}, b"")
    server.paths["/a"] = (200, {"ETag": '"1"'}, rss(item(1)))
    source = feed(f"{server.url}/feed")
    cursor = fetch(source).cursor
    server.paths["/feed"] = (302, {"Location": "/b"}, b"")
    server.paths["/b"] = (304, {}, b"")
    with pytest.raises(SourceUnavailable, match="answered 304"):
        fetch(source, cursor)
    assert "if-none-match" in server.asked[-3][1]
    assert "if-none-match" not in server.asked[-1][1]


def test_validators_are_dropped_when_the_address_changes_or_the_document_was_cut(server: FeedServer) -> None:
    server.headers["ETag"] = '"1"'
    cursor = fetch(feed(f"{server.url}/feed")).cursor
    fetch(feed(f"{server.url}/other"), cursor)
    assert "if-none-match" not in server.asked[-1][1]
    server.body = rss(*(item(n, "x" * 500) for n in range(100)))
    small = feed(f"{server.url}/feed", max_bytes=20_000)
    cut = fetch(small)
    assert cut.gaps
    fetch(small, cut.cursor)
    assert "if-none-match" not in server.asked[-1][1]


def test_validators_of_a_server_that_sends_expires_zero_are_not_used(server: FeedServer) -> None:
    server.headers |= {"ETag": '"1"', "Expires": "0"}
    source = feed(f"{server.url}/feed")
    fetch(source, fetch(source).cursor)
    assert "if-none-match" not in server.asked[-1][1]


def test_a_document_that_cannot_be_read_leaves_everything_as_it_was(server: FeedServer) -> None:
    server.headers["ETag"] = '"1"'
    source = feed(f"{server.url}/feed")
    cursor = fetch(source).cursor
    server.headers["ETag"] = '"broken"'
    server.body = b"<rss version='2.0'><channel><title>x"
    with pytest.raises(SourceUnavailable):
        fetch(source, cursor)
    server.body = rss(item(2), item(1))
    assert ids(fetch(source, cursor)) == ["2"]
    assert server.asked[-1][1]["if-none-match"] == '"1"'


@pytest.mark.parametrize(
    ("headers", "channel", "every", "wish"),
    [
        ({}, "", "15m", None),
        ({}, "<ttl>60</ttl>", "15m", HOUR),
        ({}, "<ttl>60</ttl>", "2h", None),
        ({}, "<ttl>99999</ttl>", "15m", 24 * HOUR),
        ({}, "<ttl>-5</ttl>", "15m", None),
        ({}, "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>", "15m", 6 * HOUR),
        ({}, "<sy:updatePeriod>hourly</sy:updatePeriod>", "15m", HOUR),
        ({}, "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>", "15m", None),
        ({"Cache-Control": "public, max-age=7200", "Age": "3600"}, "", "15m", HOUR),
        ({"Cache-Control": "max-age=31536000"}, "", "15m", 24 * HOUR),
        ({"Cache-Control": "max-age=60"}, "", "15m", None),
        ({"Cache-Control": "no-cache", "Expires": "Fri, 20 Nov 2026 15:00:00 GMT"}, "", "15m", None),
        ({"Expires": "Fri, 20 Nov 2099 15:00:00 GMT"}, "", "15m", 24 * HOUR),
        ({"Expires": "never"}, "", "15m", None),
        ({"Cache-Control": "max-age=31536000"}, "", "7d", None),
    ],
)
def test_a_feeds_wish_for_the_next_poll_is_heard(
    server: FeedServer, headers: dict[str, str], channel: str, every: str, wish: timedelta | None
) -> None:
    server.headers |= headers
    server.body = rss(item(1), channel=channel)
    source = feed(f"{server.url}/feed", every=every)
    first = fetch(source)
    assert first.next_check == wish
    assert fetch(source, first.cursor).next_check == wish


def test_patience_is_asked_for_and_given(server: FeedServer) -> None:
    for status in (429, 503):
        server.status, server.headers = status, {"Retry-After": "120"}
        with pytest.raises(SourceBusy) as busy:
            fetch(feed(f"{server.url}/feed"))
        assert busy.value.retry_after == timedelta(seconds=120)


@pytest.mark.parametrize(("status", "why"), [(410, "gone"), (401, "credentials"), (403, "credentials"), (402, "money")])
def test_a_refusal_says_what_a_person_must_do(server: FeedServer, status: int, why: str) -> None:
    server.status = status
    with pytest.raises(SourceRefused) as refused:
        fetch(feed(f"{server.url}/feed"))
    assert refused.value.why == why


def test_a_private_address_is_refused_unless_it_is_allowed(server: FeedServer) -> None:
    with pytest.raises(SourceRefused, match="set allow_private = true") as refused:
        fetch(feed(f"{server.url}/feed", allow_private=False))
    assert refused.value.why == "settings"
    assert not server.asked


def said_to_have_moved(page: Page) -> str:
    """The address at which the operator is told that the feed is read now, "" where nothing is told."""
    told = [note for note in page.notes if "moved for good" in note]
    return told[0].split("is read at ")[1].split(": put this")[0] if told else ""


def test_a_feed_that_says_three_times_that_it_moved_for_good_is_read_at_its_new_address(server: FeedServer) -> None:
    server.paths["/feed"] = (301, {"Location": "/new"}, b"")
    server.paths["/new"] = (200, {"ETag": '"1"'}, rss("<item><guid>1</guid><title>x</title></item>"))
    source, cursor, keys = feed(f"{server.url}/feed"), None, []
    for number in range(3):
        page = fetch(source, cursor)
        cursor = page.cursor
        keys += [post.key for post in page.posts]
        assert said_to_have_moved(page) == (f"{server.url}/new" if number == 2 else "")
    server.asked.clear()
    server.paths["/new"] = (200, {}, rss("<item><guid>2</guid><title>y</title></item>" + item(9)))
    page = fetch(source, cursor)
    assert [path for path, _ in server.asked] == ["/new"]
    assert "if-none-match" not in server.asked[0][1]
    assert said_to_have_moved(page) == f"{server.url}/new"
    assert page.notes == [f"the feed has moved for good and is read at {server.url}/new: put this into its `url`"]
    assert {post.instance for post in page.posts} == {keys[0].instance, "blog.example"}
    configured = fetch(feed(f"{server.url}/new"), page.cursor)
    assert (list(configured.posts), said_to_have_moved(configured)) == ([], "")


def test_a_move_that_is_said_only_now_and_then_is_not_followed(server: FeedServer) -> None:
    server.paths["/new"] = (200, {}, rss(item(1)))
    source, cursor = feed(f"{server.url}/feed"), None
    for status in (301, 301, 302, 301, 301, 307):
        server.paths["/feed"] = (status, {"Location": "/new"}, b"")
        page = fetch(source, cursor)
        cursor = page.cursor
        assert said_to_have_moved(page) == ""


def test_a_moved_feed_that_is_gone_from_its_new_address_is_asked_for_at_the_old_one(server: FeedServer) -> None:
    server.paths["/feed"] = (301, {"Location": "/new"}, b"")
    source, cursor = feed(f"{server.url}/feed"), None
    for _ in range(3):
        cursor = fetch(source, cursor).cursor
    server.paths["/new"] = (404, {}, b"")
    server.paths["/feed"] = (200, {}, rss(item(2)))
    page = fetch(source, cursor)
    assert (ids(page), said_to_have_moved(page)) == (["2"], "")


def test_a_password_goes_along_to_the_new_address_on_the_same_host_only(server: FeedServer) -> None:
    other = FeedServer()
    for target, expected in (
        (f"{server.url}/new", True),
        (f"{other.url}/new".replace("127.0.0.1", "127.0.0.2"), False),
    ):
        server.asked.clear()
        server.paths["/feed"] = (301, {"Location": f"{server.url}/new"}, b"")
        source, cursor = feed(f"{server.url}/feed".replace("://", "://user:pass@")), None
        for _ in range(3):
            cursor = fetch(source, cursor).cursor
        assert "pass" not in cursor
        if expected:
            fetch(source, cursor)
            assert server.asked[-1][0] == "/new"
            assert "authorization" in server.asked[-1][1]
        else:
            assert feed_login(target, f"{server.url}/feed".replace("://", "://user:pass@")) == target
    other.close()


def feed_login(address: str, configured: str) -> str:
    from sources.feed_address import with_login

    return with_login(address, configured)


def test_a_feed_that_turns_over_between_two_polls_is_a_gap(server: FeedServer) -> None:
    server.body = rss(*(item(n, at=NOW - HOUR * (10 - n)) for n in range(5)))
    source = feed(f"{server.url}/feed")
    first = fetch(source)
    server.body = rss(*(item(n, at=NOW + HOUR * n) for n in range(10, 15)))
    later = NOW + 30 * HOUR
    page = fetch(source, first.cursor, later)
    assert len(page.posts) == 5
    why = "the feed turned over completely between two polls"
    assert page.gaps == [Gap(since=NOW - 6 * HOUR, until=NOW + 10 * HOUR, why=why)]
    assert not first.gaps


def test_a_feed_that_keeps_one_old_entry_or_renames_them_has_no_gap(server: FeedServer) -> None:
    server.body = rss(item(1, at=NOW - 5 * HOUR), item(2, at=NOW - 4 * HOUR))
    source = feed(f"{server.url}/feed")
    cursor = fetch(source).cursor
    server.body = rss(item(3, at=NOW), item(2, at=NOW - 4 * HOUR))
    assert not fetch(source, cursor).gaps
    server.body = rss(item(11, at=NOW - 5 * HOUR), item(12, at=NOW - 4 * HOUR))
    assert not fetch(source, cursor).gaps
    server.body = rss()
    empty = fetch(source, cursor)
    assert (list(empty.posts), list(empty.gaps)) == ([], [])
    server.body = rss(item(9, at=None))
    assert fetch(source, empty.cursor, NOW + HOUR).gaps == [
        Gap(since=NOW - 4 * HOUR, until=NOW + HOUR, why="the feed turned over completely between two polls")
    ]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "answered with an empty document"),
        (b" \n\t ", "answered with an empty document"),
        (b"\xff\xfe", "answered with an empty document"),
        (b"Service temporarily unavailable", "is not a feed"),
        (b"<?xml version='1.0'?><opml version='2.0'></opml>", "is not a feed"),
        (b"<html><body>no head</body></html>", "is a web page, not a feed, and no feed of its site was found"),
        (b'{"items": []}', "it is JSON, and not a JSON Feed"),
        (b'{"version": "https://jsonfeed.org/version/1.1"}', "it is a JSON Feed without items"),
        (b"[1, 2", "it begins like JSON and is not"),
        (b"[" * 100_000, "it begins like JSON and is not"),
        (bytes(range(256)) * 20, "is not a feed"),
        (b"<rss version='2.0'><channel><item", "is not a feed"),
    ],
)
def test_what_is_no_feed_is_told_in_words(server: FeedServer, body: bytes, words: str) -> None:
    server.headers, server.body = {}, body
    with pytest.raises(SourceUnavailable) as odd:
        fetch(feed(f"{server.url}/feed"))
    assert words in str(odd.value)
    assert str(odd.value).isprintable()


def test_a_valid_feed_without_entries_is_no_error(server: FeedServer) -> None:
    server.body = rss()
    assert not fetch(feed(f"{server.url}/feed")).posts


def test_a_feed_of_a_hundred_megabytes_is_cut_and_declared_a_gap(server: FeedServer) -> None:
    def write(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(rss()[: -len(b"</channel></rss>")])
        for number in range(100_000):
            handler.wfile.write(item(number, "x" * 900).encode())

    server.writer = write
    page = fetch(feed(f"{server.url}/feed", max_bytes=300_000))
    assert 200 < len(page.posts) < 300
    assert all(post.text == "x" * 900 for post in page.posts)
    [gap] = page.gaps
    assert gap.since is None
    assert gap.until == NOW - HOUR
    assert gap.why == f"the feed is longer than the limit of 293.0 KiB: {len(page.posts)} of its entries were read"


def test_a_feed_that_never_ends_is_cut_and_declared_a_gap(server: FeedServer) -> None:
    def write(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(rss(item(1), item(2))[: -len(b"</channel></rss>")] + b"<item><title>ha")
        for _ in range(200):
            handler.wfile.write(b"l")
            handler.wfile.flush()
            time.sleep(0.05)

    server.writer = write
    started = time.monotonic()
    page = fetch(feed(f"{server.url}/feed", timeout="1s"))
    assert time.monotonic() - started < 5
    assert ids(page) == ["1", "2"]
    assert "did not end within 1 s" in page.gaps[0].why


def test_an_answer_that_breaks_off_keeps_its_whole_entries(server: FeedServer) -> None:
    whole = rss(item(1), item(2), item(3))
    server.headers["Content-Length"] = str(len(whole))
    server.body = whole[:-150]
    source = feed(f"{server.url}/feed")
    page = fetch(source)
    assert ids(page) == ["1", "2"]
    assert "broke off in the middle" in page.gaps[0].why
    server.body = whole
    assert ids(fetch(source, page.cursor)) == ["3"]


def test_a_gzip_bomb_is_refused_by_its_limit_and_a_gzipped_feed_is_read(server: FeedServer) -> None:
    server.headers["Content-Encoding"] = "gzip"
    server.body = gzip.compress(bytes(100_000_000))
    with pytest.raises(SourceUnavailable, match="is longer than the limit of 10 MiB"):
        fetch(feed(f"{server.url}/feed"))
    server.body = gzip.compress(rss(item(1)))
    assert ids(fetch(feed(f"{server.url}/feed"))) == ["1"]
    server.headers = {"Content-Type": "application/gzip"}
    assert ids(fetch(feed(f"{server.url}/feed.xml.gz"))) == ["1"]


def test_a_gzipped_file_that_is_too_long_or_ends_in_the_middle_is_cut_and_declared_a_gap(server: FeedServer) -> None:
    server.headers = {"Content-Type": "application/gzip"}
    server.body = gzip.compress(rss(*(item(n, "x" * 1_000_000) for n in range(12))))
    page = fetch(feed(f"{server.url}/feed.xml.gz"))
    assert ids(page) == [str(n) for n in range(10)]
    assert page.gaps[0].why == "the feed is longer than the limit of 10 MiB: 10 of its entries were read"
    server.body = gzip.compress(rss(*(item(n, str(n) * 500) for n in range(200))))[:-30]
    page = fetch(feed(f"{server.url}/feed.xml.gz"))
    assert page.posts
    assert page.gaps[0].why.startswith("the feed ended before its packing did")


def test_a_feed_of_too_many_entries_is_read_up_to_the_limit(
    server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("feed_document", "feed_quick", "feed_record", "feed_json"):
        monkeypatch.setattr(f"sources.{name}.MAX_ENTRIES", 50)
    server.body = rss(*(item(n) for n in range(80)))
    page = fetch(feed(f"{server.url}/feed"))
    assert ids(page) == [str(n) for n in range(50)]
    assert page.gaps[0].why == "the feed has more than 50 entries: 50 of its entries were read"
    assert sources.feed_entry.MAX_ENTRIES == 20_000
    entries = [{"id": str(n), "content_text": "x"} for n in range(80)]
    server.body = json.dumps({"version": "https://jsonfeed.org/version/1", "items": entries}).encode()
    page = fetch(feed(f"{server.url}/feed"))
    assert (len(page.posts), len(page.gaps)) == (50, 1)


@pytest.mark.parametrize(
    ("encoding", "declared", "header"),
    [
        ("utf-8", "iso-8859-1", "utf-8"),
        ("iso-8859-1", "iso-8859-1", None),
        ("windows-1252", "windows-1252", "utf-8"),
        ("utf-16", "utf-16", None),
        ("utf-16-le", "utf-8", None),
        ("utf-8-sig", "utf-8", None),
        ("utf-8", "no-such-charset", None),
    ],
)
def test_a_feed_in_the_wrong_charset_is_still_read(
    server: FeedServer, encoding: str, declared: str, header: str | None
) -> None:
    text = rss(item(1, "Café Acme")).decode().replace('encoding="utf-8"', f'encoding="{declared}"')
    server.body = text.encode(encoding)
    server.headers["Content-Type"] = f"application/xml; charset={header}" if header else "application/xml"
    assert [post.text for post in fetch(feed(f"{server.url}/feed")).posts] == ["Café Acme"]


def test_bytes_that_are_in_no_charset_cost_their_characters_and_no_entry(server: FeedServer) -> None:
    server.body = rss(item(1, "one"), item(2, "XX"), item(3, "three")).replace(b"XX", b"\xff\xfe\x81 two")
    page = fetch(feed(f"{server.url}/feed"))
    assert ids(page) == ["1", "2", "3"]
    assert page.posts[2].text == "three"


def test_dirty_markup_and_hostile_fields_become_plain_capped_text(server: FeedServer) -> None:
    entry = (
        "<item><title>T&lt;script&gt;alert(1)&lt;/script&gt;\x00 &amp;amp; &#xD800; t</title>"
        "<link>javascript:alert(1)</link><guid>{}</guid>"
        "<author>&lt;script&gt;x&lt;/script&gt;Jane</author>"
        "<description><![CDATA[<img src=x onerror=alert(1)><p>Hi <b>there</p>{}]]></description></item>"
    )
    server.body = rss(entry.format("g" * 50_000, "x" * 300_000), "<item><title>" + "y" * 5_000 + "</title></item>")
    one, two = fetch(feed(f"{server.url}/feed")).posts
    assert "script" not in one.title
    assert one.url == ""
    assert one.text.startswith("Hi there")
    assert (len(one.text), len(two.title)) == (200_000, 1_000)
    assert len(one.external_id) < 100
    assert "<" not in one.author.name


def test_entities_that_multiply_do_not(server: FeedServer) -> None:
    layers = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 9))
    server.body = (
        f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY e0 "lol">{layers}]><rss version="2.0"><channel>'
        "<item><title>&e8;</title><guid>https://blog.example/1</guid></item></channel></rss>"
    ).encode()
    try:
        for post in fetch(feed(f"{server.url}/feed")).posts:
            assert len(post.title) <= 1_000
    except SourceError:
        pass


def test_a_file_of_this_machine_is_never_opened(server: FeedServer, tmp_path: Any) -> None:
    secret = tmp_path / "secret.xml"
    secret.write_bytes(rss(item(666)))
    server.body = str(secret).encode()
    with pytest.raises(SourceUnavailable):
        fetch(feed(f"{server.url}/feed"))
    server.body = (
        f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "file://{secret}">]>'
        '<rss version="2.0"><channel><item><title>a&x;b</title><guid>https://blog.example/1</guid></item></channel></rss>'
    ).encode()
    assert "666" not in str(fetch(feed(f"{server.url}/feed")).posts)


def test_a_json_feed_is_read(server: FeedServer) -> None:
    server.headers["Content-Type"] = "application/feed+json"
    document = {
        "version": "https://jsonfeed.org/version/1.1", "title": "Blog", "language": "de",
        "authors": [{"name": "The Blog"}],
        "items": [
            {
                "id": 7, "url": "/7", "title": "T &amp; <b>t</b>", "content_html": "<p>One</p><p>two", "language": "en",
                "date_published": "2026-11-20T08:30:00+06:00", "authors": [{"name": "Jane", "url": "https://j.example"}],
            },
            {
                "id": "https://blog.example/8", "external_url": "https://x.example/", "content_text": "a < b",
                "author": {"name": "Old"},
            },
            {"id": None, "title": [], "summary": "s", "date_published": "soon",
             "date_modified": "2026-11-20T09:00:00Z"},
            "no entry",
        ],
    }  # fmt: skip
    server.body = json.dumps(document).encode()
    source = feed(f"{server.url}/feed.json")
    first = fetch(source)
    one, two, three = first.posts
    assert first.notes == ["1 item was unreadable: it is no object"]
    assert (one.external_id, one.url, one.title, one.text, one.lang) == (
        "7", f"{server.url}/7", "T & t", "One\ntwo", "en",
    )  # fmt: skip
    assert (one.author.name, one.author.url) == ("Jane", "https://j.example")
    assert one.published_at == datetime(2026, 11, 20, 2, 30, tzinfo=UTC)
    assert (two.url, two.text, two.author.name, two.lang) == ("https://x.example/", "a < b", "Old", "de")
    assert (three.author.name, three.published_at) == ("The Blog", NOW - 3 * HOUR)
    assert not fetch(source, first.cursor).posts


def test_reading_a_document_has_its_own_time_limit(server: FeedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sources.feed_reading.PARSING", timedelta(seconds=0))
    with pytest.raises(SourceUnavailable, match="takes longer than 0 s to read"):
        fetch(feed(f"{server.url}/feed"))


def test_the_memory_of_what_was_seen_is_bounded(server: FeedServer) -> None:
    source, cursor = feed(f"{server.url}/feed"), None
    for start in range(0, 5_000, 1_000):
        server.body = rss(*(item(n) for n in range(start, start + 1_010)))
        cursor = fetch(source, cursor).cursor
    assert len(cursor) < 80_000


def test_a_cursor_that_cannot_be_read_begins_anew(server: FeedServer) -> None:
    for cursor in ("", "oops", "[]", '{"version": 99}', '{"seen": 5}'):
        assert ids(fetch(feed(f"{server.url}/feed"), cursor)) == ["1"]


def test_a_feed_is_one_ask_for_every_query_and_shares_its_host(server: FeedServer) -> None:
    source = feed("https://user:pass@Blog.Example:8443/feed")
    plan = source.plan(parse("acme OR zenith"))
    assert (plan.asks, plan.coverage, source.searchable) == ((EVERYTHING,), "superset", False)
    assert source.credential == "blog.example"


@pytest.mark.parametrize(
    "url",
    [
        *("", "example.org/feed", "ftp://example.org/", "file:///etc/passwd", "http://", "http://["),
        *("http://example.org:99999/", "http://example.org:0/", "http://user:pass/word@example.org/"),
    ],
)
def test_an_address_that_is_none_is_a_mistake_in_the_settings(url: str) -> None:
    with pytest.raises(ValidationError) as mistake:
        FeedSettings(kind="feed", name="x", url=url)
    assert mistake.value.errors()[0]["loc"] == ("url",)
    assert "must be a web address" in mistake.value.errors()[0]["msg"]
