"""Keeps what was read of a batch: posts once, mentions once a brand, and only what is new comes back as new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import ColumnElement, Connection, Row, bindparam, select, update

from alerts.alert import ReadMention
from listener.store.hashes import NOBODY, author_handle_hash, author_id_hash, content_hash, key_hash
from listener.store.loading import load
from listener.store.readings import engagement_of, reading_columns, to_json
from listener.store.search import forget_posts, index_posts
from listener.store.statements import chunks, insert_new, insert_numbered, one_at_a_time
from listener.store.stories import resolve
from listener.store.tables import MENTION, POST, SIGHTING, SUPPRESSION
from rules.analysis import Read
from sources.post import Engagement, Post


class Kept(Struct, frozen=True, kw_only=True):
    """What a batch brought: mentions that nobody had seen, and known ones whose post was edited."""

    new: list[ReadMention]
    updated: list[ReadMention]


def put_results(
    tx: Connection,
    reads: Sequence[Read],
    seen_by: str,
    first_reading: bool,
    now: datetime,
    *,
    known_only: bool = False,
) -> Kept:
    """Keeps the reads of one batch that `seen_by` brought. The same batch twice changes nothing the second time.

    A post known already only gains `seen_by` and its newest counters, unless its words have changed: then post and
    readings are what they are now, while what people marked stays. Posts that were deleted upstream, or whose author
    was erased, are not kept again. Reads without a brand are not kept; nor, if `known_only`, are posts not kept yet.
    """
    one_at_a_time(tx, "mentions")  # so that numbers become visible in their order: readers go on from the last
    by_key = _by_key(tx, reads)
    known = _known_posts(tx, list(by_key))
    fresh = {} if known_only else {key: batch for key, batch in by_key.items() if key not in known}
    seen = {key: batch for key, batch in by_key.items() if key in known and known[key].deleted_at is None}
    edited = {key: batch for key, batch in seen.items() if content_hash(batch[-1].post) != known[key].content_hash}

    numbers = {key: int(known[key].id) for key in seen}
    numbers |= _insert_posts(tx, fresh, now)
    insert_new(tx, SIGHTING, [{"post_id": number, "seen_by": seen_by} for number in numbers.values()])
    _update_counters(tx, seen, known)
    _update_words(tx, edited, known)

    rows = [
        {
            "post_id": numbers[key],
            "brand": read.reading.brand,
            "at": read.post.published_at or (known[key].first_seen_at if key in known else now),
            "first_reading": first_reading,
            **reading_columns(read),
        }
        for key, batch in by_key.items()
        if key in numbers
        for read in batch
    ]
    new = _insert_mentions(tx, rows)
    changed = _update_readings(tx, edited, numbers, set(new))
    return Kept(new=load(tx, new), updated=load(tx, changed))


def _insert_mentions(tx: Connection, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Inserts the mentions that are not there yet; gives the numbers of just those."""
    posts = sorted({row["post_id"] for row in rows})
    there = {(row.post_id, row.brand) for row in _mentions(tx, posts)}
    fresh = [row for row in rows if (row["post_id"], row["brand"]) not in there]
    insert_new(tx, MENTION, fresh)
    return sorted(row.id for row in _mentions(tx, posts) if (row.post_id, row.brand) not in there)


def _mentions(tx: Connection, posts: Sequence[int]) -> list[Row[Any]]:
    columns: list[ColumnElement[Any]] = [MENTION.c.id, MENTION.c.post_id, MENTION.c.brand]
    return [row for some in chunks(posts) for row in tx.execute(select(*columns).where(MENTION.c.post_id.in_(some)))]


def _by_key(tx: Connection, reads: Sequence[Read]) -> dict[bytes, list[Read]]:
    """The reads to keep, by their post. What came twice counts as it came last, and the last read is the newest."""
    found: dict[bytes, dict[str, Read]] = {}
    erased = _erased(tx, reads)
    for read in reads:
        if read.reading.brand is None or not erased.isdisjoint(_author_hashes(read.post)):
            continue
        brands = found.setdefault(key_hash(read.post.key), {})
        brands.pop(read.reading.brand, None)
        brands[read.reading.brand] = read
    return {key: list(brands.values()) for key, brands in found.items()}


def _author_hashes(post: Post) -> set[bytes]:
    return {author_id_hash(post.source, post.author), author_handle_hash(post.source, post.author)} - {NOBODY}


