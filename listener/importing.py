"""Brings posts from a file into the store, by the same way as any other."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, cast

import msgspec
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from listener.app import App, wall_clock, working
from listener.cli.output import console
from listener.config import Config
from listener.store import inbox, mentions
from listener.stream import LONGEST_LINE, post_of
from listener.terminal import safe
from sources.jsonl import posts_from_csv
from sources.post import Post

IMPORT_BATCH = 500


async def import_round(config: Config, file: Path) -> int:
    """Brings a file's posts in by batches. Exit code 1 if lines could not be read (told with their numbers)."""
    good, bad = 0, 0
    with _progress() as progress, _Opened(file) as opened:
        bar = progress.add_task(file.name, total=opened.size)
        async with working(config, workers=0) as app:
            before = _kept(app)
            batch: list[Post] = []
            for number, post in _until_it_breaks(_posts(opened.stream, ".csv" in file.name.lower(), wall_clock())):
                if isinstance(post, ValueError):
                    bad += 1
                    progress.console.print(safe(f"{file.name} line {number}: {post}"))
                    continue
                batch.append(post)
                if len(batch) == IMPORT_BATCH:
                    good += await _bring_in(app, batch)
                    progress.update(bar, completed=opened.position())
                    batch = []
            good += await _bring_in(app, batch)
            new = _kept(app) - before
    console().print(f"{good} posts read, {new} new mentions kept, {bad} lines could not be read.")
    return 1 if bad else 0


def _kept(app: App) -> int:
    with app.store.read() as tx:
        return mentions.count_mentions(tx, mentions.MentionFilter())


async def _bring_in(app: App, posts: Sequence[Post]) -> int:
    if posts:
        encoded = msgspec.json.encode(list(posts))
        with app.store.write() as tx:
            batch = inbox.put_batch(tx, "import", encoded, len(posts), True, app.clock())
            app.engine.enqueue(tx, "analyse", {"batch": batch}, key="analyse:import")
        await app.engine.run_until_idle(1)
    return len(posts)


class _Opened:
    """A file read as bytes, gzipped or not, that knows its size and how far it has been read."""

    def __init__(self, path: Path) -> None:
        self._raw = path.open("rb")
        self.size = path.stat().st_size
        zipped = self._raw.read(2) == b"\x1f\x8b"
        self._raw.seek(0)
        self.stream = cast("IO[bytes]", gzip.GzipFile(fileobj=self._raw) if zipped else self._raw)

    def position(self) -> int:
        return self._raw.tell()

    def __enter__(self) -> _Opened:
        return self

    def __exit__(self, *_: object) -> None:
        self.stream.close()
        self._raw.close()


def _until_it_breaks(posts: Iterator[tuple[int, Post | ValueError]]) -> Iterator[tuple[int, Post | ValueError]]:
    """The posts up to where the file cannot be read on; what came before is kept, and the break is told."""
    number = 0
    try:
        for number, post in posts:
            yield number, post
    except (EOFError, OSError, zlib.error) as error:
        why = "its compressed data is damaged or cut off" if not getattr(error, "strerror", None) else str(error)
        yield number + 1, ValueError(f"cannot be read on from here: {why}")
    except ValueError as error:
        yield number + 1, error  # the first line names no column of a post


def _posts(stream: IO[bytes], is_csv: bool, now: datetime) -> Iterator[tuple[int, Post | ValueError]]:
    if is_csv:
        yield from posts_from_csv(stream, now)
        return
    for number, line in _lines(stream):
        if line.strip():
            try:
                yield number, post_of(line, now)
            except ValueError as error:
                yield number, error


def _lines(stream: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Numbered lines; of one without end no more is kept than shows that it is too long."""
    number = 0
    while line := stream.readline(LONGEST_LINE + 1):
        number += 1
        rest = line
        while len(rest) > LONGEST_LINE and not rest.endswith(b"\n"):
            rest = stream.readline(LONGEST_LINE + 1)
        yield number, line


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"), TimeRemainingColumn(),
        console=console(), transient=True,
    )  # fmt: skip
