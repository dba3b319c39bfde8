"""All public posts of Bluesky as they are written, through Jetstream; what concerns nobody is sorted out here."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from sources.contract import (
    EVERYTHING,
    Cursor,
    Page,
    Plan,
    SourceBusy,
    SourceError,
    SourceRefused,
    SourceUnavailable,
)
from sources.jetstream_cursor import CHANGE_OF_HOST, SAME_HOST, Standing, decode, ticks_of
from sources.jetstream_frames import POSTS
from sources.jetstream_reading import Batch, CountedAnew, Place, Reading
from sources.query.tree import Query
from sources.settings import Duration, NetworkSourceSettings
from sources.websocket import Answered, WebSocketDoor

NEWER_PATH = "/xrpc/network.bsky.jetstream.subscribeEvents"
OLDER_PATH = "/subscribe"

MOST_BYTES = 256 * 1024
"""Of one event: ten times what a post can be. The service is asked to leave larger ones out."""

LOOKBACK = timedelta(hours=36)
"""How long Jetstream keeps events, unless its operator says otherwise."""

HEARTBEAT = 5.0
"""Seconds without a frame after which an empty page tells that the connection is there."""

IDLE = 1.0
"""Seconds without a frame after which a poll takes itself to be at the live end."""

FIRST = 10.0
"""Seconds in which a poll gets its first frame, unless there is none: a server may have to seek our place."""

LONGEST_POLL = 20.0
MOST_POLLED = 5_000

FORGOTTEN = "the stored position of this stream could not be read; reading begins anew"

_BY_SEQ, _BY_TIME, _LIVE = range(3)


def _stream_address(url: str) -> str:
    try:
        host = urlsplit(url).hostname
    except ValueError:
        host = None
    if not url.startswith(("wss://", "ws://")) or not host or "?" in url or "@" in url:
        raise ValueError("must be an address such as wss://jetstream.us-east.bsky.network")
    return url.rstrip("/")


class JetstreamSettings(NetworkSourceSettings):
    """Settings of `kind = "bluesky-jetstream"`. `base_urls`: servers, the first that answers is read.

    One that ends in /subscribe is asked in Jetstream's older protocol. `backfill`: how far back the first reading goes.
    """

    kind: Literal["bluesky-jetstream"]
    base_urls: Annotated[tuple[Annotated[str, AfterValidator(_stream_address)], ...], Field(min_length=1)] = (
        "wss://jetstream.us-east.bsky.network",
        "wss://jetstream.us-west.bsky.network",
        "wss://jetstream2.us-east.bsky.network/subscribe",
        "wss://jetstream2.us-west.bsky.network/subscribe",
    )
    backfill: Annotated[Duration, Field(ge=timedelta(0), le=LOOKBACK)] = timedelta(hours=1)

    def open(self) -> Jetstream:
        return Jetstream(self)


class Jetstream:
    """Reads the stream of all posts; see `Source` and `Streaming` for the promises."""

    kind = "bluesky-jetstream"
    searchable = False

    def __init__(self, settings: JetstreamSettings) -> None:
        self.name = settings.name
        self.credential = f"{self.kind}:{settings.base_urls[0]}"
        self._hosts = settings.base_urls
        self._backfill = settings.backfill
        self._door = WebSocketDoor(allow_private=settings.allow_private, max_frame=4 * MOST_BYTES)
        self._ways: dict[str, int] = {}  # how a host must be asked that did not know our place any more

    def plan(self, query: Query) -> Plan:
        """One stream for all queries: it cannot be asked for words."""
        return Plan(
            asks=[EVERYTHING],
            coverage="superset",
            notes=("authors are known here by their DID alone: author: with a handle finds nothing",),
        )

    def streams(self, queries: Sequence[Query]) -> Sequence[str]:
        """The one stream, whatever the queries are."""
        return [EVERYTHING]

    async def read(self, ask: str, cursor: Cursor | None, clock: Callable[[], datetime]) -> AsyncGenerator[Page, None]:
        """Reads on from the cursor until the connection ends. See `Streaming.read`."""
        async with self._reading(cursor, clock) as reading:
            while await reading.gather(batch := Batch(), HEARTBEAT):
                yield reading.page(batch)

    async def fetch(self, ask: str, cursor: Cursor | None, now: datetime) -> Page:
        """Reads on until `now`, or as far as one poll goes: 20 seconds, about 5,000 posts. See `Source.fetch`."""
        batch = Batch()
        ends_at = asyncio.get_running_loop().time() + LONGEST_POLL
        async with self._reading(cursor, lambda: now) as reading:
            before = reading.standing
            while True:
                frames = batch.frames
                try:
                    goes_on = await reading.gather(batch, IDLE if frames else FIRST)
                except SourceError:
                    if reading.standing is before:
                        raise
                    return reading.page(batch, more=True)  # what came is kept first; the next fetch tells of it
                standing = reading.standing
                if standing is not None and standing is not before and standing.at >= now:
                    return reading.page(batch)
                if not goes_on and standing is before:
                    raise SourceUnavailable("Jetstream ended the stream before it gave anything")
                if not goes_on:
                    return reading.page(batch, more=True)
                if batch.frames == frames:
                    reading.check_begun()
                    return reading.page(batch)
                if len(batch.posts) >= MOST_POLLED or asyncio.get_running_loop().time() >= ends_at:
                    return reading.page(batch, more=True)

    async def close(self) -> None:
        """Nothing stays open between two readings."""

    @contextlib.asynccontextmanager
    async def _reading(self, cursor: Cursor | None, clock: Callable[[], datetime]) -> AsyncIterator[Reading]:
        """A connection to the first host that takes one."""
        standing = decode(cursor, clock())
        async with contextlib.AsyncExitStack() as stack:
            reading, host = await self._open(stack, standing, clock)
            if cursor and standing is None:
                reading.notes.append(FORGOTTEN)
            try:
                yield reading
            except CountedAnew:
                self._ways[host] = min(self._ways.get(host, _BY_SEQ) + 1, _LIVE)
                raise
            finally:
                if reading.standing is not standing:
                    self._ways.pop(host, None)

    async def _open(
        self, stack: contextlib.AsyncExitStack, standing: Standing | None, clock: Callable[[], datetime]
    ) -> tuple[Reading, str]:
        troubles: list[SourceError] = []
        for host in self._in_order(standing):
            try:
                return await self._open_at(stack, host, standing, clock), host
            except SourceError as error:
                troubles.append(error)
        raise _foremost(troubles)

    async def _open_at(
        self,
        stack: contextlib.AsyncExitStack,
        host: str,
        standing: Standing | None,
        clock: Callable[[], datetime],
    ) -> Reading:
        for way in range(self._ways.get(host, _BY_SEQ), _LIVE + 1):
            place, begin = self._place(host, standing, way, clock())
            if place is None:
                continue
            url, params, protocols = _asked(host, begin)
            try:
                frames = await stack.enter_async_context(self._door.open(url, params, protocols))
                return Reading(frames, place, standing, clock)
            except Answered as answered:
                if answered.status != 400:
                    raise answered.error from None
                if _name_of(answered.body) != "CursorTooOld" or way == _LIVE:
                    raise SourceRefused(f"{host} does not take the request (400)", "settings") from None
        raise AssertionError("the live end is a place on every host")

    def _place(
        self, host: str, standing: Standing | None, way: int, now: datetime
    ) -> tuple[Place, int | None] | tuple[None, None]:
        """Where to begin in this way, and the cursor to ask for; None where there is no such place."""
        if way == _BY_SEQ:
            if standing is None or standing.seq is None or standing.host != host:
                return None, None
            return Place(host=host, since=standing.at, seq=standing.seq), standing.seq
        since = standing.at if standing is not None else now - self._backfill if self._backfill else None
        if way == _LIVE or since is None:
            lost = "" if standing is None else "Jetstream no longer knew the place where reading had stopped"
            return Place(host=host, since=since, lost=lost), None
        again = timedelta(0) if standing is None else SAME_HOST if standing.host == host else CHANGE_OF_HOST
        return Place(host=host, since=since, by_time=True, anew=standing is None), ticks_of(since - again)

    def _in_order(self, standing: Standing | None) -> list[str]:
        """The host whose count we hold comes first: elsewhere a minute would be read again."""
        first = [host for host in self._hosts if standing is not None and standing.seq and host == standing.host]
        return [*first, *(host for host in self._hosts if host not in first)]


def _asked(host: str, begin: int | None) -> tuple[str, list[tuple[str, str]], list[str]]:
    """Address, parameters and protocols of a connection (see `jetstream_frames` for where these are told)."""
    params = [("maxMessageSizeBytes", str(MOST_BYTES))]
    if begin is not None:
        params.append(("cursor", str(begin)))
    if host.endswith(OLDER_PATH):
        return host, [("wantedCollections", POSTS), *params], []
    return host + NEWER_PATH, [("collections", POSTS), *params], ["xrpc.v1.json"]


def _name_of(body: bytes) -> str:
    """The name of an XRPC error, "" where the body is none."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    return str(told.get("error", ""))[:60] if isinstance(told, dict) else ""


def _foremost(troubles: Sequence[SourceError]) -> SourceError:
    """The trouble of several hosts that says what to do: a refusal only where every host refuses."""
    for kind in (SourceBusy, SourceUnavailable, SourceRefused):
        for trouble in troubles:
            if isinstance(trouble, kind):
                return trouble
    raise AssertionError("there is at least one host")
