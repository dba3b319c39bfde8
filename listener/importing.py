"""Brings posts from a file into the store, by the same way as any other."""

from __future__ import annotations

import gzip
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
from listener.terminal import safe
from sources.jsonl import decode_post, posts_from_csv
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
            for number, post in _posts(opened.stream, ".csv" in file.name.lower(), wall_clock()):
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


def _posts(stream: IO[bytes], is_csv: bool, now: datetime) -> Iterator[tuple[int, Post | ValueError]]:
    if is_csv:
        yield from posts_from_csv(stream, now)
        return
    for number, line in enumerate(stream, 1):
        if line.strip():
            try:
                yield number, decode_post(line, now)
            except ValueError as error:
                yield number, error


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"), TimeRemainingColumn(),
        console=console(), transient=True,
    )  # fmt: skip
