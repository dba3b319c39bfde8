"""Tells any program, by a signed request to an address of your own.

Signed as Standard Webhooks 1.0 has it: github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec
from pydantic import AfterValidator, Field, SecretStr

from alerts.channels.posting import Poster
from alerts.channels.refusal import refusal
from alerts.contract import Limits, Message, Receipt
from alerts.escape import readable
from alerts.rendering.webhook import LIMITS, event
from alerts.settings import ChannelSettings, SecretWebAddress

_PREFIX = "whsec_"
_ADVICE = {
    400: "it does not understand the message",
    401: "it does not accept the signature: check that both sides have the same secret",
    403: "it does not accept the signature: check that both sides have the same secret",
    404: "nothing is there: check url",
    405: "it takes no POST: check url",
    410: "it does not want to be told any more",
    413: "the message is too long for it",
}


def _secret(value: SecretStr) -> SecretStr:
    """Takes the form that Standard Webhooks gives secrets, without repeating what is there. Raises ValueError."""
    try:
        size = len(_key(value))
    except (ValueError, binascii.Error):
        size = 0
    if not 24 <= size <= 64:
        raise ValueError(
            "must be whsec_ and 24 to 64 random bytes in base64: echo whsec_$(openssl rand -base64 32) makes one"
        )
    return value


def _key(value: SecretStr) -> bytes:
    text = value.get_secret_value()
    return base64.b64decode(text.removeprefix(_PREFIX), validate=True) if text.startswith(_PREFIX) else b""


class WebhookSettings(ChannelSettings):
    """Where the requests go, and the `secrets` that sign them: the new one first, then what is still accepted."""

    kind: Literal["webhook"] = "webhook"
    url: SecretWebAddress
    secrets: Annotated[tuple[Annotated[SecretStr, AfterValidator(_secret)], ...], Field(min_length=1, max_length=3)]
    allow_private: bool = False

    def open(self) -> WebhookChannel:
        """Gives the channel; nothing is connected yet."""
        return WebhookChannel(self)


class WebhookChannel:
    """One address. An edit is one more event there: `alert.updated`."""

    kind = "webhook"
    limits: Limits = LIMITS
    can_edit = True

    def __init__(self, settings: WebhookSettings, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.name = settings.name
        self._url = settings.url.get_secret_value()
        self._keys = [_key(secret) for secret in settings.secrets]
        self._clock = clock
        self._who = f"the webhook ({settings.name})"
        self._poster = Poster(self._who, allow_private=settings.allow_private, timeout=settings.timeout)

    async def send(self, message: Message) -> Receipt:
        """Posts once; the receipt's id is the `webhook-id`, the same in each try. Raises only DeliveryFailed."""
        body = self._body(message)
        return await self._post(webhook_id(message.key), body)

    async def edit(self, receipt: Receipt, message: Message) -> Receipt:
        """Posts what an alert looks like now, as `alert.updated`. Raises only DeliveryFailed.

        The event has an id of its own, made of what it tells, so that a repeat is known. The receipt stays.
        """
        told = self._body(message)
        body = {**told, "type": str(told["type"]).replace(".created", ".updated")}
        seen = msgspec.json.encode({"data": body["data"]}, order="deterministic").hex()
        await self._post(webhook_id(f"{message.key}:{seen}"), body)
        return receipt

    async def close(self) -> None:
        """Frees connections. Safe to call twice."""
        await self._poster.close()

    def _body(self, message: Message) -> dict[str, Any]:
        form = next((block for block in message.blocks if "version" in block), None)
        if form is not None:
            return form
        told = {"title": message.title, "text": readable(message.text)}
        return event(message.kind, {"key": message.key, **told}, self._clock())

    async def _post(self, number: str, body: dict[str, Any]) -> Receipt:
        content = msgspec.json.encode(body)
        at = str(int(self._clock().timestamp()))
        headers = {
            "webhook-id": number,
            "webhook-timestamp": at,
            "webhook-signature": signatures(self._keys, number, at, content),
        }
        answer = await self._poster.post(self._url, content, headers)
        if not 200 <= answer.status < 300:
            raise refusal(self._who, answer, _ADVICE)
        return Receipt(id=number)


def webhook_id(key: str) -> str:
    """Gives the id of the event of a key: without a full stop, which parts what is signed."""
    return f"msg_{hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"


def signatures(keys: Sequence[bytes], number: str, at: str, content: bytes) -> str:
    """Gives a signature by each key: base64 of HMAC-SHA256 over id, seconds since 1970 and body, after "v1,"."""
    signed = b".".join((number.encode("ascii"), at.encode("ascii"), content))
    made = (base64.b64encode(hmac.digest(key, signed, "sha256")).decode("ascii") for key in keys)
    return " ".join(f"v1,{one}" for one in made)
