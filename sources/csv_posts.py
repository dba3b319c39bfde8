"""Posts as rows of a CSV: its encoding and delimiter found out, its columns named like the fields of a post."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from io import BufferedIOBase, RawIOBase
from typing import IO, cast

from sources.csv_rows import Cells, CsvRows
from sources.post import Post
from sources.post_fields import fields_from, post_from, shown
from sources.text_lines import text_lines

_POST = ("source", "instance", "external_id", "url", "title", "text", "published_at", "lang", "in_reply_to", "kind")
_AUTHOR = {
    f"author_{name}": name
    for name in ("id", "handle", "name", "url", "email", "bio", "location", "links", "verified_links")
}
_COUNTS = ("likes", "replies", "reposts", "views")
_GROUPING = str.maketrans("", "", " \u00a0\u202f'_")


def posts_from_csv(
    stream: IO[bytes] | Iterable[str], now: datetime, source: str = "file", instance: str = ""
) -> Iterator[tuple[int, Post | ValueError]]:
    """Reads a CSV with a header and gives each row's first line number (from 1) and its post, or what is wrong with it.

    stream: lines of text, or bytes whose encoding is found out (UTF-8, UTF-16, else cp1252). Columns: the fields
    of a post, `author_id`, `author_handle`, `author_name`, `author_url`, `author_email`, `author_bio`,
    `author_location`, `author_links` and `author_verified_links` (parted by blanks), `followers`, `likes`, `replies`,
    `reposts`, `views`, in any order and case; other columns are let pass, an empty cell is "not told".
    A row whose quote is never closed costs its first line and no more. Raises ValueError where the header names
    none of the columns.
    """
    raw = isinstance(stream, RawIOBase | BufferedIOBase)
    walk = iter(text_lines(cast("IO[bytes]", stream)) if raw else cast("Iterable[str]", stream))
    rows = Rows(next(walk, ""), now, source, instance)
    yield from rows.read(walk, first_line=2)


class Rows:
    """The rows below one header, as posts. Raises ValueError where the header names no field of a post.

    `passed` counts the lines of the rows given so far: where to go on when a reader stops in between.
    """

    def __init__(self, header: str, now: datetime, source: str, instance: str) -> None:
        self._rows = CsvRows(header, KNOWN)
        if not KNOWN & set(self._rows.columns):
            raise ValueError(f"names no field of a post in its first line (such as {', '.join(sorted(KNOWN)[:6])})")
        self._now, self._source, self._instance = now, source, instance

    @property
    def passed(self) -> int:
        return self._rows.passed

    def read(
        self, lines: Iterable[str], first_line: int, final: bool = True
    ) -> Iterator[tuple[int, Post | ValueError]]:
        """Gives each row of `lines`, which begin at line `first_line` of the file.

        final: nothing can follow `lines`. Otherwise a row that is still open at their end is left for later.
        """
        for number, cells in self._rows.read(lines, first_line, final):
            yield number, cells if isinstance(cells, ValueError) else self._post(cells)

    def _post(self, cells: Cells) -> Post | ValueError:
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


KNOWN = frozenset({*_POST, *_AUTHOR, *_COUNTS, "followers"})


def _whole(name: str, cell: str) -> int:
    """Reads a count as spreadsheets write it: "1 234", "1'234", "12.0"; a comma could mean two things."""
    text = cell.strip().translate(_GROUPING).removesuffix(".0")
    if not re.fullmatch(r"[+-]?[0-9]{1,20}", text):
        raise ValueError(f"{name} is {shown(cell.strip())}, must be a whole number")
    return int(text)
