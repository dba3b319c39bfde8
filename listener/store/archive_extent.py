"""Tells how much is archived, without reading all of it."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, bindparam, func, select

from listener.store.archive_tables import ARCHIVED_POST

_COUNTED = 200_000
_SAMPLE = 1_000
_ROW_BYTES = 280
"""What a row and its entries in four indexes take beside the post itself, as measured."""

_ITS = ARCHIVED_POST.c
_SPAN = select(select(func.min(_ITS.id)).scalar_subquery(), select(func.max(_ITS.id)).scalar_subquery())
_LENGTH = select(func.avg(func.length(_ITS.post_json))).where(_ITS.id > bindparam("from"))


class Extent(Struct, frozen=True, kw_only=True):
    """How much is archived: so many posts, about so many bytes; the oldest were first seen at `since`. `counted`: the
    posts were counted, and are not what their numbers tell."""

    posts: int
    counted: bool = True
    bytes: int
    since: datetime | None


def extent(tx: Connection) -> Extent:
    """How much is archived. More than _COUNTED posts are not counted: their numbers tell about how many there are."""
    least, greatest = tx.execute(_SPAN).one()
    if least is None:
        return Extent(posts=0, bytes=0, since=None)
    span = int(greatest) - int(least) + 1
    few = span <= _COUNTED
    posts = int(tx.execute(select(func.count()).select_from(ARCHIVED_POST)).scalar_one()) if few else span
    length = float(tx.execute(_LENGTH, {"from": int(greatest) - _SAMPLE}).scalar() or 0)
    since = tx.execute(select(_ITS.first_seen_at).where(_ITS.id == least)).scalar()
    return Extent(posts=posts, counted=few, bytes=round(posts * (length + _ROW_BYTES)), since=since)
