"""Rows of a CSV as spreadsheets write them, whatever its columns are: delimiter found out, mistakes told by line."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Iterator, Sequence

DELIMITERS = ",;\t|"
LONGEST_FIELD = 1_000_000

Cells = dict[str, str]
"""The cells of a row that hold something, by their columns in lower case."""


def sniff_delimiter(header: str, known: Collection[str]) -> str:
    """Tells the delimiter from the header's line: the one that makes the most known columns, else the most columns."""

    def fitness(delimiter: str) -> tuple[int, int]:
        names = {name.strip().lower() for name in _cells(header, delimiter)}
        return len(names.intersection(known)), len(names)

    return max(DELIMITERS, key=fitness)


class CsvRows:
    """The rows below one header.

    `passed` counts the lines of the rows given so far: where to go on when a reader stops in between. A row whose quote
    is never closed costs its first line and no more.
    """

    def __init__(self, header: str, known: Collection[str]) -> None:
        header = header.lstrip("\ufeff")
        self._delimiter = sniff_delimiter(header, known)
        self.columns: Sequence[str] = [name.strip().lower() for name in _cells(header, self._delimiter)]
        self.passed = 0

    def read(
        self, lines: Iterable[str], first_line: int, final: bool = True
    ) -> Iterator[tuple[int, Cells | ValueError]]:
        """Gives each row of `lines`, which begin at line `first_line` of the file, or what is wrong with it.

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
                yield here, self._named(row)

    def _row(self, walk: _Lines) -> tuple[Sequence[str] | None, str]:
        """Gives the next row, None at the end, and what is wrong with it."""
        try:
            row = next(csv.reader(walk, delimiter=self._delimiter), None)
        except csv.Error as error:
            return None, f"is no row of a CSV: {error}"
        return row, _OPEN if row is not None and walk.ended else ""

    def _named(self, row: Sequence[str]) -> Cells | ValueError:
        if any(cell.strip() for cell in row[len(self.columns) :]):
            return ValueError(f"has {len(row)} cells where the header has {len(self.columns)}: is a quote missing?")
        return {name: cell for name, cell in zip(self.columns, row, strict=False) if cell.strip()}


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


def _cells(header: str, delimiter: str) -> Sequence[str]:
    """The names of a first line; none where it is no row at all."""
    try:
        return next(csv.reader([header], delimiter=delimiter), [])
    except csv.Error:
        return []
