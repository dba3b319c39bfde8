"""Whatever bytes a feed consists of, reading them gives a document or a SourceError; real feeds lose no entry."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import feedparser
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.contract import SourceError
from sources.feed_cursor import Memory, news, turnover
from sources.feed_document import read_document
from sources.feed_entry import Document, posts_of
from sources.http import Answer
from sources.post import Post

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

PIECES = [
    b'<?xml version="1.0" encoding="utf-8"?>', b"<!DOCTYPE rss [<!ENTITY a 'b'>]>", b"<rss version='2.0'>", b"</rss>",
    b"<channel>", b"</channel>", b"<item>", b"</item>", b"<feed xmlns='http://www.w3.org/2005/Atom'>", b"</feed>",
    b"<entry>", b"</entry>", b"<title>", b"</title>", b"<title type='html'>", b"<link>", b"</link>",
    b"<link href='x'/>",
    b"<guid isPermaLink='false'>1</guid>", b"<id>tag:a,b:c</id>", b"<pubDate>Mon, 99 Foo</pubDate>", b"<ttl>9e9</ttl>",
    b"<updated>0000-00-00T99:99:99Z</updated>", b"<description>", b"</description>", b"<![CDATA[", b"]]>", b"<!--",
    b"-->", b"&amp;", b"&a;", b"&#xD800;", b"&#99999999999;", b"&#0;", b"&nope;", b"&", b"<", b">", b"text",
    b"\xff\xfe",
    b"\x00", "বাংলা".encode(), b"http://[", b"<content type='xhtml' xml:base='http://['><div xmlns='x'>", b"</div>",
    b"</content>", b"<author>a@b (c)</author>", b"<author><name>n</name><uri>javascript:x</uri></author>",
    b"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>", b"<source url='x'>s</source>", b"\x1f\x8b",
    b'{"version": "https://jsonfeed.org/version/1", "items": [', b'{"id": 1, "url": "http://["}', b"]}",
    b"\xef\xbb\xbf",
    b"<media:content url='x'/>", b"<georss:point>1</georss:point>", b"<itunes:duration>9:99</itunes:duration>",
    b"<enclosure url='x' length='y'/>", b"<script>", b"<html>", b"<category>", b"<a:b xmlns:a='c'>", b"<psc:chapters>",
]  # fmt: skip


def document_of(body: bytes, content_type: str = "application/xml", cut: str = "") -> Document | None:
    answer = Answer(
        status=200, url="https://blog.example/feed", headers={"content-type": content_type}, body=body, cut=cut
    )
    try:
        document = read_document(answer, "the feed")
    except SourceError as error:
        assert str(error).isprintable()
        return None
    return document


def all_posts(document: Document) -> list[Post]:
    posts = posts_of(document, "blog.example/feed", NOW)
    assert msgspec.json.decode(msgspec.json.encode(posts), type=list[Post]) == posts
    assert all(post.published_at is None or post.published_at <= NOW for post in posts)
    return posts


@settings(max_examples=400, deadline=None)
@given(
    pieces=st.lists(st.sampled_from(PIECES), max_size=40),
    cut=st.sampled_from(["", "broke off in the middle"]),
    content_type=st.sampled_from(["", "text/xml", "application/rss+xml; charset=utf-16", "text/html; charset=nope"]),
)
def test_no_mixture_of_markup_makes_reading_fail_in_another_way(
    pieces: list[bytes], cut: str, content_type: str
) -> None:
    document = document_of(b"".join(pieces), content_type, cut)
    if document is not None:
        all_posts(document)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400), st.text(max_size=20))
def test_no_bytes_make_reading_fail_in_another_way(body: bytes, content_type: str) -> None:
    for whole in (body, b"<rss version='2.0'><channel><item><title>" + body):
        document = document_of(whole, content_type)
        if document is not None:
            all_posts(document)


@pytest.mark.parametrize(
    "inside",
    [
        b"<item><title " + b" ".join(b'a%d="1"' % number for number in range(30_000)) + b">x</title></item>",
        b"<item><author>" + b"a." * 150_000 + b"@x</author></item>",
        b"<item><author>" + b"a.a.a.a.a.&#46;" * 20_000 + b"</author></item>",
        b"<item>" + b"".join(b"<category>%d</category>" % number for number in range(15_000)) + b"</item>",
        b'<item xml:base="' + b"a/" * 2_000 + b'"><link>x</link></item>' * 5_000,
        b'<item xml:base="aaaaaaaa/"><link>x</link>' * 4_000,
        b"<item "
        + b" ".join(b'xmlns:a%d="u%d"' % (number, number) for number in range(10_000))
        + b">"
        + b"<a9:b>x</a9:b>" * 20_000
        + b"</item>",
    ],
    ids=["attributes", "author", "author in pieces", "categories", "base", "base that grows", "namespaces"],
)
@pytest.mark.parametrize("end", [b"</channel></rss>", b"& <"], ids=["well-formed", "broken"])
def test_no_markup_makes_reading_take_the_square_of_its_size(inside: bytes, end: bytes) -> None:
    started = time.process_time()
    document = document_of(b"<rss version='2.0'><channel><item><title>first</title></item>" + inside + end)
    assert document is not None
    assert document.entries[0].title == "first"
    assert time.process_time() - started < 4


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(st.integers(0, 60), max_size=30), max_size=8))
def test_over_any_series_of_documents_every_entry_is_given_and_none_twice_in_a_row(shown: list[list[int]]) -> None:
    """The memory holds at least 500 entries, so that among 60 none is ever given again without an edit."""
    memory, given_names = Memory(), []
    for numbers in shown:
        posts = [Post(source="feed", instance="blog.example", external_id=str(n)) for n in dict.fromkeys(numbers)]
        fresh, seen = news(posts, memory.seen)
        given_names += [post.external_id for post in fresh]
        memory = msgspec.structs.replace(memory, seen=seen, size=len(posts))
    assert sorted(given_names) == sorted({str(n) for numbers in shown for n in numbers})


@given(
    st.lists(st.integers(0, 20), max_size=10),
    st.lists(st.integers(0, 40), max_size=10),
)
def test_a_turnover_is_told_only_where_nothing_is_left_of_before(before: list[int], after: list[int]) -> None:
    def posts(numbers: list[int]) -> list[Post]:
        return [
            Post(source="feed", instance="x", external_id=str(n), published_at=NOW + timedelta(hours=n))
            for n in dict.fromkeys(numbers)
        ]

    old, new = posts(before), posts(after)
    newest = max((post.published_at for post in old if post.published_at), default=None)
    gap = turnover(Memory(seen=news(old, {})[1], size=len(old), newest=newest), new, NOW)
    expected = bool(old) and bool(new) and min(after) > max(before)
    assert (gap is not None) == expected


def _recorded() -> Iterator[Path]:
    root = os.environ.get("LISTENER_RECORDINGS")
    if root:
        for folder in sorted(Path(root).glob("feeds-*")):
            yield from (path for path in sorted(folder.rglob("*")) if path.is_file())


needs_recordings = pytest.mark.skipif(
    not os.environ.get("LISTENER_RECORDINGS"), reason="LISTENER_RECORDINGS names no folder of recorded feeds"
)


@needs_recordings
def test_every_recorded_feed_is_read_with_its_entries() -> None:
    read = 0
    for path in _recorded():
        body = path.read_bytes()
        expected = feedparser.parse(io.BytesIO(body), response_headers={"content-type": "application/xml"}).entries
        document = document_of(body, "")
        assert document is not None or not expected, path
        if document is not None:
            assert len(document.entries) >= min(len(expected), 1), path
            assert bool(all_posts(document)) == bool(document.entries), path
            read += 1
    assert read > 400


@needs_recordings
def test_a_recorded_series_of_polls_gives_each_entry_once_and_edits_as_updates() -> None:
    for folder in sorted(Path(os.environ["LISTENER_RECORDINGS"], "feeds-multilang", "poll-series").iterdir()):
        seen: dict[str, str] = {}
        contents: dict[tuple[str, str], tuple[str, str, str]] = {}
        for path in sorted(folder.iterdir()):
            document = document_of(path.read_bytes(), "")
            assert document is not None
            posts = posts_of(document, folder.name, NOW)
            shown = {(post.instance, post.external_id): (post.title, post.url, post.text) for post in posts}
            fresh, seen = news(posts, seen)
            changed = [name for name, content in shown.items() if contents.get(name) != content]
            assert [(post.instance, post.external_id) for post in fresh] == changed, path
            contents |= shown