def _erased(tx: Connection, reads: Sequence[Read]) -> set[bytes]:
    """Which of the batch's authors asked to be erased."""
    if tx.execute(select(SUPPRESSION.c.author_hash).limit(1)).first() is None:
        return set()
    wanted = sorted(set().union(*(_author_hashes(read.post) for read in reads)))
    return {
        author
        for some in chunks(wanted)
        for author in tx.execute(select(SUPPRESSION.c.author_hash).where(SUPPRESSION.c.author_hash.in_(some))).scalars()
    }


def _known_posts(tx: Connection, keys: Sequence[bytes]) -> dict[bytes, Row[Any]]:
    names = ("id", "key_hash", "content_hash", "engagement_json", "first_seen_at", "deleted_at")
    columns: list[ColumnElement[Any]] = [POST.c[name] for name in names]
    return {
        row.key_hash: row
        for some in chunks(keys)
        for row in tx.execute(select(*columns).where(POST.c.key_hash.in_(some)))
    }


def _insert_posts(tx: Connection, fresh: Mapping[bytes, Sequence[Read]], now: datetime) -> dict[bytes, int]:
    """Inserts posts with their stories and words; gives their numbers."""
    newest = [(key, batch[-1]) for key, batch in fresh.items()]
    stories = resolve(tx, [(str(read.post.key), read.fingerprint, read.post.published_at or now) for _, read in newest])
    rows = [
        {"key_hash": key, "story": story, "first_seen_at": now, **post_columns(read.post)}
        for (key, read), story in zip(newest, stories, strict=True)
    ]
    numbers = insert_numbered(tx, POST, rows, POST.c.key_hash)
    index_posts(tx, [(numbers[key], read.post.title, read.post.text) for key, read in newest])
    return numbers


def post_columns(post: Post) -> dict[str, Any]:
    return {
        "content_hash": content_hash(post),
        "source": post.source,
        "instance": post.instance,
        "external_id": post.external_id,
        "url": post.url,
        "title": post.title,
        "text": post.text,
        "published_at": post.published_at,
        "lang": post.lang,
        "kind": post.kind,
        "in_reply_to": post.in_reply_to,
        "author_json": to_json(post.author),
        "author_id_hash": author_id_hash(post.source, post.author),
        "author_handle_hash": author_handle_hash(post.source, post.author),
        "engagement_json": to_json(post.engagement),
    }


def _update_counters(tx: Connection, seen: Mapping[bytes, Sequence[Read]], known: Mapping[bytes, Row[Any]]) -> None:
    """Gives known posts their newest engagement; what is not told this time stays as it was told before."""
    changed = []
    for key, batch in seen.items():
        before = engagement_of(known[key])
        told = {name: count for name, count in asdict(batch[-1].post.engagement).items() if count is not None}
        after = Engagement(**(asdict(before) | told))
        if after != before:
            changed.append({"number": known[key].id, "engagement": to_json(after)})
    if changed:
        statement = update(POST).where(POST.c.id == bindparam("number"))
        tx.execute(statement.values(engagement_json=bindparam("engagement")), changed)


def _update_words(tx: Connection, edited: Mapping[bytes, Sequence[Read]], known: Mapping[bytes, Row[Any]]) -> None:
    """Gives edited posts what they say now. The story stays: it is the one that people were told of."""
    posts = [(int(known[key].id), batch[-1].post) for key, batch in edited.items()]
    for number, post in posts:
        columns = post_columns(post)
        del columns["engagement_json"], columns["published_at"]
        tx.execute(update(POST).where(POST.c.id == number).values(columns))
    forget_posts(tx, [number for number, _ in posts])
    index_posts(tx, [(number, post.title, post.text) for number, post in posts])


def _update_readings(
    tx: Connection, edited: Mapping[bytes, Sequence[Read]], numbers: Mapping[bytes, int], new: set[int]
) -> list[int]:
    """Gives the mentions of edited posts their new readings; tells which, without those just made."""
    changed = []
    for key, batch in edited.items():
        for read in batch:
            its = (MENTION.c.post_id == numbers[key]) & (MENTION.c.brand == read.reading.brand)
            number = tx.execute(update(MENTION).where(its).values(reading_columns(read)).returning(MENTION.c.id))
            changed += [one for one in number.scalars() if one not in new]
    return sorted(changed)
