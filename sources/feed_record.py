"""Makes a feed's document of records in feedparser's shape, whichever parser they came from."""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sources.feed_entry import MAX_ENTRIES, Document, Entry, absolute, language_tag
from sources.markup import text_from_either, text_from_html
from sources.post import Author

_PERIODS = {"hourly": 1, "daily": 24, "weekly": 24 * 7, "monthly": 24 * 30, "yearly": 24 * 365}
_NOBODY = Author()


def document_of(
    entries: Sequence[dict[str, Any]], feed: Mapping[str, Any], version: str, url: str, ill_formed: bool
) -> Document:
    """Gives the document; `entries`, `feed` and `version` as feedparser names and fills them. Relative links start at
    `url`.
    """
    by_default = _map(feed.get("author_detail")) if version.startswith("atom") else {}
    return Document(
        entries=[_entry(entry, feed, by_default, url) for entry in entries[:MAX_ENTRIES]],
        title=_line(feed.get("title_detail")),
        patience=_patience(feed),
        left_out=f"has more than {MAX_ENTRIES} entries" if len(entries) > MAX_ENTRIES else "",
        notes=("the feed is not well-formed; it was read as far as it could be",) if ill_formed else (),
    )


def _entry(entry: dict[str, Any], feed: Mapping[str, Any], by_default: Mapping[str, Any], url: str) -> Entry:
    contents = [part for part in _list(entry.get("content")) if _is_text(part)]
    content = max((_text(part) for part in contents), key=len, default="")
    told = entry.get("summary_detail")
    # no text is longer than its markup, but for marks of quotations: most summaries beside an article need no reading
    summary = "" if len(_string(_map(told).get("value"))) <= len(content) else _text(told)
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
    if not publisher:
        return _NOBODY
    return Author(name=text_from_either(_string(publisher.get("title"))), url=_string(publisher.get("href")))


def _time(entry: dict[str, Any]) -> datetime | None:
    """The time of publication, else of the last change, in UTC; what a parser could not read is None."""
    for name in ("published_parsed", "created_parsed", "updated_parsed"):
        read = dict.get(entry, name)  # past feedparser's own fallbacks, which warn
        if isinstance(read, datetime):
            return read
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
