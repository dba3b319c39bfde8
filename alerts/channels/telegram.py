"""Tells people in Telegram, as a bot in a chat, a group or a channel.

Source: core.telegram.org/bots/api (sendMessage, editMessageText, "Making requests", ResponseParameters).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal

import msgspec
from msgspec.structs import replace
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from alerts.channels.posting import Answer, Poster
from alerts.channels.refusal import refusal
from alerts.contract import DeliveryFailed, Message, Rate, Receipt
from alerts.language import language
from alerts.rendering.telegram import LIMITS, plain_body
from alerts.settings import ChannelSettings, Token, WebAddress

_IN_A_GROUP = Rate(messages=20, window=timedelta(minutes=1))
_WITH_ONE = Rate(messages=1, window=timedelta(seconds=1))
"""core.telegram.org/bots/faq, "My bot is hitting limits": 20 a minute to a group, one a second to a chat."""

_ADVICE = {
    400: "it does not accept the message",
    401: "the bot's token is not valid: copy it again",
    403: "the bot may not write there: add it to the chat again",
    404: "the bot's token is not valid: copy it again",
}
_NOT_CHANGED = "message is not modified"
_NOTHING_TO_EDIT = ("message to edit not found", "message can't be edited", "message_id_invalid")
_OF_THE_CHAT = {
    "chat not found": "it knows no such chat: check the chat's id, and that the bot was added to it",
    "not enough rights": "the bot may not write there: make it an administrator, or allow messages",
    "have no rights": "the bot may not write there: make it an administrator, or allow messages",
    "chat_write_forbidden": "the bot may not write there: make it an administrator, or allow messages",
    "upgraded to a supergroup": "the group has become a supergroup and has a new id: set chat to it",
    "message thread not found": "it knows no such topic: check topic",
    "group chat was deactivated": "the group is gone: choose another chat",
}
"""By the words of the answer's description, which Telegram does not list; these are those of its own server
(github.com/tdlib/telegram-bot-api)."""


def _bot_token(value: SecretStr) -> SecretStr:
    number, _, rest = value.get_secret_value().partition(":")
    if not (number.isdecimal() and rest and all(sign.isalnum() or sign in "_-" for sign in rest)):
        raise ValueError("must be a bot's token as @BotFather shows it: 123456:ABC...")
    return value


def _written_as_number(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


class TelegramSettings(ChannelSettings):
    """Which bot tells, in which `chat`: its number (groups have negative ones), or a public channel's @name."""

    kind: Literal["telegram"] = "telegram"
    bot_token: Annotated[Token, AfterValidator(_bot_token)]
    chat: Annotated[
        str, Field(pattern=r"^(-?\d{1,20}|@[A-Za-z][A-Za-z0-9_]{3,31})$"), BeforeValidator(_written_as_number)
    ]
    topic: Annotated[int, Field(ge=0, le=2**31)] = 0  # of a forum; 0: none
    base_url: WebAddress = "https://api.telegram.org"
    allow_private: bool = False

    def open(self) -> TelegramChannel:
        """Gives the channel; nothing is connected yet."""
        return TelegramChannel(self)


class TelegramChannel:
    """One chat."""

    kind = "telegram"
    can_edit = True

    def __init__(self, settings: TelegramSettings) -> None:
        self.name = settings.name
        self.limits = replace(LIMITS, rate=_WITH_ONE if settings.chat.isdecimal() else _IN_A_GROUP)
        self._settings = settings
        self._who = f"Telegram ({settings.name})"
        self._poster = Poster(self._who, allow_private=settings.allow_private, timeout=settings.timeout)

    async def send(self, message: Message) -> Receipt:
        """Posts once; the receipt's id is "chat message". Raises only DeliveryFailed.

        What follows up an earlier message is an answer to it, if that one is still there.
        """
        where: dict[str, Any] = {"chat_id": self._chat()}
        if self._settings.topic:
            where["message_thread_id"] = self._settings.topic
        number = message.under.partition(" ")[2]
        if number.isdecimal():
            where["reply_parameters"] = {"message_id": int(number), "allow_sending_without_reply": True}
        return await self._call("sendMessage", {**where, **payload(message)}, "")

    async def edit(self, receipt: Receipt, message: Message) -> Receipt:
        """Puts `message` in the place of the one that the receipt is for. Raises only DeliveryFailed."""
        chat, _, number = receipt.id.partition(" ")
        if not number.isdecimal():
            raise DeliveryFailed(f"{self._who} cannot change a message that it never named", gone=True)
        which = {"chat_id": int(chat) if chat.lstrip("-").isdecimal() else chat, "message_id": int(number)}
        return await self._call("editMessageText", {**which, **payload(message)}, receipt.id)

    async def close(self) -> None:
        """Frees connections. Safe to call twice."""
        await self._poster.close()

    def _chat(self) -> int | str:
        chat = self._settings.chat
        return chat if chat.startswith("@") else int(chat)

    async def _call(self, method: str, arguments: dict[str, Any], unchanged: str) -> Receipt:
        base, token = self._settings.base_url.rstrip("/"), self._settings.bot_token.get_secret_value()
        answer = await self._poster.post(f"{base}/bot{token}/{method}", arguments)
        told = _read(answer)
        if told is None:
            if answer.status != 200:
                raise refusal(self._who, answer, _ADVICE)
            raise DeliveryFailed(f"{self._who} answered something that is not its own form", ambiguous=True)
        if answer.status == 200 and told.ok and told.result is not None:
            return Receipt(id=f"{told.result.chat.id} {told.result.message_id}")
        if unchanged and _NOT_CHANGED in told.description.lower():
            return Receipt(id=unchanged, detail="it stood there already")
        raise self._failure(answer, told)

    def _failure(self, answer: Answer, told: _Told) -> DeliveryFailed:
        said = told.description.lower()
        status = answer.status if answer.status != 200 else told.error_code or 500
        if told.parameters.retry_after > 0:
            answer = replace(answer, retry_after=timedelta(seconds=min(told.parameters.retry_after, 604_800)))
        if status == 400 and any(words in said for words in _NOTHING_TO_EDIT):
            return DeliveryFailed(f"{self._who} has no such message to change", gone=True)
        advice = next((advice for words, advice in _OF_THE_CHAT.items() if words in said), "")
        if advice and status in (400, 403):
            return DeliveryFailed(f"{self._who} refuses ({status}): {advice}", disables=True)
        return refusal(self._who, replace(answer, status=status), _ADVICE)


class _Chat(msgspec.Struct, frozen=True):
    id: int


class _Sent(msgspec.Struct, frozen=True):
    message_id: int
    chat: _Chat


class _Parameters(msgspec.Struct, frozen=True):
    retry_after: int = 0


class _Told(msgspec.Struct, frozen=True):
    ok: bool
    result: _Sent | None = None
    description: str = ""
    error_code: int = 0
    parameters: _Parameters = _Parameters()


def _read(answer: Answer) -> _Told | None:
    try:
        return msgspec.json.decode(answer.body, type=_Told)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def payload(message: Message) -> dict[str, Any]:
    """Gives the text of a message with its formats beside it; links show no preview."""
    form = next((block for block in message.blocks if "entities" in block), None)
    body = form if form is not None else plain_body(message.title, message.text, language(message.language))
    return {**body, "link_preview_options": {"is_disabled": True}}
