"""Small readings of feeds' text that are quick for what nearly all feeds hold, and feedparser's own for the rest."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

_MONTHS = {
    "Jan": 1, "Feb": 2, "Mar": 3, "Apr": 4, "May": 5, "Jun": 6,
    "Jul": 7, "Aug": 8, "Sep": 9, "Oct": 10, "Nov": 11, "Dec": 12,
}  # fmt: skip
_MAIL_DATE = re.compile(
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?([0-9]{1,2}) (" + "|".join(_MONTHS) + r") ([0-9]{4}) "
    r"([0-9]{2}):([0-9]{2}):([0-9]{2}) (?:GMT|UTC?|([+-])([0-9]{2})([0-9]{2}))"
)
_WEB_DATE = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]{1,9})?"
    r"(?:Z|([+-])([0-9]{2}):([0-9]{2}))"
)
_WINDOWS = {
    code: bytes([code]).decode("windows-1252", "ignore")
    for code in range(0x80, 0xA0)
    if bytes([code]).decode("windows-1252", "ignore")
}


def moment(text: str) -> datetime | None:
    """Reads a time of RFC 822 or RFC 3339 as feedparser does, to the second and in UTC; asks it about any other."""
    if found := _MAIL_DATE.fullmatch(text):
        day, month, year, hour, minute, second, sign, hours, minutes = found.groups()
        number = _MONTHS[month]
    elif found := _WEB_DATE.fullmatch(text):
        year, month, day, hour, minute, second, sign, hours, minutes = found.groups()
        number = int(month)
    else:
        return _asked(text)
    try:
        read = datetime(int(year), number, int(day), int(hour), int(minute), int(second), tzinfo=UTC)
        return read if sign is None else read - _east(sign, hours, minutes)
    except (ValueError, OverflowError):
        return _asked(text)


@lru_cache(maxsize=200)
def _east(sign: str, hours: str, minutes: str) -> timedelta:
    east = timedelta(hours=int(hours), minutes=int(minutes))
    return -east if sign == "-" else east


def _asked(text: str) -> datetime | None:
    if not text:
        return None
    from sources.feed_oracle import time_told

    read = time_told(text)
    try:
        return None if read is None else datetime.fromtimestamp(calendar.timegm(read), UTC)
    except (ValueError, OverflowError, OSError, TypeError):
        return None


def looks_like_html(text: str) -> bool:
    """Tells whether feedparser takes text of RSS for HTML: it has a closing tag or an entity, and no strange one."""
    if "</" not in text and "&" not in text:
        return False
    from sources.feed_oracle import looks_like_html

    return looks_like_html(text)


def mended(text: str, controls: bool) -> str:
    """Undoes UTF-8 that was taken for Latin-1, and Windows' characters in the place of control characters.

    `controls`: whether there may be any; looking for them takes longer than reading the document did.
    """
    try:
        return text.encode("latin-1").decode("utf-8").translate(_WINDOWS)
    except UnicodeError:
        return text.translate(_WINDOWS) if controls else text
