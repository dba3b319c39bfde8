"""Events of a stream of server-sent events, taken from its bytes within limits (HTML Standard, section 9.2)."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from datetime import timedelta

from msgspec import Struct

from sources.contract import SourceUnavailable
from sources.http_words import shown_bytes

MOST_BYTES = 1024 * 1024
EVENT_WITHIN = timedelta(seconds=60)

_LINE_END = re.compile(rb"\r\n|\n|\r")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Event(Struct, frozen=True):
    """One event: its name ("message" where it has none) and its data."""

    name: str
    data: str


class EventTooLong(Exception):
    """An event is longer than the limit."""


class EventParser:
    """Takes the bytes of a stream, cut anywhere, and gives the events that they complete.

    Comments and unknown fields are passed over, an event that the end cuts off is never given.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._line = bytearray()
        self._data: list[bytes] = []
        self._name = b""
        self._bytes = 0
        self._after_return = False
        self._at_start = True

    @property
    def is_in_the_middle(self) -> bool:
        """Whether an event, or a line, has begun and not ended."""
        return bool(self._line or self._data or self._name)

    def take(self, raw: bytes) -> list[Event]:
        """Gives the events that end in `raw`. Raises EventTooLong."""
        if self._after_return and raw.startswith(b"\n"):
            raw = raw[1:]
            self._after_return = False
        if not raw:
            return []
        self._after_return = raw.endswith(b"\r")
        *ended, rest = _LINE_END.split(raw)
        events: list[Event] = []
        for piece in ended:
            self._add(piece)
            line = bytes(self._line)
            self._line.clear()
            events += self._read(line)
        self._add(rest)
        return events

    def _add(self, piece: bytes) -> None:
        self._line += piece
        self._bytes += len(piece)
        if self._bytes > self._most_bytes:
            raise EventTooLong
        if self._at_start and len(self._line) >= len(_BYTE_ORDER_MARK):
            self._at_start = False
            if self._line.startswith(_BYTE_ORDER_MARK):
                del self._line[: len(_BYTE_ORDER_MARK)]

    def _read(self, line: bytes) -> list[Event]:
        self._at_start = False
        if not line:
            return self._end()
        if line.startswith(b":"):
            self._bytes -= len(line)
            return []
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            self._data.append(value)
        elif field == b"event":
            self._name = value
        return []

    def _end(self) -> list[Event]:
        name, data = self._name or b"message", self._data
        self._name, self._data, self._bytes = b"", [], 0
        text = [part.decode("utf-8", "replace") for part in (name, b"\n".join(data))]
        return [Event(text[0], text[1])] if data else []


async def events_of(
    pieces: AsyncIterator[bytes],
    shown: str,
    *,
    most_bytes: int = MOST_BYTES,
    within: timedelta = EVENT_WITHIN,
    seconds: Callable[[], float] = time.monotonic,
) -> AsyncGenerator[Sequence[Event], None]:
    """Gives, for each piece that comes in, the events that it completes: none for a heartbeat, which is life too.

    shown: what messages call the stream. Raises SourceUnavailable for an event that is too long, or takes more than
    `within` to come in.
    """
    parser = EventParser(most_bytes)
    began: float | None = None
    async for piece in pieces:
        try:
            events = parser.take(piece)
        except EventTooLong:
            raise SourceUnavailable(f"{shown} sent an event longer than {shown_bytes(most_bytes)}") from None
        now = seconds()
        if not parser.is_in_the_middle:
            began = None
        elif began is None or events:
            began = now
        elif now - began > within.total_seconds():
            raise SourceUnavailable(f"{shown} did not end an event within {within.total_seconds():g} s")
        yield events
