"""The way to Telegram for the account of a session: one connection by Telethon, held within time."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from sources.contract import SourceBusy, SourceError, SourceRefused, SourceUnavailable
from sources.patience import LONGEST
from sources.telegram_post import names_of

MESSAGES = 100
"""The most that one answer holds."""

MISSING = "needs the client of Telegram, which is not installed: pip install 'listener[telegram]'"
TIMEOUT = timedelta(seconds=45)
UNTOLD_PAUSE = timedelta(minutes=1)
_PARTING = 2.0


class NoSuchChannel(Exception):
    """A name, or a channel that was known by its number, is no public channel or group that may be read."""


class Place(Struct, frozen=True):
    """A channel, as the account knows it: its number, and the account's own key to it."""

    channel: int
    access_hash: int


class Account:
    """Asks as one account. The connection is made at the first question and held until `close`.

    Telethon neither waits out a flood wait nor tries again; after Telegram's own failures (500) it rests for two
    seconds before it says so. It goes to the data centres of Telegram that the session and Telegram name: there is no
    address to be guarded.
    """

    def __init__(self, api_id: int, api_hash: str, session: str) -> None:
        self._told = (api_id, api_hash, session)
        self._timeout = TIMEOUT.total_seconds()
        self._client: Any = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @contextlib.asynccontextmanager
    async def asking(self) -> AsyncIterator[Account]:
        """Connects, and gives itself to be asked for as long as the time limit allows. Raises SourceError's kinds."""
        held = False
        try:
            async with asyncio.timeout(self._timeout):
                await self._connect()
                yield self
            held = True
        except TimeoutError:
            raise SourceUnavailable(f"Telegram did not answer within {self._timeout:g} s") from None
        except (SourceError, NoSuchChannel):
            held = True
            raise
        except Exception as error:  # whatever a library makes of what it is sent
            told = _told(error)
            held = isinstance(told, SourceBusy)
            raise told from error
        finally:
            if not held:
                await self.close()

    async def find(self, name: str) -> Place:
        """The channel or group of a public name. Raises NoSuchChannel."""
        from telethon import errors
        from telethon.tl import functions, types

        try:
            found = await self._client(functions.contacts.ResolveUsernameRequest(username=name))
        except (errors.UsernameInvalidError, errors.UsernameNotOccupiedError):
            raise NoSuchChannel from None
        for chat in found.chats:
            if isinstance(chat, types.Channel) and name in names_of(chat) and chat.access_hash is not None:
                return Place(chat.id, chat.access_hash)
        raise NoSuchChannel

    async def above(self, place: Place, number: int) -> Any:
        """The messages next above an id, the newest first. Raises NoSuchChannel."""
        return await self._history(place, offset_id=number + 1, offset_date=None, add_offset=-MESSAGES, limit=MESSAGES)

    async def last_before(self, place: Place, moment: datetime) -> Any:
        """The newest message from before a time. Raises NoSuchChannel."""
        return await self._history(place, offset_id=0, offset_date=moment, add_offset=0, limit=1)

    async def these(self, place: Place, numbers: Sequence[int]) -> Any:
        """Messages by their ids. Raises NoSuchChannel."""
        from telethon.tl import functions, types

        wanted = [types.InputMessageID(number) for number in numbers]
        return await self._ask(functions.channels.GetMessagesRequest(channel=_key(place), id=wanted))

    async def close(self) -> None:
        """Ends the connection. Safe to call twice."""
        client, self._client = self._client, None
        if client is None or self._loop is not asyncio.get_running_loop():
            return  # what was a connection ended with its loop
        with contextlib.suppress(Exception):  # one that is broken already
            async with asyncio.timeout(_PARTING):
                await client.disconnect()
            ended = client.disconnected
            if ended.done() and not ended.cancelled():
                ended.exception()  # asyncio would else complain that nobody looked at it

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        if self._client is not None and (self._loop is not loop or not self._client.is_connected()):
            await self.close()
        if self._client is None:
            telethon, sessions = await asyncio.to_thread(_library)
            api_id, api_hash, session = self._told
            self._loop = loop
            self._client = telethon.TelegramClient(
                sessions.StringSession(session),
                api_id,
                api_hash,
                timeout=10,
                request_retries=0,
                connection_retries=0,
                retry_delay=0,
                auto_reconnect=False,
                flood_sleep_threshold=0,
                raise_last_call_error=True,
                receive_updates=False,
            )
            await self._client.connect()

    async def _history(self, place: Place, **where: Any) -> Any:
        from telethon.tl import functions

        peer = _key(place, peer=True)
        return await self._ask(functions.messages.GetHistoryRequest(peer=peer, **where, max_id=0, min_id=0, hash=0))

    async def _ask(self, request: Any) -> Any:
        from telethon import errors

        try:
            return await self._client(request)
        except (errors.ChannelInvalidError, errors.ChannelPrivateError, errors.ChannelPublicGroupNaError):
            raise NoSuchChannel from None


def _key(place: Place, *, peer: bool = False) -> Any:
    from telethon.tl import types

    return (types.InputPeerChannel if peer else types.InputChannel)(place.channel, place.access_hash)


def _library() -> tuple[Any, Any]:
    """Imports Telethon, which takes a second. Raises SourceRefused where it is not installed."""
    try:
        import telethon
        from telethon import sessions
    except ImportError:
        raise SourceRefused(MISSING, "settings") from None
    logging.getLogger("telethon").setLevel(logging.CRITICAL)  # what fails is told by us, in one sentence
    return telethon, sessions


def _told(error: Exception) -> SourceError:
    """What is to be done about an error of the library's. Its own words are not repeated."""
    from telethon import errors

    if isinstance(error, errors.ApiIdInvalidError | errors.ApiIdPublishedFloodError):
        return SourceRefused("Telegram does not take the app: check api_id and api_hash", "credentials")
    if isinstance(error, errors.UnauthorizedError | errors.AuthKeyError | errors.AuthKeyNotFound):
        words = "Telegram does not know the session any more: sign in again and put the new one in `session`"
        return SourceRefused(words, "credentials")
    if isinstance(error, errors.FloodError):
        seconds = getattr(error, "seconds", None)
        wait = UNTOLD_PAUSE if seconds is None else min(timedelta(seconds=min(seconds, 10**8)), LONGEST)
        return SourceBusy("Telegram asks for patience (FLOOD_WAIT)", wait)
    if isinstance(error, errors.RPCError):
        word = re.sub(r"[^A-Z0-9_]", "", str(error.message))[:60] or type(error).__name__
        return SourceUnavailable(f"Telegram answered {word}")
    if isinstance(error, OSError):
        return SourceUnavailable("Telegram cannot be reached, or broke the connection")
    return SourceUnavailable(f"what Telegram answered could not be read ({type(error).__name__})")
