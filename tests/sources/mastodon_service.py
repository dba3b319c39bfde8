"""Instances of Mastodon, as docs.joinmastodon.org documents them: timelines, the search, streams."""

from __future__ import annotations

import asyncio
import contextlib
import json
import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from sources.contract import Gap
from sources.mastodon import Mastodon, MastodonSettings
from sources.mastodon_walk import time_at
from sources.post import Post

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
START = int(NOW.timestamp())
TOKEN = "a-token-of-mastodon-social"
Reply = tuple[int, dict[str, str], bytes]


@dataclass
class Instance:
    """One instance: statuses by tag, shown once they have arrived, `most` at a time at the most."""

    statuses: list[dict[str, Any]] = field(default_factory=list)
    arrived: dict[str, int] = field(default_factory=dict)
    refuse_with: Reply | None = None
    remaining: int = 290
    most: int = 40
    deaf: bool = False  # to min_id
    deleted: dict[str, int] = field(default_factory=dict)
    blocked: set[str] = field(default_factory=set)  # statuses that the token's account may not see
    is_closed: bool = False  # to people without an account there
    about: Reply | None = None

    def timeline(self, tag: str, params: dict[str, str], now: int) -> Reply:
        if self.refuse_with is not None:
            return self.refuse_with
        found = [
            status
            for status in self.statuses
            if tag.lower() in {tagged["name"] for tagged in status["tags"]} and self.arrived[status["id"]] <= now
        ]
        found.sort(key=lambda status: int(status["id"]), reverse=True)
        limit = min(int(params.get("limit", "20")), 40, self.most)
        if "max_id" in params:
            found = [status for status in found if int(status["id"]) < int(params["max_id"])]
        if "since_id" in params:
            found = [status for status in found if int(status["id"]) > int(params["since_id"])]
        if "min_id" in params and not self.deaf:
            found = [status for status in found if int(status["id"]) > int(params["min_id"])][-limit:]
        reset = datetime.fromtimestamp(now + 120, UTC).isoformat()
        headers = {"x-ratelimit-limit": "300", "x-ratelimit-remaining": str(self.remaining), "x-ratelimit-reset": reset}
        return 200, headers, json.dumps(found[:limit]).encode()

    def search(self, params: dict[str, str], token: str, now: int) -> Reply:
        """All words must be there. What the account may not see is taken out of a page after it was counted."""
        if self.refuse_with is not None:
            return self.refuse_with
        if not token and "offset" in params:
            return 401, {}, b'{"error":"Search queries pagination is not supported without authentication"}'
        words = params["q"].replace('"', "").lower().split()
        found = [
            status
            for status in self.statuses
            if self.arrived[status["id"]] <= now < self.deleted.get(status["id"], 10**12)
            and all(word in status["content"].lower() for word in words)
        ]
        found.sort(key=lambda status: int(status["id"]), reverse=True)
        first = int(params.get("offset", "0"))
        page = found[first : first + min(int(params["limit"]), self.most)]
        kept = [status for status in page if status["id"] not in self.blocked]
        return 200, {}, json.dumps({"accounts": [], "hashtags": [], "statuses": kept}).encode()

    def several(self, ids: list[str], token: str) -> Reply:
        if self.refuse_with is not None:
            return self.refuse_with
        if self.is_closed and not token:
            return 401, {}, b'{"error":"This method requires an authenticated user"}'
        if len(ids) > 20:
            return 422, {}, b'{"error":"Validation failed"}'
        hidden = self.blocked if token else set()
        found = [status for status in self.statuses if status["id"] in ids and status["id"] not in self.deleted]
        found = [status for status in found if status["id"] not in hidden]
        return 200, {}, json.dumps(found).encode()

    def add(
        self, number: int, at: float, *, lag: float = 0, tags: tuple[str, ...] = ("acme",), **more: Any
    ) -> dict[str, Any]:
        """A status from `at`, which reaches the instance `lag` seconds later. Its id tells the former."""
        told = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        status = {
            "id": str((int(at * 1000) << 16) + number % 65_536),
            "created_at": told,
            "in_reply_to_id": None,
            "spoiler_text": "",
            "visibility": "public",
            "language": "en",
            "uri": f"https://far.example/users/jane/statuses/{number}",
            "url": f"https://far.example/@jane/{number}",
            "replies_count": 0,
            "reblogs_count": 0,
            "favourites_count": 0,
            "edited_at": None,
            "content": '<p>Love <a href="https://far.example/tags/acme" class="hashtag">#<span>acme</span></a></p>',
            "reblog": None,
            "account": account(),
            "tags": [{"name": tag, "url": f"https://far.example/tags/{tag}"} for tag in tags],
            **more,
        }
        self.statuses.append(status)
        self.arrived[status["id"]] = int(at + lag)
        return status


