"""Keeps what was read of a batch: posts once, mentions once a brand, and only what is new comes back as new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import ColumnElement, Connection, Row, Select, bindparam, select, update

from alerts.alert import ReadMention
from listener.store import archive
from listener.store.bulk import Moment, kept_time, numbers_ahead, put_rows
from listener.store.hashes import HASH_BYTES, NOBODY, author_handle_hash, author_id_hash, content_hash, key_hash
from listener.store.loading import load
from listener.store.new_posts import NewPost, post_columns, put_posts
from listener.store.rarities import Rarities, erased_among, rarities
from listener.store.readings import READING_COLUMNS, engagement_of, new_mention, reading_values, to_json
from listener.store.search import forget_posts, index_posts
from listener.store.statements import among, chunks, insert_new, many, numbers_of, one_at_a_time
from listener.store.tables import MENTION, POST, SIGHTING
from listener.store.weighed import keep_weighed, settle
from rules.analysis import Read
from sources.post import Engagement, Post


class Kept(Struct, frozen=True, kw_only=True):
    """What a batch brought: mentions that nobody had seen, and known ones whose post was edited.

    `brands`: of each new mention; of those that put_results was not asked to give back too.
    """

    brands: list[str]
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
    spoken_only: bool = False,
    archived: Mapping[bytes, datetime] = {},
) -> Kept:
    """Keeps the reads of one batch that `seen_by` brought. The same batch twice changes nothing the second time.

    A post known already only gains `seen_by` and its newest counters, unless its words have changed: then post and
    readings are what they are now, while what people marked stays. Posts that were deleted upstream, or whose author
    was erased, are not kept again. Reads without a brand are not kept; nor, if `known_only`, are posts not kept yet.
    `spoken_only`: of the new mentions only those that a rule speaks for are given back. What is kept is archived no
    more; `archived` tells of posts, by the hash of their key, when they were first seen.
    """
    one_at_a_time(tx, "mentions")  # so that numbers become visible in their order: readers go on from the last
    rare = rarities(tx)
    by_key = settle(tx, _by_key(tx, reads, rare), rare)
    known = _known_posts(tx, list(by_key), rare)
    fresh = {} if known_only else {key: batch for key, batch in by_key.items() if key not in known}
    seen = {key: batch for key, batch in by_key.items() if key in known and known[key].deleted_at is None}
    edited = {key: batch for key, batch in seen.items() if content_hash(batch[-1].post) != known[key].content_hash}

    numbers = {key: int(known[key].id) for key in seen}
    insert_new(tx, SIGHTING, [{"post_id": number, "seen_by": seen_by} for number in numbers.values()])
    at = kept_time(tx)
    begun = put_posts(tx, fresh, seen_by, now, at, archived)
    if rare.archived:
        archive.forget_hashes(tx, list(fresh))
    _update_counters(tx, seen, known)
    _update_words(tx, edited, known)

    there = kept_pairs(tx, sorted(numbers.values()))
    first_seen = {number: known[key].first_seen_at for key, number in numbers.items()}
    numbers |= {key: post.number for key, post in begun.items()}
    first_seen |= {numbers[key]: seen for key, seen in archived.items() if key in begun}
    wanted = [
        Wanted(numbers[key], read, first_seen.get(numbers[key], now))
        for key, batch in by_key.items()
        if key in numbers
        for read in batch
        if (numbers[key], read.reading.brand) not in there
    ]
    new = put_mentions(tx, wanted, first_reading, at=at)
    changed = _update_readings(tx, edited, numbers, set(new))
    keep_weighed(tx, (read for key, batch in by_key.items() if key in numbers for read in batch), now)
    posts = {post.number: post for post in begun.values()}
    index_posts(tx, [(number, new.post.title, new.post.text) for number, new in posts.items()])
    numbered = [
        (number, one) for number, one in zip(new, wanted, strict=True) if one.read.reading.rules or not spoken_only
    ]
    return Kept(
        brands=[str(one.read.reading.brand) for one in wanted],
        new=_as_kept(tx, numbered, posts, seen_by, now, first_reading),
        updated=load(tx, changed),
    )


def to_be_kept(tx: Connection, reads: Sequence[Read]) -> list[Read]:
    """The reads of which `put_results` would keep what was read: of posts that are new to their brand, or edited.

    None of a post that was deleted upstream, or whose author was erased.
    """
    rare = rarities(tx)
    known = _known_posts(tx, sorted({key_hash(read.post) for read in reads}), rare)
    pairs = kept_pairs(tx, sorted(int(row.id) for row in known.values()))
    erased = _erased(tx, reads, rare)
    found = []
    for read in reads:
        brand, post = read.reading.brand, known.get(key_hash(read.post))
        if brand is None or not erased.isdisjoint(_author_hashes(read.post)):
            continue
        unchanged = post is not None and content_hash(read.post) == post.content_hash
        if post is None or (post.deleted_at is None and not (unchanged and (int(post.id), brand) in pairs)):
            found.append(read)
    return found


# Made once: to build a statement takes SQLAlchemy several times as long as to run one of these.
_GIVE_ENGAGEMENT = update(POST).where(POST.c.id == bindparam("number")).values(engagement_json=bindparam("engagement"))


@cache
def _pairs_of(dialect: str) -> Select[Any]:
    return select(MENTION.c.post_id, MENTION.c.brand).where(among(dialect, MENTION.c.post_id))


@cache
def _posts_of(dialect: str) -> Select[Any]:
    names = ("id", "key_hash", "content_hash", "engagement_json", "first_seen_at", "deleted_at")
    columns: list[ColumnElement[Any]] = [POST.c[name] for name in names]
    return select(*columns).where(among(dialect, POST.c.id))


class Wanted(Struct, frozen=True, gc=False):
    """A mention to keep: its post's number, what was read, and when the post was first seen."""

    post_id: int
    read: Read
    first_seen_at: datetime


