"""Keeps posts that nobody had seen: with their story, and who saw them first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection

from listener.store.bulk import Moment, numbers_ahead, put_rows
from listener.store.hashes import author_handle_hash, author_id_hash, content_hash
from listener.store.readings import to_json
from listener.store.stories import resolve
from listener.store.tables import POST, SIGHTING
from rules.analysis import Read
from sources.post import Post

_COLUMNS = (
    "content_hash",
    "source",
    "instance",
    "external_id",
    "url",
    "title",
    "text",
    "published_at",
    "lang",
    "kind",
    "in_reply_to",
    "author_json",
    "author_id_hash",
    "author_handle_hash",
    "engagement_json",
)
"""What a post itself fills of POST."""

_NEW = ("id", "key_hash", "story", "first_seen_at", *_COLUMNS)


class NewPost(Struct, frozen=True, gc=False):
    """A post as it was kept just now."""

    number: int
    post: Post
    story: str


def put_posts(
    tx: Connection,
    fresh: Mapping[bytes, Sequence[Read]],
    seen_by: str,
    now: datetime,
    at: Moment,
    archived: Mapping[bytes, datetime] = {},
) -> dict[bytes, NewPost]:
    """Keeps posts by the hash of their key, each as its last read has it; the hashes must be known to be new.

    `at`: what `bulk.kept_time` gives. `archived`: when those that come from the archive were first seen. They are found
    in searches once `search.index_posts` is told of them.
    """
    newest = [batch[-1] for batch in fresh.values()]
    stories = resolve(tx, [(str(read.post.key), read.fingerprint, read.post.published_at or now) for read in newest])
    begun = {
        key: NewPost(number, read.post, story)
        for number, key, read, story in zip(numbers_ahead(tx, POST, len(newest)), fresh, newest, stories, strict=True)
    }
    rows = [
        (new.number, key, new.story, at(archived.get(key, now)), *_values(new.post, at)) for key, new in begun.items()
    ]
    put_rows(tx, POST.name, _NEW, rows, together=True)
    sightings = [(new.number, seen_by) for new in begun.values()]
    put_rows(tx, SIGHTING.name, ("post_id", "seen_by"), sightings, together=True)
    return begun


def post_columns(post: Post) -> dict[str, Any]:
    """What a post fills of POST, as SQLAlchemy's statements take it."""
    return dict(zip(_COLUMNS, _values(post, _as_it_is), strict=True))


def _values(post: Post, at: Moment) -> tuple[Any, ...]:
    source, author = post.source, post.author
    return (
        content_hash(post),
        source,
        post.instance,
        post.external_id,
        post.url,
        post.title,
        post.text,
        at(post.published_at),
        post.lang,
        post.kind,
        post.in_reply_to,
        to_json(author),
        author_id_hash(source, author),
        author_handle_hash(source, author),
        to_json(post.engagement),
    )


def _as_it_is(value: datetime | None) -> datetime | None:
    return value
