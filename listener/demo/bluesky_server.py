"""Bluesky's search, as it answers people who are not logged in."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from listener.demo.loopback import Allowance, Clock, LoopbackServer, Reply, Request, json_reply
from listener.demo.told import TAG, Account, BlueskyPost

POSTS, MOST_POSTS = 25, 100
REQUESTS, WINDOW = 3_000, timedelta(minutes=5)
INDEXED_AFTER = timedelta(seconds=2)

_FORBIDDEN = b"<html><body><h1>403 Forbidden</h1>\nRequest forbidden by administrative rules.\n</body></html>\n"
_LETTERS = "234567abcdefghijklmnopqrstuvwxyz"  # base32-sortable (atproto.com/specs/tid)
_PART = re.compile(r'"([^"]*)"|(\S+)')
_WORD = re.compile(r"[a-z0-9]+|[^\W_a-z0-9]+")
_TAG = re.compile(rf"#({TAG})")
_LINK = re.compile(r"https?://\S+")


class BlueskyServer(LoopbackServer):
    """Answers app.bsky.feed.searchPosts: the first page to anyone, `cursor` to nobody (403), newest first.

    `since` is inclusive, `until` exclusive; both go by the earlier of the author's time and the time of indexing.
    """

    def __init__(self, posts: Sequence[BlueskyPost], clock: Clock) -> None:
        super().__init__(self._search, clock)
        self._posts = sorted(posts, key=lambda post: post.at, reverse=True)
        self._allowance = Allowance(REQUESTS, WINDOW, clock)

    def _search(self, request: Request) -> Reply:
        if request.path != "/xrpc/app.bsky.feed.searchPosts":
            return json_reply({"error": "XRPCNotSupported", "message": "XRPCNotSupported"}, 404)
        allowed, remaining, reset = self._allowance.take()
        headers = {
            "ratelimit-limit": str(REQUESTS),
            "ratelimit-remaining": str(remaining),
            "ratelimit-reset": str(int(reset.timestamp())),
            "ratelimit-policy": f"{REQUESTS};w={int(WINDOW.total_seconds())}",
        }
        if not allowed:
            return json_reply({"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}, 429, headers)
        if request.one("cursor"):
            return Reply(status=403, body=_FORBIDDEN, headers={"content-type": "text/html"})
        try:
            limit, since, until = _bounds(request)
        except ValueError as error:
            return json_reply({"error": "InvalidRequest", "message": f"Error: {error}"}, 400, headers)
        now = self.clock()
        found = [
            post
            for post in self._posts
            if post.at + INDEXED_AFTER <= now
            and (since is None or post.at >= since)
            and (until is None or post.at < until)
            and _matches(request, post)
        ]
        if request.one("sort") == "top":
            found.sort(key=lambda post: post.likes, reverse=True)
        answer: dict[str, Any] = {"posts": [view(post) for post in found[:limit]], "hitsTotal": len(found)}
        if len(found) > limit:
            answer["cursor"] = str(limit)
        return json_reply(answer, 200, headers)


def view(post: BlueskyPost) -> dict[str, Any]:
    """The post as app.bsky.feed.defs#postView tells it."""
    did = did_of(post.account)
    uri = f"at://{did}/app.bsky.feed.post/{tid(post)}"
    record: dict[str, Any] = {
        "$type": "app.bsky.feed.post",
        "text": post.text,
        "createdAt": _time(post.at),
        "langs": list(post.langs),
    }
    facets = _facets(post.text)
    if facets:
        record["facets"] = facets
    if post.answers:
        parent = {"uri": f"at://{did}/app.bsky.feed.post/{'2' * 13}", "cid": _cid("parent")}
        record["reply"] = {"root": parent, "parent": parent}
    return {
        "uri": uri,
        "cid": _cid(uri),
        "author": {
            "did": did,
            "handle": post.account.handle,
            "displayName": post.account.name,
            "avatar": f"https://cdn.bsky.app/img/avatar/plain/{did}/{_cid(did)}@jpeg",
            "labels": [],
            "createdAt": "2024-02-06T12:00:00.000Z",
        },
        "record": record,
        "replyCount": post.replies,
        "repostCount": post.reposts,
        "likeCount": post.likes,
        "quoteCount": 0,
        "bookmarkCount": 0,
        "indexedAt": _time(post.at + INDEXED_AFTER),
        "labels": [{"src": did, "uri": uri, "val": label, "cts": _time(post.at)} for label in post.labels],
    }


