"""Posts as rows of a CSV: its encoding and delimiter found out, its columns named like the fields of a post."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from io import BufferedIOBase, RawIOBase
from typing import IO, cast

from sources.post import Post
from sources.post_fields import fields_from, post_from, shown
from sources.text_lines import text_lines

DELIMITERS = ",;\t|"
LONGEST_FIELD = 1_000_000

_POST = ("source", "instance", "external_id", "url", "title", "text", "published_at", "lang", "in_reply_to", "kind")
_AUTHOR = {f"author_{name}": name for name in ("id", "handle", "name", "url", "email")}
_COUNTS = ("likes", "replies", "reposts", "views")
_GROUPING = str.maketrans("", "", " \u00a0\u202f'_")


def sniff_delimiter(header: str) -> str:
    """Tells the delimiter from the header's line: the one that makes the most known columns, else the most columns."""

    def fitness(delimiter: str) -> tuple[int, int]:
        names = {name.strip().lower() for name in _cells(header, delimiter)}
        return len(names & KNOWN), len(names)

    return max(DELIMITERS, key=fitness)


def posts_from_csv(
    stream: IO[bytes] | Iterable[str], now: datetime, source: str = "file", instance: str = ""
) -> Iterator[tuple[int, Post | ValueError]]:
    """Reads a CSV with a header and gives each row's first line number (from 1) and its post, or what is wrong with it.

    stream: lines of text, or bytes whose encoding is found out (UTF-8, UTF-16, else cp1252). Columns: the fields
    of a post, `author_id`, `author_handle`, `author_name`, `author_url`, `author_email`, `followers`, `likes`,
    `replies`, `reposts`, `views`, in any order and case; other columns are let pass, an empty cell is "not told".
    A row whose quote is never closed costs its first line and no more. Raises ValueError where the header names
    none of the columns.
    """
    raw = isinstance(stream, RawIOBase | BufferedIOBase)
    walk = iter(text_lines(cast("IO[bytes]", stream)) if raw else cast("Iterable[str]", stream))
    rows = Rows(next(walk, ""), now, source, instance)
    yield from rows.read(walk, first_line=2)


class Rows:
    """The rows below one header. Raises ValueError where the header names no field of a post.

    `passed` counts the lines of the rows given so far: where to go on when a reader stops in between.
    """

    def __init__(self, header: str, now: datetime, source: str, instance: str) -> None:
        header = header.lstrip("\ufeff")
        self._delimiter = sniff_delimiter(header)
        self._columns = [name.strip().lower() for name in _cells(header, self._delimiter)]
        if not KNOWN & set(self._columns):
            raise ValueError(f"names no field of a post in its first line (such as {', '.join(sorted(KNOWN)[:6])})")
        self._now, self._source, self._instance = now, source, instance
        self.passed = 0

    def read(
        self, lines: Iterable[str], first_line: int, final: bool = True
    ) -> Iterator[tuple[int, Post | ValueError]]:
        """Gives each row of `lines`, which begin at line `first_line` of the file.

        final: nothing can follow `lines`. Otherwise a row that is still open at their end is left for later.
        """
        csv.field_size_limit(LONGEST_FIELD)
        self.passed = 0
        walk = _Lines(lines)
        while True:
            walk.taken.clear()
            row, problem = self._row(walk)
            if row is None and not problem:
                return
            if problem == _OPEN and not final:
                return
            here = first_line + self.passed
            if problem and len(walk.taken) > 1:  # the quote that swallowed the next lines is the mistake
                walk.give_back(walk.taken[1:])
                self.passed += 1
            else:
                self.passed += len(walk.taken)
            if problem:
                yield here, ValueError(problem)
            elif row and any(cell.strip() for cell in row):
                yield here, self._post(row)

    def _row(self, walk: _Lines) -> tuple[Sequence[str] | None, str]:
        """Gives the next row, None at the end, and what is wrong with it."""
        try:
            row = next(csv.reader(walk, delimiter=self._delimiter), None)
        except csv.Error as error:
            return None, f"is no row of a CSV: {error}"
        return row, _OPEN if row is not None and walk.ended else ""

    def _post(self, row: Sequence[str]) -> Post | ValueError:
        if any(cell.strip() for cell in row[len(self._columns) :]):
            return ValueError(f"has {len(row)} cells where the header has {len(self._columns)}: is a quote missing?")
        cells = {name: cell for name, cell in zip(self._columns, row, strict=False) if cell.strip()}
        try:
            loose: dict[str, object] = {name: cells[name] for name in _POST if name in cells}
            author: dict[str, object] = {name: cells[column] for column, name in _AUTHOR.items() if column in cells}
            if "followers" in cells:
                author["followers"] = _whole("followers", cells["followers"])
            loose["author"] = author
            loose["engagement"] = {name: _whole(name, cells[name]) for name in _COUNTS if name in cells}
            return post_from(fields_from(loose), self._now, self._source, self._instance)
        except ValueError as error:
            return error


_OPEN = "opens a quote that is never closed"


class _Lines:
    """Hands lines to the CSV reader and remembers those that one row took, since a row may span several."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._again: list[str] = []
        self.taken: list[str] = []
        self.ended = False

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        try:
            line = self._again.pop() if self._again else next(self._lines)
        except StopIteration:
            self.ended = True
            raise
        self.taken.append(line)
        return line.replace("\x00", "\ufffd")

    def give_back(self, lines: Sequence[str]) -> None:
        """Lets these be read again, as rows of their own."""
        self._again.extend(reversed(lines))
        self.ended = False


KNOWN = frozenset({*_POST, *_AUTHOR, *_COUNTS, "followers"})


def _cells(header: str, delimiter: str) -> Sequence[str]:
    """The names of a first line; none where it is no row at all."""
    try:
        return next(csv.reader([header], delimiter=delimiter), [])
    except csv.Error:
        return []


def _whole(name: str, cell: str) -> int:
    """Reads a count as spreadsheets write it: "1 234", "1'234", "12.0"; a comma could mean two things."""
    text = cell.strip().translate(_GROUPING).removesuffix(".0")
    if not re.fullmatch(r"[+-]?[0-9]{1,20}", text):
        raise ValueError(f"{name} is {shown(cell.strip())}, must be a whole number")
    return int(text)
