"""Answers as services sent them, where LISTENER_RECORDINGS names a folder of recordings: nothing is lost.

`recordings.json` says of every file which way it is read and what stands in it: how many posts, and how many of them
tell an author, a time, a text and a link, how many counts of likes, replies, reposts and views they tell in all, and
how many tell a language; or why no source reads it. It was counted with the json, csv and email modules by the names of
the fields alone, so that our own reading is not judged by itself. Feeds have a list of their own
(`feed_recordings.json`); lists of feeds (OPML) tell how many addresses they hold.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import os
from collections import Counter
from collections.abc import AsyncIterator, Callable, Container, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from imap_service import PASSWORD, USER, ImapService
from msgspec.structs import replace
from recorded_files import exchanges

from sources.contract import EVERYTHING, Page
from sources.event_stream import events_of
from sources.http import Answer, HttpDoor
from sources.jetstream_reading import Batch, Place, Reading
from sources.library_door import LibraryDoor
from sources.mastodon_ids import SeenIds
from sources.mastodon_stream import page_of_events
from sources.opml import NoOpml, read_opml
from sources.post import Post, PostKey
from sources.registry import settings_class

RECORDINGS = os.environ.get("LISTENER_RECORDINGS", "")
MANIFEST: dict[str, list[Any] | str] = json.loads(Path(__file__).with_name("recordings.json").read_text("utf-8"))
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
FIELDS = ("posts", "authors", "times", "texts", "links", "counts", "languages")

pytestmark = pytest.mark.skipif(not RECORDINGS, reason="LISTENER_RECORDINGS names no folder of recordings")

Exchanges = Sequence[tuple[str, bytes]]


def opened(kind: str, **settings: Any) -> Any:
    return settings_class(kind).model_validate({"kind": kind, "name": "recorded", **settings}).open()


def fetched(source: Any, ask: str, told: Any, monkeypatch: pytest.MonkeyPatch) -> list[Post]:
    """What one fetch gives where whatever is asked is answered with `told`."""
    return _with_answer(told, lambda: source.fetch(ask, None, NOW), monkeypatch)


def _with_answer(told: Any, step: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> list[Post]:
    answer = Answer(status=200, url="https://service.example/", headers={}, body=json.dumps(told).encode())

    async def by_http(_: HttpDoor, url: str, accept: Container[int] = (200,), **__: Any) -> Answer:
        return answer

    async def by_library(_: LibraryDoor, __: Any) -> list[Answer]:
        return [answer]

    with monkeypatch.context() as doors:
        doors.setattr(HttpDoor, "get", by_http)
        doors.setattr(HttpDoor, "post", by_http)
        doors.setattr(LibraryDoor, "ask", by_library)
        page: Page = asyncio.run(step())
    assert not page.notes, page.notes
    return list(page.posts)


def _documents(told: Exchanges) -> list[tuple[str, Any]]:
    found = []
    for uri, body in told:
        try:
            found.append((uri, json.loads(body)))
        except ValueError:
            continue
    return found


def _is_status(one: Any) -> bool:
    return isinstance(one, dict) and {"content", "account", "visibility"} <= one.keys()


def read_mastodon(told: Exchanges, monkeypatch: pytest.MonkeyPatch) -> list[Post]:
    posts: list[Post] = []
    tags = opened("mastodon", instances=["home.example"], tags=["acme"])
    search = opened("mastodon", instances=["home.example"], token="t")
    for _, answer in _documents(told):
        if isinstance(answer, dict) and isinstance(answer.get("statuses"), list) and "hashtags" in answer:
            if all(map(_is_status, answer["statuses"])):
                posts += fetched(search, "home.example/search:acme", answer, monkeypatch)
            continue
        statuses = answer
        if isinstance(answer, dict):
            thread = [*answer.get("ancestors", ()), *answer.get("descendants", ())]
            statuses = [answer] if _is_status(answer) else thread
        if statuses and all(map(_is_status, statuses)):
            posts += fetched(tags, "home.example/acme", statuses, monkeypatch)
    for uri, body in told:
        if "/streaming/" in uri:
            posts += asyncio.run(_streamed(body))
    return posts


async def _streamed(body: bytes) -> list[Post]:
    async def pieces() -> AsyncIterator[bytes]:
        yield body + b"\n\n"

    seen = SeenIds()
    return [
        post
        async for events in events_of(pieces(), "home.example")
        for post in page_of_events(events, "home.example", NOW, seen).posts
    ]


def read_bluesky(told: Exchanges, monkeypatch: pytest.MonkeyPatch) -> list[Post]:
    posts: list[Post] = []
    for _, answer in _documents(told):
        if isinstance(answer, list):
            views = answer
        elif "feed" in answer:
            views = [item["post"] for item in answer["feed"]]
        elif "thread" in answer:
            views = [item["post"] for item in (answer["thread"], *answer["thread"].get("replies", ()))]
        else:
            views = answer["posts"]
        posts += fetched(opened("bluesky", pace="0s"), "acme", {"posts": views}, monkeypatch)
    return posts


def read_frames(told: Exchanges, monkeypatch: pytest.MonkeyPatch) -> list[Post]:
    frames = [frame for _, told in _documents(told) for frame in (told if isinstance(told, list) else [told])]
    waiting = [json.dumps(frame).encode() for frame in frames]

    class Lines:
        async def next(self) -> bytes | None:
            return waiting.pop(0) if waiting else None

    lines: Any = Lines()
    reading = Reading(lines, Place(host="wss://stream.example", since=None), None, lambda: NOW)
    batch = Batch()

    async def gather() -> None:
        while waiting:
            await reading.gather(batch, 1.0)

    asyncio.run(gather())
    page = reading.page(batch)
    assert not page.notes
    return list(page.posts)


def read_hackernews(told: Exchanges, monkeypatch: pytest.MonkeyPatch) -> list[Post]:
    return fetched(opened("hackernews", backfill="3650d"), "acme", json.loads(told[0][1]), monkeypatch)


def read_hackernews_again(told: Exchanges, monkeypatch: pytest.MonkeyPatch) -> list[Post]:
    item = json.loads(told[0][1])
    keys = [PostKey("hackernews", "news.ycombinator.com", str(item["id"]))]
    return _with_answer(item, lambda: opened("hackernews").recheck(keys, NOW), monkeypatch)


def read_discourse(told: Exchanges, monkeypatch: pytest.MonkeyPatch) -> list[Post]:
    answer = json.loads(told[0][1])
    items = [answer] if "cooked" in answer else answer.get("latest_posts") or answer["post_stream"]["posts"]
    forum = opened("discourse", base_url="https://forum.example", backfill="3650d")
    return fetched(forum, EVERYTHING, {"latest_posts": items}, monkeypatch)


def read_github(told: Exchanges, monkeypatch: pytest.MonkeyPatch) -> list[Post]:
    posts: list[Post] = []
    for _, answer in _documents(told):
        items = answer.get("items", [answer]) if isinstance(answer, dict) else answer
        if items and all({"number", "title", "user"} <= item.keys() for item in items):
            searched = {"total_count": len(items), "incomplete_results": False, "items": items}
            posts += fetched(opened("github"), "is:issue acme", searched, monkeypatch)
    return posts


def read_discussions(told: Exchanges, monkeypatch: pytest.MonkeyPatch) -> list[Post]:
    posts: list[Post] = []
    for _, answer in _documents(told):
        data = answer.get("data") or {}
        nodes = [data["node"]] if "node" in data else data.get("repository", {}).get("discussions", {}).get("nodes", [])
        if nodes:
            page = {"hasNextPage": False, "endCursor": None}
            searched = {"discussionCount": len(nodes), "pageInfo": page, "nodes": nodes}
            source = opened("github", token="t", backfill="3650d")
            posts += fetched(source, "is:discussion acme", {"data": {"search": searched}}, monkeypatch)
    return posts


def read_stackexchange(told: Exchanges, monkeypatch: pytest.MonkeyPatch) -> list[Post]:
    return fetched(opened("stackexchange"), "stackoverflow/acme", json.loads(told[0][1]), monkeypatch)


def read_appstore(told: Exchanges, monkeypatch: pytest.MonkeyPatch) -> list[Post]:
    return fetched(opened("appstore", app=1404176564, countries=["jp"]), "jp", json.loads(told[0][1]), monkeypatch)


def read_youtube(told: Exchanges, monkeypatch: pytest.MonkeyPatch) -> list[Post]:
    answer = json.loads(told[0][1])
    items = answer.get("items", [answer])
    kind = items[0]["kind"].partition("#")[2]
    channel = "UC" + "a" * 22
    source = opened("youtube", key="k", channel=channel, backfill="3650d")
    if kind == "searchResult":
        videos = [item for item in items if "videoId" in item["id"]]
        return fetched(source, "acme", {"kind": "youtube#searchListResponse", "items": videos}, monkeypatch)
    if kind == "commentThread":
        threads = {"kind": "youtube#commentThreadListResponse", "items": items}
        return fetched(source, f"channel:{channel}", threads, monkeypatch)
    keys = [PostKey("youtube", "www.youtube.com", item["id"]) for item in items]
    return _with_answer({"items": items}, lambda: source.recheck(keys, NOW), monkeypatch)


def read_reddit(told: Exchanges, monkeypatch: pytest.MonkeyPatch) -> list[Post]:
    settings = {"client_id": "i", "client_secret": "s", "user_agent": "linux:listener:1", "backfill": "365d"}
    posts: list[Post] = []
    for _, answer in _documents(told):
        for listing in answer if isinstance(answer, list) else [answer]:
            if isinstance(listing, dict) and listing.get("kind") == "Listing":
                children = [child for child in listing["data"]["children"] if child["kind"] in ("t1", "t3")]
                children = [child for child in children if child["data"]["id"] != "MISMATCH"]  # altered by hand
                page = {"kind": "Listing", "data": {"children": children}}
                posts += fetched(opened("reddit", **settings), "search all (acme)", page, monkeypatch)
    return posts


def read_x(told: Exchanges, monkeypatch: pytest.MonkeyPatch) -> list[Post]:
    posts: list[Post] = []
    source = opened("x", bearer_token="t", monthly_budget_usd="5")
    for _, answer in _documents(told):
        if isinstance(answer, dict) and "data" in answer:
            items = answer["data"] if isinstance(answer["data"], list) else [answer["data"]]
            if all("text" in item for item in items):
                posts += fetched(source, "search acme", {**answer, "data": items}, monkeypatch)
    return posts


READERS: dict[str, Callable[[Exchanges, pytest.MonkeyPatch], list[Post]]] = {
    "appstore": read_appstore,
    "bluesky": read_bluesky,
    "discourse": read_discourse,
    "discussions": read_discussions,
    "frames": read_frames,
    "github": read_github,
    "hackernews": read_hackernews,
    "hackernews again": read_hackernews_again,
    "mastodon": read_mastodon,
    "reddit": read_reddit,
    "stackexchange": read_stackexchange,
    "x": read_x,
    "youtube": read_youtube,
}


def told_by(posts: Sequence[Post]) -> list[int]:
    """How many posts there are, and how many of them tell what `FIELDS` name."""
    return [
        len(posts),
        sum(bool(post.author.handle or post.author.name or post.author.id) for post in posts),
        sum(post.published_at is not None for post in posts),
        sum(bool(post.text or post.title) for post in posts),
        sum(bool(post.url) for post in posts),
        sum(count is not None for post in posts for count in _counts(post)),
        sum(bool(post.lang) for post in posts),
    ]


def _counts(post: Post) -> tuple[int | None, ...]:
    seen = post.engagement
    return seen.likes, seen.replies, seen.reposts, seen.views


def lost(name: str, posts: Sequence[Post]) -> str:
    """What of a file is missing, in words; "" where all is there."""
    expected, had = list(MANIFEST[name][1:]), told_by(posts)
    if had[0] != expected[0]:
        return f"{had[0]} posts, not {expected[0]}"
    missing = [field for field, there, told in zip(FIELDS, had, expected, strict=True) if there < told]
    return f"lost {', '.join(missing)}: {had}, not {expected}" if missing else ""


def files_read(way: str) -> list[str]:
    return [name for name, told in MANIFEST.items() if isinstance(told, list) and told[0] == way]


@pytest.mark.parametrize("way", sorted(READERS))
def test_every_recorded_answer_gives_every_post_with_all_it_tells(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    read = {name: READERS[way](exchanges(Path(RECORDINGS) / name), monkeypatch) for name in files_read(way)}
    assert read
    assert {name: words for name, posts in read.items() if (words := lost(name, posts))} == {}


ARRIVED = NOW - timedelta(minutes=1)


def test_every_recorded_mail_is_read_from_its_folder() -> None:
    names = files_read("mail")
    with ImapService() as service:
        for name in names:
            service.inbox.add((Path(RECORDINGS) / name).read_bytes(), ARRIVED)
        settings = {"host": "127.0.0.1", "port": service.port, "tls": "none", "username": USER, "password": PASSWORD}
        source = opened("imap", allow_private=True, automatic=True, **settings)
        posts: list[Post] = []
        cursor = None
        while len(posts) < len(names):
            page: Page = asyncio.run(source.fetch("INBOX", cursor, NOW))
            posts += page.posts
            cursor = page.cursor
            assert page.posts
    # a mail that tells no time has that of its arrival, which is no finding of ours
    told = [replace(post, published_at=None) if post.published_at == ARRIVED else post for post in posts]
    assert {name: words for name, post in zip(names, told, strict=True) if (words := lost(name, [post]))} == {}


COLUMNS = {
    "table goat": {"review": "text", "date": "published_at"},
    "table jl": {"author": "author_name", "comment": "text", "like_count": "likes"},
    "table sky": {
        "DID": "author_id", "Handle": "author_handle", "Display Name": "author_name", "CreatedAt": "published_at",
        "Text": "text", "ReplyCount": "replies", "RepostCount": "reposts", "LikeCount": "likes",
    },
    "table sony": {"author": "author_name", "comment": "text"},
    "table tweets": {
        "tweet_id": "external_id", "name": "author_handle", "tweet_created": "published_at", "retweet_count": "reposts",
    },
}  # fmt: skip
"""What a person would call the columns, so that they are read."""

NO_POSTS = {"streams-e2e/bluesky_left_twitter/bluesky_posts.csv.gz": 3}
"""Rows with neither a word, nor a link, nor an id: pictures alone."""


@pytest.mark.parametrize("way", sorted(COLUMNS))
def test_every_recorded_table_is_read_row_by_row(way: str, tmp_path: Path) -> None:
    for name in files_read(way):
        raw = (Path(RECORDINGS) / name).read_bytes()
        raw = gzip.decompress(raw) if name.endswith(".gz") else raw
        header, _, rows = raw.partition(b"\n")
        columns = [COLUMNS[way].get(column, column) for column in header.decode("utf-8-sig").strip().split(",")]
        (tmp_path / "posts.csv").write_bytes(",".join(columns).encode() + b"\n" + rows)
        source = opened("file", path=tmp_path / "posts.csv")
        posts: list[Post] = []
        notes: list[str] = []
        cursor: str | None = None
        more = True
        while more:
            page: Page = asyncio.run(source.fetch(EVERYTHING, cursor, NOW))
            posts += page.posts
            notes += page.notes
            cursor, more = page.cursor, page.more
        assert lost(name, posts) == ""
        assert len(notes) == NO_POSTS.get(name, 0), notes


NOT_WELL_FORMED = "feeds-parsers-expected/listparser-opml/malformed/"
"""Lists that are refused with the line of their mistake, for a person to mend."""


def test_every_recorded_list_of_feeds_is_read() -> None:
    wrong: dict[str, int | str] = {}
    for name in files_read("opml"):
        try:
            found: int | str = len(read_opml((Path(RECORDINGS) / name).read_bytes())[0])
        except NoOpml as error:
            found = str(error)
        mistaken = name.startswith(NOT_WELL_FORMED) and "not well-formed (line" in str(found)
        if found != MANIFEST[name][1] and not mistaken:
            wrong[name] = found
    assert wrong == {}


def test_every_recorded_file_is_accounted_for() -> None:
    """Recordings of help desks belong to no source."""
    feeds = json.loads(Path(__file__).with_name("feed_recordings.json").read_text("utf-8"))
    found = [path for path in Path(RECORDINGS).glob("*/**/*") if path.is_file() and path.name != "NOTICE.txt"]
    names = {str(path.relative_to(RECORDINGS)) for path in found}
    assert {name for name in names if not name.startswith("helpdesk-")} == MANIFEST.keys() | feeds.keys()
    assert not MANIFEST.keys() & feeds.keys()
    ways = Counter(told[0] for told in MANIFEST.values() if isinstance(told, list))
    assert ways.keys() == {*READERS, *COLUMNS, "mail", "opml"}
    assert all(told for told in MANIFEST.values())
