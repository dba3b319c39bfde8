"""Posts that have come in and are not yet read: kept with the cursor that covers them, removed with what they meant."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, bindparam, delete, func, select, update

from listener.store.tables import BATCH
from sources.post import storable


class Batch(Struct, frozen=True, kw_only=True):
    """Posts of one fetch, as they were put in; `tries` counts how often they were taken to be read.

    `looked_again`: they were known, and somebody looked whether they are still as they were.
    """

    id: int
    source: str
    posts: bytes
    count: int
    first_reading: bool
    looked_again: bool
    received_at: datetime
    tries: int
    set_aside_at: datetime | None
    why: str


# Made once: to build a statement takes SQLAlchemy several times as long as to run one of these.
_PUT = BATCH.insert().returning(BATCH.c.id)
_GET = select(BATCH).where(BATCH.c.id == bindparam("number"))
_TAKE = (
    update(BATCH)
    .where(BATCH.c.id == bindparam("number"), BATCH.c.set_aside_at.is_(None))
    .values(tries=BATCH.c.tries + 1)
    .returning(BATCH)
)
_REMOVE = delete(BATCH).where(BATCH.c.id == bindparam("number"))
_WAITS = (
    select(BATCH.c.id)
    .where(
        BATCH.c.source == bindparam("its_source"),
        BATCH.c.received_at <= bindparam("until", type_=BATCH.c.received_at.type),
        BATCH.c.set_aside_at.is_(None),
    )
    .limit(1)
)
_WAITING = select(func.count(), func.min(BATCH.c.received_at)).where(BATCH.c.set_aside_at.is_(None))


def put_batch(
    tx: Connection,
    source: str,
    posts: bytes,
    count: int,
    first_reading: bool,
    now: datetime,
    *,
    looked_again: bool = False,
) -> int:
    """Keeps the posts (encoded as the caller likes) until they are read; gives the batch's number."""
    row = {
        "source": source,
        "posts": posts,
        "posts_count": count,
        "first_reading": first_reading,
        "looked_again": looked_again,
        "received_at": now,
    }
    return int(tx.execute(_PUT, row).scalar_one())


def get_batch(tx: Connection, number: int) -> Batch | None:
    """The batch, or None where it was read and removed."""
    found = tx.execute(_GET, {"number": number}).first()
    return None if found is None else _batch(found)


def take(tx: Connection, number: int) -> Batch | None:
    """The batch with this try counted; None where it was read and removed, or set aside."""
    found = tx.execute(_TAKE, {"number": number}).first()
    return None if found is None else _batch(found)


def remove_batch(tx: Connection, number: int) -> bool:
    """Removes a batch that was read; False where somebody else has, so that its results are kept once."""
    return bool(tx.execute(_REMOVE, {"number": number}).rowcount)


def set_aside(tx: Connection, number: int, why: str, now: datetime) -> None:
    """Keeps a batch that cannot be read out of the way, for a person to look at."""
    tx.execute(update(BATCH).where(BATCH.c.id == number).values(set_aside_at=now, why=storable(why)))


def list_set_aside(tx: Connection, limit: int) -> list[Batch]:
    """The batches that could not be read, the newest first."""
    numbers = tx.execute(
        select(BATCH.c.id).where(BATCH.c.set_aside_at.is_not(None)).order_by(BATCH.c.id.desc()).limit(limit)
    ).scalars()
    found = [get_batch(tx, number) for number in numbers]
    return [batch for batch in found if batch is not None]


def waits(tx: Connection, source: str, until: datetime) -> bool:
    """Whether a batch of the source that was received until then waits to be read."""
    return tx.execute(_WAITS, {"its_source": source, "until": until}).first() is not None


def waiting(tx: Connection) -> tuple[int, datetime | None]:
    """How many batches wait to be read, and since when the oldest does."""
    counted = tx.execute(_WAITING).one()
    return counted[0], counted[1]


def _batch(row: Row[Any]) -> Batch:
    values = row._asdict()
    return Batch(count=values.pop("posts_count"), **values)
