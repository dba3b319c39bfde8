"""Reads interactions from a file, row by row: CSV or JSON Lines, gzipped or not."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Any, cast

from listener.stream import LONGEST_LINE
from rules.interaction import FIELDS, Interaction, interaction
from sources.csv_rows import CsvRows
from sources.jsonl import read_json
from sources.text_lines import text_lines

Row = tuple[int, Interaction | ValueError]
"""The number of a row's first line, and the interaction or what is wrong with it."""


class InteractionFile:
    """A file, read once from its beginning to its end; knows its size and how far it has been read."""

    def __init__(self, path: Path) -> None:
        """Raises OSError."""
        self.name = path.name
        self._is_csv = ".csv" in path.name.lower()
        self._raw = path.open("rb")
        self.size = path.stat().st_size
        zipped = self._raw.read(2) == b"\x1f\x8b"
        self._raw.seek(0)
        self._stream = cast("IO[bytes]", gzip.GzipFile(fileobj=self._raw) if zipped else self._raw)

    def position(self) -> int:
        """How many bytes of the file have been read."""
        return self._raw.tell()

    def rows(self, now: datetime) -> Iterator[Row]:
        """The rows, up to where the file cannot be read on; that it breaks off there is the last of them."""
        number = 0
        try:
            for number, told in self._told():
                yield number, told if isinstance(told, ValueError) else _read(told, now)
        except (EOFError, OSError, zlib.error) as error:
            why = str(error) if getattr(error, "strerror", None) else "its compressed data is damaged or cut off"
            yield number + 1, ValueError(f"cannot be read on from here: {why}")

    def _told(self) -> Iterator[tuple[int, Any]]:
        return self._cells() if self._is_csv else self._objects()

    def _cells(self) -> Iterator[tuple[int, Any]]:
        lines = text_lines(self._stream)
        rows = CsvRows(next(lines, ""), FIELDS)
        if "at" not in rows.columns:
            needs = f"needs the column at, and customer, identity or email; may have {', '.join(FIELDS)}"
            yield 1, ValueError(needs)
            return
        yield from rows.read(lines, first_line=2)

    def _objects(self) -> Iterator[tuple[int, Any]]:
        number = 0
        while line := self._stream.readline(LONGEST_LINE + 1):
            number += 1
            rest = line
            while len(rest) > LONGEST_LINE and not rest.endswith(b"\n"):
                rest = self._stream.readline(LONGEST_LINE + 1)
            if len(line) > LONGEST_LINE:
                yield number, ValueError(f"is longer than {LONGEST_LINE >> 20} MiB, which no interaction is")
            elif line.strip():
                try:
                    yield number, read_json(line)
                except ValueError as error:
                    yield number, error

    def __enter__(self) -> InteractionFile:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()
        self._raw.close()


def _read(told: Any, now: datetime) -> Interaction | ValueError:
    if not isinstance(told, dict):
        return ValueError("is no object with the fields of an interaction")
    try:
        return interaction(told, now)
    except ValueError as error:
        return error
