"""Reads what Slack answers, by an incoming webhook or to a bot."""

from __future__ import annotations

import msgspec

from alerts.channels.posting import Answer
from alerts.channels.refusal import refusal
from alerts.contract import DeliveryFailed

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

_ABOUT_THE_MESSAGE = (
    "invalid_payload",
    "invalid_blocks",
    "invalid_blocks_format",
    "msg_too_long",
    "msg_blocks_too_long",
    "no_text",
)
"""Another message may pass; everything else in _ASK_A_PERSON would meet every message."""

_NOTHING_TO_EDIT = ("message_not_found", "cant_update_message", "edit_window_closed", "thread_not_found")
"""Source: docs.slack.dev/reference/methods/chat.update, under errors."""

_BY_STATUS = {
    400: "it does not understand the message",
    401: "the token or the webhook's address is wrong",
    403: "an administrator does not allow posting there",
    404: "the webhook or its channel is gone: make a new webhook",
    410: "the channel is archived: choose another",
    413: "the message is too long for it",
}

_PERHAPS_DONE = ("fatal_error", "internal_error")


def check_status(who: str, answer: Answer) -> None:
    """Lets 200 pass: Slack answers it only after the message stands in the channel. Raises DeliveryFailed."""
    if answer.status == 200:
        return
    words = answer.words()
    failed = refusal(who, answer, _BY_STATUS, words)
    if 400 <= answer.status < 500 and words in _ASK_A_PERSON:
        failed = _asks_a_person(f"{who} refuses ({answer.status} {words})", words)
    raise failed


def message_id(who: str, answer: Answer) -> str:
    """Gives "channel ts", the name of the message that a bot's call was about. Raises DeliveryFailed."""
    check_status(who, answer)
    try:
        told = msgspec.json.decode(answer.body, type=_BotAnswer)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise DeliveryFailed(f"{who} answered something that is not its own form", ambiguous=True) from None
    if told.ok:
        return f"{told.channel} {told.ts}".strip()
    error = told.error if told.error.replace("_", "").isalnum() and told.error.isascii() else "unknown error"
    error = error[:60]
    if error in ("ratelimited", "rate_limited"):
        raise DeliveryFailed(f"{who} asks for patience ({error})", retry_after=answer.retry_after)
    if error in _NOTHING_TO_EDIT:
        raise DeliveryFailed(f"{who} has no such message to change ({error})", gone=True)
    if error in _ASK_A_PERSON:
        raise _asks_a_person(f"{who} refuses ({error})", error)
    raise DeliveryFailed(f"{who} did not take the message ({error})", ambiguous=error in _PERHAPS_DONE)


def _asks_a_person(told: str, error: str) -> DeliveryFailed:
    return DeliveryFailed(f"{told}: {_ASK_A_PERSON[error]}", permanent=True, disables=error not in _ABOUT_THE_MESSAGE)


class _BotAnswer(msgspec.Struct, frozen=True):
    ok: bool
    error: str = ""
    channel: str = ""
    ts: str = ""
