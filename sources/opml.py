"""Lists of feeds as readers export them (OPML 1.0 and 2.0, http://opml.org/spec2.opml)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit
from xml.parsers import expat

from msgspec import Struct

MOST_BYTES = 32 * 1024 * 1024
MOST_OUTLINES = 100_000
DEEPEST = 64

_BARE_AMPERSAND = re.compile(rb"&(?!(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|amp|lt|gt|quot|apos);)")
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")


class NoOpml(Exception):
    """These bytes are no list of feeds; the message says why."""


class Subscription(Struct, frozen=True, kw_only=True):
    """One feed of a list. `folders` are the outlines that it stands in, the outermost first."""

    url: str
    title: str = ""
    folders: tuple[str, ...] = ()


def read_opml(content: bytes) -> tuple[list[Subscription], list[str]]:
    """Gives the feeds of a list, each address once, and what was passed over, in words. Raises NoOpml.

    No entity is declared or fetched: a file that tries is refused. Bare ampersands in addresses, which many readers
    export, are read as they are meant.
    """
    if len(content) > MOST_BYTES:
        raise NoOpml(f"it is longer than {MOST_BYTES // 1024**2} MiB")
    reading = _Reading()
    try:
        reading.read(content)
    except expat.ExpatError as error:
        mended = _BARE_AMPERSAND.sub(b"&amp;", _CONTROL.sub(b" ", content))
        reading = _Reading()
        try:
            reading.read(mended)
        except expat.ExpatError:
            raise NoOpml(f"it is not well-formed (line {error.lineno}, column {error.offset + 1})") from None
    if not reading.is_opml:
        raise NoOpml("it has no <opml> element")
    return list(reading.found.values()), reading.notes()


class _Reading:
    """One reading of a list by expat."""

    def __init__(self) -> None:
        self.is_opml = False
        self.found: dict[str, Subscription] = {}
        self._folders: list[str] = []
        self._outlines = 0
        self._twice = self._others = 0

    def read(self, content: bytes) -> None:
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.EntityDeclHandler = self._entity
        parser.Parse(content, True)

    def notes(self) -> list[str]:
        said = ((self._twice, "stand in it twice"), (self._others, "have no web address that could be asked"))
        return [f"{count} of its outlines {what}" for count, what in said if count]

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        tag = name.lower()
        self.is_opml = self.is_opml or tag == "opml"
        if tag != "outline" or not self.is_opml:
            return
        self._outlines += 1
        if self._outlines > MOST_OUTLINES or len(self._folders) >= DEEPEST:
            raise NoOpml(f"it has more than {MOST_OUTLINES:,} outlines, or more than {DEEPEST} inside each other")
        said = {key.lower(): " ".join(value.split()) for key, value in attributes.items()}
        title = said.get("title") or said.get("text") or ""
        self._folders.append("" if "xmlurl" in said else title[:200])
        if "xmlurl" not in said:
            self._others += said.get("type", "").lower() in ("rss", "atom", "include")
            return
        url = re.sub(r"^feed:(//)?", lambda found: "http://" if found[1] else "", said["xmlurl"])
        if not _is_web_address(url):
            self._others += 1
        elif url in self.found:
            self._twice += 1
        else:
            folders = tuple(folder for folder in self._folders if folder)
            self.found[url] = Subscription(url=url, title=title[:200], folders=folders)

    def _end(self, name: str) -> None:
        if name.lower() == "outline" and self._folders:
            self._folders.pop()

    def _entity(self, *_: object) -> None:
        raise NoOpml("it declares entities, which no list of feeds needs")


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and len(url) <= 4_000
    except ValueError:
        return False
