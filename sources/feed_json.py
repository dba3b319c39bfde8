"""JSON Feed 1.0 and 1.1 (jsonfeed.org)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from sources.feed_entry import MAX_ENTRIES, Document, Entry, absolute, language_tag
from sources.loose_json import MOST_VALUES, has_too_many_values, items_of, text_of, time_of, unreadable_note
from sources.markup import text_from_either, text_from_html
from sources.post import Author

VERSIONS = ("https://jsonfeed.org/version/", "http://jsonfeed.org/version/")


class NoJsonFeed(Exception):
    """These bytes are no JSON Feed; the message says what they are."""


def read_json_feed(body: bytes, url: str) -> Document:
    """Reads a document; what has the wrong type in it counts as absent. Raises NoJsonFeed."""
    feed = _json(body)
    if not (isinstance(feed, dict) and text_of(feed, "version").startswith(VERSIONS)):
        raise NoJsonFeed("it is JSON, and not a JSON Feed (which names its version)")
    if not isinstance(feed.get("items"), list):
        raise NoJsonFeed("it is a JSON Feed without items")
    items = items_of(feed, "items")
    return Document(
        entries=[_entry(item, feed, url) for item in items[:MAX_ENTRIES] if isinstance(item, dict)],
        title=text_from_either(text_of(feed, "title")).replace("\n", " "),
        left_out=f"has more than {MAX_ENTRIES} entries" if len(items) > MAX_ENTRIES else "",
        notes=unreadable_note(["it is no object" for item in items[:MAX_ENTRIES] if not isinstance(item, dict)]),
    )


def _entry(item: Mapping[str, Any], feed: Mapping[str, Any], url: str) -> Entry:
    link = text_of(item, "url") or text_of(item, "external_url")
    content = text_from_html(text_of(item, "content_html")) or text_of(item, "content_text")
    return Entry(
        guid=text_of(item, "id"),
        link=absolute(url, link),
        title=text_from_either(text_of(item, "title")).replace("\n", " "),
        text=content.strip() or text_from_either(text_of(item, "summary")),
        published=time_of(item, "date_published") or time_of(item, "date_modified"),
        lang=language_tag(item.get("language"), feed.get("language")),
        author=_author(item) or _author(feed) or Author(),
    )


def _author(owner: Mapping[str, Any]) -> Author | None:
    """`authors` since 1.1, `author` before; the first who says anything."""
    for person in (*items_of(owner, "authors"), owner.get("author")):
        if isinstance(person, dict) and (text_of(person, "name") or text_of(person, "url")):
            page = text_of(person, "url")
            email = page.removeprefix("mailto:") if page.startswith("mailto:") else ""
            return Author(name=text_from_either(text_of(person, "name")), url=page, email=email)
    return None


def _json(body: bytes) -> Any:
    if has_too_many_values(body):
        raise NoJsonFeed(f"it is JSON of more than {MOST_VALUES:,} values")
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:  # a byte order mark, UTF-16, lone surrogates, raw control characters
        return json.loads(body, strict=False)
    except (ValueError, RecursionError):
        raise NoJsonFeed("it begins like JSON and is not") from None
