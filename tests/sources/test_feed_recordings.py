"""Feeds as publishers sent them, where LISTENER_RECORDINGS names a folder of recordings: nothing is lost or repeated.

`feed_recordings.json` says how many entries each file has, and how many of those have a date and a link: counted with
lxml by element names alone, without any feed parser, so that ours is not judged by itself.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from xml.etree import ElementTree

import pytest

from sources.contract import EVERYTHING, SourceUnavailable
from sources.feed import FeedSettings
from sources.feed_document import read_document
from sources.http import Answer

RECORDINGS = os.environ.get("LISTENER_RECORDINGS", "")
COUNTED: dict[str, list[int]] = json.loads(Path(__file__).with_name("feed_recordings.json").read_text("utf-8"))
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

MORE_ENTRIES = {
    "feeds-parsers-expected/node-feedparser/illegally-nested.xml": "its items stand inside one another; each is read",
}
NO_DATE = {
    "feeds-parsers-expected/feed-rs/rss2/rss_2.0_ilmessaggero.xml": "an Italian date: mer, 16 nov 2022",
    "feeds-parsers-expected/reader/invalid.json": "the date is the word 'invalid'",
}
NO_LINK = {
    "feeds-gofeed/parser/rss/rss_channel_item_uri_at_protocol.xml": "at://, which no browser follows",
    "feeds-gofeed/translator/atom/feed_item_enclosure_-_atom10_feed_entry_link_rel_enclosure.xml": "a file, no page",
    "feeds-parsers-expected/feed-rs/rss1/rss_1.0_example_1.xml": "words in the place of an address",
    "feeds-parsers-expected/node-feedparser/atom-with-tag-uri-links.xml": "tag:, which no browser follows",
    "feeds-parsers-expected/node-feedparser/complexNamespaceFeed.xml": "links to itself and to other pages of the feed",
    "feeds-parsers-expected/reader/invalid.json": "the address is a number",
}

pytestmark = pytest.mark.skipif(not RECORDINGS, reason="LISTENER_RECORDINGS names no folder of recordings")


@pytest.mark.parametrize("folder", sorted({name.partition("/")[0] for name in COUNTED}))
def test_every_recorded_feed_gives_every_entry_with_its_time_and_its_link(folder: str) -> None:
    wrong = {}
    for name, (entries, dated, linked) in COUNTED.items():
        if not name.startswith(f"{folder}/"):
            continue
        body = (Path(RECORDINGS) / name).read_bytes()
        try:
            read = read_document(Answer(status=200, url="https://site.example/f", headers={}, body=body), "it").entries
        except SourceUnavailable:
            read = []  # such as an error in the place of a feed: right where there is nothing in it to be read
        had = [len(read), sum(one.published is not None for one in read), sum(bool(one.link) for one in read)]
        right = had[0] == entries or name in MORE_ENTRIES
        right = right and (had[1] >= dated or name in NO_DATE) and (had[2] >= linked or name in NO_LINK)
        if not right:
            wrong[name] = had
    assert wrong == {}


@pytest.fixture
def published() -> Iterator[tuple[str, list[bytes]]]:
    """An address that answers with the last of a list of documents."""
    documents: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/xml")
            self.end_headers()
            self.wfile.write(documents[-1])

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/feed", documents
    server.shutdown()
    server.server_close()


def entries_of(body: bytes) -> dict[str, tuple[str, ...]]:
    """Each item's guid, else its link, with what a reader would see change; read by no feed parser."""
    found = {}
    for item in ElementTree.fromstring(body).iter("item"):
        said = {
            name: " ".join((item.findtext(name) or "").split()) for name in ("guid", "title", "link", "description")
        }
        found[said["guid"] or said["link"]] = (said["title"], said["link"], said["description"])
    return found


@pytest.mark.parametrize("series", ["bbc_world", "aljazeera", "nyt_home"])
def test_a_feed_polled_again_and_again_gives_each_post_once_and_each_change_as_an_update(
    series: str, published: tuple[str, list[bytes]]
) -> None:
    url, documents = published
    source = FeedSettings(kind="feed", name=series, url=url, allow_private=True).open()
    files = sorted((Path(RECORDINGS) / "feeds-multilang/poll-series" / series).iterdir())
    assert len(files) >= 3
    cursor: str | None = None
    known: dict[str, tuple[str, ...]] = {}
    names: set[tuple[str, str]] = set()
    for number, file in enumerate(files):
        for again in range(2):  # and what has not changed since is not given again
            documents.append(file.read_bytes())
            page = asyncio.run(source.fetch(EVERYTHING, cursor, NOW + timedelta(hours=number, minutes=again)))
            there = entries_of(documents[-1])
            expected = sorted(guid for guid, said in there.items() if known.get(guid) != said)
            assert sorted(post.external_id for post in page.posts) == expected, file.name
            known |= there
            names |= {(post.instance, post.external_id) for post in page.posts}
            cursor = page.cursor
    assert len(names) == len(known), "no post came under two names"
    asyncio.run(source.close())
