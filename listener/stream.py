"""Posts in on standard input, readings out on standard output, as they come."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from listener import shapes
from listener.analyzers import not_asked
from listener.config import Config
from listener.customers import parse_directory
from listener.terminal import one_line
from rules.analysis import Analyser, Read
from rules.story import StoryIndex
from sources.jsonl import decode_post
from sources.post import Post

CHUNK = 1 << 18
LONGEST_LINE = 8 << 20


def analyze_stream(config: Config, *, every: bool) -> int:
    """Reads until standard input ends. Exit code: 0, or 1 if a line could not be read (told with its number)."""
    analyser = Analyser(config.setup(parse_directory(config)))
    stories = StoryIndex(timedelta(days=7))
    if note := not_asked(config.reading):
        sys.stderr.write(note + "\n")
    bad = 0
    for lines in _batches(sys.stdin.buffer.fileno()):
        posts: list[Post] = []
        now = datetime.now(UTC)
        for number, line in lines:
            if not line.strip():
                continue
            try:
                posts.append(post_of(line, now))
            except ValueError as error:
                bad += 1
                sys.stderr.write(f"line {number}: {one_line(str(error))}\n")
        reads = analyser.analyse(posts, "", now, every)
        sys.stdout.buffer.write(b"".join(_encoded(reads, stories, now)))
        sys.stdout.buffer.flush()
    if bad:
        sys.stderr.write(f"{bad} line{'' if bad == 1 else 's'} could not be read; the rest was.\n")
    return 1 if bad else 0


def post_of(line: bytes, now: datetime) -> Post:
    """The post of a line. Raises ValueError with one sentence, also for a line that was cut for its length."""
    if len(line) > LONGEST_LINE:
        raise ValueError(f"is longer than {LONGEST_LINE >> 20} MiB, which no post is")
    return decode_post(line, now)


def _encoded(reads: Sequence[Read], stories: StoryIndex, now: datetime) -> Iterator[bytes]:
    told = stories.assign_all([(str(read.post.key), read.fingerprint, read.post.published_at or now) for read in reads])
    for read, story in zip(reads, told, strict=True):
        yield shapes.encode(shapes.reading(msgspec.structs.replace(read.reading, story=story))) + b"\n"


def _batches(descriptor: int) -> Iterator[list[tuple[int, bytes]]]:
    """Numbered lines, as many as have arrived: a slow writer gets each answer at once, a fast one whole batches."""
    number, rest = 0, b""
    while chunk := os.read(descriptor, CHUNK):
        *whole, rest = (rest + chunk).split(b"\n")
        rest = rest[: LONGEST_LINE + 1]  # of a line without end no more is kept than shows that it is too long
        if whole:
            yield [(number + place, line) for place, line in enumerate(whole, 1)]
            number += len(whole)
    if rest:
        yield [(number + 1, rest)]
