"""Makes customers of what services tell, by the same rules as of the rows of a file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from listener.directories.settings import DirectorySettings
from rules.contact_details import field_name
from rules.customers_row import customer_of
from rules.directory import Customer
from rules.matching.addresses import account

Told = Mapping[str, Any]
_NO_HANDLE = re.compile(r"[;,\s\[\]]")
"""What parts handles in a file, or tells since when one was whose."""


def customer_id(settings: DirectorySettings, number: str) -> str:
    """The id of a customer here: two services may count alike."""
    return f"{settings.name}:{number}"


def customer_told(
    settings: DirectorySettings, number: str, columns: Mapping[str, str], told: Told, mistakes: list[str]
) -> Customer | None:
    """The customer of these columns and of what the settings ask for of `told`; None where nothing can be kept.

    `told` holds the service's properties by name; one with a point lies within another. What cannot be read is told
    in `mistakes`.
    """
    cells = {**columns, "id": customer_id(settings, number)}
    for column, name in settings.columns.items():
        if value := value_of(told, name):
            cells[column] = value
    place = f"{settings.name} contact {number}"
    handles = []
    for on, name in settings.handles.items():
        handle = _handle(on, value_of(told, name))
        if handle is None:
            mistakes.append(f"{place}: {name} holds no single handle; it is left out")
        elif handle:
            handles.append(f"{on}:{handle}")
    cells["handles"] = ";".join([*filter(None, [columns.get("handles", "")]), *handles])
    cells |= {field_name(name): value for name in settings.fields if (value := value_of(told, name))}
    return customer_of(list(cells), list(cells.values()), place, mistakes)


def value_of(told: Told, name: str) -> str:
    """A property as text, "" where there is none; a list as its items, true and false as words."""
    value: Any = told.get(name)
    if value is None:
        for part in name.split("."):
            told = told if isinstance(told, Mapping) else {}
            value = told.get(part)
            told = value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(str(one) for one in value if isinstance(one, str | int | float))
    return str(value) if isinstance(value, str | int | float) else ""


def _handle(on: str, value: str) -> str | None:
    """A handle of what people write in its place: with @, or as the address of the profile; "" for nothing.

    None for what is no single handle: contacts fill these in themselves, and must name nobody on another network.
    """
    value = value.strip()
    shown = account(value) if "/" in value else None
    if shown is not None and shown[0] == on:
        return shown[1]
    handle = value.rstrip("/").rpartition("/")[2].removeprefix("@").strip()
    return None if _NO_HANDLE.search(handle) else handle
