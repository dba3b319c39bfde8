"""Brings a team's labels in from a CSV file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from listener.store import Tx
from listener.store.marks import FEELINGS, MARKS, MarkedText, keep_texts, mark_mention, take_back_file
from listener.terminal import one_line
from sources.csv_rows import LONGEST_FIELD
from sources.post import MAX_TEXT, storable

LARGEST = 64 << 20
_DELIMITERS = ",;\t|"
_MENTION, _MARK = ("mention", "id"), ("label", "mark")
_GREATEST = 2**63 - 1


class Labels(Struct, frozen=True, kw_only=True):
    """What a file tells: marks of mentions by their numbers, marked texts, and a sentence for each row that says
    nothing usable. `empty`: rows without a label; `whole`: it could be read to its end."""

    mentions: tuple[tuple[int, int, str], ...]
    """Line, mention and mark."""
    texts: tuple[MarkedText, ...]
    empty: int
    mistakes: tuple[str, ...]
    whole: bool = True


class Brought(Struct, frozen=True, kw_only=True):
    """What bringing a file in came to; `replaced`: marks that it had brought before."""

    mentions: int
    texts: int
    replaced: int
    empty: int
    mistakes: tuple[str, ...]


def bring_in(tx: Tx, path: Path, brands: Sequence[str], by: str, now: datetime) -> Brought:
    """Puts a file's labels in the place of what the same file brought before. Raises OSError.

    One that cannot be read to its end brings nothing, and what it brought before stays.
    """
    with path.open("rb") as file:
        content = file.read(LARGEST + 1)
    labels = read_labels(content, path.name, brands)
    if not labels.whole:
        return Brought(mentions=0, texts=0, replaced=0, empty=0, mistakes=labels.mistakes)
    origin = str(path.resolve())
    replaced = take_back_file(tx, origin, now, by)
    mistakes = list(labels.mistakes)
    known = 0
    for line, number, mark in labels.mentions:
        if mark_mention(tx, number, mark, now, by, origin):
            known += 1
        else:
            mistakes.append(f"{path.name} line {line}: there is no mention {number}")
    keep_texts(tx, labels.texts, now, by, origin)
    return Brought(
        mentions=known, texts=len(labels.texts), replaced=replaced, empty=labels.empty, mistakes=tuple(mistakes)
    )


def read_labels(content: bytes, origin: str, brands: Sequence[str]) -> Labels:
    """Reads labels: a column `mention` (or `id`) or `text`, one `label` (or `mark`), and `brand` if there is one.

    So an export, with its column `mark` filled in, is such a file. A text takes a feeling; a mention any mark. UTF-8;
    cells are parted by comma, semicolon, tab or bar. `brands`: those that there are. Raises nothing for what
    the file holds.
    """
    if len(content) > LARGEST:
        return _nothing(f"{origin} is larger than {LARGEST >> 20} MiB")
    text = content.decode("utf-8-sig", "replace").replace("\x00", "")
    header = next((line for line in text.splitlines() if line.strip()), "")
    lines = io.StringIO(text, newline="")  # only these ends of lines end a row, not all that Unicode has
    csv.field_size_limit(LONGEST_FIELD)  # of the whole process: as every reader of ours sets it
    reader = csv.reader(lines, delimiter=max(_DELIMITERS, key=header.count))
    rows = _rows(reader)
    columns = [cell.strip().casefold() for cell in next(rows, (1, []))[1]]
    mention, mark = _column(columns, _MENTION), _column(columns, _MARK)
    about, brand = _column(columns, ("text",)), _column(columns, ("brand",))
    if mark is None or (mention is None and about is None):
        return _nothing(f"{origin} line 1: needs the columns mention or text, and label; found: {_shown(header)}")
    return _Reading(origin, (mention, about, mark, brand), brands).read(rows)


class _Reading:
    def __init__(self, origin: str, columns: tuple[int | None, ...], brands: Sequence[str]) -> None:
        self._origin = origin
        self._columns = columns
        self._brands = frozenset(brands)
        self._mentions: list[tuple[int, int, str]] = []
        self._texts: list[MarkedText] = []
        self._mistakes: list[str] = []
        self._empty = 0
        self._whole = True

    def read(self, rows: Iterator[tuple[int, list[str]]]) -> Labels:
        try:
            for line, cells in rows:
                said = self._row(line, cells)
                if said:
                    self._mistakes.append(f"{self._origin} line {line}: {said}")
        except csv.Error as error:
            self._whole = False
            self._mistakes.append(f"{self._origin}: cannot be read any further: {error}")
        return Labels(
            mentions=tuple(self._mentions),
            texts=tuple(self._texts),
            empty=self._empty,
            mistakes=tuple(self._mistakes),
            whole=self._whole,
        )

    def _row(self, line: int, cells: list[str]) -> str:
        """Takes a row in; gives what is wrong with it, "" for nothing."""
        mention, text, mark, brand = (_cell(cells, column) for column in self._columns)
        mark = mark.casefold()
        if not mark:
            self._empty += bool(mention or text)
            return ""
        if mark not in MARKS:
            return f"{_shown(mark)!r} is no mark; one of: {', '.join(MARKS)}"
        if mention:
            if not (mention.isascii() and mention.isdigit() and len(mention) < 20 and int(mention) <= _GREATEST):
                return f"{_shown(mention)!r} is not the number of a mention"
            self._mentions.append((line, int(mention), mark))
        elif not text:
            return "names no mention and has no text"
        elif mark not in FEELINGS:
            return f"a text without a mention can be {', '.join(FEELINGS)}, not {mark}"
        elif brand and brand not in self._brands:
            return f"no brand is named {_shown(brand)!r}"
        else:
            self._texts.append(MarkedText(storable(text, MAX_TEXT), mark, brand))
        return ""


def _rows(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """The rows that hold something, each with the number of its last line."""
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield getattr(reader, "line_num", 0), cells


def _column(columns: list[str], names: tuple[str, ...]) -> int | None:
    return next((columns.index(name) for name in names if name in columns), None)


def _cell(cells: list[str], column: int | None) -> str:
    return cells[column].strip() if column is not None and column < len(cells) else ""


def _shown(text: str) -> str:
    return one_line(text)[:80]


def _nothing(why: str) -> Labels:
    return Labels(mentions=(), texts=(), empty=0, mistakes=(why,), whole=False)
