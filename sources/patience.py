"""How long a service asks us to wait, read from the headers in which services say so."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST = timedelta(days=7)
"""A longer wish is a mistake or a trap: it is cut to this."""

_NUMBER = re.compile(r"\d{1,15}(\.\d{1,9})?")
_EPOCH = 1_000_000_000


def http_date(text: str) -> datetime | None:
    """Reads an HTTP-date (RFC 9110, 5.6.7, its old forms too) as aware UTC; None for anything else."""
    try:
        read = parsedate_to_datetime(text.strip())
        return (read.replace(tzinfo=UTC) if read.tzinfo is None else read).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def asked_to_wait(headers: Mapping[str, str], now: datetime, reset_headers: Sequence[str] = ()) -> timedelta | None:
    """Gives the wait that an answer asks for, None where it asks for none; never below zero, at most LONGEST.

    `Retry-After` (RFC 9110, 10.2.3) counts first, as seconds or as a date; then the service's own
    `reset_headers` in order: seconds from now, seconds since 1970, or an ISO 8601 time. Dates are told by the
    server's clock, so the distance is taken from its own `Date` header where it sent one. Header names in
    lower case.
    """
    there = http_date(headers.get("date", "")) or now
    wait = _distance(headers.get("retry-after", ""), there)
    for name in reset_headers:
        if wait is None:
            wait = _distance(headers.get(name.lower(), ""), there)
    return wait


def _distance(text: str, there: datetime) -> timedelta | None:
    text = text.strip()
    if not text:
        return None
    if _NUMBER.fullmatch(text):
        seconds = float(text)
        wait = seconds - there.timestamp() if seconds >= _EPOCH else seconds
        return timedelta(seconds=min(max(wait, 0.0), LONGEST.total_seconds()))
    until = http_date(text) or _iso_time(text)
    return None if until is None else min(max(until - there, timedelta()), LONGEST)


def _iso_time(text: str) -> datetime | None:
    try:
        read = datetime.fromisoformat(text)
        return (read.replace(tzinfo=UTC) if read.tzinfo is None else read).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
