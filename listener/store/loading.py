"""Reads mentions back, with the posts that they are mentions of."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from alerts.alert import ReadMention
from listener.store.readings import read_mention
from listener.store.statements import among, chunks, many
from listener.store.tables import MENTION, POST, SIGHTING

COLUMNS = (
    MENTION.c.id,
    MENTION.c.post_id,
    MENTION.c.brand,
    MENTION.c.lang,
    MENTION.c.own,
    MENTION.c.first_reading,
    MENTION.c.held,
    MENTION.c.mark,
    MENTION.c.reading_json,
    POST.c.source,
    POST.c.instance,
    POST.c.external_id,
    POST.c.url,
    POST.c.title,
    POST.c.text,
    POST.c.published_at,
    POST.c.lang.label("post_lang"),
    POST.c.kind,
    POST.c.in_reply_to,
    POST.c.author_json,
    POST.c.engagement_json,
    POST.c.story,
    POST.c.first_seen_at,
)
"""What `readings.read_mention` needs of MENTION joined with POST."""


def mentions_of_posts() -> Select[Any]:
    """Selects mentions whole, to be narrowed further."""
    return select(*COLUMNS).join(POST, POST.c.id == MENTION.c.post_id)


def load(tx: Connection, numbers: Sequence[int]) -> list[ReadMention]:
    """The mentions of these numbers, in their order; those that are gone are left out."""
    rows: list[Row[Any]] = []
    for some in chunks(numbers):
        rows += tx.execute(_mentions(tx.dialect.name), many(tx, some))
    by_number = {mention.id: mention for mention in with_sightings(tx, rows)}
    return [by_number[number] for number in numbers if number in by_number]


def with_sightings(tx: Connection, rows: Sequence[Row[Any]]) -> list[ReadMention]:
    """The rows as mentions, each with the names of the sources that saw its post."""
    seen = seen_by(tx, sorted({row.post_id for row in rows}))
    return [read_mention(row, seen.get(row.post_id, ())) for row in rows]


def seen_by(tx: Connection, posts: Sequence[int]) -> dict[int, list[str]]:
    """The names of the sources that saw each of these posts, by the post's number."""
    seen: dict[int, list[str]] = {}
    for some in chunks(posts):
        for sighting in tx.execute(_sightings(tx.dialect.name), many(tx, some)):
            seen.setdefault(sighting.post_id, []).append(sighting.seen_by)
    return seen


@cache
def _mentions(dialect: str) -> Select[Any]:
    return mentions_of_posts().where(among(dialect, MENTION.c.id))


@cache
def _sightings(dialect: str) -> Select[Any]:
    return select(SIGHTING).where(among(dialect, SIGHTING.c.post_id)).order_by(SIGHTING.c.seen_by)
