"""Answers on Bluesky as one account."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from alerts.contract import DeliveryFailed, Receipt
from alerts.replies.contract import Length, Reply
from alerts.replies.door import ReplyDoor
from alerts.replies.lengths import LINK, graphemes
from alerts.replies.settings import Address, ReplySettings
from alerts.settings import Token
from sources.loose_json import inner, items_of, text_of
from sources.post import Post

MOST_GRAPHEMES, MOST_BYTES = 300, 3_000
"""Of a post's text: https://github.com/bluesky-social/atproto/blob/main/lexicons/app/bsky/feed/post.json"""

_COLLECTION = "app.bsky.feed.post"
_SORTABLE = "234567abcdefghijklmnopqrstuvwxyz"
_EPOCH = datetime.fromtimestamp(0, UTC)


class BlueskyReplySettings(ReplySettings):
    """An account: its handle, and an app password of it."""

    kind: Literal["bluesky"] = "bluesky"
    base_url: Address = "https://bsky.social"
    handle: Annotated[str, Field(min_length=3, max_length=253, pattern=r"^[^\s@:/]+\.[^\s@:/]+$|^did:[!-~]+$")]
    app_password: Token

    def open(self) -> BlueskyReplies:
        return BlueskyReplies(self)


class BlueskyReplies:
    """See `Replying`. https://docs.bsky.app/docs/advanced-guides/posts

    The record's key and time are made from the answer's own, and it is put, not added: a repeat writes the same
    record over itself.
    """

    kind = "bluesky"

    def __init__(self, settings: BlueskyReplySettings) -> None:
        self.name = settings.name
        self._url = settings.base_url.rstrip("/") + "/xrpc/"
        self._handle = settings.handle
        self._password = settings.app_password
        self._door = ReplyDoor(settings.base_url, allow_private=settings.allow_private, timeout=settings.timeout)

    def refuses(self, post: Post) -> str:
        if post.source != "bluesky":
            return "answers posts of Bluesky only"
        return "" if post.external_id.startswith("at://") else "has no at:// address of the post"

    def written(self, post: Post, text: str) -> str:
        return text.strip()

    def length(self, post: Post, text: str) -> Length:
        size = len(text.encode("utf-8", "replace"))
        if size > MOST_BYTES:
            return Length(size, MOST_BYTES, "bytes")
        return Length(graphemes(text), MOST_GRAPHEMES, "letters as they are seen")

    def under(self, post: Post) -> str:
        return f"under {post.url or post.external_id}, in its thread"

    async def reply(self, reply: Reply) -> Receipt:
        did, token = await self._log_in()
        headers = {"authorization": f"Bearer {token}"}
        above = await self._above(reply.post, headers)
        number = record_key(reply.key, reply.written_at)
        record: dict[str, Any] = {
            "$type": _COLLECTION,
            "text": reply.text,
            "createdAt": reply.written_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "reply": above,
        }
        if facets := link_facets(reply.text):
            record["facets"] = facets
        told = {"repo": did, "collection": _COLLECTION, "rkey": number, "record": record}
        put = await self._door.post(f"{self._url}com.atproto.repo.putRecord", told, headers)
        uri = text_of(put, "uri")
        if not uri.startswith("at://"):
            raise self._door.unfit(ambiguous=True)
        return Receipt(id=uri, detail=f"https://bsky.app/profile/{did}/post/{number}")

    async def close(self) -> None:
        await self._door.close()

    async def _log_in(self) -> tuple[str, str]:
        """A session for this one answer. Raises DeliveryFailed."""
        told = {"identifier": self._handle, "password": self._password.get_secret_value()}
        session = await self._door.post(f"{self._url}com.atproto.server.createSession", told, {})
        did, token = text_of(session, "did"), text_of(session, "accessJwt")
        if not did.startswith("did:") or not (token.isascii() and token.isprintable() and token):
            raise self._door.unfit()
        return did, token

    async def _above(self, post: Post, headers: Mapping[str, str]) -> Mapping[str, Any]:
        """What the answer hangs under: the post, and the first of its thread, each by address and content."""
        told = await self._door.ask(f"{self._url}app.bsky.feed.getPosts", {"uris": post.external_id}, headers)
        found = items_of(told, "posts") if isinstance(told, Mapping) else ()
        views = [one for one in found if isinstance(one, Mapping) and text_of(one, "uri") == post.external_id]
        if not views:
            raise DeliveryFailed("Bluesky does not show the post any more", permanent=True)
        if inner(views[0], "viewer").get("replyDisabled") is True:
            raise DeliveryFailed("the author of the post does not let this account answer it", permanent=True)
        parent = {"uri": post.external_id, "cid": text_of(views[0], "cid")}
        if not parent["cid"]:
            raise self._door.unfit()
        above = inner(views[0], "record", "reply", "root")
        root = {"uri": text_of(above, "uri"), "cid": text_of(above, "cid")}
        return {"root": root if all(root.values()) else parent, "parent": parent}


def record_key(key: str, at: datetime) -> str:
    """A record key that is always the same for an answer: 53 bits of time and 10 of its key, in 13 letters.

    https://atproto.com/specs/tid
    """
    microseconds = int((at - _EPOCH).total_seconds() * 1_000_000) & ((1 << 53) - 1)
    clock = int.from_bytes(hashlib.sha256(key.encode()).digest()[:2]) & 0x3FF
    number = (microseconds << 10) | clock
    return "".join(_SORTABLE[(number >> shift) & 31] for shift in range(60, -1, -5))


def link_facets(text: str) -> list[dict[str, Any]]:
    """The links of a text, which are only links where a facet says so; it counts bytes of UTF-8.

    https://docs.bsky.app/docs/advanced-guides/post-richtext
    """
    return [
        {
            "index": {
                "byteStart": len(text[: found.start()].encode()),
                "byteEnd": len(text[: found.end()].encode()),
            },
            "features": [{"$type": "app.bsky.richtext.facet#link", "uri": found[0]}],
        }
        for found in LINK.finditer(text)
    ]
