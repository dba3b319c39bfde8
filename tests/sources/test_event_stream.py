"""Server-sent events: whole however their bytes are cut, bounded in size and time."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.contract import SourceRefused, SourceUnavailable
from sources.event_stream import Event, EventParser, EventTooLong, events_of
from sources.http import HttpDoor

lines = st.one_of(
    st.sampled_from([b"", b":thump", b"event: update", b"data", b"data:  x", b"id: 5", b"retry: 9", b"nonsense", b":"]),
    st.binary(max_size=20).map(lambda raw: b"data:" + raw.replace(b"\r", b"").replace(b"\n", b"")),
)
ends = st.sampled_from([b"\n", b"\r", b"\r\n"])


@given(st.lists(st.tuples(lines, ends), max_size=30), st.lists(st.integers(0, 400), max_size=30))
@settings(max_examples=200, deadline=None)
def test_events_are_the_same_however_the_bytes_are_cut(told: list[tuple[bytes, bytes]], cuts: list[int]) -> None:
    # A line that is empty but for its end must not begin with what the end before it may swallow.
    stream = b"".join(line + end for line, end in told)
    whole = EventParser().take(stream)
    parser, found, at = EventParser(), list[Event](), 0
    for cut in [*sorted(cuts), len(stream)]:
        found += parser.take(stream[at:cut]) if cut > at else []
        at = max(at, cut)
    assert found == whole


def test_an_event_has_its_name_and_all_its_lines_of_data() -> None:
    stream = (
        b"\xef\xbb\xbfevent: update\ndata: one\ndata:two\ndata:  three\nid: 7\n\n"
        b":thump\n\nevent: lonely\n\ndata: \xff\n\ndata: cut off"
    )
    assert EventParser().take(stream) == [Event("update", "one\ntwo\n three"), Event("message", "\ufffd")]


def test_heartbeats_without_end_take_no_room_and_end_no_patience() -> None:
    parser = EventParser(most_bytes=64)
    for _ in range(10_000):
        assert parser.take(b":thump\n") == []
    assert not parser.is_in_the_middle
    parser.take(b"data: x\n")
    for _ in range(100):
        parser.take(b":thump\n")
    assert parser.take(b"\n") == [Event("message", "x")]


@pytest.mark.parametrize("piece", [b"data: " + b"x" * 90, b"data: x\n", b"x", b"event: " + b"y" * 30 + b"\n"])
def test_an_event_that_is_too_long_is_refused_however_it_comes(piece: bytes) -> None:
    parser = EventParser(most_bytes=64)
    with pytest.raises(EventTooLong):
        for _ in range(100):
            parser.take(piece)


async def pieces_of(pieces: Sequence[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


def test_an_event_that_drips_is_given_up_and_heartbeats_are_not() -> None:
    async def read(pieces: Sequence[bytes]) -> int:
        ticks = iter(range(0, 100_000, 20))
        count = 0
        limit = timedelta(seconds=60)
        async for events in events_of(pieces_of(pieces), "it", within=limit, seconds=lambda: float(next(ticks))):
            count += len(events)
        return count

    assert asyncio.run(read([b":thump\n"] * 50 + [b"data: x\n\n"] * 50)) == 50
    with pytest.raises(SourceUnavailable, match="it did not end an event within 60 s"):
        asyncio.run(read([b"data: x"] * 10))


def test_a_long_event_ends_the_stream_with_words() -> None:
    async def read() -> None:
        async for _ in events_of(pieces_of([b"x" * 65]), "it", most_bytes=64):
            pass

    with pytest.raises(SourceUnavailable, match="it sent an event longer than 64 bytes"):
        asyncio.run(read())


# Through the door


@contextlib.contextmanager
def answering(*answers: bytes, silent: bool = False) -> Iterator[str]:
    """A server that sends one of the answers to each connection, and then closes it, or says nothing more."""
    listening = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def serve() -> None:
        for answer in answers:
            with contextlib.suppress(OSError):
                connection, _ = listening.accept()
                connection.recv(65_536)
                connection.sendall(answer)
                if silent:
                    over.wait(10)
                connection.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}/events"
    over.set()
    listening.close()


HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
CHUNK = b"10\r\ndata: something\n\r\n"


async def streamed(url: str, timeout: float = 5.0, allow_private: bool = True) -> bytes:
    door = HttpDoor(allow_private=allow_private, timeout=timedelta(seconds=timeout))
    found = b""
    try:
        async with door.stream(url, params={"tag": "acme"}) as answer:
            async for piece in answer.pieces:
                found += piece
    finally:
        await door.close()
    return found


def test_a_stream_is_given_piece_by_piece_until_its_end() -> None:
    with answering(HEAD + b"transfer-encoding: chunked\r\n\r\n" + CHUNK * 3 + b"0\r\n\r\n") as url:
        assert asyncio.run(streamed(url)) == b"data: something\n" * 3


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (HEAD + b"transfer-encoding: chunked\r\n\r\n" + CHUNK, "broke off"),
        (HEAD + b"content-encoding: gzip\r\n\r\n\x1f\x8b", "packs its stream"),
        (b"HTTP/1.1 500 no\r\n\r\n", "answered 500"),
        (b"HTTP/1.1 204 no\r\n\r\n", "answered 204"),
        (b"HTTP/1.1 302 no\r\nlocation: ftp://x/\r\n\r\n", "not http"),
        (b"nonsense\r\n\r\n", "not HTTP"),
    ],
)
def test_a_stream_that_is_none_is_an_error_in_our_words(answer: bytes, words: str) -> None:
    with answering(answer) as url, pytest.raises(SourceUnavailable, match=words) as told:
        asyncio.run(streamed(url))
    assert "acme" not in str(told.value)


def test_a_stream_that_falls_silent_is_left() -> None:
    answer = HEAD + b"transfer-encoding: chunked\r\n\r\n" + CHUNK
    with answering(answer, silent=True) as url, pytest.raises(SourceUnavailable, match="was silent for"):
        asyncio.run(streamed(url, timeout=0.3))


def test_a_stream_is_kept_off_private_networks_too() -> None:
    with answering() as url, pytest.raises(SourceRefused, match="allow_private = true"):
        asyncio.run(streamed(url, allow_private=False))
