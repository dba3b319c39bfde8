"""What a feed's reader remembers from one poll to the next, and which posts are news to it."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from sources.contract import Cursor, Gap
from sources.post import Post

REMEMBERED = 500
"""How many posts are remembered at least beyond those that stand in the document: a server behind a load balancer
may show yesterday's document once more. What is forgotten is yielded again, which is harmless."""

VERSION = 1


class Memory(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One feed's memory. Addresses are kept as hashes where they are only compared, since they may hold secrets."""

    version: int = VERSION
    asked: str = ""  # hash of the configured address
    home: str = ""  # what makes local guids unique; stays when the feed moves
    page: bool = False  # whether a web page stands at the configured address
    found: str = ""  # the feed of the web page at the configured address, "" while none is known
    address: str = ""  # where the feed has moved for good, "" while it is where it was configured
    moving: str = ""  # where it says that it has moved, and how many answers in a row have said so
    moving_times: int = 0
    etag: str = ""
    modified: str = ""
    answered_by: str = ""  # hash of the address that these two came from
    body: str = ""  # hash of the last document
    patience: float | None = None  # seconds that the last document asked for
    seen: dict[str, str] = {}  # post to content, both hashed; the latest seen stand last
    size: int = 0  # entries of the last document
    newest: datetime | None = None  # the latest publication in the last document
    read_at: datetime | None = None  # when it was last read whole


def recall(cursor: Cursor | None) -> Memory | None:
    """Gives the memory that `cursor` holds; None on a first reading, or where another version wrote it."""
    if not cursor:
        return None
    try:
        memory = msgspec.json.decode(cursor, type=Memory)
    except msgspec.MsgspecError:
        return None
    return memory if memory.version == VERSION else None


def as_cursor(memory: Memory) -> Cursor:
    """Gives the memory as text, for `recall`."""
    return msgspec.json.encode(memory).decode()


def news(posts: Sequence[Post], seen: Mapping[str, str]) -> tuple[list[Post], dict[str, str]]:
    """Gives the posts that are new or changed (title, link or text), and what is to be remembered.

    A post that is no longer in the document is not gone: feeds show their latest entries only.
    """
    now_seen = {short_hash(post.instance, post.external_id): _content(post) for post in posts}
    fresh = [post for post, (name, content) in zip(posts, now_seen.items(), strict=True) if seen.get(name) != content]
    older = [(name, content) for name, content in seen.items() if name not in now_seen]
    kept = older[-max(REMEMBERED, len(now_seen)) :]
    return fresh, dict(kept) | now_seen


def turnover(memory: Memory, posts: Sequence[Post], now: datetime) -> Gap | None:
    """Says what was missed where the whole document has been replaced since the last poll.

    None of the entries seen before are there, so there may have been others in between. Not so where the oldest
    entry is older than the newest one of before: then the feed has renamed its entries, and nothing is missing.
    """
    if not memory.size or not posts or any(short_hash(p.instance, p.external_id) in memory.seen for p in posts):
        return None
    since = memory.newest or memory.read_at
    until = oldest(posts) or now
    if since is not None and until <= since:
        return None
    return Gap(since=since, until=until, why="the feed turned over completely between two polls")


def oldest(posts: Sequence[Post]) -> datetime | None:
    """Gives the earliest publication among the posts, None where none is dated."""
    return min((post.published_at for post in posts if post.published_at), default=None)


def newest(posts: Sequence[Post]) -> datetime | None:
    """Gives the latest publication among the posts, None where none is dated."""
    return max((post.published_at for post in posts if post.published_at), default=None)


def short_hash(*parts: str) -> str:
    """Gives eleven letters for any text: enough that two of 20,000 entries are not confused."""
    digest = hashlib.blake2b("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return urlsafe_b64encode(digest).decode().rstrip("=")


def body_hash(body: bytes) -> str:
    """Gives what is remembered of a document as it came."""
    return hashlib.blake2b(body, digest_size=16).hexdigest()


def _content(post: Post) -> str:
    return short_hash(post.title, post.url, post.text)
