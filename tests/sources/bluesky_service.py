"""Bluesky as its lexicons document it: the search for everyone, and a PDS that knows accounts."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import shlex
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sources.bluesky import Bluesky, BlueskySettings
from sources.contract import Gap
from sources.post import Post

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
START = int(NOW.timestamp()) * 1000
DID = "did:plc:abcdefghijklmnopqrstuvwx"
Reply = tuple[int, dict[str, str], bytes]

EDGE = b"<html><body><h1>403 Forbidden</h1>\nRequest forbidden by administrative rules.\n</body></html>"
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def iso(ms: int) -> str:
    return (datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=ms)).isoformat(timespec="milliseconds")[:-6] + "Z"


def millis(told: str) -> int:
    return (datetime.fromisoformat(told) - datetime.fromtimestamp(0, UTC)) // timedelta(milliseconds=1)


@dataclass
class Search:
    """searchPosts: the first page of a window, newest `sortAt` first; a second page is for logged-in people."""

    url: str = ""
    views: list[dict[str, Any]] = field(default_factory=list)
    indexed: dict[str, int] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)  # by moderators: found, and taken out of the page
    now: int = START
    cap: int = 100
    remaining: int = 2_900
    refuse_with: Reply | None = None
    asked: list[dict[str, str]] = field(default_factory=list)
    password: str = "abcd-efgh-ijkl-mnop"
    logins: list[dict[str, str]] = field(default_factory=list)
    renewals: int = 0
    access: str = ""
    refresh: str = ""
    refuse_login_with: Reply | None = None

    def route(self, path: str, params: dict[str, list[str]], token: str, method: str, body: bytes) -> Reply:
        """Answers anyone at /xrpc, and accounts with a token at /pds/xrpc."""
        pds, _, name = path.strip("/").rpartition("xrpc/")
        if method == "POST" and pds and name == "com.atproto.server.createSession":
            return self._log_in(json.loads(body))
        if method == "POST" and pds and name == "com.atproto.server.refreshSession":
            return self._renew(token, body)
        if method == "GET" and name == "app.bsky.feed.getPosts" and not pds:
            return self._posts(params.get("uris", []))
        if method != "GET" or name != "app.bsky.feed.searchPosts":
            return told_error(404, "XRPCNotSupported")
        if pds and (not self.access or token != self.access):
            return told_error(400, "ExpiredToken" if token else "AuthMissing")
        return self.answer({name: values[0] for name, values in params.items()}, logged_in=bool(pds))

    def expire(self) -> None:
        """The access token runs out; the refresh token does not."""
        self.access = "gone"

    def end_session(self) -> None:
        """Both tokens run out."""
        self.access = self.refresh = "gone"

    def _log_in(self, told: dict[str, str]) -> Reply:
        self.logins.append(told)
        if self.refuse_login_with is not None:
            return self.refuse_login_with
        if told != {"identifier": "jane.example", "password": self.password}:
            return told_error(401, "AuthenticationRequired")
        return self._session()

    def _renew(self, token: str, body: bytes) -> Reply:
        self.renewals += 1
        if body:
            return told_error(400, "InvalidRequest")
        return self._session() if token == self.refresh else told_error(400, "ExpiredToken")

    def _session(self) -> Reply:
        number = len(self.logins) * 100 + self.renewals
        self.access, self.refresh = f"access.{number}", f"refresh.{number}"
        told = {"accessJwt": self.access, "refreshJwt": self.refresh, "handle": "jane.example", "did": DID}
        return 200, {"content-type": "application/json"}, json.dumps(told).encode()

    def _posts(self, uris: list[str]) -> Reply:
        self.asked.append({"uris": " ".join(uris)})
        if self.refuse_with is not None:
            return self.refuse_with
        if not 1 <= len(uris) <= 25:
            return told_error(400, "InvalidRequest")
        found = [view for view in self.views if view["uri"] in uris and view["uri"] not in self.removed]
        return 200, {"content-type": "application/json"}, json.dumps({"posts": found}).encode()

    def answer(self, params: dict[str, str], logged_in: bool = False) -> Reply:
        self.asked.append(params)
        if self.refuse_with is not None:
            return self.refuse_with
        if "cursor" in params and not logged_in:
            return 403, {"content-type": "text/html"}, EDGE
        limit = int(params.get("limit", "25"))
        bounds = [params[name] for name in ("since", "until") if name in params]
        if not params.get("q") or not 1 <= limit <= 100 or not all(ISO.fullmatch(bound) for bound in bounds):
            return 400, {"content-type": "application/json"}, b'{"error":"InvalidRequest","message":"Error: bad"}'
        matches = self._filter(params)
        found = [view for view in self.views if self.indexed[view["uri"]] <= self.now and matches(view)]
        found.sort(key=lambda view: -sort_at(view))
        size = min(limit, self.cap)
        first = int(params.get("cursor", "0"))
        page = found[first : first + size]
        body: dict[str, Any] = {"posts": [view for view in page if view["uri"] not in self.removed]}
        if len(page) == size:
            body["cursor"] = str(first + size)
        headers = {
            "content-type": "application/json; charset=utf-8",
            "ratelimit-limit": "3000",
            "ratelimit-remaining": str(self.remaining),
            "ratelimit-reset": str(int(datetime.now(UTC).timestamp()) + 240),
            "ratelimit-policy": "3000;w=300",
        }
        return 200, headers, json.dumps(body).encode()

    def _filter(self, params: dict[str, str]) -> Callable[[dict[str, Any]], bool]:
        since, until = (millis(params[name]) if name in params else None for name in ("since", "until"))
        parts = shlex.split(params["q"])
        authors = {part[5:] for part in parts if part.startswith("from:")}
        words = [" ".join(re.findall(r"\w+", part.lower())) for part in parts if not part.startswith("from:")]

        def matches(view: dict[str, Any]) -> bool:
            at = sort_at(view)
            if (since is not None and at < since) or (until is not None and at >= until):
                return False
            text = f" {' '.join(re.findall(r'[a-z0-9]+', view['record']['text'].lower()))} "
            return authors <= {view["author"]["handle"]} and all(f" {word} " in text for word in words)

        return matches

    def add(
        self, number: int, created: int, *, lag: int = 0, text: str = "Acme rockets", **more: Any
    ) -> dict[str, Any]:
        record = {"$type": "app.bsky.feed.post", "createdAt": iso(created), "text": text, "langs": ["en"]}
        view = {
            "uri": f"at://{DID}/app.bsky.feed.post/3k{number}",
            "cid": f"bafy{number}",
            "author": {"did": DID, "handle": "jane.example", "displayName": "Jane", "labels": []},
            "record": record | more.pop("record", {}),
            "likeCount": 0,
            "replyCount": 0,
            "repostCount": 0,
            "quoteCount": 0,
            "indexedAt": iso(created + lag),
            "labels": [],
            **more,
        }
        self.views.append(view)
        self.indexed[view["uri"]] = created + lag
        return view


def told_error(status: int, error: str) -> Reply:
    return status, {"content-type": "application/json"}, json.dumps({"error": error, "message": "x"}).encode()


def sort_at(view: dict[str, Any]) -> int:
    return min(millis(view["record"]["createdAt"]), millis(view["indexedAt"]))


@contextlib.contextmanager
def serving(search: Search) -> Iterator[Search]:
    """Answers on this machine for as long as it is held."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("content-length", 0))
            asked = urlsplit(self.path)
            token = self.headers.get("authorization", "").removeprefix("Bearer ")
            body = self.rfile.read(length)
            status, headers, answer = search.route(asked.path, parse_qs(asked.query), token, self.command, body)
            self.send_response_only(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            pass

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    search.url = f"http://127.0.0.1:{httpd.server_port}"
    yield search
    httpd.shutdown()
    httpd.server_close()


def fresh(server: Search) -> None:
    server.__init__(url=server.url)  # type: ignore[misc]  # the same server, as if new


def opened(search: Search, **more: Any) -> Bluesky:
    told = {"kind": "bluesky", "name": "b", "base_url": search.url, "allow_private": True, "pace": "0s"}
    return BlueskySettings.model_validate(told | more).open()


@dataclass
class Reader:
    """Keeps what a source yields for one ask, as the poller does."""

    source: Bluesky
    search: Search
    ask: str = "acme"
    cursor: str | None = None
    yielded: list[Post] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    wishes: list[timedelta | None] = field(default_factory=list)

    def poll(self, at: int, pace: int = 0) -> None:
        asyncio.run(self._poll(at, pace))

    async def _poll(self, at: int, pace: int) -> None:
        for _ in range(500):
            self.search.now = at
            page = await self.source.fetch(self.ask, self.cursor, datetime.fromtimestamp(at / 1000, UTC))
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
        return {
            view["uri"]
            for view in self.search.views
            if self.search.indexed[view["uri"]] <= began
            and sort_at(view) >= since
            and view["uri"] not in self.ids()
            and not any(self._told(gap, sort_at(view)) for gap in self.gaps)
        }

    def _told(self, gap: Gap, at: int) -> bool:
        time = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=at)
        return (gap.since is None or gap.since <= time) and (gap.until is None or time < gap.until)
