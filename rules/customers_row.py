"""Makes a customer of the cells of one row."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from rules.contact_details import LONGEST_FIELD, domain, one_line, page, phone
from rules.directory import MOST_IDENTITIES, Customer, Identity
from rules.identity import EMAIL, FORBIDDEN_BY_TERMS, identity
from rules.identity_validity import without_validity
from sources.post import MAX_FIELD, MAX_TEXT

COLUMNS = (
    "id", "name", "tier", "owner", "emails", "handles", "company", "domain", "phones", "urls", "city", "country",
)  # fmt: skip
_LISTS = ("emails", "handles", "phones", "urls")
_BETWEEN = re.compile(r"[;,\s]+")
_BETWEEN_PHONES = re.compile(r"[;,]+")  # whose digits people part by spaces
_MOST_CONTACTS = 100
_MOST_TOLD = 20
"""Mistakes of one cell that are told one by one."""

Found = TypeVar("Found")


def customer_of(header: Sequence[str], cells: Sequence[str], place: str, mistakes: list[str]) -> Customer | None:
    """Gives the customer, or None where the row holds none; tells in `mistakes` what could not be read."""
    if len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
        mistakes.append(
            f"{place}: has {len(cells)} cells, the first line has {len(header)}; "
            "a cell that holds a delimiter needs quotes; this row is left out"
        )
        return None
    row: dict[str, str] = {}
    for column, cell in zip(header, cells, strict=False):
        if column:
            row.setdefault(column, one_line(cell, _longest(column)))
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
        domain=domain(row.get("domain", "")),
        city=row.get("city", ""),
        country=row.get("country", ""),
        phones=_each(_BETWEEN_PHONES.split(row.get("phones", "")), phone, _MOST_CONTACTS, place, mistakes),
        urls=_each(_BETWEEN.split(row.get("urls", "")), page, _MOST_CONTACTS, place, mistakes),
        identities=_each(_claims(row), _identity, MOST_IDENTITIES, place, mistakes),
        fields={column: cell for column, cell in row.items() if cell and column not in COLUMNS},
        origin=place,
    )


def _longest(column: str) -> int:
    if column in _LISTS:
        return MAX_TEXT
    return MAX_FIELD if column in COLUMNS else LONGEST_FIELD


def _claims(row: dict[str, str]) -> Iterator[str]:
    yield from (f"{EMAIL}:{entry}" for entry in _BETWEEN.split(row.get("emails", "")) if entry)
    yield from _BETWEEN.split(row.get("handles", ""))


def _identity(entry: str) -> Identity:
    kind, colon, value = entry.partition(":")
    if not colon:
        raise ValueError(f"{entry[:80]!r} in handles must be written network:handle, such as x:jane")
    value, since, until = without_validity(value)
    claimed = identity(kind, value)
    if claimed.network in FORBIDDEN_BY_TERMS:
        raise ValueError(f"the terms of {claimed.network} forbid matching; its handle is left out")
    return Identity(claimed.network, claimed.value, since, until)


def _each(
    entries: Iterable[str], read: Callable[[str], Found], most: int, place: str, mistakes: list[str]
) -> tuple[Found, ...]:
    """Reads each entry; one that cannot be read is told and left out."""
    found: dict[Found, None] = {}
    told = left = 0
    for entry in entries:
        if not entry.strip():
            continue
        if len(found) == most:
            left += 1
            continue
        try:
            found[read(entry)] = None
        except ValueError as error:
            told += 1
            if told <= _MOST_TOLD:
                mistakes.append(f"{place}: {error}{'' if 'left out' in str(error) else '; it is left out'}")
    if told > _MOST_TOLD:
        mistakes.append(f"{place}: {told - _MOST_TOLD} more of the same row cannot be read")
    if left:
        mistakes.append(f"{place}: {most} are kept, {left} more are left out")
    return tuple(found)
