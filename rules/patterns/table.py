"""Reads the tables of phrases that lie beside this file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files

from rules.patterns.pattern import Group

_LANGUAGES = "languages: "
_HEAD = re.compile(r"\[(?P<label>[a-z]+) (?P<weight>0\.\d+)(?P<even> even negated)?\] (?P<meaning>.+)")


def read_tables() -> tuple[Group, ...]:
    """Gives the groups of all tables, in the order of the files' names. Raises ValueError naming the wrong line."""
    folder = files("rules.patterns")
    tables = sorted((table for table in folder.iterdir() if table.name.endswith(".txt")), key=lambda table: table.name)
    return tuple(group for table in tables for group in parse_table(table.read_text("utf-8"), table.name))


def parse_table(text: str, name: str) -> Iterator[Group]:
    """Gives the groups of one table.

    `languages: de af`, before all groups, names those in which a word alone says what the table says.
    `[label weight] meaning` opens a group, each line below it is a phrase; `unless` before a phrase names another
    meaning. `even negated` in the head keeps its phrases where a "not" stands by them.
    """
    head: re.Match[str] | None = None
    phrases: list[str] = []
    unless: list[str] = []
    langs: tuple[str, ...] = ()

    def group() -> Iterator[Group]:
        if head is not None:
            weight, negatable = float(head["weight"]), not head["even"]
            yield Group(head["label"], head["meaning"], weight, tuple(phrases), tuple(unless), negatable, langs)

    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith(_LANGUAGES) and head is None:
            langs = tuple(line.removeprefix(_LANGUAGES).split())
        elif line.startswith("["):
            yield from group()
            head = _HEAD.fullmatch(line)
            phrases, unless = [], []
            if head is None:
                raise ValueError(f"{name}, line {number}: {line!r} must read like [complaint 0.7] what it means")
        elif head is None:
            raise ValueError(f"{name}, line {number}: {line!r} stands before any [label weight] meaning")
        elif line.startswith("unless "):
            unless.append(line.removeprefix("unless "))
        else:
            phrases.append(line)
    yield from group()
