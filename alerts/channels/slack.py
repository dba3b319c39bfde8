"""Tells people in Slack, by an incoming webhook or as a bot."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

import msgspec
from pydantic import AfterValidator, Field, SecretStr, model_validator

from alerts.channels.posting import Answer, Poster
from alerts.contract import DeliveryFailed, Limits, Message, Receipt
from alerts.escape import one_line, slack_markup
from alerts.excerpt import cut
from alerts.render_slack import LIMITS, plain_blocks
from alerts.settings import ChannelSettings

_ASK_A_PERSON: dict[str, str] = {
    "invalid_payload": "it does not understand the message",
    "invalid_blocks": "it does not accept the message's form",
    "invalid_blocks_format": "it does not accept the message's form",
    "msg_too_long": "the message is too long for it",
    "msg_blocks_too_long": "the message is too long for it",
    "no_text": "the message is empty for it",
    "user_not_found": "the receiver of the message is not known there",
    "channel_not_found": "it knows no such channel, or the bot may not see it: check the channel's id",
    "not_in_channel": "the bot is not in the channel: invite it there",
    "is_archived": "the channel is archived: choose another",
    "channel_is_archived": "the channel is archived: choose another",
    "action_prohibited": "an administrator does not allow posting there",
    "posting_to_general_channel_denied": "an administrator does not allow posting to the general channel",
    "restricted_action": "an administrator does not allow posting there",
    "no_service": "the webhook was removed or turned off: make a new one",
    "no_service_id": "the webhook's address is incomplete: copy it again",
    "no_team": "the workspace of the webhook is gone: make a new webhook",
    "team_disabled": "the workspace is turned off",
    "invalid_token": "the webhook's address is wrong: copy it again",
    "invalid_auth": "the bot's token is not valid: copy it again",
    "not_authed": "the bot's token is missing",
    "account_inactive": "the bot's account was removed: install the app again",
    "token_revoked": "the bot's token was withdrawn: install the app again",
    "token_expired": "the bot's token has expired: make a new one",
    "missing_scope": "the bot may not write: give the app the scope chat:write and install it again",
    "no_permission": "the bot's token may not do this: give the app the scope chat:write and install it again",
    "not_allowed_token_type": "this kind of token may not post: use a bot token",
    "ekm_access_denied": "an administrator has stopped posting",
}
"""What a person must do, by Slack's error code.

