"""Where a feed is: its address as a name, its moves, and who may see its password."""

from __future__ import annotations

import hashlib
from urllib.parse import urlsplit

from msgspec.structs import replace

from sources.feed_cursor import Memory
from sources.feed_services import service_of

MOVED_AFTER = 3
"""That many answers in a row must say "moved for good" before the new address is taken: hosts err for an hour."""


def home_of(url: str) -> str:
    """Gives the address of a feed as the name of the place where its local guids are unique.

    http or https, `www.` or not, user and password make no other feed; a query does, and may hold a secret, so
    only its hash is kept, as of a path that is a secret.
    """
    parts = urlsplit(url)
    query = "?" + hashlib.sha256(parts.query.encode("utf-8", "replace")).hexdigest()[:12] if parts.query else ""
    path = parts.path.rstrip("/")
    service = service_of(url)
    if service is not None and service.secret:
        path = "/" + hashlib.sha256(path.encode("utf-8", "replace")).hexdigest()[:12]
    port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    return f"{host_of(url)}{port}{path}{query}"


def host_of(url: str) -> str:
    """Gives the host of a web address without `www.`, "" for anything else."""
    try:
        parts = urlsplit(url)
        return (parts.hostname or "").removeprefix("www.") if parts.scheme in ("http", "https") else ""
    except ValueError:  # an address such as http://[oops
        return ""


def follow(memory: Memory, permanent_url: str, configured: str) -> Memory:
    """Counts the answers that came over permanent redirects only (301, 308), and moves when there were enough.

    After a move nothing is sent that belongs to the old address. `permanent_url` is "" for any other answer.
    """
    if not permanent_url:
        return replace(memory, moving="", moving_times=0)
    times = memory.moving_times + 1 if permanent_url == memory.moving else 1
    if times < MOVED_AFTER:
        return replace(memory, moving=permanent_url, moving_times=times)
    address = "" if permanent_url == configured else permanent_url
    return replace(memory, address=address, moving="", moving_times=0, etag="", modified="")


def with_login(address: str, configured: str) -> str:
    """Gives `address` with the user name and password of the configured one, where they are for the same host."""
    login, at, _ = urlsplit(configured).netloc.rpartition("@")
    there, here = urlsplit(address), urlsplit(configured)
    if not at or "@" in there.netloc or (there.scheme, there.hostname) != (here.scheme, here.hostname):
        return address
    return there._replace(netloc=f"{login}@{there.netloc}").geturl()
