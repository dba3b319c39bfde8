"""Bytes that come over an open connection: events, frames, messages, and what a mail server says."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import msgspec
from answers import NOW, check_error, check_page

from sources.contract import Page, SourceError
from sources.post import storable_post

PIECES = 7
"""How many pieces a stream comes in: a cut may fall anywhere."""


def read_events(data: bytes) -> None:
    """A stream of Mastodon, which comes in pieces; and its instance's word for where streams are."""
    from sources.event_stream import events_of
    from sources.mastodon_ids import SeenIds
    from sources.mastodon_stream import page_of_events

    async def pieces() -> AsyncIterator[bytes]:
        size = len(data) // PIECES + 1
        for begin in range(0, len(data), size):
            yield data[begin : begin + size]

    async def read() -> None:
        seen = SeenIds()
        try:
            async for events in events_of(pieces(), "home.example", most_bytes=10_000):
                check_page(page_of_events(events, "home.example", NOW, seen))
        except SourceError as error:
            check_error(error)

    asyncio.run(read())


def read_frames(data: bytes) -> None:
    """Frames of Jetstream, one a line."""
    from sources.jetstream_reading import Batch, Place, Reading

    class Lines:
        def __init__(self) -> None:
            self.left = data.split(b"\n")

        async def next(self) -> bytes | None:
            return self.left.pop(0) if self.left else None

    async def read() -> None:
        lines: Any = Lines()
        place = Place(host="wss://stream.example", since=NOW - timedelta(hours=1), by_time=True)
        reading = Reading(lines, place, None, lambda: NOW)
        goes_on = True
        while goes_on:
            batch = Batch()
            try:
                goes_on = await reading.gather(batch, 1.0) and bool(lines.left)
            except SourceError as error:
                check_error(error)
                return
            page = reading.page(batch)
            check_page(page)
            for departure in page.departures:
                departure.author_id.encode("utf-8", "surrogatepass")

    asyncio.run(read())


def read_mail(data: bytes) -> None:
    """A mail that lies in a folder."""
    from sources.imap_mail import post_of_mail

    post = post_of_mail(data, NOW, "team@acme.example", NOW)
    assert storable_post(post, NOW) == post
    assert post.external_id
    post.text.encode()


def read_mailbox(data: bytes) -> None:
    """All that a mail server says, from its greeting on. `TAG` stands for the tag of the command it answers."""
    from sources import imap_connection
    from sources.imap_folder import Taste, read_folder

    server = imap_connection.MailServer(
        host="mail.example", port=143, tls="none", username="team@acme.example", password="p"
    )
    taste = Taste(account="team@acme.example", backfill=timedelta(days=7), automatic=True)

    def connected(*_: object) -> Any:
        return _Server(data)

    cursor = None
    with patch.object(imap_connection, "_connected", connected):
        for _ in range(2):
            connection = imap_connection.MailConnection(server, ["203.0.113.1"], 60.0)
            try:
                page = read_folder(connection, "INBOX", cursor, NOW, taste)
            except SourceError as error:
                check_error(error)
                return
            check_page(page)
            cursor = page.cursor


def read_messages(data: bytes) -> Page | None:
    """An answer of Telegram, once its client has taken the bytes apart; what it cannot is its own."""
    from telethon.extensions import BinaryReader

    from sources.telegram_post import read_history
    from sources.telegram_walk import MOST_ID, Standing, advance, standing_of

    try:
        with BinaryReader(data) as reader:
            answer = reader.tgread_object()
    except Exception:
        return None
    standing = Standing(channel=7, access_hash=1, settled=0)
    try:
        step = advance(standing, read_history(answer, 7, "acme", NOW).seen, NOW, timedelta(days=400))
    except SourceError as error:
        check_error(error)
        return None
    page = Page(posts=step.posts, cursor=msgspec.json.encode(step.standing).decode())
    check_page(page)
    assert standing_of(page.cursor) == step.standing or step.standing.low >= MOST_ID
    return page


class _Server(io.BytesIO):
    """A socket, and the file that is made of it."""

    tag = b""

    def makefile(self, _: str) -> _Server:
        return self

    def sendall(self, sent: bytes) -> None:
        self.tag = sent.partition(b" ")[0]

    def readline(self, size: int | None = -1, /) -> bytes:
        line = super().readline(size)
        return line.replace(b"TAG", self.tag, 1) if line.startswith(b"TAG") else line

    def settimeout(self, _: float) -> None: ...

    def shutdown(self, _: int) -> None: ...
