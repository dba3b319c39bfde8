"""Documents are read off the event loop, in processes where many wait, and what is read is the same either way."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime, timedelta

import pytest

from sources import feed_reading
from sources.contract import SourceUnavailable
from sources.feed_reading import Desk, understand
from sources.http import Answer

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def answer(number: int, body: bytes = b"") -> Answer:
    body = body or (
        b"<rss version='2.0'><channel><title>Blog</title><ttl>90</ttl>"
        b"<item><title>Post %d</title><guid>https://blog.example/%d</guid></item></channel></rss>"
    ) % (number, number)
    headers = {"content-type": "application/rss+xml"}
    return Answer(status=200, url=f"https://blog{number}.example/feed", headers=headers, body=body)


def test_a_crowd_of_documents_is_read_in_processes_and_gives_what_a_thread_gives(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(feed_reading, "PROCESSES", 2)
    monkeypatch.setattr(feed_reading, "FEW", 1)
    threads: set[str] = set()
    real = understand

    def noting(asked: Answer, home: str, now: datetime) -> feed_reading.Understood:
        threads.add(threading.current_thread().name)
        return real(asked, home, now)

    monkeypatch.setattr(feed_reading, "understand", noting)

    async def main() -> list[feed_reading.Understood]:
        desk = Desk()
        try:
            answers = [answer(number) for number in range(4)]
            return await asyncio.gather(*(desk.read(one, "home", NOW) for one in answers))
        finally:
            desk.close()

    read = asyncio.run(main())
    assert [one.posts[0].title for one in read] == [f"Post {number}" for number in range(4)]
    assert read == [real(answer(number), "home", NOW) for number in range(4)]
    assert len(threads) == 1, "all but the first were read in processes, and none on the event loop"
    assert "MainThread" not in threads


@pytest.mark.parametrize("few", [0, 9])
def test_a_refusal_and_a_document_that_takes_too_long_are_told_alike(monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    monkeypatch.setattr(feed_reading, "PROCESSES", 2)
    monkeypatch.setattr(feed_reading, "FEW", few)

    async def read(one: Answer) -> None:
        desk = Desk()
        try:
            await desk.read(one, "home", NOW)
        finally:
            desk.close()

    with pytest.raises(SourceUnavailable, match="is not a feed"):
        asyncio.run(read(answer(1, b"Sorry!")))
    monkeypatch.setattr(feed_reading, "PARSING", timedelta(0))
    with pytest.raises(SourceUnavailable, match="takes longer than"):
        asyncio.run(read(answer(1)))