def did_of(account: Account) -> str:
    """An account's lasting name (did:plc: and 24 letters), made from its handle."""
    digest = int.from_bytes(hashlib.sha256(account.handle.encode()).digest()[:15], "big")
    return "did:plc:" + "".join(_LETTERS[digest >> 5 * place & 31] for place in range(24))


def tid(post: BlueskyPost) -> str:
    """A post's key: 13 letters that grow with its time, microseconds and a clock id (atproto.com/specs/tid)."""
    clock_id = int.from_bytes(hashlib.sha256(f"{post.account.handle}{post.text}".encode()).digest()[:2], "big") & 1023
    number = int(post.at.timestamp() * 1_000_000) << 10 | clock_id
    return "".join(_LETTERS[number >> 5 * place & 31] for place in reversed(range(13)))


def _bounds(request: Request) -> tuple[int, datetime | None, datetime | None]:
    """How many, since and until when. Raises ValueError with the service's words."""
    if not request.one("q").strip():
        raise ValueError('Params must have the property "q"')
    text = request.one("limit") or str(POSTS)
    if not text.isdigit() or not 1 <= int(text) <= MOST_POSTS:
        raise ValueError(f"limit can not be {'greater than 100' if text.isdigit() and int(text) else 'less than 1'}")
    times: list[datetime | None] = []
    for name in ("since", "until"):
        told = request.one(name)
        try:
            read = datetime.fromisoformat(told) if told else None
        except ValueError:
            raise ValueError(f"{name} must be an valid atproto datetime (both RFC-3339 and ISO-8601)") from None
        times.append(read.replace(tzinfo=UTC) if read is not None and read.tzinfo is None else read)
    return int(text), times[0], times[1]


def _matches(request: Request, post: BlueskyPost) -> bool:
    """Whether all words stand in the post, phrases whole, and all filters hold."""
    words = _words(post.text)
    for phrase, word in _PART.findall(request.one("q")):
        if word.startswith(("from:", "author:")):
            if not _is(word.partition(":")[2], post.account):
                return False
        elif word.startswith(("lang:", "did:")):
            told = word.partition(":")[2]
            if told not in post.langs and did_of(post.account) != word:
                return False
        elif not _stands(_words(phrase or word), words):
            return False
    lang, author = request.one("lang"), request.one("author")
    tags = {tag.lower() for tag in _TAG.findall(post.text)}
    return (
        (not lang or lang in post.langs)
        and (not author or _is(author, post.account))
        and all(tag.lower() in tags for tag in request.every("tag"))
    )


def _is(name: str, account: Account) -> bool:
    return name.removeprefix("@") in (account.handle, did_of(account))


def _words(text: str) -> list[str]:
    """Words in lower case; where scripts meet without a space, one ends and the next begins."""
    return _WORD.findall(text.casefold())


def _stands(phrase: Sequence[str], words: Sequence[str]) -> bool:
    size = len(phrase)
    return any(words[start : start + size] == phrase for start in range(len(words) - size + 1)) if size else True


def _facets(text: str) -> list[dict[str, Any]]:
    """Links and tags with their places in bytes of UTF-8, as apps write them into the record."""
    found = [(match, {"$type": "app.bsky.richtext.facet#link", "uri": match[0]}) for match in _LINK.finditer(text)]
    found += [(match, {"$type": "app.bsky.richtext.facet#tag", "tag": match[1]}) for match in _TAG.finditer(text)]
    return [
        {
            "index": {"byteStart": len(text[: match.start()].encode()), "byteEnd": len(text[: match.end()].encode())},
            "features": [feature],
        }
        for match, feature in sorted(found, key=lambda pair: pair[0].start())
    ]


def _cid(text: str) -> str:
    """Looks like the name of a content (CIDv1, base32): here a hash of where it stands."""
    digest = int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")
    return "bafyrei" + "".join(_LETTERS[digest >> 5 * place & 31] for place in range(51))


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
