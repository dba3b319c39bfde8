"""Keeps posts that no brand wanted, so that a query that is still to come can be looked for among them.

A row of its own, and not one of POST: no story, no search words, no reading. What one costs decides how much of a busy
stream can be kept, so the post is one value, the hashes are made before the transaction, and nothing else is written.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, delete, func, select, update

from listener.store.archive_tables import ARCHIVED_POST
from listener.store.archived_form import Archived, Unwanted, made_ready, read_rows
from listener.store.blocks import rows_of
from listener.store.bulk import kept_time, put_rows
from listener.store.hashes import HASH_BYTES, NOBODY, author_id_hash, key_hash
from listener.store.rarities import Rarities, erased_among, rarities
from listener.store.statements import among, chunks, driver_of, many, numbers_of, one_at_a_time
from listener.store.tables import POST
from sources.post import Author, PostKey

__all__ = [
    "Archived", "Unwanted", "erase", "forget_authors", "forget_hashes", "forget_keys", "known_ids", "last_before",
    "made_ready", "newest_post", "posts_after", "prune", "put_posts", "sources_archived", "unchanged",
]  # fmt: skip

_COLUMNS = ("key_hash", "author_id_hash", "author_handle_hash", "score", "post_json", "seen_by", "first_seen_at")


def put_posts(tx: Connection, posts: Sequence[Unwanted], seen_by: str, now: datetime) -> int:
    """Archives posts that `seen_by` brought, in the caller's transaction; gives how many are new.

    One that is archived already becomes what it is now and stays where it is; the same posts twice change nothing. One
    that is kept, or was deleted upstream when it was, is not archived, nor are those of authors who were erased.
    """
    if not posts:
        return 0
    one_at_a_time(tx, "mentions")
    rare = rarities(tx)
    by_key = {one.key: one for one in _not_erased(tx, posts, rare)}
    for kept in _kept_keys(tx, list(by_key), rare):
        del by_key[kept]
    known = {row.key_hash: row for row in _known(tx, list(by_key))} if rare.archived else {}
    _renew(tx, [(known[key], by_key.pop(key)) for key in list(known)])
    seen_at = kept_time(tx)(now)
    rows = [(one.key, one.author, one.handle, one.score, one.encoded, seen_by, seen_at) for one in by_key.values()]
    put_rows(tx, ARCHIVED_POST.name, _COLUMNS, rows, together=True)
    return len(rows)


def posts_after(tx: Connection, after: int, most: int, since: datetime | None = None) -> list[Archived]:
    """The next archived posts by their numbers, of those first seen since then."""
    rows = tx.execute(_PAGE if since is None else _PAGE_SINCE, {"after": after, "most": most, "since": since}).all()
    return read_rows(rows)


def unchanged(tx: Connection, posts: Sequence[Archived]) -> list[Archived]:
    """Those of the posts that stand in the archive as they did when they were read."""
    found: dict[int, bytes] = {}
    for some in chunks([one.number for one in posts]):
        for number, encoded in tx.execute(_encoded(tx.dialect.name), many(tx, some)):
            found[number] = bytes(encoded)
    return [one for one in posts if found.get(one.number) == one.encoded]


def last_before(tx: Connection, since: datetime) -> int:
    """The number of an archived post behind which all are that were first seen since then; found by halving.

    Numbers are given in the order of these times, but for the moments that posts were on their way: a day is allowed.
    """
    before, (low, high) = since - timedelta(days=1), tx.execute(_SPAN).one()
    low, high = (low or 1) - 1, high or 0
    while low < high:
        middle = (low + high + 1) // 2
        number, seen = tx.execute(_AT, {"number": middle}).one()
        low, high = (number, high) if seen < before else (low, middle - 1)
    return int(low)


def newest_post(tx: Connection) -> int:
    """The greatest number of an archived post; 0 where there is none."""
    return int(tx.execute(_NEWEST).scalar() or 0)


def forget_keys(tx: Connection, keys: Sequence[PostKey]) -> int:
    """Removes posts that were deleted upstream; gives how many were here."""
    return forget_hashes(tx, [key_hash(key) for key in keys]) if _is_used(tx) else 0


def forget_hashes(tx: Connection, keys: Sequence[bytes]) -> int:
    """Removes posts by the hashes of their keys; gives how many were here."""
    statement = delete(ARCHIVED_POST)
    return sum(tx.execute(statement.where(_ITS.key_hash.in_(some))).rowcount for some in chunks(keys))


def forget_authors(tx: Connection, authors: Sequence[tuple[str, str]]) -> int:
    """Removes all posts of authors, each told as (source, the author's id there); gives how many."""
    wanted = [author_id_hash(source, Author(id=author)) for source, author in authors if author]
    if not wanted or not _is_used(tx):
        return 0
    found = (rows_of(ARCHIVED_POST, "author_id_hash", some) for some in chunks(wanted))
    return sum(_remove(tx, _numbers(tx, numbers)) for numbers in found)


def known_ids(tx: Connection, authors: Collection[bytes]) -> set[bytes]:
    """The hashes of the ids under which archived posts show whoever is known by one of these hashes."""
    found: set[bytes] = set()
    for some in chunks(sorted(authors)):
        for numbers in _written_by(some, by_id=True):
            found.update(tx.execute(select(_ITS.author_id_hash).where(_ITS.id.in_(numbers))).scalars())
    return found - {NOBODY}


def erase(tx: Connection, authors: Collection[bytes], *, by_id: bool) -> int:
    """Removes all that is archived of authors who are known by these hashes; gives how many posts. `by_id`: or by
    handles alone."""
    gone = 0
    for some in chunks(sorted(authors)):
        for numbers in _written_by(some, by_id=by_id):
            gone += _remove(tx, _numbers(tx, numbers))
    return gone


def sources_archived(tx: Connection) -> list[str]:
    """The names of the sources that something is archived of."""
    found, last = [], ""
    while (last := tx.execute(_NEXT_SOURCE, {"last": last}).scalar() or "") != "":
        found.append(last)
    return found


def prune(tx: Connection, seen_by: str, before: datetime | None, most: int) -> int:
    """Removes the oldest posts of a source that were first seen before then (None: all), at most so many; gives how
    many."""
    one_at_a_time(tx, "mentions")  # as whoever renews or takes out what is archived: else two wait for each other
    rows = tx.execute(_OLDEST, {"seen_by": seen_by, "most": most}).all()
    old = [row.id for row in rows if before is None or row.first_seen_at < before]
    return _remove(tx, old)


_ITS = ARCHIVED_POST.c

# Made once: to build a statement takes SQLAlchemy several times as long as to run one of these.
_PAGE: Select[Any] = (
    select(_ITS.id, _ITS.seen_by, _ITS.score, _ITS.first_seen_at, _ITS.post_json)
    .where(_ITS.id > bindparam("after"))
    .order_by(_ITS.id)
    .limit(bindparam("most"))
)
_PAGE_SINCE = _PAGE.where(_ITS.first_seen_at >= bindparam("since"))
_NEWEST = select(func.max(_ITS.id))
_SPAN = select(select(func.min(_ITS.id)).scalar_subquery(), select(func.max(_ITS.id)).scalar_subquery())
_AT = select(_ITS.id, _ITS.first_seen_at).where(_ITS.id >= bindparam("number")).order_by(_ITS.id).limit(1)
_USED = select(select(_ITS.id).exists())
_NEXT_SOURCE = select(func.min(_ITS.seen_by)).where(_ITS.seen_by > bindparam("last"))
_OLDEST = (
    select(_ITS.id, _ITS.first_seen_at)
    .where(_ITS.seen_by == bindparam("seen_by"))
    .order_by(_ITS.id)
    .limit(bindparam("most"))
)
_RENEW = (
    update(ARCHIVED_POST)
    .where(_ITS.id == bindparam("number"))
    .values(
        author_id_hash=bindparam("author"),
        author_handle_hash=bindparam("handle"),
        score=bindparam("now_scored"),
        post_json=bindparam("encoded"),
    )
)


@cache
def _encoded(dialect: str) -> Select[Any]:
    return select(_ITS.id, _ITS.post_json).where(among(dialect, _ITS.id))


@cache
def _gone(dialect: str) -> Any:
    return delete(ARCHIVED_POST).where(among(dialect, _ITS.id))


@cache
def _known_of(dialect: str) -> Select[Any]:
    return select(_ITS.id, _ITS.key_hash, _ITS.post_json).where(among(dialect, _ITS.id))


def _numbers(tx: Connection, asked: Select[Any]) -> list[int]:
    return [int(row[0]) for row in tx.execute(asked)]


def _remove(tx: Connection, numbers: Sequence[int]) -> int:
    for some in chunks(numbers):
        tx.execute(_gone(tx.dialect.name), many(tx, some))
    return len(numbers)


def _is_used(tx: Connection) -> bool:
    return bool(tx.execute(_USED).scalar())


def _not_erased(tx: Connection, posts: Sequence[Unwanted], rare: Rarities) -> Sequence[Unwanted]:
    if not rare.erased:
        return posts
    asked = {hash for one in posts for hash in (one.author, one.handle)} - {NOBODY}
    erased = erased_among(tx, asked)
    return [one for one in posts if one.author not in erased and one.handle not in erased]


def _kept_keys(tx: Connection, keys: Sequence[bytes], rare: Rarities) -> list[bytes]:
    """Which of these keys are those of posts that are kept, or were until they were deleted upstream."""
    asked = {key: key for key in keys}
    if rare.hashes_alone:
        asked |= {key[-HASH_BYTES:]: key for key in keys}
    there = (key for some in chunks(list(asked)) for key in _keys_among(tx, some))
    return list({asked[key] for key in there})


def _keys_among(tx: Connection, keys: Sequence[bytes]) -> list[bytes]:
    if tx.dialect.name == "sqlite":
        places = ", ".join("?" * len(keys))
        asked = f"SELECT key_hash FROM post WHERE key_hash IN ({places})"  # noqa: S608 - names of ours
        return [row[0] for row in driver_of(tx).execute(asked, tuple(keys))]
    asked = f"SELECT key_hash FROM {POST.name} WHERE key_hash = ANY(%s)"  # noqa: S608 - as above
    return [bytes(row[0]) for row in tx.exec_driver_sql(asked, (list(keys),))]


def _known(tx: Connection, keys: Sequence[bytes]) -> list[Row[Any]]:
    numbers = [one for some in chunks(keys) for one in numbers_of(tx, ARCHIVED_POST.name, "key_hash", some)]
    statement = _known_of(tx.dialect.name)
    return [row for some in chunks(numbers) for row in tx.execute(statement, many(tx, some))]


def _renew(tx: Connection, known: Sequence[tuple[Row[Any], Unwanted]]) -> None:
    changed = [
        {
            "number": row.id,
            "author": one.author,
            "handle": one.handle,
            "now_scored": one.score,
            "encoded": one.encoded,
        }
        for row, one in known
        if bytes(row.post_json) != one.encoded
    ]
    if changed:
        tx.execute(_RENEW, changed)


def _written_by(authors: Sequence[bytes], *, by_id: bool) -> list[Any]:
    """Selects of the numbers of their posts, by each index that may find them."""
    columns = ("author_id_hash", "author_handle_hash") if by_id else ("author_handle_hash",)
    return [rows_of(ARCHIVED_POST, column, authors) for column in columns]
