"""Answers on X as one account, through tweepy."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from alerts.contract import DeliveryFailed, Receipt
from alerts.replies.contract import Length, Reply
from alerts.replies.lengths import x_length
from alerts.replies.settings import Address, ReplySettings
from alerts.settings import Token
from sources.contract import SourceError, SourceRefused, SourceUnavailable
from sources.http import Answer
from sources.library_door import LibraryDoor
from sources.loose_json import inner, text_of
from sources.patience import asked_to_wait
from sources.post import Post

MOST = 280
_BUILT_IN = "https://api.twitter.com"  # where tweepy asks
_PATIENCE = timedelta(minutes=15)  # the window in which X counts


class XReplySettings(ReplySettings):
    """An account: keys of an app that may write, and the account's own tokens (OAuth 1.0a, which do not expire)."""

    kind: Literal["x"] = "x"
    api_key: Token
    api_secret: Token
    access_token: Token
    access_token_secret: Token
    base_url: Address = "https://api.x.com"

    def open(self) -> XReplies:
        return XReplies(self)


class XReplies:
    """See `Replying`. https://docs.x.com/x-api/posts/create-or-edit-post

    X knows no keys: an answer whose fate is unknown is tried again, and X itself refuses the same words again. Since
    February 2026 it takes answers through its API only to posts that name the account or quote it, but from
    enterprise apps.
    """

    kind = "x"

    def __init__(self, settings: XReplySettings) -> None:
        self.name = settings.name
        self._settings = settings
        base_url = settings.base_url.rstrip("/")
        self._door = LibraryDoor(
            base_url,
            allow_private=settings.allow_private,
            timeout=settings.timeout,
            stands_for={_BUILT_IN: base_url},
        )

    def refuses(self, post: Post) -> str:
        if post.source not in ("x", "twitter"):
            return "answers posts of X only"
        return "" if post.external_id.isascii() and post.external_id.isdigit() else "has no number of the post"

    def written(self, post: Post, text: str) -> str:
        return text.strip()

    def length(self, post: Post, text: str) -> Length:
        return Length(x_length(text), MOST, "characters as X weighs them, a link as 23")

    def under(self, post: Post) -> str:
        return f"under {post.url or post.external_id}, seen by everybody"

    async def reply(self, reply: Reply) -> Receipt:
        try:
            answer = await self._posted(reply)
        except SourceRefused as error:
            raise DeliveryFailed(f"X: {error}", permanent=True) from error
        except SourceError as error:
            raise DeliveryFailed(f"X: {error}", ambiguous=error.usd != Decimal(0)) from error
        if answer.status not in (200, 201):
            return _refused(answer, reply)
        try:
            told = answer.json()
        except SourceUnavailable:
            told = None
        number = text_of(inner(told, "data"), "id") if isinstance(told, Mapping) else ""
        if not (number.isascii() and number.isdigit()):
            raise DeliveryFailed("X answered something that is not its own form", ambiguous=True)
        return Receipt(id=number, detail=f"https://x.com/i/status/{number}")

    async def close(self) -> None:
        """Nothing is held between two requests."""

    async def _posted(self, reply: Reply) -> Answer:
        import requests
        import tweepy

        logging.getLogger("tweepy").setLevel(logging.ERROR)  # below that it writes what it sends into the log
        settings = self._settings

        def post(session: requests.Session) -> None:
            client: Any = tweepy.Client(
                consumer_key=settings.api_key.get_secret_value(),
                consumer_secret=settings.api_secret.get_secret_value(),
                access_token=settings.access_token.get_secret_value(),
                access_token_secret=settings.access_token_secret.get_secret_value(),
                return_type=requests.Response,
                wait_on_rate_limit=False,
            )
            client.session = session
            client.create_tweet(text=reply.text, in_reply_to_tweet_id=reply.post.external_id, user_auth=True)

        return (await self._door.ask(post))[-1]


def _refused(answer: Answer, reply: Reply) -> Receipt:
    """What a refusal means (https://docs.x.com/x-api/fundamentals/response-codes-and-errors). Raises DeliveryFailed."""
    status, said = answer.status, answer.body[:4_000].decode("utf-8", "replace").lower()
    if status in (403, 409) and "duplicate" in said and reply.again:
        return Receipt(detail="it was there already: X takes the same words only once")
    if status == 429:
        wait = asked_to_wait(answer.headers, datetime.now(UTC), ("x-rate-limit-reset",))
        raise DeliveryFailed("X asks for patience (429)", retry_after=wait or _PATIENCE)
    if status >= 500 or status == 408:
        wait = asked_to_wait(answer.headers, datetime.now(UTC))
        raise DeliveryFailed(f"X has trouble of its own ({status})", retry_after=wait, ambiguous=True)
    advice = {
        401: "check the four keys of this account",
        402: "its credits are used up",
        403: "it takes answers of apps only under posts that name the account or quote it, and none twice",
        404: "the post is gone",
    }.get(status, "it does not take this answer")
    raise DeliveryFailed(f"X refuses ({status}): {advice}", permanent=True)