_COLUMNS = ("id", "post_id", "brand", "at", "first_reading", "held", "mark", *READING_COLUMNS)


def put_mentions(
    tx: Connection, wanted: Sequence[Wanted], first_reading: bool, held: str = "", at: Moment | None = None
) -> Sequence[int]:
    """Keeps mentions that are not kept yet; gives their numbers, in the same order.

    `held`: why nobody is told of those that rules speak for. `at`: what `bulk.kept_time` gives, where it was used.
    """
    numbers = numbers_ahead(tx, MENTION, len(wanted))
    at = at or kept_time(tx)
    rows = [
        (
            number,
            one.post_id,
            one.read.reading.brand,
            at(one.read.post.published_at or one.first_seen_at),
            first_reading,
            held if one.read.reading.rules else "",
            "",
            *reading_values(one.read),
        )
        for number, one in zip(numbers, wanted, strict=True)
    ]
    put_rows(tx, MENTION.name, _COLUMNS, rows, together=True)
    return numbers


def _as_kept(
    tx: Connection,
    numbered: Sequence[tuple[int, Wanted]],
    posts: Mapping[int, NewPost],
    seen_by: str,
    now: datetime,
    first_reading: bool,
) -> list[ReadMention]:
    """The mentions as `load` would give them; those of new posts need not be asked for, since all of them is known."""
    asked = {one.id: one for one in load(tx, [number for number, one in numbered if one.post_id not in posts])}
    kept = []
    for number, one in numbered:
        begun = posts.get(one.post_id)
        if begun is None:
            kept.append(asked[number])
        else:
            kept.append(new_mention(number, one.read, begun.post, begun.story, seen_by, now, first_reading))
    return kept


def kept_pairs(tx: Connection, posts: Sequence[int]) -> set[tuple[int, str]]:
    """The (post, brand) pairs of these posts that are kept."""
    pairs = _pairs_of(tx.dialect.name)
    return {(row[0], row[1]) for some in chunks(posts) for row in tx.execute(pairs, many(tx, some))}


def _by_key(tx: Connection, reads: Sequence[Read], rare: Rarities) -> dict[bytes, list[Read]]:
    """The reads to keep, by their post. What came twice counts as it came last, and the last read is the newest."""
    found: dict[bytes, dict[str, Read]] = {}
    erased = _erased(tx, reads, rare)
    for read in reads:
        if read.reading.brand is None or (erased and not erased.isdisjoint(_author_hashes(read.post))):
            continue
        brands = found.setdefault(key_hash(read.post), {})
        brands.pop(read.reading.brand, None)
        brands[read.reading.brand] = read
    return {key: list(brands.values()) for key, brands in found.items()}


def _author_hashes(post: Post) -> set[bytes]:
    return {author_id_hash(post.source, post.author), author_handle_hash(post.source, post.author)} - {NOBODY}


def _erased(tx: Connection, reads: Sequence[Read], rare: Rarities) -> set[bytes]:
    """Which of the batch's authors asked to be erased."""
    if not rare.erased:
        return set()
    return erased_among(tx, set().union(*(_author_hashes(read.post) for read in reads)))


def _known_posts(tx: Connection, keys: Sequence[bytes], rare: Rarities) -> dict[bytes, Row[Any]]:
    asked = {key: key for key in keys}
    if rare.hashes_alone:
        asked |= {key[-HASH_BYTES:]: key for key in keys}
    numbers = [number for some in chunks(list(asked)) for number in numbers_of(tx, POST.name, "key_hash", some)]
    return {
        asked[row.key_hash]: row
        for some in chunks(numbers)
        for row in tx.execute(_posts_of(tx.dialect.name), many(tx, some))
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
        tx.execute(_GIVE_ENGAGEMENT, changed)


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
            values = dict(zip(READING_COLUMNS, reading_values(read), strict=True))
            number = tx.execute(update(MENTION).where(its).values(values).returning(MENTION.c.id))
            changed += [one for one in number.scalars() if one not in new]
    return sorted(changed)
