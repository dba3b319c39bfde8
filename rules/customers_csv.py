"""Reads customers from a CSV file as spreadsheets and shops write it."""

from __future__ import annotations

import csv
import difflib
import re
from collections.abc import Iterator
from typing import IO

from msgspec import Struct

from rules.customers import told_conflict
from rules.directory import Customer, Identity
from rules.identity import EMAIL, FORBIDDEN_BY_TERMS, identity
from sources.post import storable

COLUMNS = ("id", "name", "tier", "owner", "emails", "handles", "company", "domain")
_MOST_LINES = 20
"""Lines that one row may span; a quote that never closes must not swallow the rest of the file."""

_DELIMITERS = ",;\t|"
_BETWEEN = re.compile(r"[;,\s]+")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


class CustomersFile(Struct, frozen=True, kw_only=True):
    """What a file told: its customers, and one sentence per mistake that begins with its place."""

    customers: tuple[Customer, ...]
    mistakes: tuple[str, ...]


def parse_customers_csv(source: str | bytes | IO[str] | IO[bytes], origin: str) -> CustomersFile:
    """Reads a file's content (text, bytes or an open stream; not its path); `origin` is how places are told.

    Columns: COLUMNS, in any order, only `id` must be there. Bytes may be UTF-8, UTF-16 with its mark, or
    Windows-1252; cells are parted by comma, semicolon, tab or bar. A row that cannot be read is told and left
    out, a cell that cannot is told and left empty; the rest goes on. Raises nothing for what the file holds.
    """
    content = source if isinstance(source, str | bytes) else source.read()
    text = _decoded(content) if isinstance(content, bytes) else content.removeprefix("\ufeff")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    rows = _rows(lines, _delimiter(lines))
    mistakes: list[str] = []
    header = _header(rows, origin, mistakes)
    if header is None:
        return CustomersFile(customers=(), mistakes=tuple(mistakes))
    customers: dict[str, Customer] = {}
    for number, cells in rows:
        place = f"{origin} line {number}"
        if isinstance(cells, str):
            mistakes.append(f"{place}: {cells}")
            continue
        customer = _customer(header, cells, place, mistakes)
        if customer is None:
            continue
        first = customers.setdefault(customer.id, customer)
        if first is not customer:
            mistakes.append(f"{place}: the id {customer.id!r} stands already in {first.origin}; this row is left out")
    mistakes += _conflicts(customers)
    return CustomersFile(customers=tuple(customers.values()), mistakes=tuple(mistakes))


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


def _header(rows: Iterator[tuple[int, list[str] | str]], origin: str, mistakes: list[str]) -> list[str] | None:
    number, cells = next(rows, (1, "the file is empty"))
    place = f"{origin} line {number}"
    if isinstance(cells, str):
        mistakes.append(f"{place}: {cells}")
        return None
    header = [cell.strip().lower() for cell in cells]
    if "id" not in header:
        found = ", ".join(_clean(cell)[:40] for cell in cells[:20])
        mistakes.append(f"{place}: the column id is missing; the first line must name the columns, found: {found}")
        return None
    for column in dict.fromkeys(header):
        if column and column not in COLUMNS:
            close = difflib.get_close_matches(column, COLUMNS, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(COLUMNS)}"
            mistakes.append(f"{place}: the column {_clean(column)[:40]!r} is not read; {hint}")
        elif column and header.count(column) > 1:
            mistakes.append(f"{place}: the column {column!r} stands twice; the first is read")
    return header


def _customer(header: list[str], cells: list[str], place: str, mistakes: list[str]) -> Customer | None:
    if len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
        mistakes.append(
            f"{place}: has {len(cells)} cells, the first line has {len(header)}; "
            "a cell that holds a delimiter needs quotes; this row is left out"
        )
        return None
    row: dict[str, str] = {}
    for column, cell in zip(header, cells, strict=False):
        row.setdefault(column, _clean(cell))
    if not any(row.values()):
        return None
    if not row.get("id"):  # a short row may end before that column
        mistakes.append(f"{place}: the id is empty; this row is left out")
        return None
    return Customer(
        id=row["id"],
        name=row.get("name", ""),
        tier=row.get("tier", ""),
        owner=row.get("owner", ""),
        company=row.get("company", ""),
        domain=row.get("domain", "").lower().removeprefix("@"),
        identities=tuple(_identities(row, place, mistakes)),
        origin=place,
    )


def _identities(row: dict[str, str], place: str, mistakes: list[str]) -> dict[Identity, None]:
    found: dict[Identity, None] = {}
    claims = [(EMAIL, email) for email in _BETWEEN.split(row.get("emails", "")) if email]
    for handle in _BETWEEN.split(row.get("handles", "")):
        kind, colon, value = handle.partition(":")
        if handle and not colon:
            mistakes.append(f"{place}: {handle[:80]!r} in handles must be written network:handle, such as x:jane")
        elif handle:
            claims.append((kind, value))
    for kind, value in claims:
        try:
            claimed = identity(kind, value)
        except ValueError as error:
            mistakes.append(f"{place}: {error}; it is left out")
            continue
        if claimed.network in FORBIDDEN_BY_TERMS:
            mistakes.append(f"{place}: the terms of {claimed.network} forbid matching; its handle is left out")
            continue
        found[claimed] = None
    return found


def _conflicts(customers: dict[str, Customer]) -> Iterator[str]:
    claims: dict[Identity, list[Customer]] = {}
    for customer in customers.values():
        for claimed in customer.identities:
            claims.setdefault(claimed, []).append(customer)
    for claimed, owners in claims.items():
        if len(owners) > 1:
            yield told_conflict(claimed, owners)


def _clean(cell: str) -> str:
    return " ".join(_CONTROL.sub(" ", storable(cell)).split())
