"""The quick reader of feeds gives what feedparser's path gives, or refuses: feeds made up, odd and recorded."""

from __future__ import annotations

import os
import random
from pathlib import Path
from urllib.parse import urljoin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.feed_entry import Document, absolute
from sources.feed_quick import read_quickly
from sources.feed_quick_names import KINDS, LEFT_TO_FEEDPARSER, NAMESPACES
from sources.feed_xml import NoFeed, read_xml_feed

URL = "https://site.example/blog/feed.xml"
DECLARED = " ".join(
    f'xmlns:{prefix}="{address}"'
    for prefix, address in {
        "content": "http://purl.org/rss/1.0/modules/content/",
        "dc": "http://purl.org/dc/elements/1.1/",
        "dcterms": "http://purl.org/dc/terms/",
        "media": "http://search.yahoo.com/mrss/",
        "atom": "http://www.w3.org/2005/Atom",
        "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
        "slash": "http://purl.org/rss/1.0/modules/slash/",
        "sy": "http://purl.org/rss/1.0/modules/syndication/",
        "thr": "http://purl.org/syndication/thread/1.0",
        "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
        "georss": "http://www.georss.org/georss",
        "cc": "http://backend.userland.com/creativeCommonsRssModule",
        "h": "http://www.w3.org/1999/xhtml",
        "own": "urn:nobody:knows",
    }.items()
)
COMMON = (  # noqa: SIM905 - a list of quoted words would be three times as long
    "title link guid id author description summary content pubDate published updated dc:creator dc:date dc:title "
    "dc:description dc:language content:encoded media:title media:description category slash:comments thr:total "
    "atom:link feedburner:origLink itunes:summary itunes:author source"
).split()
RARE = (  # noqa: SIM905
    "language media:group media:content media:thumbnail media:credit dc:subject name email uri url thr:in-reply-to "
    "own:bar own:author_detail own:group enclosure image textInput rights subtitle generator itunes:subtitle "
    "itunes:owner itunes:name itunes:image itunes:category contributor item entry h:div h:p p div comments created "
    "dcterms:modified managingEditor webMaster dc:publisher dc:contributor width ttl sy:updatePeriod channel feed rss "
    "media_title atom:author atom:id atom:updated tags georss:point cc:license cloud body where media:license"
).split()
TEXTS = [
    "x", "Some words", "", "  padded \n text ", "&lt;b&gt;bold&lt;/b&gt; &amp;amp; more", "AT&amp;T",
    "<![CDATA[<p>One <i>two</i></p>]]>",
    "Fri, 20 Nov 2026 10:00:00 GMT", "Fri, 31 Feb 2026 10:00:00 +0230", "2026-11-20T10:00:00.5+02:00",
    "2026-11-20", "20 Nov 2026 10:00", "a@b.example (Ann Bee)", "Ann", "http://site.example/a?x=1&amp;y=2",
    "http:///odd/1", "rel/ative", "5", "en", "de_AT", "caf\u00c3\u00a9", "caf\u00e9", "\u0093quoted\u0094", "বাংলা",
    "&#8217;tis", "tag:site.example,2026:1", "&lt;List&lt;Object&gt;&gt;", "<![CDATA[a &hellip; b&#146;]]>", "hourly",
]  # fmt: skip
ATTRIBUTES = [
    ("type", "html"), ("type", "text"), ("type", "xhtml"), ("type", "HTML"), ("type", "image/png"), ("href", ""),
    ("href", "http://site.example/e"), ("href", "rel"), ("rel", "alternate"), ("rel", "self"), ("isPermaLink", "false"),
    ("isPermaLink", "true"), ("xml:lang", "fr"), ("xml:lang", ""), ("lang", "es"), ("xml:base", "http://b.example/d/"),
    ("xml:base", "sub/"), ("url", "http://u.example/"), ("uri", "x"), ("rdf:about", "http://site.example/about"),
    ("ref", "tag:r"), ("version", "2.0"), ("own:href", "own"), ("mode", "escaped"), ("mode", "base64"),
    ("xmlns", "urn:other"), ("xmlns", "http://www.w3.org/1999/xhtml"), ("xmlns:dc", "urn:other"), ("xmlns:x", "urn:x"),
]  # fmt: skip


def expected(body: bytes, content_type: str = "") -> Document | None:
    try:
        return read_xml_feed(body, content_type, URL)
    except NoFeed:
        return None