Sources: docs.slack.dev/messaging/sending-messages-using-incoming-webhooks and
docs.slack.dev/reference/methods/chat.postMessage, both under errors.
"""

_PERHAPS_DONE = ("fatal_error", "internal_error")


def _web_address(value: str) -> str:
    """Refuses what is no web address, without repeating it: it may hold a secret. Raises ValueError."""
    try:
        parts = urlsplit(value)
        fit = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        fit = False
    if not fit:
        raise ValueError("must be a web address such as https://hooks.slack.com/services/...")
    return value


def _token(value: SecretStr) -> SecretStr:
    token = value.get_secret_value()
    if not token or any(not "!" <= character <= "~" for character in token):
        raise ValueError("must be a token as Slack shows it: xoxb-..., without spaces")
    return value


def _secret_web_address(value: SecretStr) -> SecretStr:
    _web_address(value.get_secret_value())
    return value


class SlackSettings(ChannelSettings):
    """How to reach Slack: `webhook_url`, or `bot_token` with the `channel` to write in."""

    kind: Literal["slack"] = "slack"
    webhook_url: Annotated[SecretStr, AfterValidator(_secret_web_address)] | None = None
    bot_token: Annotated[SecretStr, AfterValidator(_token)] | None = None
    channel: Annotated[str, Field(max_length=200)] = ""
    base_url: Annotated[str, AfterValidator(_web_address)] = "https://slack.com/api"
    allow_private: bool = False

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if (self.webhook_url is None) == (self.bot_token is None):
            raise ValueError("needs either webhook_url, or bot_token and channel")
        if self.bot_token is not None and not self.channel:
            raise ValueError("needs a channel beside bot_token: its id such as C0123456789, or its name")
        if self.webhook_url is not None and self.channel:
            raise ValueError("has a channel beside webhook_url, but a webhook always writes in the channel it is for")
        return self

    def open(self) -> SlackChannel:
        """Gives the channel; nothing is connected yet."""
        return SlackChannel(self)


class SlackChannel:
    """One place in Slack."""

    kind = "slack"
    limits: Limits = LIMITS

    def __init__(self, settings: SlackSettings) -> None:
        self.name = settings.name
        self._settings = settings
        self._poster = Poster(
            f"Slack ({settings.name})", allow_private=settings.allow_private, timeout=settings.timeout
        )

    async def send(self, message: Message) -> Receipt:
        """Posts once. Raises only DeliveryFailed; the receipt's id is "channel ts" where a bot posted."""
        if self._settings.webhook_url is not None:
            answer = await self._poster.post(self._settings.webhook_url.get_secret_value(), payload(message))
            self._check_status(answer)
            return Receipt(detail=answer.words())
        assert self._settings.bot_token is not None
        answer = await self._poster.post(
            f"{self._settings.base_url.rstrip('/')}/chat.postMessage",
            {"channel": self._settings.channel, **payload(message)},
            {"authorization": f"Bearer {self._settings.bot_token.get_secret_value()}"},
        )
        self._check_status(answer)
        return self._bot_receipt(answer)

    async def close(self) -> None:
        """Frees connections. Safe to call twice."""
        await self._poster.close()

    def _check_status(self, answer: Answer) -> None:
        """Lets 200 pass. Slack answers it only after the message stands in the channel."""
        if answer.status == 200:
            return
        words = answer.words()
        code = f"{answer.status} {words}".strip()
        if answer.status == 429:
            raise DeliveryFailed(f"{self._who()} asks for patience (429)", retry_after=answer.retry_after)
        if answer.status >= 500:
            raise DeliveryFailed(
                f"{self._who()} has trouble of its own ({code})", retry_after=answer.retry_after, ambiguous=True
            )
        if 300 <= answer.status < 400:
            raise DeliveryFailed(f"{self._who()} moved away ({code}): check its address", permanent=True)
        if answer.status == 408:
            raise DeliveryFailed(f"{self._who()} did not get the whole message in time ({code})")
        advice = _ASK_A_PERSON.get(words) or _BY_STATUS.get(answer.status, "it does not accept the message")
        raise DeliveryFailed(f"{self._who()} refuses ({code}): {advice}", permanent=True)

    def _bot_receipt(self, answer: Answer) -> Receipt:
        try:
            told = msgspec.json.decode(answer.body, type=_BotAnswer)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise DeliveryFailed(f"{self._who()} answered something that is not its own form", ambiguous=True) from None
        if told.ok:
            return Receipt(id=f"{told.channel} {told.ts}".strip())
        error = told.error if told.error.replace("_", "").isalnum() and told.error.isascii() else "unknown error"
        error = error[:60]
        if error in ("ratelimited", "rate_limited"):
            raise DeliveryFailed(f"{self._who()} asks for patience ({error})", retry_after=answer.retry_after)
        if error in _ASK_A_PERSON:
            raise DeliveryFailed(f"{self._who()} refuses ({error}): {_ASK_A_PERSON[error]}", permanent=True)
        raise DeliveryFailed(f"{self._who()} did not take the message ({error})", ambiguous=error in _PERHAPS_DONE)

    def _who(self) -> str:
        return f"Slack ({self.name})"


_BY_STATUS = {
    400: "it does not understand the message",
    401: "the token or the webhook's address is wrong",
    403: "an administrator does not allow posting there",
    404: "the webhook or its channel is gone: make a new webhook",
    410: "the channel is archived: choose another",
    413: "the message is too long for it",
}


class _BotAnswer(msgspec.Struct, frozen=True):
    ok: bool
    error: str = ""
    channel: str = ""
    ts: str = ""


def payload(message: Message) -> dict[str, Any]:
    """Gives what Slack is sent: blocks, and the text that notifications and receivers without blocks show."""
    title, whole = one_line(message.title), cut(message.text, 7_500)  # at most five times that once escaped, of 40,000
    return {
        "text": slack_markup(f"{title}\n{whole}" if message.blocks else title),
        "blocks": list(message.blocks) or plain_blocks(message.title, message.text),
        "mrkdwn": False,
        "unfurl_links": False,
        "unfurl_media": False,
    }
