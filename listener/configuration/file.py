"""Reads the configuration's file into plain tables."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from pathlib import Path
from typing import Any

from listener.configuration.mistakes import Mistake

MOST_BYTES = 16 * 1024 * 1024

_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


class Unreadable(Exception):
    """A file that is no configuration at all; `mistake` says why."""

    def __init__(self, mistake: Mistake) -> None:
        super().__init__(str(mistake))
        self.mistake = mistake


def read_tables(path: Path) -> dict[str, Any]:
    """Reads a TOML file. Raises Unreadable. (TOML 1.0, https://toml.io/en/v1.0.0; a byte order mark is let pass.)"""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise _unreadable("there is no such file; `listener init` writes one") from None
    except (OSError, ValueError) as error:
        raise _unreadable(f"cannot be read: {getattr(error, 'strerror', None) or 'its name cannot be used'}") from None
    if len(content) > MOST_BYTES:
        raise _unreadable(f"is longer than {MOST_BYTES // 1024**2} MiB, which no configuration is")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise _unreadable(f"line {line} is not UTF-8: save the file as UTF-8") from None
    return parse_toml(text)


def parse_toml(text: str) -> dict[str, Any]:
    """Reads TOML. Raises Unreadable with line and column."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _unreadable(_words(str(error), text)) from None
    except RecursionError:
        raise _unreadable("is nested too deeply") from None
    except (ValueError, OverflowError):
        raise _unreadable("holds a number that is too long") from None


def others_may_read(path: Path) -> bool:
    """Whether people beyond the owner and the group may read the file."""
    if os.name != "posix":
        return False
    try:
        return bool(path.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False


def _words(complaint: str, text: str) -> str:
    """Turns "Invalid value (at line 3, column 8)" into the place first; the parser quotes keys and no values."""
    found = _AT.search(complaint)
    said = _AT.sub("", complaint)
    said = f"{said[:1].lower()}{said[1:]}"[:200]
    if found is None:
        return f"is not TOML: {said}"
    if found[1] is None:
        return f"line {text.count(chr(10)) + 1} is not TOML: {said} at the end of the file"
    return f"line {found[1]}, column {found[2]} is not TOML: {said}"


def _unreadable(says: str) -> Unreadable:
    return Unreadable(Mistake("", says))
