"""Reads recorded HTTP exchanges (vcr cassettes) where LISTENER_RECORDINGS names a folder of them."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))  # the services that stand beside the tests, and what asks them

_EXCHANGE = re.compile(
    r"^ +uri: (\S+)|^ +string: (?:\"((?:[^\"\\]|\\.)*)\"|'((?:[^']|'')*)')", re.MULTILINE | re.DOTALL
)
_FOLD = r"[ \t]*\n[ \t]*(?:\n[ \t]*)*"
_IN_DOUBLE = re.compile(rf"\\(\n[ \t]*|u[0-9a-fA-F]{{4}}|U[0-9a-fA-F]{{8}}|x[0-9a-fA-F]{{2}}|.)|{_FOLD}", re.DOTALL)
_NAMED = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "b": "\b", "f": "\f", "e": "\x1b", "N": "\x85", "_": "\xa0"}


def _folded(lines: str) -> str:
    """One line break is a space, more are one break fewer (YAML 1.2, 6.5)."""
    return " " if lines.count("\n") == 1 else "\n" * (lines.count("\n") - 1)


def _double_quoted(piece: re.Match[str]) -> str:
    escape = piece[1]
    if escape is None:
        return _folded(piece[0])
    if escape.startswith("\n"):
        return ""
    if escape[0] in "uUx" and len(escape) > 1:
        return chr(int(escape[1:], 16))
    return _NAMED.get(escape, escape)


@pytest.fixture(scope="session")
def recorded_exchanges() -> Callable[[Path], Iterator[tuple[str, str]]]:
    """Gives the address and the body of each exchange in a cassette; only what cassettes need of YAML is read."""

    def read(cassette: Path) -> Iterator[tuple[str, str]]:
        uri = ""
        for found in _EXCHANGE.finditer(cassette.read_text("utf-8")):
            if found[1] is not None:
                uri = found[1]
            elif found[2] is not None:
                yield uri, _IN_DOUBLE.sub(_double_quoted, found[2])
            else:
                yield uri, re.sub(_FOLD, lambda piece: _folded(piece[0]), found[3]).replace("''", "'")

    return read
