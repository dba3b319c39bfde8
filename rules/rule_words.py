"""Reads a condition as words, so that its names and places can be told to people."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator

from msgspec import Struct

_PATTERN = re.compile(
    r"""
      (?P<comment>//[^\n]*)
    | (?P<string>
        (?:[rR][bB]?|[bB][rR])(?:\"{3}.*?\"{3}|'{3}.*?'{3}|"[^"\n]*"|'[^'\n]*')
      | [bB]?(?:\"{3}(?:\\.|[^\\])*?\"{3}|'{3}(?:\\.|[^\\])*?'{3}|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
      )
    | (?P<number>\d[\w.]*)
    | (?P<name>[A-Za-z_]\w*(?:(?:\s|//[^\n]*\n)*\.(?:\s|//[^\n]*\n)*`?[A-Za-z_]\w*`?)*)
    | (?P<sign>&&|\|\||[<>=!]=|[^\s])
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_INSIDE_NAME = re.compile(r"//[^\n]*\n|[\s`]+")


class RuleWord(Struct, frozen=True):
    """One word of a condition: characters [start, end); names are written without spaces or comments."""

    kind: str  # comment, string, number, name, sign
    text: str
    start: int
    end: int


def rule_words(condition: str) -> Iterator[RuleWord]:
    """Gives the words of a condition of the Common Expression Language in their order. Never raises."""
    for found in _PATTERN.finditer(condition):
        text = found[0]
        kind = found.lastgroup or ""
        if kind == "name":
            text = _INSIDE_NAME.sub("", text)
        yield RuleWord(kind, text, found.start(), found.end())


def named_variables(condition: str, variables: Container[str]) -> tuple[str, ...]:
    """Gives the variables that a condition names, in the order of their first use.

    `text.contains` names `text`: the longest beginning that is a variable counts.
    """
    names: dict[str, None] = {}
    for word in rule_words(condition):
        if word.kind != "name":
            continue
        parts = word.text.split(".")
        for length in range(len(parts), 0, -1):
            name = ".".join(parts[:length])
            if name in variables:
                names[name] = None
                break
    return tuple(names)


def quoted_texts(condition: str) -> frozenset[str]:
    """Gives the texts that a condition quotes, without their quotes."""
    return frozenset(word.text.strip("rRbB").strip("\"'") for word in rule_words(condition) if word.kind == "string")
