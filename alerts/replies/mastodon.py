"""Answers on Mastodon, and on what speaks its API, as one account of one instance."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from alerts.contract import DeliveryFailed, Receipt
from alerts.replies.contract import Length, Reply
from alerts.replies.door import ReplyDoor
from alerts.replies.lengths import mastodon_length
from alerts.replies.settings import Address, ReplySettings
from alerts.settings import Token
from sources.loose_json import inner, items_of, text_of
from sources.markup import text_from_html
from sources.post import Post

_VISIBILITIES = ("public", "unlisted", "private", "direct")


class MastodonReplySettings(ReplySettings):
    """An account: `token` with the scopes read:search, read:statuses, read:accounts and write:statuses."""

    kind: Literal["mastodon"] = "mastodon"
    base_url: Address
    token: Token
    most_characters: Annotated[int, Field(ge=100, le=100_000)] = 500  # as the instance has set it

    def open(self) -> MastodonReplies:
        return MastodonReplies(self)


class MastodonReplies:
    """See `Replying`. https://docs.joinmastodon.org/methods/statuses/#create

    An instance knows our key for an hour. Where an earlier try may have gone through, the answers that are there are
    looked at before.
    """

    kind = "mastodon"

    def __init__(self, settings: MastodonReplySettings) -> None:
        self.name = settings.name
        self._url = settings.base_url.rstrip("/")
        self._most = settings.most_characters
        self._token = settings.token
        self._door = ReplyDoor(self._url, allow_private=settings.allow_private, timeout=settings.timeout)

    def refuses(self, post: Post) -> str:
        if post.source != "mastodon":
            return "answers posts of Mastodon only"
        return "" if _address(post) else "has no address of the post"

    def written(self, post: Post, text: str) -> str:
        mention = f"@{post.author.handle}"
        spoken = text.strip()
        named = re.search(rf"(?<![\w@/]){re.escape(mention)}(?![\w@-]|\.\w)", spoken, re.IGNORECASE)
        return spoken if len(mention) == 1 or named else f"{mention} {spoken}"

    def length(self, post: Post, text: str) -> Length:
        return Length(mastodon_length(text, post.title), self._most, "characters, a link as 23, names without host")

    def under(self, post: Post) -> str:
        return f"under {post.url or post.external_id}, seen by whoever sees that post"

    async def reply(self, reply: Reply) -> Receipt:
        status = await self._status(reply.post)
        if reply.again and (there := await self._answered(status, reply.text)) is not None:
            return there
        visibility = text_of(status, "visibility")
        told: dict[str, Any] = {
            "status": reply.text,
            "in_reply_to_id": text_of(status, "id"),
            "visibility": visibility if visibility in _VISIBILITIES else "unlisted",
        }
        if warning := text_of(status, "spoiler_text"):
            told["spoiler_text"] = warning
        key = hashlib.sha256(reply.key.encode()).hexdigest()
        posted = await self._door.post(
            f"{self._url}/api/v1/statuses", told, {**self._headers(), "idempotency-key": key}
        )
        if not text_of(posted, "id"):
            raise self._door.unfit(ambiguous=True)
        return _receipt(posted)

    async def close(self) -> None:
        await self._door.close()

    async def _status(self, post: Post) -> Mapping[str, Any]:
        """The post as this instance knows it; it fetches one of another instance. Raises DeliveryFailed."""
        told = await self._ask(
            "/api/v2/search", {"q": _address(post), "type": "statuses", "resolve": "true", "limit": 5}
        )
        for status in items_of(told, "statuses") if isinstance(told, Mapping) else ():
            if isinstance(status, Mapping) and text_of(status, "id") and _is(status, post):
                return status
        raise DeliveryFailed(
            f"{self._url} cannot find the post: it is deleted, or its instance does not let this one see it",
            permanent=True,
        )

    async def _answered(self, status: Mapping[str, Any], text: str) -> Receipt | None:
        """Our own answer of these words, where it stands under the post already."""
        own = await self._ask("/api/v1/accounts/verify_credentials", {})
        number, post = text_of(own, "id") if isinstance(own, Mapping) else "", text_of(status, "id")
        context = await self._ask(f"/api/v1/statuses/{post}/context", {})
        for one in items_of(context, "descendants") if isinstance(context, Mapping) else ():
            if not isinstance(one, Mapping) or text_of(one, "in_reply_to_id") != post:
                continue
            same = _bare(text_from_html(text_of(one, "content"))) == _bare(text)
            if number and text_of(inner(one, "account"), "id") == number and same:
                return _receipt(one, "it was there already")
        return None

    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self._token.get_secret_value()}"}

    async def _ask(self, path: str, params: Mapping[str, str | int]) -> Any:
        return await self._door.ask(self._url + path, params, self._headers())


def _address(post: Post) -> str:
    """Its `uri`, by which every instance knows it; old software names posts otherwise, and has a page."""
    return post.external_id if post.external_id.startswith(("http://", "https://")) else post.url


def _is(status: Mapping[str, Any], post: Post) -> bool:
    names = {text_of(status, "uri"), text_of(status, "url")} - {""}
    return not names.isdisjoint({post.external_id, post.url})


def _bare(text: str) -> str:
    """Words without blanks and without the hosts of mentions, which an instance shows or leaves out as it likes."""
    words = ("@" + word[1:].partition("@")[0] if word.startswith("@") else word for word in text.split())
    return "".join(words)


def _receipt(status: Mapping[str, Any], detail: str = "") -> Receipt:
    address = text_of(status, "url") or text_of(status, "uri")
    return Receipt(id=text_of(status, "id"), detail=" ".join(filter(None, (address, detail))))
