"""The document of a feed from the bytes of an answer, in whatever format and state they are."""

from __future__ import annotations

import itertools
import re

from msgspec.structs import replace

from sources.contract import SourceUnavailable
from sources.feed_entry import MAX_ENTRIES, Document
from sources.feed_json import NoJsonFeed, read_json_feed
from sources.feed_quick import read_quickly
from sources.http import MAX_BYTES, Answer
from sources.http_body import BodyUnreadable, BoundedBody
from sources.http_words import first_words, shown_bytes
from sources.text_lines import sniff_encoding
from sources.web_page import advertised_feeds, is_web_page

_START_OF_ENTRY = re.compile(rb"<(?:[\w.-]{1,40}:)?(?:item|entry)[\s/>]", re.IGNORECASE)
_END_OF_ENTRY = re.compile(rb"</(?:[\w.-]{1,40}:)?(?:item|entry)\s{0,40}>", re.IGNORECASE)
_ROOT = re.compile(rb"<((?:[\w.-]{1,40}:)?(rss|RDF|feed))[\s>]", re.IGNORECASE)


def read_document(answer: Answer, shown: str) -> Document:
    """Reads RSS, Atom, RDF or JSON Feed. Messages call the feed `shown`. Takes processor time: call it in a thread.

    A document that was cut (`answer.cut`, or a gzipped one in the middle) is read up to its last whole entry, one with
    more than MAX_ENTRIES up to that many; `left_out` says so. Raises SourceUnavailable that says what came
    instead of a feed.
    """
    unpacked, cut = _unpacked(answer.body)
    cut = answer.cut or cut
    body, content_type = _plain(unpacked, answer.headers.get("content-type", ""))
    if not body.strip():
        raise SourceUnavailable(f"{shown} answered with an empty document")
    if _looks_like_json(body):
        try:
            return read_json_feed(body, answer.url)
        except NoJsonFeed as error:
            raise SourceUnavailable(_not_a_feed(answer, shown, str(error))) from error
    whole, many = _up_to_last_entry(body, bool(cut))
    document = read_quickly(whole, content_type, answer.url)
    if document is None:
        from sources.feed_xml import NoFeed, read_xml_feed  # takes feedparser with it: 50 ms, 10 MB

        try:
            document = read_xml_feed(whole, content_type, answer.url)
        except NoFeed as error:
            if is_web_page(body, content_type):
                raise SourceUnavailable(_web_page(answer, shown)) from error
            raise SourceUnavailable(_not_a_feed(answer, shown, str(error))) from error
    if cut and whole == body:  # no entry's end was found in these bytes: the last entry may be half of one
        document = replace(document, entries=document.entries[:-1] or document.entries)
    left_out = cut or document.left_out or (f"has more than {MAX_ENTRIES} entries" if many else "")
    return replace(document, left_out=left_out, notes=() if left_out else document.notes)


def _unpacked(body: bytes) -> tuple[bytes, str]:
    """Unpacks a file that is gzipped and not said to be; tells why it is only a beginning, "" where it is whole."""
    if not body.startswith(b"\x1f\x8b"):
        return body, ""
    packed = BoundedBody("gzip", max(MAX_BYTES, len(body)))
    try:
        packed.take(body)
        whole = packed.whole()
    except BodyUnreadable as error:
        return packed.so_far() or body, str(error)
    return whole, f"is longer than the limit of {shown_bytes(MAX_BYTES)}" if packed.full else ""


def _plain(body: bytes, content_type: str) -> tuple[bytes, str]:
    """Undoes an encoding that some servers tell in a way that feedparser fails at."""
    encoding = sniff_encoding(body[:200])
    if not encoding.startswith("utf-16"):
        return body, content_type
    text = body.decode(encoding, "replace").removeprefix("\ufeff")
    return text.encode("utf-8", "replace"), f"{content_type.partition(';')[0] or 'application/xml'}; charset=utf-8"


def _looks_like_json(body: bytes) -> bool:
    return body[:200].removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")


def _up_to_last_entry(body: bytes, cut: bool) -> tuple[bytes, bool]:
    """Ends a document that was cut, or has too many entries, after a whole entry and closes it, so that it parses.

    Gives the document, and whether it had too many. Bytes in which no entry's end is found stay as they are.
    """
    beyond = next(itertools.islice(_START_OF_ENTRY.finditer(body), MAX_ENTRIES, None), None)
    if beyond is not None:
        end = beyond.start()
    elif cut:
        end = max((found.end() for found in _END_OF_ENTRY.finditer(body)), default=0)
    else:
        end = 0
    if not end:
        return body, False
    root = _ROOT.search(body[:10_000])
    closing = b""
    if root is not None:
        closing = (b"</channel>" if root[2].lower() == b"rss" else b"") + b"</" + root[1] + b">"
    return body[:end] + closing, beyond is not None


def _not_a_feed(answer: Answer, shown: str, problem: str) -> str:
    media_type = answer.headers.get("content-type", "").partition(";")[0].strip()[:60] or "no content type"
    cut = f", and the answer {answer.cut}" if answer.cut else ""
    return f"{shown} is not a feed: {problem}{cut} ({media_type!a}): {first_words(answer.body)}"


def _web_page(answer: Answer, shown: str) -> str:
    feeds = advertised_feeds(answer.body, answer.url)
    if feeds:
        return f"{shown} is a web page, not a feed; the page says its feeds are: {', '.join(feeds)}"
    return f"{shown} is a web page, not a feed, and it names no feed of its own"