def element(chance: random.Random, depth: int, rare: float) -> str:
    name = chance.choice(RARE if chance.random() < rare else COMMON)
    count = chance.choices([0, 1, 2], [6, 3, 1])[0]
    told = dict(chance.choice(ATTRIBUTES) for _ in range(count))
    attributes = "".join(f' {key}="{value}"' for key, value in told.items())
    inside = chance.choice(TEXTS)
    if name in ("author", "contributor", "itunes:owner", "atom:author") and chance.random() < 0.6:
        parts = chance.sample(["name", "email", "uri", "itunes:name", "url"], chance.randint(1, 3))
        inside = "".join(f"<{part}>{chance.choice(TEXTS)}</{part}>" for part in parts)
    elif told.get("type") == "xhtml" and chance.random() < 0.8:
        inside = (
            f'<div xmlns="http://www.w3.org/1999/xhtml">{inside}<p class="a&gt;b">{chance.choice(TEXTS)}</p><br/></div>'
        )
    elif depth < 3 and chance.random() < (0.7 if name in ("media:group", "own:group", "source", "image") else 0.03):
        inside = "".join(element(chance, depth + 1, rare) for _ in range(chance.randint(1, 3)))
    return f"<{name}{attributes}>{inside}</{name}>"


def some(chance: random.Random, most: int, rare: float) -> str:
    return "".join(element(chance, 0, rare) for _ in range(chance.randint(0, most)))


def feed(chance: random.Random) -> bytes:
    rare = chance.choice([0.1, 0.3, 0.6])
    root = DECLARED + chance.choice(["", "", ' xml:lang="pt"', ' xml:base="http://r.example/x/"'])
    head = some(chance, 3, rare)

    def entries(name: str) -> str:
        about = chance.choice(["", "", ' xml:lang="it"', ' rdf:about="http://site.example/i"'])
        return "".join(f"<{name}{about}>{some(chance, 7, rare)}</{name}>" for _ in range(chance.randint(0, 3)))

    kind = chance.choice(["2.0", "0.91", "http://www.w3.org/2005/Atom", "http://purl.org/atom/ns#", "rdf"])
    if kind == "rdf":
        body = f'<rdf:RDF xmlns="http://purl.org/rss/1.0/" {root}><channel>{head}</channel>{entries("item")}</rdf:RDF>'
    elif kind.startswith("http"):
        body = f'<feed version="0.3" xmlns="{kind}" {root}>{head}{entries("entry")}</feed>'
    else:
        body = f'<rss version="{kind}" {root}><channel>{head}{entries("item")}</channel></rss>'
    return body.encode()


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**40))
def test_what_the_quick_reader_accepts_it_reads_as_feedparser_does(seed: int) -> None:
    body = feed(random.Random(seed))
    read = read_quickly(body, "", URL)
    assert read is None or read == expected(body), body.decode()


def test_it_accepts_most_of_such_feeds() -> None:
    read = [read_quickly(feed(random.Random(seed)), "", URL) for seed in range(200)]
    assert sum(document is not None for document in read) > 80


def test_every_element_that_feedparser_does_something_about_is_known_to_the_quick_reader() -> None:
    from feedparser.mixin import _FeedParserMixin

    methods = {name.partition("_start_")[2] or name.partition("_end_")[2] for name in dir(_FeedParserMixin)} - {""}
    known = KINDS.keys() | LEFT_TO_FEEDPARSER
    assert {name.lower() for name in methods} - known == set()
    assert {uri.lower(): prefix.lower() for uri, prefix in _FeedParserMixin.namespaces.items()} == NAMESPACES


ENTRY = "<item><title>Acme</title><link>http://a.example/1</link><description>d</description></item>"


def rss(inside: str = ENTRY, before: str = "", attributes: str = "") -> bytes:
    return f'{before}<rss version="2.0"{attributes}><channel><title>t</title>{inside}</channel></rss>'.encode()


@pytest.mark.parametrize(
    "body",
    [
        rss(before='<!DOCTYPE rss [<!ENTITY a "b">]>'),
        rss(before='<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/x.dtd">'),
        rss(before="<!-- <!DOCTYPE netscape> -->"),
        rss(inside=ENTRY + "&nbsp;"),
        rss(inside=ENTRY + "<item><title>a & b</title></item>"),
        rss()[:-20],
        rss() + b"<rss/>",
        rss(inside=ENTRY + "<item><title>\x01</title></item>"),
        rss(inside=ENTRY + "<item><description><![CDATA[&#xD83D;]]></description></item>"),
        rss(inside=ENTRY + "<item><description><p>bare</p></description></item>"),
        rss(inside=ENTRY + "<item " + " ".join(f"a{number}='1'" for number in range(200)) + "/>"),
        rss(attributes="".join(f' xmlns:n{number}="urn:{number}"' for number in range(200))),
        rss(inside=ENTRY + "<item xml:base='http://" + "b" * 600 + "/'/>"),
        rss(inside=ENTRY + "<item><author>" + "a" * 3_000 + "</author></item>"),
        rss().decode().encode("utf-16"),
        b"<html><body>" + b"<p>no feed</p>" * 3 + b"</body></html>",
        b"",
    ],
    ids=lambda body: body[:40].decode("latin-1"),
)
def test_what_it_is_not_sure_of_it_leaves_to_feedparser(body: bytes) -> None:
    assert read_quickly(body, "application/xml", URL) is None


