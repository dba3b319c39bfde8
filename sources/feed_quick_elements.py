"""What each element of a well-formed feed adds to its records, under the names and rules of feedparser's.

feedparser looks a method up by name for each element, copies its parameters, joins and re-joins its pieces, and keeps
every element of every entry. Here one look-up says what an element is; what nobody reads costs two calls and no text.
Where feedparser's result hangs on a chain of rarer rules, the document is refused instead, and feedparser reads it.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

from sources.feed_quick_names import KINDS
from sources.feed_quick_state import TYPES, XHTML, Attributes, Refused, State
from sources.feed_quick_text import moment

MAX_AUTHOR = 2_000

_RSS = {"0.91": "rss091u", "0.92": "rss092", "0.93": "rss093", "0.94": "rss094"}
_ATOM = {"0.1": "atom01", "0.2": "atom02", "0.3": "atom03"}
_SEMICOLON = re.compile("&([A-Za-z0-9_]+);")


class Elements(State):
    """Reads a document's elements as `State` comes by them."""

    def _start_rss(self, _: str, attributes: Attributes) -> None:
        if len(self._open) > 1:
            raise Refused
        if not self.version.startswith("rss"):
            told = attributes.get("version", "")
            self.version = _RSS.get(told) or ("rss20" if told.startswith("2.") else "rss")

    def _start_feed(self, key: str, attributes: Attributes) -> None:
        if key == "feed" and not self.version:
            self.version = _ATOM.get(attributes.get("version", ""), "atom")
        nested = self._entry is not None or (key == "feed" and len(self._open) > 1)
        if nested or "href" in attributes or "lastmod" in attributes:
            raise Refused
        self._in_feed = True
        self._then(self._end_feed)
        self._top_depth = len(self._open)

    def _end_feed(self, _: str, __: object) -> None:
        self._in_feed, self._top_depth = False, -1

    def _start_item(self, _: str, attributes: Attributes) -> None:
        if self._entry is not None or "href" in attributes or "lastmod" in attributes:
            raise Refused
        self._context = self._entry = entry = dict[str, Any]()
        self.entries.append(entry)
        self._depths = {}
        self._title_depth = -1
        if about := attributes.get("rdf:about"):
            entry["id"] = about
        self._listen(None)
        self._then(self._end_item, self._top_depth)
        self._top_depth = len(self._open)

    def _end_item(self, _: str, top_depth: int) -> None:
        self._entry, self._context, self._top_depth = None, self.feed, top_depth
        self._has_content = False

    def _start_title(self, key: str, attributes: Attributes) -> None:
        self._collect_text(self._end_title, key, "title", "text/plain", attributes)

    def _end_title(self, text: str, told: tuple[str, str, dict[str, Any]]) -> None:
        key, _, detail = told
        depth = len(self._open)
        output = self._read(text, detail)
        if not -1 < self._title_depth <= depth:
            self._store("title", output)
            self._keep_detail("title_detail", output, detail)
        if output and key != "media_title":
            self._title_depth = depth

    def _start_description(self, key: str, attributes: Attributes) -> None:
        if "summary" in self._context and not self._has_content:
            self._start_content(key, attributes)
        else:
            self._collect_text(self._end_summary, key, "description", "text/html", attributes)

    def _start_summary(self, key: str, attributes: Attributes) -> None:
        if "summary" in self._context and not self._has_content:
            self._start_content(key, attributes)
        else:
            self._collect_text(self._end_summary, key, "summary", "text/plain", attributes)

    def _end_summary(self, text: str, told: tuple[str, str, dict[str, Any]]) -> None:
        _, element, detail = told
        output = self._read(text, detail)
        name = "summary" if element == "summary" or self._context is self._entry else "subtitle"
        self._store(name, output)
        self._keep_detail(name + "_detail", output, detail)

    def _start_content(self, key: str, attributes: Attributes) -> None:
        self._has_content = True
        default = "text/html" if key == "content_encoded" else "text/plain"
        self._collect_text(self._end_content, key, "content", default, attributes)

    def _end_content(self, text: str, told: tuple[str, str, dict[str, Any]]) -> None:
        detail = told[2]
        output = self._read(text, detail)
        if self._context is self._entry:
            detail["value"] = output
            self._context.setdefault("content", []).append(detail)
        self._context.setdefault("summary", output)

    def _start_unread(self, key: str, attributes: Attributes) -> None:
        self._collect_text(self._end_unread, key, key, "text/plain", attributes)

    def _end_unread(self, text: str, told: object) -> None:
        pass

    def _start_link(self, _: str, attributes: Attributes) -> None:
        href = attributes.get("url", attributes.get("uri", attributes.get("href")))
        if not href:
            href = attributes.get("href")
        if href is None:
            self._collect(self._end_link)
        elif attributes.get("rel", "alternate").lower() == "alternate":
            kind = attributes.get("type", "text/html").lower()
            if TYPES.get(kind, kind) in ("text/html", XHTML):
                self._context["link"] = self._resolved(href)

    def _end_link(self, text: str, _: object) -> None:
        if self._context is self._entry:
            output = self._mended(self._resolved(text) if text else text).replace("&amp;", "&")
            self._context["link"] = _SEMICOLON.sub(r"&\g<1>", output)

    def _start_id(self, _: str, attributes: Attributes) -> None:
        self._collect(self._end_id, attributes.get("ispermalink", "true") == "true")

    def _end_id(self, text: str, is_link: bool) -> None:
        output = self._mended(self._resolved(text) if is_link and text else text)
        self._store("id", output)
        if is_link:
            self._context.setdefault("link", output)

    def _start_moment(self, key: str, _: Attributes) -> None:
        self._collect(self._end_moment, KINDS[key])

    def _end_moment(self, text: str, name: str) -> None:
        self._context[name] = moment(self._mended(text))

    def _start_language(self, _: str, __: Attributes) -> None:
        self._collect(self._end_value, "language")

    def _start_value(self, key: str, attributes: Attributes) -> None:
        if attributes:
            self._context[key] = attributes
        else:
            self._collect(self._end_value, key)

    def _end_value(self, text: str, key: str) -> None:
        self._store(key, self._mended(text))

    def _start_author(self, _: str, __: Attributes) -> None:
        self._context.setdefault("authors", []).append({})
        self._collect(self._end_author, inside="author")

    def _end_author(self, text: str, _: object) -> None:
        self._store("author", self._mended(text))
        self._read_author()

    def _read_author(self) -> None:
        """A name and an address out of one line, where there are no elements for them."""
        context = self._context
        detail = context["authors"][-1]
        line = context.get("author")
        if detail or not line:
            return
        if len(line) > MAX_AUTHOR:
            raise Refused
        if "@" in line:
            from sources.feed_oracle import author_told

            detail.update(author_told(line))
        else:
            detail["name"] = line
        if detail:
            context.setdefault("author_detail", detail)

    def _start_part(self, key: str, _: Attributes) -> None:
        self._collect(self._end_part, (KINDS[key], self._inside))

    def _end_part(self, text: str, told: tuple[str, str]) -> None:
        kind, owner = told
        if kind == "href":
            text = self._mended(self._resolved(text) if text else text)
            self._store("href", text)
        if owner == "author":
            self._context.setdefault("author_detail", {})[kind] = text
            self._context["authors"][-1][kind] = text

    def _start_person(self, key: str, _: Attributes) -> None:
        if key == "itunes_owner" and (self._entry is not None or not self.version.startswith("rss")):
            raise Refused  # feedparser makes it an author there
        self._listen(None)
        self._inside = "person"

    def _start_source(self, _: str, attributes: Attributes) -> None:
        if self._context is not self._entry:
            raise Refused
        self._context = {"href": attributes["url"]} if "url" in attributes else {}
        self._title_depth = -1
        self._collect(self._end_source, inside="source")

    def _end_source(self, text: str, _: object) -> None:
        assert self._entry is not None
        if text:
            self._context["title"] = self._mended(text)
        self._entry["source"] = self._context
        self._context = self._entry

    def _start_picture(self, key: str, _: Attributes) -> None:
        self._title_depth = -1
        self._listen(None)
        if self._entry is not None:
            if key == "textinput":
                raise Refused
            self._inside = "skip"
        else:
            self._context = {}
            self._inside = key
            self._then(self._end_picture)

    def _end_picture(self, _: str, __: object) -> None:
        self._context = self.feed

    def _start_open(self, _: str, __: Attributes) -> None:
        """An element that stands around others and is nothing itself."""

    def _start_skip(self, key: str, _: Attributes) -> None:
        if key == "creativecommons_license" and len(self._open) != self._top_depth + 1:
            raise Refused
        self._listen(None)
        self._inside = "skip"

    starts: ClassVar[dict[str, str]] = {
        "rss": "_start_rss",
        "feed": "_start_feed",
        "channel": "_start_feed",
        "item": "_start_item",
        "title": "_start_title",
        "description": "_start_description",
        "summary": "_start_summary",
        "content": "_start_content",
        "content_encoded": "_start_content",
        "unread": "_start_unread",
        "link": "_start_link",
        "id": "_start_id",
        "published_parsed": "_start_moment",
        "updated_parsed": "_start_moment",
        "created_parsed": "_start_moment",
        "language": "_start_language",
        "value": "_start_value",
        "author": "_start_author",
        "name": "_start_part",
        "email": "_start_part",
        "href": "_start_part",
        "person": "_start_person",
        "source": "_start_source",
        "image": "_start_picture",
        "textinput": "_start_picture",
        "open": "_start_open",
        "skip": "_start_skip",
    }
