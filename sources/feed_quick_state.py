"""Where in a feed's document the quick reader is: which elements are open, what they hand down, whose text is heard."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, ClassVar
from xml.sax.saxutils import escape

from sources.feed_quick_names import IN_PICTURES, KINDS, LEFT_TO_FEEDPARSER
from sources.feed_quick_text import looks_like_html, mended

MAX_BASE = 500
XHTML = "application/xhtml+xml"
TYPES = {"text": "text/plain", "plain": "text/plain", "html": "text/html", "xhtml": XHTML}

_READABLE = frozenset(TYPES.values())
_PLAIN_NAME = re.compile(r"[a-z][a-z0-9.-]{0,60}")
_NOT_IN_PICTURES = ("item", "author", "person", "source", "summary", "content_encoded", "media_description")

Attributes = dict[str, str]
Begin = Callable[[str, Attributes], None]
Finish = Callable[[str, Any], None]
Hearer = Callable[[str], Any] | None


_NO_TEXT: list[str] = []


class Refused(Exception):
    """The document is not for the quick reader."""


class State:
    """Takes each element's start, text and end; gives `feed`, `entries` and `version` in feedparser's shape."""

    starts: ClassVar[dict[str, str]] = {}
    """The method for the start of an element of each kind."""

    def __init__(self, parser: Any, controls: bool) -> None:
        self._controls = controls  # whether the document may hold characters from U+0080 to U+009F
        self.feed: dict[str, Any] = {}
        self.entries: list[dict[str, Any]] = []
        self.version = ""
        self._parser = parser
        self._heard: Hearer = None  # what the parser gives text to
        self._context = self.feed
        self._open: list[list[Any]] = []  # of each: what ends it, its detail and text, and what held before it
        self._inside = ""  # what the elements that come now are a part of
        self._lang: str | None = None
        self._base = self._own_base = ""
        self._in_feed = self._has_content = False
        self._entry: dict[str, Any] | None = None
        self._depths: dict[str, int] = {}
        self._title_depth = -1
        self._markup: list[str] = []
        self._top_depth = 0  # of the entry, else of the channel that is open

    def start(self, key: str, kind: str | None, begin: Begin | None, attributes: Attributes) -> None:
        """An element begins; `key` is feedparser's name for it, the next two as `kind_of` gives them."""
        frame = [None, None, _NO_TEXT, self._heard, self._inside, self._lang, self._own_base]
        if attributes or self._base:
            self._inherit(key, attributes)
        self._own_base = self._base
        if self._inside and self._within(key, kind) == "inline":
            begin = self._start_inline
        self._open.append(frame)
        if begin is not None:
            begin(key, attributes)
        elif not attributes:
            self._listen(None)

    def kind_of(self, key: str) -> tuple[str | None, Begin | None]:
        """What an element is and what its start does; None where feedparser knows nothing about it."""
        if key in LEFT_TO_FEEDPARSER or key.endswith(("_detail", "_parsed")):
            raise Refused
        kind = KINDS.get(key)
        return kind, None if kind is None else getattr(self, self.starts[kind])

    def end(self, _: object = None) -> None:
        """The element that began last ends."""
        finish, detail, pieces, heard, inside, lang, base = self._open[-1]
        if finish is not None:
            finish("".join(pieces).strip(), detail)
        self._open.pop()
        self._inside, self._lang, self._own_base = inside, lang, base
        if base:
            self._base = base
        if heard is not self._heard:
            self._listen(heard)

    # What holds for every element ------------------------------------------------------------------------------

    def _listen(self, to: Hearer) -> None:
        self._heard = self._parser.CharacterDataHandler = to

    def _then(self, finish: Finish, detail: Any = None) -> None:
        """Says what the end of the element that was just opened does."""
        self._open[-1][:2] = finish, detail

    def _collect(self, finish: Finish, detail: Any = None, inside: str = "leaf") -> None:
        """The same, for one whose text is read; `inside` says what may stand in it."""
        pieces: list[str] = []
        self._open[-1][:3] = finish, detail, pieces
        self._inside = inside
        self._heard = self._parser.CharacterDataHandler = pieces.append

    def _inherit(self, key: str, attributes: Attributes) -> None:
        if base := attributes.get("xml:base", attributes.get("base")) or self._base:
            if len(base) > MAX_BASE or len(self._base) > MAX_BASE:
                raise Refused
            from sources.feed_oracle import base_within

            self._base = base_within(self._base, base)
        lang = attributes.get("xml:lang", attributes.get("lang"))
        if lang is not None:
            self._lang = lang or None
        if self._lang and key in ("feed", "rss"):
            self.feed["language"] = self._lang

    def _within(self, key: str, kind: str | None) -> str | None:
        """What an element is inside another one that limits it."""
        inside = self._inside
        if inside == "markup":
            return "inline"
        if inside in IN_PICTURES:
            if ("_" in key or key in IN_PICTURES[inside]) and kind not in _NOT_IN_PICTURES:
                return kind
        elif inside == "skip":
            if kind is None or kind in ("skip", "open", "href"):
                return kind
        elif inside in ("author", "person"):
            if kind in ("name", "email", "href"):
                return kind
        elif inside == "source" and not key.startswith("media_") and kind in (
            None, "title", "link", "id", "author", "skip", "unread", "published_parsed", "updated_parsed",
        ):  # fmt: skip
            return kind
        raise Refused

    def _store(self, element: str, output: str) -> None:
        """Keeps a value where feedparser would: in an entry the one that stands highest counts."""
        if self._context is self._entry:
            depth = self._depths.setdefault(element, len(self._open))
            if len(self._open) > depth:
                return
            self._depths[element] = len(self._open)
        elif not (self._in_feed or self._inside_source()):
            return
        self._context[element] = output

    def _inside_source(self) -> bool:
        return self._entry is not None and self._context is not self._entry

    def _mended(self, text: str) -> str:
        return text if text.isascii() else mended(text, self._controls)

    def _resolved(self, address: str) -> str:
        if not self._base and ":///" not in address:
            return address
        from sources.feed_oracle import joined

        return joined(self._base, address)

    # Text that may be markup -----------------------------------------------------------------------------------

    def _collect_text(self, finish: Finish, key: str, element: str, default: str, attributes: Attributes) -> None:
        told = attributes.get("type", default).lower()
        kind = TYPES.get(told, told)
        if kind not in _READABLE or attributes.get("mode") == "base64":
            raise Refused
        detail = {"type": kind, "language": self._lang}
        if kind == XHTML:
            self._collect(finish, (key, element, detail), "markup")
            self._markup = pieces = self._open[-1][2]
            self._listen(lambda text: pieces.append(escape(text)))
        else:
            self._collect(finish, (key, element, detail))

    def _start_inline(self, key: str, attributes: Attributes) -> None:
        """An element of XHTML: only its name is written down again, which is all that our reader of markup sees."""
        name = key.partition("_")[2] if key.startswith("xhtml_") else key
        if key in KINDS or key in LEFT_TO_FEEDPARSER or name in ("svg", "math") or not _PLAIN_NAME.fullmatch(name):
            raise Refused
        if any(len(value) > 1_000 for value in attributes.values()):
            raise Refused
        self._markup.append(f"<{name}>")
        self._then(self._end_inline, f"</{name}>")

    def _end_inline(self, _: str, tag: str) -> None:
        self._markup.append(tag)

    def _read(self, text: str, detail: dict[str, Any]) -> str:
        if detail["type"] == "text/plain" and not self.version.startswith("atom") and looks_like_html(text):
            detail["type"] = "text/html"
        output = self._mended(text)
        if output is not text and detail["type"] == XHTML:
            raise Refused
        return output

    def _keep_detail(self, name: str, output: str, detail: dict[str, Any]) -> None:
        if self._context is self._entry or self._in_feed:
            detail["value"] = output
            self._context[name] = detail