def account(**more: Any) -> dict[str, Any]:
    return {
        "id": "1",
        "username": "jane",
        "acct": "jane@far.example",
        "display_name": "Jane",
        "uri": "https://far.example/users/jane",
        "url": "https://far.example/@jane",
        "note": "<p>Hi</p>",
        "followers_count": 12,
        "fields": [],
    } | more


@dataclass
class Fediverse:
    """Several instances behind one loopback server, each below its own path."""

    url: str = ""
    now: int = START
    instances: dict[str, Instance] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    said: queue.Queue[bytes | None] = field(default_factory=queue.Queue)
    streams_opened: list[tuple[str, str, str]] = field(default_factory=list)
    refuse_stream_with: Reply | None = None

    def stream(self, handler: BaseHTTPRequestHandler, path: str, told: dict[str, list[str]], token: str) -> None:
        """Sends what `said` holds, piece by piece, until None."""
        self.streams_opened.append((path, told.get("tag", [""])[0], token))
        status, headers, body = self.refuse_stream_with or (200, {"content-type": "text/event-stream"}, b":)\n")
        if token != TOKEN:
            status, headers, body = 401, {}, b'{"error":"Error: Access token does not exist"}'
        handler.send_response_only(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)
        while status == 200 and (piece := self.said.get()) is not None:
            handler.wfile.write(piece)
            handler.wfile.flush()

    def __getitem__(self, host: str) -> Instance:
        return self.instances.setdefault(host, Instance())

    def answer(self, path: str, told: dict[str, list[str]], token: str) -> Reply:
        host, _, rest = path.strip("/").partition("/")
        params = {name: values[0] for name, values in told.items()}
        prefix = "api/v1/timelines/tag/"
        if token and token != TOKEN:
            return 401, {}, b'{"error":"The access token is invalid"}'
        if rest == "api/v2/instance":
            return self[host].about or (404, {}, b'{"error":"Not found"}')
        if rest == "api/v2/search":
            self.asked.append((host, params.get("q", ""), params))
            return self[host].search(params, token, self.now)
        if rest == "api/v1/statuses":
            self.asked.append((host, " ".join(told.get("id[]", [])), params))
            return self[host].several(told.get("id[]", []), token)
        if not rest.startswith(prefix):
            return 404, {}, b'{"error":"Not found"}'
        tag = unquote(rest.removeprefix(prefix))
        self.asked.append((host, tag, params))
        return self[host].timeline(tag, params, self.now)


@contextlib.contextmanager
def serving(fediverse: Fediverse) -> Iterator[Fediverse]:
    """Answers on this machine for as long as it is held."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            token = self.headers.get("authorization", "").removeprefix("Bearer ")
            if "/api/v1/streaming/" in asked.path:
                fediverse.stream(self, asked.path, parse_qs(asked.query), token)
                return
            status, headers, body = fediverse.answer(asked.path, parse_qs(asked.query), token)
            self.send_response_only(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    fediverse.url = f"http://127.0.0.1:{httpd.server_port}/{{instance}}"
    yield fediverse
    httpd.shutdown()
    httpd.server_close()


def fresh(server: Fediverse) -> None:
    server.__init__(url=server.url)  # type: ignore[misc]  # the same server, as if new


def opened(fediverse: Fediverse, **more: Any) -> Mastodon:
    told = {"kind": "mastodon", "name": "m", "base_url": fediverse.url, "allow_private": True}
    return MastodonSettings.model_validate(told | more).open()


@dataclass
class Reader:
    """Keeps what a source yields for one ask, as the poller does."""

    source: Mastodon
    fediverse: Fediverse
    ask: str = "mastodon.social/acme"
    cursor: str | None = None
    yielded: list[Post] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    wishes: list[timedelta | None] = field(default_factory=list)

    def poll(self, at: int, pace: int = 0) -> None:
        asyncio.run(self._poll(at, pace))

    async def _poll(self, at: int, pace: int) -> None:
        for _ in range(500):
            self.fediverse.now = at
            page = await self.source.fetch(self.ask, self.cursor, datetime.fromtimestamp(at, UTC))
            self.yielded += page.posts
            self.gaps += page.gaps
            self.notes += page.notes
            self.wishes.append(page.next_check)
            self.cursor = page.cursor
            at += pace
            if not page.more:
                await self.source.close()
                return
        raise AssertionError("the walk does not end")

    def ids(self) -> set[str]:
        return {post.external_id for post in self.yielded}

    def missing(self, began: int, since: int) -> set[str]:
        instance = self.fediverse[self.ask.partition("/")[0]]
        return {
            status["uri"]
            for status in instance.statuses
            if instance.arrived[status["id"]] <= began
            and int(status["id"]) >> 16 >= since * 1000
            and status["uri"] not in self.ids()
            and not any(self._told(gap, int(status["id"])) for gap in self.gaps)
        }

    def _told(self, gap: Gap, status_id: int) -> bool:
        time = time_at(status_id)
        assert time is not None
        return (gap.since is None or gap.since <= time) and (gap.until is None or time <= gap.until)
