"""Fills in ${NAME} from the environment, ${file:PATH} from a file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from listener.configuration.mistakes import Mistake, Place, place_words, shown

MOST_SECRET_BYTES = 64 * 1024
DEEPEST = 12
"""Tables within tables; settings need three."""

_PART = re.compile(r"\$\$|\$\{([^{}]*)\}|\$\{|[^$]+|\$")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Missing(Struct, frozen=True):
    """A text of which a part cannot be had: why, and what there is of it (None for what there is not)."""

    mistake: Mistake
    parts: tuple[str | None, ...]

    def with_stand_in(self, text: str) -> str:
        """The text with `text` where parts are missing."""
        return "".join(text if part is None else part for part in self.parts)


class Within(Struct, frozen=True):
    """What `Expanded` tells of one table."""

    outside: set[Place]
    missing: dict[Place, Missing]


class Expanded(Struct, frozen=True):
    """Tables with their values filled in; a text with a missing part stands as "".

    `outside`: where a value came from ${...}, so that it may never be shown. `mistakes`: what is wrong with the
    writing of a ${...}; `missing`: what is written well and cannot be had here.
    """

    tables: dict[str, Any]
    outside: frozenset[Place]
    missing: dict[Place, Missing]
    mistakes: tuple[Mistake, ...]

    def by_table(self) -> dict[Place, Within]:
        """What is in each table (("listener",), ("sources", 3)), with places as seen from there."""
        tables: dict[Place, Within] = {}
        for place in self.outside:
            for depth in (1, 2):
                tables.setdefault(place[:depth], Within(set(), {})).outside.add(place[depth:])
        for place, missing in self.missing.items():
            for depth in (1, 2):
                tables.setdefault(place[:depth], Within(set(), {})).missing[place[depth:]] = missing
        return tables


class _Absent(Exception):
    """A variable or file that is not there; the text says so."""


def expand(tables: dict[str, Any], folder: Path, environment: Mapping[str, str]) -> Expanded:
    """Fills in every text of `tables`; `$$` is one `$`, and a `$` before anything but `{` is itself.

    Files are relative to `folder`; line breaks at their end are left out. What is filled in is not read again.
    """
    work = _Expansion(folder, environment)
    filled = work.fill(tables, ())
    return Expanded(filled, frozenset(work.outside), work.missing, tuple(work.mistakes))


class _Expansion:
    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._environment = environment
        self.outside: set[Place] = set()
        self.missing: dict[Place, Missing] = {}
        self.mistakes: list[Mistake] = []

    def fill(self, value: Any, place: Place) -> Any:
        if isinstance(value, str):
            return self._text(value, place) if "$" in value else value
        if not isinstance(value, dict | list):
            return value
        if len(place) >= DEEPEST:
            self.mistakes.append(Mistake(place_words(place[:3]), "is nested too deeply"))
            return "" if isinstance(value, list) else {}
        if isinstance(value, dict):
            return {key: self.fill(inner, (*place, key)) for key, inner in value.items()}
        return [self.fill(inner, (*place, number)) for number, inner in enumerate(value)]

    def _text(self, text: str, place: Place) -> str:
        parts: list[str | None] = []
        absent: list[str] = []
        for found in _PART.finditer(text):
            written, name = found[0], found[1]
            if name is None:
                if written == "${":
                    says = "has a '${' that no '}' closes; write $${ where the characters themselves are meant"
                    self.mistakes.append(Mistake(place_words(place), says))
                parts.append("$" if written == "$$" else written)
                continue
            self.outside.add(place)
            try:
                parts.append(self._value(name, place))
            except _Absent as error:
                absent.append(str(error))
                parts.append(None)
        if absent:
            says = f"needs {' and '.join(dict.fromkeys(absent))}"
            self.missing[place] = Missing(Mistake(place_words(place), says), tuple(parts))
            return ""
        return "".join(part for part in parts if part is not None)

    def _value(self, name: str, place: Place) -> str:
        if name.startswith("file:"):
            return self._of_file(name.removeprefix("file:").strip())
        if not _VARIABLE.fullmatch(name):
            says = f"has {shown('${' + name + '}')}: only ${{NAME}} and ${{file:PATH}} are known; $${{ is a plain ${{"
            self.mistakes.append(Mistake(place_words(place), says))
            return ""
        value = self._environment.get(name)
        if value is None:
            raise _Absent(f"the environment variable {name}, which is not set")
        try:
            value.encode()
        except UnicodeEncodeError:
            raise _Absent(f"the environment variable {name}, which is not UTF-8") from None
        return value

    def _of_file(self, name: str) -> str:
        path = self._folder / name
        try:
            if not path.is_file():
                raise _Absent(f"the file {shown(name)}, which is not there")
            with path.open("rb") as file:
                content = file.read(MOST_SECRET_BYTES + 1)
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or "its name cannot be used"
            raise _Absent(f"the file {shown(name)}, which cannot be read: {why}") from None
        if len(content) > MOST_SECRET_BYTES:
            raise _Absent(f"the file {shown(name)}, which is longer than 64 KiB")
        try:
            return content.decode("utf-8-sig").rstrip("\r\n")
        except UnicodeDecodeError:
            raise _Absent(f"the file {shown(name)}, which is not UTF-8") from None
