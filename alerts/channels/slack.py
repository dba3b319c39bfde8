"""Tells people in Slack, by an incoming webhook or as a bot."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from msgspec.structs import replace
from pydantic import AfterValidator, Field, SecretStr, model_validator

from alerts.channels.posting import Poster
from alerts.channels.slack_answer import check_status, message_id
from alerts.contract import DeliveryFailed, Message, Rate, Receipt
from alerts.escape import one_line, slack_markup
from alerts.excerpt import cut
from alerts.language import language
from alerts.rendering.slack import LIMITS, plain_blocks
from alerts.settings import ChannelSettings, SecretWebAddress, Token, WebAddress

_RATE = Rate(messages=1, window=timedelta(seconds=1))
"""docs.slack.dev/apis/web-api/rate-limits: a message a second in a channel, by webhooks and by chat.postMessage alike.
The 50 edits a minute that chat.update allows for sure (tier 3) come near to it."""


def _app_token(value: SecretStr) -> SecretStr:
    if not value.get_secret_value().startswith("xapp-"):
        raise ValueError("must be an app-level token: xapp-..., with the scope connections:write")
    return value


class SlackSettings(ChannelSettings):
    """How to reach Slack: `webhook_url`, or `bot_token` with the `channel` to write in.

    With `app_token` (Socket Mode) or `signing_secret` (requests to our web server) alerts have buttons.
    """

    kind: Literal["slack"] = "slack"
    webhook_url: SecretWebAddress | None = None
    bot_token: Token | None = None
    channel: Annotated[str, Field(max_length=200)] = ""
    app_token: Annotated[Token, AfterValidator(_app_token)] | None = None
    signing_secret: Token | None = None
    base_url: WebAddress = "https://slack.com/api"
    allow_private: bool = False

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if (self.webhook_url is None) == (self.bot_token is None):
            raise ValueError("needs either webhook_url, or bot_token and channel")
        if self.bot_token is not None and not self.channel:
            raise ValueError("needs a channel beside bot_token: its id such as C0123456789, or its name")
        if self.webhook_url is not None and self.channel:
            raise ValueError("has a channel beside webhook_url, but a webhook always writes in the channel it is for")
        if self.webhook_url is not None and self.has_buttons:
            raise ValueError("has app_token or signing_secret beside webhook_url: buttons need a bot_token")
        return self

    @property
    def has_buttons(self) -> bool:
        """Whether what people press in Slack comes back to us."""
        return self.app_token is not None or self.signing_secret is not None

    def open(self) -> SlackChannel:
        """Gives the channel; nothing is connected yet."""
        return SlackChannel(self)


class SlackChannel:
    """One place in Slack. Only a bot can edit what it has told."""

    kind = "slack"

    def __init__(self, settings: SlackSettings) -> None:
        self.name = settings.name
        self.limits = replace(LIMITS, rate=_RATE, buttons=settings.has_buttons)
        self.can_edit = settings.bot_token is not None
        self._settings = settings
        self._who = f"Slack ({settings.name})"
        self._poster = Poster(self._who, allow_private=settings.allow_private, timeout=settings.timeout)

    async def send(self, message: Message) -> Receipt:
        """Posts once. Raises only DeliveryFailed; the receipt's id is "channel ts" where a bot posted."""
        if self._settings.webhook_url is not None:
            answer = await self._poster.post(self._settings.webhook_url.get_secret_value(), payload(message))
            check_status(self._who, answer)
            return Receipt(detail=answer.words())
        return await self._call("chat.postMessage", {"channel": self._settings.channel, **payload(message)})

    async def edit(self, receipt: Receipt, message: Message) -> Receipt:
        """Puts `message` in the place of the one that a bot posted. Raises only DeliveryFailed."""
        channel, _, ts = receipt.id.partition(" ")
        if not (ts and self.can_edit):
            raise DeliveryFailed(f"{self._who} cannot change a message that no bot posted", gone=True)
        shown = {key: value for key, value in payload(message).items() if key in ("text", "blocks")}
        return await self._call("chat.update", {"channel": channel, "ts": ts, "parse": "none", **shown})

    async def close(self) -> None:
        """Frees connections. Safe to call twice."""
        await self._poster.close()

    async def _call(self, method: str, arguments: dict[str, Any]) -> Receipt:
        assert self._settings.bot_token is not None
        answer = await self._poster.post(
            f"{self._settings.base_url.rstrip('/')}/{method}",
            arguments,
            {"authorization": f"Bearer {self._settings.bot_token.get_secret_value()}"},
        )
        return Receipt(id=message_id(self._who, answer))


def payload(message: Message) -> dict[str, Any]:
    """Gives what Slack is sent: blocks, and the text that notifications and receivers without blocks show.

    What follows up an earlier message stands in its thread, and in the channel too.
    """
    title, whole = one_line(message.title), cut(message.text, 7_500)  # at most five times that once escaped, of 40,000
    ts = message.under.partition(" ")[2]
    return {
        "text": slack_markup(f"{title}\n{whole}" if message.blocks else title),
        "blocks": list(message.blocks) or plain_blocks(message.title, message.text, language(message.language)),
        "mrkdwn": False,
        "unfurl_links": False,
        "unfurl_media": False,
        **({"thread_ts": ts, "reply_broadcast": True} if ts else {}),
    }
