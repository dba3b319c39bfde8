"""Writes feeds as `[[sources]]` tables, and adds them to a configuration without harming what stands there."""

from __future__ import annotations

import os
import re
import stat
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from listener.configuration.file import MOST_BYTES, Unreadable, parse_toml
from listener.configuration.template import toml_string

LONGEST_NAME = 80


class NewFeed(Struct, frozen=True, kw_only=True):
    """A feed that is not yet configured. `comment` stands above its table."""

    name: str
    url: str
    every: str = ""
    allow_private: bool = False
    comment: str = ""


class NotAdded(Exception):
    """The configuration was not changed; the text says why, and what to do."""


class Added(Struct, frozen=True, kw_only=True):
    """What is to be added: the tables' text, and the addresses that are configured already."""

    feeds: tuple[NewFeed, ...]
    known: tuple[str, ...]

    @property
    def text(self) -> str:
        """The tables as they go into the file."""
        return "\n".join(map(table, self.feeds))


def table(feed: NewFeed) -> str:
    """Gives one feed as a table."""
    lines = [f"# {line}" for line in _one_line(feed.comment)] if feed.comment else []
    lines += ["[[sources]]", 'kind = "feed"', f"name = {toml_string(feed.name)}", f"url = {toml_string(feed.url)}"]
    lines += [f"every = {toml_string(feed.every)}"] if feed.every else []
    lines += ["allow_private = true"] if feed.allow_private else []
    return "\n".join(lines) + "\n"


def to_add(feeds: Iterable[NewFeed], configured: Sequence[dict[str, Any]]) -> Added:
    """Chooses which feeds are new, by their address, and gives them names that nothing else has.

    `configured` are the `[[sources]]` as they stand. http and https, a `/` at the end, `www.` make no other address.
    """
    addresses = {_same(str(one.get("url", "")).replace("$${", "${")) for one in configured if one.get("kind") == "feed"}
    names = {str(one.get("name", "")).strip().casefold() for one in configured}
    new: list[NewFeed] = []
    known: list[str] = []
    for feed in feeds:
        if _same(feed.url) in addresses:
            known.append(feed.url)
            continue
        addresses.add(_same(feed.url))
        name = _free(_fit(feed.name) or _fit(urlsplit(feed.url).hostname or "") or "feed", names)
        names.add(name.casefold())
        new.append(replace(feed, name=name))
    return Added(feeds=tuple(new), known=tuple(known))


def sources_of(path: Path) -> list[dict[str, Any]]:
    """Gives the `[[sources]]` that stand in a file; none where it is not there. Raises NotAdded."""
    sources = _read(path)[1].get("sources", [])
    return [one for one in sources if isinstance(one, dict)] if isinstance(sources, list) else []


def add(path: Path, added: Added) -> None:
    """Adds the tables at the end of the file: everything else stays as it is to the byte, and so do its rights.

    The whole new file is written beside the old one and takes its place in one step. Raises NotAdded.
    """
    path = path.resolve()
    old, tables = _read(path)
    newline = "\r\n" if "\r\n" in old else "\n"
    begun = old if not old or old.endswith("\n") else old + newline
    new = begun + newline + added.text.replace("\n", newline)
    try:
        read = parse_toml(new)
    except Unreadable:
        raise NotAdded(f"{path}: nothing can be added, since its sources are not written as [[sources]]") from None
    before = tables.get("sources", [])
    if {**read, "sources": before} != {**tables, "sources": before} or read["sources"][: len(before)] != before:
        raise NotAdded(f"{path}: nothing can be added without changing what it says")
    if len(new.encode()) > MOST_BYTES:
        raise NotAdded(f"{path} would be longer than {MOST_BYTES // 1024**2} MiB")
    try:
        _replace(path, new.encode())
    except OSError as error:
        raise NotAdded(f"{path} cannot be written: {error.strerror or error}") from None


def _read(path: Path) -> tuple[str, dict[str, Any]]:
    try:
        text = path.read_bytes().decode("utf-8")
        return text, parse_toml(text.removeprefix("\ufeff"))
    except FileNotFoundError:
        raise NotAdded(f"there is no {path}; `listener init` writes one") from None
    except OSError as error:
        raise NotAdded(f"{path} cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise NotAdded(f"{path} is not UTF-8: save it as UTF-8") from None
    except Unreadable as error:
        raise NotAdded(f"{path}: {error.mistake}") from None


def _replace(path: Path, content: bytes) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    beside = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        there = path.stat()
        beside.chmod(stat.S_IMODE(there.st_mode))
        if hasattr(os, "chown") and (there.st_uid, there.st_gid) != (os.geteuid(), os.getegid()):
            os.chown(beside, there.st_uid, there.st_gid)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _same(url: str) -> str:
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").removeprefix("www.")
        query = f"?{parts.query}" if parts.query else ""
        return f"{host}{f':{parts.port}' if parts.port else ''}{parts.path.rstrip('/')}{query}"
    except ValueError:
        return url.strip()


def _free(name: str, taken: set[str]) -> str:
    number, free = 1, name
    while free.casefold() in taken:
        number += 1
        free = f"{name[: LONGEST_NAME - len(str(number)) - 1].rstrip()} {number}"
    return free


def _fit(name: str) -> str:
    """A name that a source may have: no control characters, no `:` or `/` at its start, at most LONGEST_NAME long."""
    line = " ".join(" ".join(_one_line(name)).split())
    return re.sub(r"^[\s:/]+", "", line)[:LONGEST_NAME].rstrip()


def _one_line(text: str) -> list[str]:
    return ["".join(one if one.isprintable() else " " for one in line)[:200] for line in text.splitlines()]
