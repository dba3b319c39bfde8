"""Asks a site for its feeds, on request."""

from __future__ import annotations

from datetime import datetime, timedelta

from sources.feed_discovery import FoundFeed, find_feeds
from sources.feed_reading import desk
from sources.http import HttpDoor


async def find(address: str, now: datetime, *, allow_private: bool) -> list[FoundFeed]:
    """Gives the feeds of a site; `address` may leave `https://` out. Raises SourceError's kinds."""
    url = address.strip() if "//" in address else f"https://{address.strip()}"
    door = HttpDoor(allow_private=allow_private, timeout=timedelta(seconds=20))
    try:
        return await find_feeds(url, door, now)
    finally:
        desk().close()
        await door.close()
