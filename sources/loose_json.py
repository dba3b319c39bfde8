"""Reading values out of JSON that may not be what the service documents: a wrong type is "not told"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sources.post import storable

MOST_VALUES = 1_000_000
"""In one document. Ten megabytes of `{},{},{}` would take three hundred of memory, and as long to walk through."""


class ItemUnreadable(ValueError):
    """One item of an answer lacks what a post cannot be without; the text says what."""


def has_too_many_values(document: bytes) -> bool:
    """Whether there may be more than MOST_VALUES in a JSON document, told by its commas before it is read."""
    return document.count(b",") > MOST_VALUES


def text_of(item: Mapping[str, Any], key: str) -> str:
    """The string at `key`, storable, "" where there is none; a number is told as its digits."""
    value = item.get(key)
    if isinstance(value, str):
        return storable(value, len(value))  # a lone surrogate could not be put into an address either
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def count_of(item: Mapping[str, Any], key: str) -> int | None:
    """The whole number at `key`, None where there is none."""
    value = item.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def inner(item: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    """The object that lies along `keys`, an empty one where there is none."""
    for key in keys:
        value = item.get(key)
        if not isinstance(value, Mapping):
            return {}
        item = value
    return item


def items_of(item: Mapping[str, Any], key: str) -> Sequence[Any]:
    """The list at `key`, an empty one where there is none."""
    value = item.get(key)
    return value if isinstance(value, list) else ()


def time_of(item: Mapping[str, Any], key: str) -> datetime | None:
    """The ISO 8601 time at `key` as aware UTC (no zone told: UTC), None where there is none that a calendar has."""
    try:
        read = datetime.fromisoformat(text_of(item, key).strip())
        return (read.replace(tzinfo=UTC) if read.tzinfo is None else read).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def unreadable_note(reasons: Sequence[str]) -> tuple[str, ...]:
    """One note for the operator about the items of an answer that could not be read, none where all could."""
    if not reasons:
        return ()
    items = "1 item was" if len(reasons) == 1 else f"{len(reasons)} items were"
    return (f"{items} unreadable: {reasons[0]}",)
