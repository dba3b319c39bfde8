"""Speaks Slack's Socket Mode: asks for a connection, and reads and acknowledges what comes over it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Literal

import msgspec
from msgspec import Struct

from alerts.channels.posting import Poster
from alerts.channels.refusal import refusal
from alerts.contract import DeliveryFailed
from sources.websocket import Frames, WebSocketDoor

OPEN_SECONDS = timedelta(seconds=20)
MAX_FRAME = 256 * 1024

_ASK_A_PERSON = {
    "invalid_auth": "the app-level token is not valid: copy it again",
    "not_authed": "the app-level token is missing",
    "account_inactive": "the app was removed: install it again",
    "token_revoked": "the app-level token was withdrawn: make a new one",
    "not_allowed_token_type": "this is no app-level token: it begins with xapp-",
    "missing_scope": "the app-level token may not open connections: give it the scope connections:write",
    "forbidden_team": "the workspace does not allow the app to connect",
    "access_denied": "the workspace does not allow the app to connect",
}
"""Source: docs.slack.dev/reference/methods/apps.connections.open, under errors."""


class Envelope(Struct, frozen=True, kw_only=True):
    """What Slack tells over the connection.

    "hello": it is open. "told": acknowledge `id` within three seconds; `payload` is there for what people press.
    "goodbye": this connection ends soon, open another; `why` is Slack's reason, "link_disabled" where Socket Mode was
    switched off. "other": nothing for us.
    """

    kind: Literal["hello", "told", "goodbye", "other"]
    id: str = ""
    payload: dict[str, Any] | None = None
    why: str = ""


class _Frame(Struct, frozen=True):
    type: str = ""
    envelope_id: str = ""
    payload: msgspec.Raw = msgspec.Raw(b"null")
    reason: str = ""


class _Opened(Struct, frozen=True):
    ok: bool
    url: str = ""
    error: str = ""


def read_frame(frame: bytes) -> Envelope:
    """Reads one frame; one that is not of Slack's form is "other".

    Source: docs.slack.dev/apis/events-api/using-socket-mode.
    """
    try:
        told = msgspec.json.decode(frame, type=_Frame)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Envelope(kind="other")
    if told.type == "hello":
        return Envelope(kind="hello")
    if told.type == "disconnect":
        return Envelope(kind="goodbye", why=told.reason[:40])
    if not told.envelope_id or len(told.envelope_id) > 200:
        return Envelope(kind="other")
    return Envelope(
        kind="told", id=told.envelope_id, payload=_object(told.payload) if told.type == "interactive" else None
    )


def _object(raw: msgspec.Raw) -> dict[str, Any] | None:
    try:
        return msgspec.json.decode(raw, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError):
        return None


class SlackSocket:
    """The way to one app's connections. Tries once; whether and when to try again is decided elsewhere."""

    def __init__(self, *, token: str, base_url: str, allow_private: bool) -> None:
        self._token = token
        self._schemes = ("wss://", "ws://") if allow_private else ("wss://",)
        self._url = f"{base_url.rstrip('/')}/apps.connections.open"
        self._poster = Poster("Slack (Socket Mode)", allow_private=allow_private, timeout=OPEN_SECONDS)
        self._door = WebSocketDoor(allow_private=allow_private, max_frame=MAX_FRAME, timeout=OPEN_SECONDS)

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[Connection]:
        """An open connection. Raises DeliveryFailed where Slack gives none, and sources.websocket's errors."""
        url = await self._ask()
        async with self._door.open(url) as frames:
            yield Connection(frames)

    async def close(self) -> None:
        """Frees connections. Safe to call twice."""
        await self._poster.close()

    async def _ask(self) -> str:
        answer = await self._poster.post(self._url, {}, {"authorization": f"Bearer {self._token}"})
        if answer.status != 200:
            raise refusal("Slack (Socket Mode)", answer, {})
        try:
            told = msgspec.json.decode(answer.body, type=_Opened)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise DeliveryFailed("Slack (Socket Mode) answered something that is not its own form") from None
        if told.ok and told.url.startswith(self._schemes):
            return told.url
        error = told.error[:60] if told.error.replace("_", "").isalnum() and told.error.isascii() else "unknown error"
        if error in _ASK_A_PERSON:
            raise DeliveryFailed(f"Slack (Socket Mode) refuses ({error}): {_ASK_A_PERSON[error]}", permanent=True)
        raise DeliveryFailed(f"Slack (Socket Mode) gives no connection ({error})", retry_after=answer.retry_after)


class Connection:
    """An open connection of Socket Mode."""

    def __init__(self, frames: Frames) -> None:
        self._frames = frames

    async def next(self) -> Envelope | None:
        """The next envelope, None where Slack has closed. Safe to cancel. Raises SourceUnavailable."""
        frame = await self._frames.next()
        return None if frame is None else read_frame(frame)

    async def acknowledge(self, envelope_id: str) -> None:
        """Tells Slack that an envelope has come; until then it shows its user a warning. Raises SourceUnavailable."""
        await self._frames.send(msgspec.json.encode({"envelope_id": envelope_id}).decode())
