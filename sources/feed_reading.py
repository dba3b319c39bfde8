"""Reads feeds' documents off the event loop: in a thread, or in processes of their own where many wait."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

import msgspec
from msgspec import Struct

from sources.contract import SourceUnavailable
from sources.feed_services import shown_feed
from sources.http import Answer
from sources.own_process import end_process, new_process
from sources.post import Post
from sources.web_page import is_web_page

PARSING = timedelta(seconds=60)
FEW = 4
"""Documents that are read at once in threads. With more, processes pay: each takes half a second to start."""

PROCESSES = min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, 4)
IDLE_SECONDS = 60.0


class Understood(Struct, frozen=True, kw_only=True):
    """What a document held, see `feed_entry.Document`; `refused` says why it cannot be read, "" where it can."""

    posts: tuple[Post, ...] = ()
    patience: float | None = None
    left_out: str = ""
    notes: tuple[str, ...] = ()
    title: str = ""
    refused: str = ""
    page: bool = False


class WebPage(SourceUnavailable):
    """A page for people stands where a feed was expected."""


class _Question(Struct, frozen=True):
    answer: Answer
    home: str
    now: datetime


class Desk:
    """One event loop's readers of documents."""

    def __init__(self) -> None:
        self._reading = 0
        self._free = asyncio.Semaphore(PROCESSES)
        self._idle: list[ProcessPoolExecutor] = []
        self._leave: asyncio.TimerHandle | None = None

    async def read(self, answer: Answer, home: str, now: datetime) -> Understood:
        """Reads a document within PARSING. Raises SourceUnavailable, also as WebPage, saying what is amiss."""
        self._reading += 1
        try:
            if PROCESSES > 1 and (self._idle or self._reading > FEW):
                understood = await self._in_process(answer, home, now)
            else:
                async with asyncio.timeout(PARSING.total_seconds()):
                    understood = await asyncio.to_thread(understand, answer, home, now)
        except TimeoutError:
            raise SourceUnavailable(f"{_shown(answer)} takes longer than {PARSING.seconds} s to read") from None
        finally:
            self._reading -= 1
        if understood.refused:
            raise (WebPage if understood.page else SourceUnavailable)(understood.refused)
        return understood

    def close(self) -> None:
        """Ends the idle processes; the next crowd of documents starts new ones."""
        if self._leave is not None:
            self._leave.cancel()
            self._leave = None
        while self._idle:
            self._idle.pop().shutdown(wait=False, cancel_futures=True)

    async def _in_process(self, answer: Answer, home: str, now: datetime) -> Understood:
        loop = asyncio.get_running_loop()
        question = msgspec.msgpack.encode(_Question(answer, home, now))
        async with self._free:
            if self._leave is not None:
                self._leave.cancel()
            process = self._idle.pop() if self._idle else new_process()
            try:
                async with asyncio.timeout(PARSING.total_seconds()):
                    read = await loop.run_in_executor(process, understand_bytes, question)
            except BrokenProcessPool:
                end_process(process)
                raise SourceUnavailable(f"{_shown(answer)} ended the process that read it") from None
            except BaseException:
                end_process(process)
                raise
            self._idle.append(process)
            self._leave = loop.call_later(IDLE_SECONDS, self.close)
        return msgspec.msgpack.decode(read, type=Understood)


_DESKS: WeakKeyDictionary[asyncio.AbstractEventLoop, Desk] = WeakKeyDictionary()


def desk() -> Desk:
    """Gives the running event loop's desk."""
    return _DESKS.setdefault(asyncio.get_running_loop(), Desk())


def understand(answer: Answer, home: str, now: datetime) -> Understood:
    """Reads a document. Takes processor time."""
    from sources.feed_document import read_document  # takes feedparser with it, which a start without feeds can spare
    from sources.feed_entry import posts_of

    try:
        document = read_document(answer, _shown(answer))
    except SourceUnavailable as error:
        page = not answer.cut and is_web_page(answer.body, answer.headers.get("content-type", ""))
        return Understood(refused=str(error), page=page)
    return Understood(
        posts=tuple(posts_of(document, home, now)),
        title=document.title,
        patience=document.patience.total_seconds() if document.patience else None,
        left_out=document.left_out,
        notes=tuple(document.notes),
    )


def understand_bytes(question: bytes) -> bytes:
    """`understand` between processes, MessagePack in and out."""
    asked = msgspec.msgpack.decode(question, type=_Question)
    return msgspec.msgpack.encode(understand(asked.answer, asked.home, asked.now))


def _shown(answer: Answer) -> str:
    return shown_feed(answer.url)
