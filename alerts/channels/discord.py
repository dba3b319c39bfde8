"""Tells people in Discord, by a webhook of a channel.

Source: discord.com/developers/docs/resources/webhook (Execute Webhook, Edit Webhook Message).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlencode, urlsplit

import msgspec
from msgspec.structs import replace
from pydantic import AfterValidator, Field, SecretStr

from alerts.channels.posting import Answer, Poster
from alerts.channels.refusal import refusal
from alerts.contract import DeliveryFailed, Message, Rate, Receipt
from alerts.language import language
from alerts.rendering.discord import LIMITS, plain_body
from alerts.settings import ChannelSettings, SecretWebAddress

_RATE = Rate(messages=5, window=timedelta(seconds=5))
"""Discord documents no number (docs/topics/rate-limits): it is told by headers, and 5 in 2 to 5 seconds is what they
tell for a webhook. 429 and its Retry-After have the last word."""

_PATH = re.compile(r"/api(?:/v\d{1,3})?/webhooks/\d{1,25}/[\w-]{1,200}/?")
_UNKNOWN_MESSAGE = 10008  # docs/topics/opcodes-and-status-codes#json
_ADVICE = {
    400: "it does not understand the message",
    401: "the webhook's address is wrong: copy it again",
    403: "the webhook may not write there",
    404: "the webhook was removed: make a new one",
    405: "the webhook's address is wrong: copy it again",
    413: "the message is too long for it",
}


def _webhook(value: SecretStr) -> SecretStr:
    if not _PATH.fullmatch(urlsplit(value.get_secret_value()).path):
        raise ValueError("must be a webhook's address as Discord shows it: https://discord.com/api/webhooks/...")
    return value


class DiscordSettings(ChannelSettings):
    """Which webhook tells. `thread_id` names a thread of its channel, `username` what the messages are signed with."""

    kind: Literal["discord"] = "discord"
    webhook_url: Annotated[SecretWebAddress, AfterValidator(_webhook)]
    thread_id: Annotated[str, Field(pattern=r"^\d{0,25}$")] = ""
    username: Annotated[str, Field(max_length=80)] = ""
    allow_private: bool = False

    def open(self) -> DiscordChannel:
        """Gives the channel; nothing is connected yet."""
        return DiscordChannel(self)


class DiscordChannel:
    """One channel of a Discord server, or one thread in it."""

    kind = "discord"
    can_edit = True

    def __init__(self, settings: DiscordSettings) -> None:
        self.name = settings.name
        self.limits = replace(LIMITS, rate=_RATE)
        self._settings = settings
        self._who = f"Discord ({settings.name})"
        self._poster = Poster(self._who, allow_private=settings.allow_private, timeout=settings.timeout)

    async def send(self, message: Message) -> Receipt:
        """Posts once; the receipt's id is the message's. Raises only DeliveryFailed."""
        named = {"username": self._settings.username} if self._settings.username else {}
        answer = await self._poster.post(self._address("", {"wait": "true"}), {**payload(message), **named})
        return self._receipt(answer)

    async def edit(self, receipt: Receipt, message: Message) -> Receipt:
        """Puts `message` in the place of the one that the receipt is for. Raises only DeliveryFailed."""
        if not receipt.id.isdecimal():
            raise DeliveryFailed(f"{self._who} cannot change a message that it never named", gone=True)
        address = self._address(f"/messages/{receipt.id}", {})
        return self._receipt(await self._poster.post(address, payload(message), method="PATCH"))

    async def close(self) -> None:
        """Frees connections. Safe to call twice."""
        await self._poster.close()

    def _address(self, below: str, query: Mapping[str, str]) -> str:
        parts = urlsplit(self._settings.webhook_url.get_secret_value())
        thread = {"thread_id": self._settings.thread_id} if self._settings.thread_id else {}
        asked = urlencode({**query, "with_components": "true", **thread})
        return parts._replace(path=parts.path.rstrip("/") + below, query=asked, fragment="").geturl()

    def _receipt(self, answer: Answer) -> Receipt:
        told = _read(answer)
        if answer.status == 429 and told is not None and answer.retry_after is None:
            answer = replace(answer, retry_after=told.wait())
        if answer.status == 404 and told is not None and told.code == _UNKNOWN_MESSAGE:
            raise DeliveryFailed(f"{self._who} has no such message to change", gone=True)
        if answer.status != 200:
            raise refusal(self._who, answer, _ADVICE, str(told.code) if told is not None and told.code else "")
        if told is None or not told.id.isdecimal():
            raise DeliveryFailed(f"{self._who} answered something that is not its own form", ambiguous=True)
        return Receipt(id=told.id[:25])


class _Told(msgspec.Struct, frozen=True):
    id: str = ""
    code: int = 0
    retry_after: float = 0.0

    def wait(self) -> timedelta | None:
        return timedelta(seconds=min(self.retry_after, 604_800.0)) if self.retry_after > 0 else None


def _read(answer: Answer) -> _Told | None:
    try:
        return msgspec.json.decode(answer.body, type=_Told)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def payload(message: Message) -> dict[str, Any]:
    """Gives what Discord is sent. Nobody is ever pinged, whatever the text says."""
    form = next((block for block in message.blocks if "embeds" in block), None)
    body = form if form is not None else plain_body(message.title, message.text, language(message.language))
    return {"components": [], **body, "allowed_mentions": {"parse": []}}
