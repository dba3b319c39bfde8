"""One bounded step through one file of posts: whole lines from where the last step ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from sources.csv_posts import Rows
from sources.file_bytes import CHUNK, Damaged, FileBytes
from sources.file_cursor import Place, digest, marked
from sources.jsonl import decode_post
from sources.post import Post
from sources.text_lines import LONGEST_LINE, decode_line, sniff_encoding, split_lines

MOST_BYTES = 2 * LONGEST_LINE
SETTLED = 60.0
"""Seconds that a file must lie untouched until a last row of a CSV without a newline counts as finished."""

STUCK = 3_600.0
"""Seconds after which it is told that a last line has no end."""

FOREIGN = 86_400.0
"""Seconds that a file's time may lie ahead of ours and still be a time of this machine's."""


class Step(Struct, frozen=True, kw_only=True):
    """What one step gave: posts, bad lines with their number, the place to go on from, and whether there is more."""

    posts: Sequence[Post]
    problems: Sequence[str]
    place: Place
    more: bool


class Taken(Struct, frozen=True, kw_only=True):
    """Bytes of one step: all, the whole lines among them, what stands behind the last, whether the file ends there.

    `damage` says why nothing can be read behind them, "" where that is not so.
    """

    data: bytes
    lines: Sequence[bytes]
    rest: bytes
    at_end: bool
    damage: str


def read_step(file: FileBytes, place: Place, most: int, now: datetime, instance: str) -> Step:
    """Reads about `most` posts on from `place`. A bad line is told and stops no other; an unfinished one waits.

    Posts that tell no source of their own are of the source "file" and of `instance`. Raises Unreadable.
    """
    taken, place = _take(file, place, most)
    if not taken.lines and (place.skipping or not taken.at_end):
        return _skip(file, place, taken)
    untouched = now.timestamp() - file.changed_at
    if untouched < -FOREIGN:  # unpacked files may come with a time of the future
        untouched = STUCK
    reading = _Reading(taken, place, most, now, instance, untouched)
    if place.skipping:
        reading.pass_lines(1)
    if _is_table(file):
        reading.read_table()
    else:
        reading.read_lines()
    after = replace(reading.place, stamp=file.stamp if reading.at_rest() else "")
    problems = [taken.damage, *reading.problems] if taken.damage and after.stamp else reading.problems
    unread = file.offset - after.offset
    if 0 < unread <= len(taken.data):
        file.give_back(taken.data[-unread:])
    return Step(
        posts=reading.posts, problems=problems, place=marked(after, file), more=reading.more and not after.stamp
    )


def _is_table(file: FileBytes) -> bool:
    name = file.path.name.lower().removesuffix(".gz")
    return name.endswith((".csv", ".tsv"))


def _take(file: FileBytes, place: Place, most: int) -> tuple[Taken, Place]:
    """Reads until there are `most` lines, MOST_BYTES, or no more; at the beginning it tells the encoding."""
    data, lines, at_end, damage = bytearray(), 0, False, ""
    try:
        file.go_to(place.offset)
        while lines <= most and len(data) < MOST_BYTES and not at_end:
            chunk = file.read(CHUNK)
            at_end = not chunk
            data += chunk
            lines += chunk.count(b"\n")
    except Damaged as error:
        at_end, damage = True, str(error)
    if not place.offset:
        place = replace(place, encoding=sniff_encoding(bytes(data[:CHUNK])))
    whole = split_lines(bytes(data), place.encoding)
    rest = bytes(data[sum(map(len, whole)) :])
    return Taken(data=bytes(data), lines=whole, rest=rest, at_end=at_end, damage=damage), place


def _skip(file: FileBytes, place: Place, taken: Taken) -> Step:
    """Passes over a part of a line that is longer than any post."""
    size = len(taken.rest) - len(taken.rest) % 2  # a UTF-16 character is never cut
    file.give_back(taken.rest[size:])
    problem = f"line {place.line + 1} is longer than {MOST_BYTES >> 20} MiB"
    after = replace(place, offset=place.offset + size, skipping=True, stamp=file.stamp if taken.at_end else "")
    return Step(
        posts=(), problems=() if place.skipping else (problem,), place=marked(after, file), more=not taken.at_end
    )


class _Reading:
    """Walks over the lines of one step; `place` moves along with it."""

    def __init__(self, taken: Taken, place: Place, most: int, now: datetime, instance: str, untouched: float) -> None:
        self._taken = taken
        self._most = most
        self._now = now
        self._instance = instance
        self._untouched = untouched
        self._end = place.offset + len(taken.data)
        self._passed = 0
        self._settled = bool(
            taken.damage
        )  # what waits at the end was given or told of, and only a change of the file matters
        self.place = place
        self.posts: list[Post] = []
        self.problems: list[str] = []

    @property
    def more(self) -> bool:
        return not self._taken.at_end or len(self.posts) >= self._most

    def at_rest(self) -> bool:
        """Whether nothing is left to do until the file changes."""
        if self._settled or (self._taken.at_end and self.place.offset == self._end):
            return True
        return bool(self._taken.damage) and self._passed == len(self._taken.lines)

    def pass_lines(self, count: int) -> None:
        """Moves the place on by whole lines."""
        if count:
            size = sum(map(len, self._taken.lines[self._passed : self._passed + count]))
            self._passed += count
            self.place = replace(
                self.place, offset=self.place.offset + size, line=self.place.line + count, skipping=False, told=""
            )

    def read_lines(self) -> None:
        """JSON Lines. A last line without a newline is taken as soon as it is whole: an object says where it ends."""
        while self._passed < len(self._taken.lines):
            if len(self.posts) >= self._most:
                return
            self._take_line(self._taken.lines[self._passed], self.place.line + 1)
            self.pass_lines(1)
        rest = self._taken.rest
        if not (self._taken.at_end and rest.strip()):
            return
        try:
            self.posts.append(self._decode(rest))
            self.place = replace(self.place, offset=self._end)
        except ValueError:
            if self._untouched < STUCK:
                return
            if self.place.told != digest(rest):
                self.problems.append(f"line {self.place.line + 1} has no end yet: it waits for the rest")
                self.place = replace(self.place, told=digest(rest))
            self._settled = True

    def read_table(self) -> None:
        """CSV. A row at the end that is open, or has no newline, is given once the file lies untouched."""
        rows = self._rows()
        if rows is None:
            return
        lines = self._taken.lines[self._passed :]
        self._take_rows(rows.read(self._texts(lines), self.place.line + 1, final=False))
        if not rows.passed and not self._taken.at_end:  # one row longer than a step: its quote is never closed
            self._take_rows(rows.read(self._texts(lines), self.place.line + 1, final=True))
        self.pass_lines(rows.passed)
        if self._taken.at_end and len(self.posts) < self._most and self._untouched >= SETTLED:
            self._take_unfinished(rows)

    def _take_unfinished(self, rows: Rows) -> None:
        """Gives the unfinished end once. The place stays before it, so that what is appended is read as one with it."""
        lines = [*self._taken.lines[self._passed :], self._taken.rest]
        waiting = digest(b"".join(lines))
        if self.place.told != waiting:
            self._take_rows(rows.read(self._texts(lines), self.place.line + 1, final=True))
            self.place = replace(self.place, told=waiting)
        self._settled = True

    def _rows(self) -> Rows | None:
        """Gives the reader of rows, None where there is no whole header yet, or one that names no field of a post."""
        header = self.place.header
        if not header:
            if self._passed == len(self._taken.lines):
                return None
            header = decode_line(self._taken.lines[self._passed], self.place.encoding)
            self.pass_lines(1)
        try:
            rows = Rows(header, self._now, "file", self._instance)
        except ValueError as error:
            self.problems.append(str(error))
            self.place, self._settled = Place(), True
            return None
        self.place = replace(self.place, header=header)
        return rows

    def _take_rows(self, rows: Iterator[tuple[int, Post | ValueError]]) -> None:
        for line, read in rows:
            if isinstance(read, ValueError):
                self.problems.append(f"line {line}: {read}")
            else:
                self.posts.append(read)
            if len(self.posts) >= self._most:
                return

    def _take_line(self, line: bytes, number: int) -> None:
        if line.strip(b"\x00 \t\r\n\xff\xfe\xef\xbb\xbf"):
            try:
                self.posts.append(self._decode(line))
            except ValueError as error:
                self.problems.append(f"line {number}: {error}")

    def _decode(self, line: bytes) -> Post:
        text = decode_line(line, self.place.encoding) if self.place.encoding.startswith("utf-16") else line
        return decode_post(text, self._now, "file", self._instance)

    def _texts(self, lines: Sequence[bytes]) -> Iterator[str]:
        return (decode_line(line, self.place.encoding) for line in lines)
