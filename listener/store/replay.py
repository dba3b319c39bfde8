"""Reads the mentions of a time back in their order, a page at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select

from alerts.alert import ReadMention
from listener.store.loading import COLUMNS, with_sightings
from listener.store.tables import MENTION, POST

PAGE = 500


def count_replayed(tx: Connection, since: datetime, until: datetime, brands: Sequence[str] = ()) -> int:
    """How many mentions `replayed` gives, those of posts that are deleted counted too."""
    asked = select(func.count()).select_from(MENTION).where(*_within(since, until, brands))
    return int(tx.execute(asked).scalar_one())


def replayed(
    tx: Connection, since: datetime, until: datetime, brands: Sequence[str] = ()
) -> Iterator[list[ReadMention]]:
    """The mentions of [since, until) of these brands (none named: of all) in the order of their times, by pages.

    No more than a page is held at once. Posts deleted upstream are not among them.
    """
    its = MENTION.c
    ordered: Select[Any] = (
        select(*COLUMNS, its.at)
        .join(POST, POST.c.id == its.post_id)
        .where(POST.c.deleted_at.is_(None), its.at < until, *_of(brands))
        .order_by(its.at, its.id)
        .limit(PAGE)
    )
    rows = tx.execute(ordered.where(its.at >= since)).all()
    while rows:
        yield with_sightings(tx, rows)
        last = rows[-1]
        # `at` alone bounds the walk through its index; the number tells those of one moment apart
        later = its.at >= last.at, or_(its.at > last.at, its.id > last.id)
        rows = tx.execute(ordered.where(*later)).all() if len(rows) == PAGE else []


def _within(since: datetime, until: datetime, brands: Sequence[str]) -> list[ColumnElement[bool]]:
    return [MENTION.c.at >= since, MENTION.c.at < until, *_of(brands)]


def _of(brands: Sequence[str]) -> list[ColumnElement[bool]]:
    return [MENTION.c.brand.in_(brands)] if brands else []
