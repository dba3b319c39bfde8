"""What a query finds among the posts that are kept or archived already, and how far it has been looked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, bindparam, delete, func, select

from listener.store import archive
from listener.store.hashes import key_hash
from listener.store.keeping import Wanted, kept_pairs, put_mentions, put_results
from listener.store.mentions import hold
from listener.store.readings import author_of, engagement_of, to_json
from listener.store.statements import chunks, insert_into, one_at_a_time
from listener.store.tables import POST, SETTING
from rules.analysis import Read
from sources.post import Author, Post

HELD = "found by a back-fill among posts that were kept before"
"""Why nobody is told of what a back-fill finds."""

_PAGE = (
    select(POST.c.id, POST.c.source, POST.c.url, POST.c.title, POST.c.text, POST.c.lang, POST.c.author_json)
    .where(POST.c.id > bindparam("after"), POST.c.deleted_at.is_(None))
    .order_by(POST.c.id)
    .limit(bindparam("most"))
)
_PAGE_SINCE = _PAGE.where(POST.c.first_seen_at >= bindparam("since"))
_decode_author = msgspec.json.Decoder(Author).decode


class Stand(Struct, frozen=True, kw_only=True):
    """How far the posts have been looked through for a brand's query: up to the post of number `after`, and then up to
    the archived one of number `archived`."""

    brand: str
    query: str
    after: int = 0
    archived: int = 0
    posts: int = 0
    matched: int = 0
    new: int = 0


class Whole(Struct, frozen=True):
    """A kept post as it stands, with the hash of its words, by which a later edit is known."""

    number: int
    content_hash: bytes
    post: Post
    first_seen_at: datetime


def stand_of(tx: Connection, brand: str, query: str) -> Stand:
    """Where a back-fill that was stopped stands; at the beginning, if there is none or it was for another query."""
    kept = tx.execute(select(SETTING.c.value).where(SETTING.c.name == _name(brand))).scalar()
    stand = msgspec.json.decode(kept, type=Stand) if kept else None
    return stand if stand is not None and stand.query == query else Stand(brand=brand, query=query)


def put_stand(tx: Connection, stand: Stand) -> None:
    """Keeps how far a back-fill has come."""
    statement = insert_into(tx, SETTING)
    tx.execute(
        statement.on_conflict_do_update(index_elements=[SETTING.c.name], set_={"value": statement.excluded.value}),
        {"name": _name(stand.brand), "value": to_json(stand)},
    )


def forget_stand(tx: Connection, brand: str) -> None:
    """A back-fill has come to the end: the next one begins anew."""
    tx.execute(delete(SETTING).where(SETTING.c.name == _name(brand)))


def newest_post(tx: Connection) -> int:
    """The greatest number given to a post that is kept; 0 where there is none."""
    return int(tx.execute(select(func.max(POST.c.id))).scalar() or 0)


def posts_after(tx: Connection, after: int, most: int, since: datetime | None = None) -> dict[int, Post]:
    """The next kept posts by their numbers, with all that a query can ask for and nothing else; of those first seen
    since then."""
    return {
        number: Post(
            source=source, instance="", external_id="", url=url, title=title, text=text, lang=lang,
            author=_decode_author(author),
        )
        for number, source, url, title, text, lang, author in tx.execute(
            _PAGE if since is None else _PAGE_SINCE, {"after": after, "most": most, "since": since}
        ).all()
    }  # fmt: skip


def whole_posts(tx: Connection, numbers: Sequence[int]) -> list[Whole]:
    """These posts with everything that is kept of them, in the order of their numbers."""
    return [
        Whole(
            row.id,
            row.content_hash,
            Post(
                source=row.source, instance=row.instance, external_id=row.external_id, url=row.url, title=row.title,
                text=row.text, published_at=row.published_at, lang=row.lang, author=author_of(row),
                engagement=engagement_of(row), in_reply_to=row.in_reply_to, kind=row.kind,
            ),
            row.first_seen_at,
        )
        for some in chunks(sorted(numbers))
        for row in tx.execute(select(POST).where(POST.c.id.in_(some)).order_by(POST.c.id))
    ]  # fmt: skip


def put_found(tx: Connection, found: Sequence[tuple[Whole, Read]]) -> int:
    """Keeps the mentions that are new, as ones of which nobody is told; gives how many.

    A post that was deleted or edited since it was read gets none: what edited it reads it for every brand.
    """
    one_at_a_time(tx, "mentions")
    numbers = sorted({whole.number for whole, _ in found})
    first_seen: dict[tuple[int, bytes], datetime] = {
        (row.id, row.content_hash): row.first_seen_at
        for some in chunks(numbers)
        for row in tx.execute(
            select(POST.c.id, POST.c.content_hash, POST.c.first_seen_at).where(
                POST.c.id.in_(some), POST.c.deleted_at.is_(None)
            )
        )
    }
    there = kept_pairs(tx, numbers)
    wanted = [
        Wanted(whole.number, read, first_seen[whole.number, whole.content_hash])
        for whole, read in found
        if (whole.number, whole.content_hash) in first_seen and (whole.number, read.reading.brand) not in there
    ]
    return len(put_mentions(tx, wanted, first_reading=False, held=HELD))


def put_archived(tx: Connection, found: Sequence[tuple[archive.Archived, Read]], now: datetime) -> int:
    """Keeps archived posts as mentions of which nobody is told, and takes them out of the archive; gives how many.

    One that was deleted, edited or kept since it was read stays what it is.
    """
    one_at_a_time(tx, "mentions")
    there = {one.number for one in archive.unchanged(tx, [one for one, _ in found])}
    by_source: dict[str, list[tuple[archive.Archived, Read]]] = {}
    for one, read in found:
        if one.number in there:
            by_source.setdefault(one.seen_by, []).append((one, read))
    new = 0
    for seen_by, some in by_source.items():
        since = {key_hash(one.post): one.first_seen_at for one, _ in some}
        kept = put_results(tx, [read for _, read in some], seen_by, False, now, spoken_only=True, archived=since)
        hold(tx, {mention.id: HELD for mention in kept.new})
        new += len(kept.brands)
    return new


def _name(brand: str) -> str:
    return f"backfill:{brand}"
