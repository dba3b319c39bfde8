"""When a feed should be asked again: its own wishes, and the user's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from sources.patience import http_date

LONGEST = timedelta(hours=24)
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,10})", re.IGNORECASE)


def next_check(
    every: timedelta, headers: Mapping[str, str], patience: timedelta | None, now: datetime
) -> timedelta | None:
    """Gives the earliest next poll that a feed wishes for, None where it wishes for nothing beyond `every`.

    The longest of the document's own wish (`patience`: RSS ttl, syndication module), `Cache-Control: max-age` less
    `Age`, and `Expires` where there is no max-age (RFC 9111, 4.2.1); at most LONGEST, and never below `every`.
    """
    wishes = [wish for wish in (patience, _fresh_for(headers, now)) if wish is not None]
    wish = min(max(wishes, default=timedelta()), LONGEST)
    return wish if wish > every else None


def validators_count(headers: Mapping[str, str]) -> bool:
    """Whether ETag and Last-Modified can be trusted: servers that send `Expires: 0` often answer 304 to anything."""
    return headers.get("expires", "").strip() != "0"


def _fresh_for(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    control = headers.get("cache-control", "")
    if found := _MAX_AGE.search(control):
        age = headers.get("age", "").strip()
        seconds = int(found[1]) - (int(age) if re.fullmatch(r"\d{1,10}", age) else 0)
        return timedelta(seconds=max(seconds, 0))
    expires = http_date(headers.get("expires", ""))
    if expires is None or "no-cache" in control.lower() or "no-store" in control.lower():
        return None
    return max(expires - (http_date(headers.get("date", "")) or now), timedelta())
