"""RSS, Atom and RDF, read by feedparser from bytes in memory."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any

import feedparser

from sources.feed_bounds import bound_work
from sources.feed_entry import Document
from sources.feed_record import document_of

_HARMLESS = (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType)

_FEED_LIKE = re.compile(rb"<(?:[\w.-]{1,40}:)?(?:rss|rdf|feed|channel|item|entry)[\s/>]", re.IGNORECASE)
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_REFERENCE = re.compile(rb"&#(?:[xX]0*([0-9a-fA-F]+)|0*([1-9][0-9]*));?")


bound_work()


class NoFeed(Exception):
    """These bytes are no feed."""


def read_xml_feed(body: bytes, content_type: str, url: str) -> Document:
    """Reads a document, a broken one as far as it goes. `url` is where it was found: relative links start there.

    feedparser's own cleaning of HTML is off: it takes minutes over a hostile description of a megabyte, and all text
    goes through our reader of markup, which gives plain text only. It is not told `url` either: it would make
    addresses of guids, and "1" of two feeds on a host the same one. Raises NoFeed.
    """
    if not _FEED_LIKE.search(body):  # feedparser would take long to find nothing in ten megabytes
        raise NoFeed("it is no feed")
    headers = {"content-type": content_type or "application/xml"}
    try:
        parsed = feedparser.parse(
            io.BytesIO(_characters(body)), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except Exception as error:  # feedparser promises none, and odd bytes have made it raise all the same
        raise NoFeed(f"it cannot be read ({type(error).__name__})") from error
    found: Sequence[dict[str, Any]] = parsed.entries
    if not found and (not parsed.get("version") or parsed.bozo):
        raise NoFeed("it has no entries and is not well-formed" if parsed.get("version") else "it is no feed")
    ill_formed = parsed.bozo and not isinstance(parsed.get("bozo_exception"), _HARMLESS)
    return document_of(found, parsed.feed, str(parsed.get("version") or ""), url, bool(ill_formed))


def _characters(body: bytes) -> bytes:
    """Replaces what XML has no character for (production 2): over one of them feedparser drops the whole feed."""
    return _REFERENCE.sub(_checked, _CONTROL.sub(b"\xef\xbf\xbd", body))


def _checked(reference: re.Match[bytes]) -> bytes:
    digits, base = (reference[1], 16) if reference[1] else (reference[2], 10)
    number = int(digits, base) if len(digits) <= 7 else 0
    return (
        reference[0]
        if (number >= 32 or number in (9, 10, 13)) and not 0xD800 <= number < 0xE000 and number <= 0x10FFFF
        else b"&#xFFFD;"
    )
