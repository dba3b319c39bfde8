"""Telegram below its client: Telethon as it is, with a sender that answers instead of one that encrypts and sends."""

from __future__ import annotations

import asyncio
import base64
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self
from unittest.mock import patch

from telethon.errors import rpc_message_to_error
from telethon.extensions import BinaryReader
from telethon.tl import functions, types

NAME = "acme"
NUMBER = 1_234_567_890
_CLOSED = struct.pack(">B4sH256s", 2, bytes([127, 0, 0, 1]), 1, b"secret k" * 32)
SESSION = f"1{base64.urlsafe_b64encode(_CLOSED).decode()}"
SETTINGS: dict[str, Any] = {"api_id": 7, "api_hash": "0123456789abcdef" * 2, "session": SESSION, "channels": [NAME]}


@dataclass(kw_only=True)
class Said:
    """A message: when it was written, and what makes it another than plain."""

    id: int
    at: int
    text: str = "acme"
    shown_from: int = 0
    deleted_at: int = 10**12
    edited_at: int = 10**12
    service: bool = False
    told: dict[str, Any] = field(default_factory=dict)


@dataclass
class TelegramService:
    """One public channel, in the words of layer 229. `now`: its clock, in seconds.

    cap: how many messages of an answer a country may be shown; clips: whether a window above the newest message is cut
    there, or moved down until it is full.
    """

    now: int = 0
    name: str = NAME
    number: int = NUMBER
    cap: int = 100
    clips: bool = True
    said: list[Said] = field(default_factory=list)
    chats: dict[str, Any] = field(default_factory=dict)
    users: list[Any] = field(default_factory=list)
    asked: list[Any] = field(default_factory=list)
    connections: int = 0
    refuse: Callable[[Any], str | Exception | None] = lambda request: None
    silent: bool = False

    def start(self) -> Self:
        """Takes the place of the real sender until `close`."""
        self._patch = patch("telethon.client.telegrambaseclient.MTProtoSender", lambda *_, **__: _Sender(self))
        self._patch.start()
        return self

    def close(self) -> None:
        self._patch.stop()

    def add(self, number: int, at: int, **told: Any) -> Said:
        said = Said(id=number, at=at, shown_from=told.pop("shown_from", at), **told)
        self.said.append(said)
        return said

    def channel(self) -> Any:
        told = {"broadcast": True, "username": self.name, "participants_count": 50} | self.chats
        date = datetime(2020, 1, 1, tzinfo=UTC)
        photo = types.ChatPhotoEmpty()
        return types.Channel(id=self.number, title="Acme News", photo=photo, date=date, access_hash=99, **told)

    def answer(self, request: Any) -> Any:
        if isinstance(request, functions.contacts.ResolveUsernameRequest):
            if request.username != self.name:
                return "USERNAME_NOT_OCCUPIED"
            peer = types.PeerChannel(self.number)
            return types.contacts.ResolvedPeer(peer=peer, chats=[self.channel()], users=[])
        if isinstance(request, functions.messages.GetHistoryRequest):
            return self._history(request) if self._is_ours(request.peer) else "CHANNEL_INVALID"
        if isinstance(request, functions.channels.GetMessagesRequest):
            return self._these([one.id for one in request.id]) if self._is_ours(request.channel) else "CHANNEL_INVALID"
        if isinstance(request, functions.users.GetUsersRequest):
            return [types.User(id=5, is_self=True, access_hash=6)]
        if isinstance(request, functions.updates.GetStateRequest):
            return types.updates.State(pts=1, qts=1, date=datetime.fromtimestamp(1, UTC), seq=1, unread_count=0)
        return []  # the settings of its data centres, which nobody looks at

    def _is_ours(self, peer: Any) -> bool:
        return (peer.channel_id, peer.access_hash) == (self.number, 99)

    def shown(self) -> list[Said]:
        """The newest first."""
        there = [one for one in self.said if one.shown_from <= self.now < one.deleted_at]
        return sorted(there, key=lambda one: one.id, reverse=True)

    def _history(self, request: Any) -> Any:
        """The window of core.telegram.org/api/offsets."""
        shown, before = self.shown(), request.offset_date
        if request.offset_id:
            begin = sum(one.id >= request.offset_id for one in shown)
        else:
            begin = sum(one.at >= before.timestamp() for one in shown) if before else 0
        begin += request.add_offset
        end = begin + request.limit if self.clips else max(begin, 0) + request.limit
        return self._told(shown[max(begin, 0) : max(end, 0)][-self.cap :], len(shown))

    def _these(self, ids: Sequence[int]) -> Any:
        shown = {one.id: one for one in self.shown()}
        told = self._told([shown[number] for number in ids if number in shown], len(shown))
        told.messages += [types.MessageEmpty(number, None) for number in ids if number not in shown]
        return told

    def _told(self, said: Sequence[Said], count: int) -> Any:
        return types.messages.ChannelMessages(
            pts=1, count=count, messages=[self._message(one) for one in said], topics=[], chats=[self.channel()],
            users=self.users,
        )  # fmt: skip

    def _message(self, one: Said) -> Any:
        peer = types.PeerChannel(self.number)
        date = datetime.fromtimestamp(one.at, UTC)
        if one.service:
            return types.MessageService(one.id, peer, date=date, action=types.MessageActionPinMessage())
        told = {"views": 10, "forwards": 2, "post": True} | one.told
        if self.now >= one.edited_at:
            told["edit_date"] = datetime.fromtimestamp(one.edited_at, UTC)
            return types.Message(one.id, peer, date=date, message=one.text + " edited", **told)
        return types.Message(one.id, peer, date=date, message=one.text, **told)


class _Sender:
    """What Telethon hands its requests to. All that goes by is written as bytes and read again, as on a real way."""

    auth_key: Any = None
    dc_id = 2

    def __init__(self, service: TelegramService) -> None:
        self._service = service
        self._connected = False

    async def connect(self, connection: Any) -> bool:
        self.disconnected = asyncio.get_running_loop().create_future()
        self._service.connections += 1
        self._connected = True
        return True

    def is_connected(self) -> bool:
        return self._connected

    async def disconnect(self) -> None:
        self._connected = False
        if not self.disconnected.done():
            self.disconnected.set_result(None)

    def send(self, request: Any, ordered: bool = False) -> asyncio.Future[Any]:
        bytes(request)
        while isinstance(
            request,
            functions.InvokeWithoutUpdatesRequest | functions.InvokeWithLayerRequest | functions.InitConnectionRequest,
        ):
            request = request.query
        future = asyncio.get_running_loop().create_future()
        if self._service.silent:
            return future
        self._service.asked.append(request)
        answer = self._service.refuse(request) or self._service.answer(request)
        if isinstance(answer, str):
            answer = rpc_message_to_error(types.RpcError(code_of(answer), answer), request)
        if isinstance(answer, Exception):
            future.set_exception(answer)
        elif isinstance(answer, list):
            future.set_result(answer)
        else:
            with BinaryReader(bytes(answer)) as reader:
                future.set_result(reader.tgread_object())
        return future


def code_of(word: str) -> int:
    """The kind of an error, as Telegram numbers them (core.telegram.org/api/errors)."""
    codes = {"AUTH_KEY_DUPLICATED": 406, "INTERNAL": 500, "SESSION_REVOKED": 401, "AUTH_KEY_UNREGISTERED": 401}
    return 420 if word.startswith("FLOOD") else codes.get(word, 400)
