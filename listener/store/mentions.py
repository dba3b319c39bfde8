"""The mentions that are kept: listed, counted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    or_,
    select,
    update,
)

from alerts.alert import ReadMention
from listener.store.blocks import posts_of
from listener.store.deleting import keys_of_authors, tombstone_posts
from listener.store.keeping import Kept, put_results
from listener.store.loading import load, mentions_of_posts, with_sightings
from listener.store.marks import FEELINGS
from listener.store.search import found
from listener.store.tables import MENTION, POST, SIGHTING

__all__ = [
    "Kept",
    "MentionFilter",
    "count_mentions",
    "felt",
    "get_mention",
    "hold",
    "keys_of_authors",
    "list_mentions",
    "newest_id",
    "put_results",
    "tombstone_posts",
]

UNREAD = "unread"
"""The label of what was not read for its sentiment, in filters and counts."""


class MentionFilter(Struct, frozen=True, kw_only=True):
    """Which mentions are wanted; "" and None mean any.

    `since` and `until` ([since, until)) go by when a post was published, or first seen where it told no date. `source`
    is a kind or a configured name. `label` is what a person marked, else what was read; "unread" where neither.
    `min_id` is the least number wanted. `oldest_first` gives them in the order in which they were kept; else the newest
    come first.
    """

    brand: str = ""
    since: datetime | None = None
    until: datetime | None = None
    source: str = ""
    label: str = ""
    urgency: str = ""
    search: str = ""
    story: str = ""
    customer: str = ""
    mark: str = ""
    min_id: int = 0
    limit: int = 50
    oldest_first: bool = False


def list_mentions(tx: Connection, wanted: MentionFilter) -> list[ReadMention]:
    """The mentions that are wanted, `limit` at most. Posts deleted upstream are not among them."""
    statement = _narrowed(tx, mentions_of_posts(), wanted)
    if wanted.oldest_first:
        statement = statement.order_by(MENTION.c.id)
    else:
        statement = statement.order_by(MENTION.c.at.desc(), MENTION.c.id.desc())
    return with_sightings(tx, tx.execute(statement.limit(wanted.limit)).all())


def count_mentions(tx: Connection, wanted: MentionFilter) -> int:
    """How many mentions are wanted, whatever the limit."""
    counted = select(func.count()).select_from(MENTION.join(POST, POST.c.id == MENTION.c.post_id))
    return int(tx.execute(_narrowed(tx, counted, wanted)).scalar_one())


def get_mention(tx: Connection, number: int) -> ReadMention | None:
    """One mention, or None."""
    return next(iter(load(tx, [number])), None)


def newest_id(tx: Connection) -> int:
    """The greatest number given to a mention that is kept; 0 where there is none."""
    return int(tx.execute(select(func.max(MENTION.c.id))).scalar() or 0)


def hold(tx: Connection, reasons: Mapping[int, str]) -> None:
    """Writes down why nobody was told of mentions for which rules spoke."""
    if reasons:
        statement = update(MENTION).where(MENTION.c.id == bindparam("number")).values(held=bindparam("why"))
        tx.execute(statement, [{"number": number, "why": why} for number, why in reasons.items()])


def felt() -> ColumnElement[str]:
    """The sentiment that counts: a person's mark before the reading, UNREAD where there is neither."""
    return case((MENTION.c.mark.in_(FEELINGS), MENTION.c.mark), (MENTION.c.label == "", UNREAD), else_=MENTION.c.label)


def _narrowed(tx: Connection, statement: Select[Any], wanted: MentionFilter) -> Select[Any]:
    equal = {
        MENTION.c.brand: wanted.brand,
        MENTION.c.urgency: wanted.urgency,
        MENTION.c.customer_id: wanted.customer,
        MENTION.c.mark: wanted.mark,
    }
    conditions: list[ColumnElement[bool]] = [POST.c.deleted_at.is_(None)]
    conditions += [column == value for column, value in equal.items() if value]
    if wanted.customer:
        conditions.append(MENTION.c.customer_id != literal_column("''"))  # as its index says
    if wanted.story:
        conditions.append(POST.c.id.in_(posts_of("story", [wanted.story])))
    if wanted.since is not None:
        conditions.append(MENTION.c.at >= wanted.since)
    if wanted.until is not None:
        conditions.append(MENTION.c.at < wanted.until)
    if wanted.min_id:
        conditions.append(MENTION.c.id >= wanted.min_id)
    if wanted.label:
        conditions.append(felt() == wanted.label)
    if wanted.source:
        seen = exists().where(SIGHTING.c.post_id == POST.c.id, SIGHTING.c.seen_by == wanted.source)
        conditions.append(or_(POST.c.source == wanted.source, seen))
    if wanted.search:
        conditions.append(found(tx, wanted.search))
    return statement.where(*conditions)
