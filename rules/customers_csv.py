"""Reads customers from a CSV file as spreadsheets and shops write it."""

from __future__ import annotations

import csv
import difflib
from collections.abc import Callable, Iterator
from typing import IO

from msgspec import Struct

from rules.contact_details import field_name, one_line
from rules.customers import directory_conflicts
from rules.customers_row import COLUMNS, customer_of
from rules.directory import MOST_FIELDS, Customer

_MOST_LINES = 20
"""Lines that one row may span; a quote that never closes must not swallow the rest of the file."""

_DELIMITERS = ",;\t|"


class CustomersFile(Struct, frozen=True, kw_only=True):
    """What a file told: its customers, and one sentence per mistake that begins with its place.

    `fields` are the columns that became custom fields, by the names that rules use; `notes` are what is no mistake
    and worth a word. `readable`: whether the first line named the columns; else nothing is known of who stands in it.
    """

    customers: tuple[Customer, ...]
    mistakes: tuple[str, ...]
    fields: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    readable: bool = True


def parse_customers_csv(
    source: str | bytes | IO[str] | IO[bytes], origin: str, told: Callable[[int, int], None] | None = None
) -> CustomersFile:
    """Reads a file's content (text, bytes or an open stream; not its path); `origin` is how places are told.

    Columns: COLUMNS, in any order, only `id` must be there; every other column is a custom field. Bytes may be UTF-8,
    UTF-16 with its mark, or Windows-1252; cells are parted by comma, semicolon, tab or bar. A row that cannot be read
    is told and left out, a cell that cannot is told and left empty; the rest goes on. `told` hears now and then how
    many lines of how many are read. Raises nothing for what the file holds.
    """
    content = source if isinstance(source, str | bytes) else source.read()
    text = _decoded(content) if isinstance(content, bytes) else content.removeprefix("\ufeff")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    rows = _rows(lines, _delimiter(lines))
    mistakes: list[str] = []
    notes: list[str] = []
    header = _header(rows, origin, mistakes, notes)
    if header is None:
        return CustomersFile(customers=(), mistakes=tuple(mistakes), readable=False)
    customers: dict[str, Customer] = {}
    for number, cells in rows:
        if told is not None and number % _TELL_EVERY == 0:
            told(number, len(lines))
        place = f"{origin} line {number}"
        if isinstance(cells, str):
            mistakes.append(f"{place}: {cells}")
            continue
        customer = customer_of(header, cells, place, mistakes)
        if customer is None:
            continue
        first = customers.setdefault(customer.id, customer)
        if first is not customer:
            mistakes.append(f"{place}: the id {customer.id!r} stands already in {first.origin}; this row is left out")
    mistakes += directory_conflicts(customers.values())
    own = tuple(column for column in dict.fromkeys(header) if column and column not in COLUMNS)
    return CustomersFile(customers=tuple(customers.values()), mistakes=tuple(mistakes), fields=own, notes=tuple(notes))


_TELL_EVERY = 500


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _delimiter(lines: list[str]) -> str:
    """The header decides: names of columns hold no delimiter."""
    header = next((line for line in lines if line.strip()), "")
    return max(_DELIMITERS, key=header.count)


def _rows(lines: list[str], delimiter: str) -> Iterator[tuple[int, list[str] | str]]:
    """Gives each row with the number of its first line: its cells, or the sentence why it has none."""
    at = 0
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        cells, used = _row(lines[at : at + _MOST_LINES], delimiter)
        yield at + 1, cells
        at += used


def _row(lines: list[str], delimiter: str) -> tuple[list[str] | str, int]:
    for used in range(1, len(lines) + 1):
        written = [f"{line}\n" for line in lines[: used - 1]] + [lines[used - 1]]
        try:
            return next(csv.reader(written, delimiter=delimiter, strict=True)), used
        except StopIteration:
            return "holds no cells", 1
        except csv.Error as error:
            if "unexpected end" not in str(error):
                return f"cannot be read as CSV: {error}; this row is left out", 1
    return "a quote opens here and does not close; this row is left out", 1


def _header(
    rows: Iterator[tuple[int, list[str] | str]], origin: str, mistakes: list[str], notes: list[str]
) -> list[str] | None:
    """The names of the columns: those of COLUMNS, else the names of custom fields, "" for what is not read."""
    number, cells = next(rows, (1, "the file is empty"))
    place = f"{origin} line {number}"
    if isinstance(cells, str):
        mistakes.append(f"{place}: {cells}")
        return None
    header = [_column(cell) for cell in cells]
    if "id" not in header:
        found = ", ".join(one_line(cell, 40) for cell in cells[:20])
        mistakes.append(f"{place}: the column id is missing; the first line must name the columns, found: {found}")
        return None
    own = []
    for column in dict.fromkeys(header):
        if column and header.count(column) > 1:
            mistakes.append(f"{place}: the column {column!r} stands twice; the first is read")
        if column and column not in COLUMNS:
            own.append(column)
            close = difflib.get_close_matches(column, COLUMNS, n=1, cutoff=0.75)
            if close:
                notes.append(f"{place}: the column {column!r} is kept as a custom field; did you mean {close[0]!r}?")
    if len(own) > MOST_FIELDS:
        mistakes.append(f"{place}: has {len(own)} columns of its own; the first {MOST_FIELDS} are kept")
        left = set(own[MOST_FIELDS:])
        header = ["" if column in left else column for column in header]
    return header


def _column(cell: str) -> str:
    known = cell.strip().lower()
    return known if known in COLUMNS else field_name(cell)
