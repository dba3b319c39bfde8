"""Reads what Slack sends when somebody presses a button: whose press it is proven to be, on which alert, for what."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

import msgspec
from msgspec import Struct

from alerts.actions import pressed
from alerts.escape import one_line
from alerts.handling import Action
from alerts.people import Person
from sources.abilities import RequestRefused
from sources.post import storable

WINDOW = timedelta(minutes=5)
MOST_PRESSES = 25
"""Elements that one block of actions can hold (docs.slack.dev/reference/block-kit/blocks/actions-block)."""

_SCHEME = "v0="
_LONGEST_NAME = 80


class Press(Struct, frozen=True, kw_only=True):
    """One press of a button of ours: the action, the alert's number, who pressed and in which of Slack's channels."""

    action: Action
    alert: int
    user: str
    user_name: str
    where: str = ""


class _User(Struct, frozen=True):
    id: str = ""
    username: str = ""
    name: str = ""


class _Element(Struct, frozen=True):
    action_id: str = ""
    value: str = ""


class _Channel(Struct, frozen=True):
    name: str = ""


class _Payload(Struct, frozen=True):
    type: str = ""
    user: _User = _User()
    actions: Sequence[_Element] = ()
    channel: _Channel = _Channel()


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """HMAC-SHA256 (RFC 2104) over "v0:", the timestamp, ":" and the body as sent: "v0=" and 64 hex digits.

    Source: docs.slack.dev/authentication/verifying-requests-from-slack.
    """
    said = b"v0:" + timestamp.encode() + b":" + body
    return _SCHEME + hmac.new(secret.encode(), said, hashlib.sha256).hexdigest()


def check_signature(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """Gives the signature that holds by one of the secrets.

    Raises RequestRefused: 401 where a request is not signed, 403 where its signature does not hold or it is more than
    five minutes old, as Slack asks for. Names of headers are in lower case.
    """
    timestamp = headers.get("x-slack-request-timestamp", "")
    claimed = headers.get("x-slack-signature", "").strip().lower()
    if not claimed or not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise RequestRefused("the request is not signed as Slack signs its own", 401)
    # Every secret is tried, and the signature comes first: only who knows one learns how our clocks differ.
    fits = [hmac.compare_digest(signature(one, timestamp, body).encode(), claimed.encode()) for one in secrets]
    if not any(fits):
        raise RequestRefused("the signature does not hold: check signing_secret of the [[channels]]", 403)
    if abs(now.timestamp() - int(timestamp)) > WINDOW.total_seconds():
        raise RequestRefused("the request is more than five minutes old, or our clock is wrong", 403)
    return claimed


def read_presses(payload: bytes | Mapping[str, Any]) -> list[Press]:
    """The presses on buttons of ours in an interaction that Slack tells of; none where it is about something else.

    Source: docs.slack.dev/reference/interaction-payloads/block_actions-payload. Raises ValueError where it is not of
    that form.
    """
    try:
        if isinstance(payload, bytes):
            told = msgspec.json.decode(payload, type=_Payload)
        else:
            told = msgspec.convert(payload, _Payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError("the payload is not of the form that Slack documents") from error
    if told.type != "block_actions" or not told.user.id:
        return []
    found = [pressed(one.action_id, one.value) for one in told.actions[:MOST_PRESSES]]
    return [
        Press(
            action=cast("Action", one[0]),
            alert=one[1],
            user=_short(told.user.id),
            user_name=_short(told.user.username or told.user.name),
            where=_short(told.channel.name),
        )
        for one in found
        if one is not None
    ]


def who_pressed(press: Press, people: Sequence[Person]) -> str:
    """The person whom the configuration knows by that id, else Slack's own name with the id that proves it."""
    known = next((one.name for one in people if one.slack and one.slack == press.user), "")
    return known or (f"{press.user_name} ({press.user})" if press.user_name else press.user)


def _short(text: str) -> str:
    return one_line(storable(text, _LONGEST_NAME))
