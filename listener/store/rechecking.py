"""Which kept posts are to be looked at again, how far that has come, and what an edit found so changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import Connection, and_, exists, func, select, update

from listener.store.deleting import blank_readings
from listener.store.hashes import content_hash, key_hash
from listener.store.new_posts import post_columns
from listener.store.search import forget_posts, index_posts
from listener.store.statements import chunks, insert_into, one_at_a_time
from listener.store.tables import MENTION, POST, RECHECK, SIGHTING
from sources.post import Post, PostKey

AGES = (1, 7, 30)
"""Days after which a kept post is looked at again."""

ON_REQUEST = 0
"""Stands for no age: all that is kept, because a person asked."""

UNREAD_WORDS = b""
"""The content hash of a post whose words have changed since its readings were made."""


class Stretch(Struct, frozen=True, kw_only=True):
    """Posts to look at, each with its link, after the post numbered `after` up to the one numbered `until`.

    `last`: none of the age is left after these.
    """

    links: dict[PostKey, str]
    after: int
    until: int
    last: bool

    @property
    def keys(self) -> tuple[PostKey, ...]:
        return tuple(self.links)


class RecheckState(Struct, frozen=True, kw_only=True):
    """How far a source has come with an age, and when it last went on."""

    source: str
    age_days: int
    post_id: int
    done_at: datetime


def next_stretch(
    tx: Connection, source: str, seen_by: Sequence[str], age_days: int, now: datetime, limit: int
) -> Stretch:
    """The next posts of that age, which any of the sources `seen_by` brought, those that are gone left out."""
    after = _stands(tx, source, age_days, now)
    newest = _newest_before(tx, now - timedelta(days=age_days))
    theirs = exists().where(SIGHTING.c.post_id == POST.c.id, SIGHTING.c.seen_by.in_(list(seen_by)))
    wanted = and_(POST.c.id > after, POST.c.id <= newest, POST.c.deleted_at.is_(None), theirs)
    columns = POST.c.id, POST.c.source, POST.c.instance, POST.c.external_id, POST.c.url
    rows = tx.execute(select(*columns).where(wanted).order_by(POST.c.id).limit(limit)).all()
    last = len(rows) < limit
    return Stretch(
        links={PostKey(row.source, row.instance, row.external_id): row.url for row in rows},
        after=after,
        until=max(after, newest) if last else int(rows[-1].id),
        last=last,
    )


def move(tx: Connection, source: str, age_days: int, stretch: Stretch, now: datetime) -> bool:
    """Writes down that the stretch was looked at; False where somebody else has been there."""
    one_at_a_time(tx, "recheck")
    if _stands(tx, source, age_days, now) != stretch.after:
        return False
    row = {"source": source, "age_days": age_days, "post_id": stretch.until, "done_at": now}
    statement = insert_into(tx, RECHECK)
    values = {"post_id": statement.excluded.post_id, "done_at": statement.excluded.done_at}
    tx.execute(statement.on_conflict_do_update(index_elements=list(RECHECK.primary_key), set_=values), row)
    return True


def begin_anew(tx: Connection, source: str, now: datetime) -> None:
    """Has the next `ON_REQUEST` walk begin with the oldest post that is kept."""
    its = RECHECK.c.source == source, RECHECK.c.age_days == ON_REQUEST
    tx.execute(update(RECHECK).where(*its).values(post_id=0, done_at=now))


def states(tx: Connection) -> list[RecheckState]:
    """How far each source has come with each age."""
    return [RecheckState(**row._asdict()) for row in tx.execute(select(RECHECK))]


def note_edits(tx: Connection, posts: Sequence[Post]) -> tuple[list[Post], int]:
    """Gives those of the posts that are kept, and how many of them say something else now.

    Those say here at once what they say there, and what was read in the old words is taken out; their mentions are
    read anew with the batch that the caller puts in, and whoever reads it sees them as edited.
    """
    one_at_a_time(tx, "mentions")
    by_key = {key_hash(post.key): post for post in posts}
    known = {
        row.key_hash: row
        for some in chunks(list(by_key))
        for row in tx.execute(
            select(POST.c.id, POST.c.key_hash, POST.c.content_hash).where(
                POST.c.key_hash.in_(some), POST.c.deleted_at.is_(None)
            )
        )
    }
    edited = {int(row.id): by_key[key] for key, row in known.items() if row.content_hash != content_hash(by_key[key])}
    for number, post in edited.items():
        columns = post_columns(post)
        del columns["engagement_json"], columns["published_at"]
        tx.execute(update(POST).where(POST.c.id == number).values(columns | {"content_hash": UNREAD_WORDS}))
        blank_readings(tx, MENTION.c.post_id == number)
    forget_posts(tx, list(edited))
    index_posts(tx, [(number, post.title, post.text) for number, post in edited.items()])
    return [by_key[key] for key in known], len(edited)


def _stands(tx: Connection, source: str, age_days: int, now: datetime) -> int:
    """Where a source stands. One that begins leaves to the next age what has reached it already."""
    its = RECHECK.c.source == source, RECHECK.c.age_days == age_days
    kept = tx.execute(select(RECHECK.c.post_id).where(*its)).scalar()
    if kept is not None:
        return int(kept)
    older = next((age for age in AGES if age > age_days), None)
    if age_days == ON_REQUEST or older is None:
        return 0
    return _newest_before(tx, now - timedelta(days=older))


def _newest_before(tx: Connection, when: datetime) -> int:
    """The greatest number of a post that was first seen by then; numbers are given in the order of time."""
    low, high = 0, int(tx.execute(select(func.max(POST.c.id))).scalar() or 0)
    while low < high:
        middle = (low + high + 1) // 2
        at_or_before = select(POST.c.id, POST.c.first_seen_at).where(POST.c.id <= middle).order_by(POST.c.id.desc())
        found = tx.execute(at_or_before.limit(1)).first()
        if found is None or found.first_seen_at <= when:
            low = middle
        else:
            high = int(found.id) - 1
    return low