@pytest.mark.parametrize(
    ("declared", "told", "encoding", "accepted"),
    [
        ("", "", "utf-8", True),
        ("utf-8", "application/rss+xml; charset=UTF-8", "utf-8", True),
        ("utf-8", "text/xml", "utf-8", True),
        ("utf-8", "text/html", "utf-8-sig", True),
        ("windows-1251", "", "windows-1251", True),
        ("ISO-8859-1", "text/xml; charset=iso-8859-1", "latin-1", True),
        ("utf-8", "text/xml; charset=iso-8859-1", "utf-8", False),
        ("windows-1251", "", "utf-8-sig", False),
        ("utf-8", "", "windows-1251", False),
        ("shift_jis", "", "shift_jis", False),
        ("no-such-thing", "", "utf-8", False),
    ],
)
def test_an_encoding_is_taken_where_all_who_name_it_agree(
    declared: str, told: str, encoding: str, accepted: bool
) -> None:
    title = "café" if encoding == "latin-1" else "Ж" if encoding.startswith("windows") else "é Ж" * accepted
    first = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    body = rss(ENTRY.replace("Acme", title), first).decode().encode(encoding)
    read = read_quickly(body, told, URL)
    assert (read is not None) == accepted
    assert read is None or (read == expected(body, told) and read.entries[0].title == title)


@pytest.mark.parametrize("content_type", ["", "application/rss+xml", "text/xml", "text/html", "application/json"])
def test_a_feed_without_entries_is_one_where_feedparser_says_so(content_type: str) -> None:
    read = read_quickly(rss(""), content_type, URL)
    assert read is None or read == expected(rss(""), content_type)
    assert (read is not None) == (content_type in ("", "application/rss+xml"))


def test_more_entries_than_are_read_are_left_to_feedparser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sources.feed_quick.MAX_ENTRIES", 3)
    assert read_quickly(rss(ENTRY * 3), "", URL) is not None
    assert read_quickly(rss(ENTRY * 4), "", URL) is None


@pytest.mark.skipif("LISTENER_RECORDINGS" not in os.environ, reason="LISTENER_RECORDINGS names no folder of recordings")
@pytest.mark.parametrize("most", [10_000, pytest.param(10**9, marks=pytest.mark.soak)])
def test_every_recorded_feed_that_it_accepts_is_read_as_feedparser_does(most: int) -> None:
    accepted = 0
    for path in sorted(Path(os.environ["LISTENER_RECORDINGS"]).glob("feeds-*/**/*")):
        if path.is_file() and path.stat().st_size <= most:
            body = path.read_bytes()
            read = read_quickly(body, "", URL)
            accepted += read is not None
            assert read is None or read == expected(body), path
    assert accepted > 300


@pytest.mark.soak
def test_a_hundred_thousand_made_up_feeds_are_read_as_feedparser_does() -> None:
    for seed in range(100_000):
        body = feed(random.Random(f"soak {seed}"))
        read = read_quickly(body, "", URL)
        assert read is None or read == expected(body), body.decode()


ADDRESS_PIECES = [
    "http://", "https://", "HTTP://", "a.example", "/", "//", "..", ".", "?", "#", ";", "q=1", "é", "[", "]", "@",
    ":8080", "%20", " ", "\t", "\\", "x", "~", "&",
]  # fmt: skip


@given(
    st.lists(st.sampled_from(ADDRESS_PIECES), max_size=8),
    st.sampled_from(["http://site.example/blog/feed.xml", "https://site.example/f?x#y", ""]),
)
def test_an_address_that_is_whole_is_what_joining_gives(pieces: list[str], base: str) -> None:
    link = "".join(pieces)
    try:
        joined = urljoin(base, link.strip()) if link.strip() else ""
    except ValueError:
        joined = ""
    assert absolute(base, link) == joined
