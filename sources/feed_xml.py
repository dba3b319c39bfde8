"""RSS, Atom and RDF, read by feedparser from bytes in memory."""

from __future__ import annotations

import calendar
import io
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import feedparser

from sources.feed_bounds import bound_work
from sources.feed_entry import MAX_ENTRIES, Document, Entry, absolute, language_tag
from sources.markup import text_from_either, text_from_html
from sources.post import Author

_PERIODS = {"hourly": 1, "daily": 24, "weekly": 24 * 7, "monthly": 24 * 30, "yearly": 24 * 365}
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
    feed: dict[str, Any] = parsed.feed
    by_default = _map(feed.get("author_detail")) if _string(parsed.get("version")).startswith("atom") else {}
    ill_formed = parsed.bozo and not isinstance(parsed.get("bozo_exception"), _HARMLESS)
    return Document(
        entries=[_entry(entry, feed, by_default, url) for entry in found[:MAX_ENTRIES]],
        title=_line(feed.get("title_detail")),
        patience=_patience(feed),
        left_out=f"has more than {MAX_ENTRIES} entries" if len(found) > MAX_ENTRIES else "",
        notes=("the feed is not well-formed; it was read as far as it could be",) if ill_formed else (),
    )


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


def _entry(entry: dict[str, Any], feed: Mapping[str, Any], by_default: Mapping[str, Any], url: str) -> Entry:
    contents = [part for part in _list(entry.get("content")) if _is_text(part)]
    content = max((_text(part) for part in contents), key=len, default="")
    summary = _text(entry.get("summary_detail"))
    title = entry.get("title_detail")
    guid, link = _string(entry.get("id")), _string(entry.get("feedburner_origlink")) or _string(entry.get("link"))
    if link == guid and "://" not in link:
        link = ""  # feedparser's guess that a guid which is not said to be no permalink is one
    return Entry(
        guid=guid,
        link=absolute(url, link),
        title=_line(title),
        text=content if len(content) >= len(summary) else summary,
        published=_time(entry),
        lang=language_tag(
            entry.get("language"),
            *(part.get("language") for part in [*contents, _map(title)]),
            feed.get("language"),
        ),
        author=_author(entry, by_default),
        replies=_count(entry.get("slash_comments"), entry.get("thr_total")),
        in_reply_to=_string(_map(entry.get("thr_in-reply-to")).get("ref")),
    )


def _author(entry: Mapping[str, Any], by_default: Mapping[str, Any]) -> Author:
    """The entry's author, else an Atom feed's (RFC 4287, 4.2.1), else the publisher that an entry was taken from."""
    detail = _map(entry.get("author_detail")) or _map(next(iter(_list(entry.get("authors"))), None))
    if not any(detail.values()):
        detail = by_default
    if any(detail.values()):
        return Author(
            name=text_from_either(_string(detail.get("name"))),
            email=_string(detail.get("email")),
            url=_string(detail.get("href")),
        )
    publisher = _map(entry.get("source"))
    return Author(name=text_from_either(_string(publisher.get("title"))), url=_string(publisher.get("href")))


def _time(entry: dict[str, Any]) -> datetime | None:
    """The time of publication, else of the last change. feedparser gives UTC; what it cannot read is None."""
    for name in ("published_parsed", "created_parsed", "updated_parsed"):
        read = dict.get(entry, name)  # past feedparser's own fallbacks, which warn
        if read is not None:
            try:
                return datetime.fromtimestamp(calendar.timegm(read), UTC)
            except (ValueError, OverflowError, OSError, TypeError):
                continue
    return None


def _patience(feed: Mapping[str, Any]) -> timedelta | None:
    """RSS `ttl` in minutes, or the syndication module's period and frequency, the longer of both."""
    waits = []
    ttl = _string(feed.get("ttl")).strip()
    if re.fullmatch(r"[0-9]{1,6}", ttl):
        waits.append(timedelta(minutes=int(ttl)))
    period = _PERIODS.get(_string(feed.get("sy_updateperiod")).strip().lower())
    frequency = _string(feed.get("sy_updatefrequency")).strip() or "1"
    if period and re.fullmatch(r"[1-9][0-9]{0,4}", frequency):
        waits.append(timedelta(hours=period) / int(frequency))
    return max(waits, default=None)


def _text(detail: object) -> str:
    part = _map(detail)
    value = _string(part.get("value"))
    return text_from_either(value) if part.get("type") == "text/plain" else text_from_html(value)


def _line(detail: object) -> str:
    return _text(detail).replace("\n", " ")


def _is_text(part: object) -> bool:
    kind = _map(part).get("type") or "text/html"
    return isinstance(kind, str) and (kind.startswith("text/") or "html" in kind)


def _count(*claims: object) -> int | None:
    for claim in claims:
        if isinstance(claim, str) and re.fullmatch(r"[0-9]{1,12}", claim.strip()):
            return int(claim)
    return None


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""


def _map(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> Sequence[Any]:
    return value if isinstance(value, list) else ()
