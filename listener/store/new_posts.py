"""Keeps posts that nobody had seen: with their story, who saw them, and the words they are found by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection

from listener.store.bulk import insert_rows, numbers_ahead
from listener.store.hashes import author_handle_hash, author_id_hash, content_hash
from listener.store.readings import to_json
from listener.store.search import index_posts
from listener.store.stories import resolve
from listener.store.tables import POST, SIGHTING
from rules.analysis import Read
from sources.post import Post


class NewPost(Struct, frozen=True):
    """A post as it was kept just now."""

    number: int
    post: Post
    story: str


def put_posts(
    tx: Connection, fresh: Mapping[bytes, Sequence[Read]], seen_by: str, now: datetime
) -> dict[bytes, NewPost]:
    """Keeps posts by the hash of their key, each as its last read has it; the hashes must be known to be new."""
    newest = [(key, batch[-1]) for key, batch in fresh.items()]
    stories = resolve(tx, [(str(read.post.key), read.fingerprint, read.post.published_at or now) for _, read in newest])
    begun = {
        key: NewPost(number, read.post, story)
        for number, (key, read), story in zip(numbers_ahead(tx, POST, len(newest)), newest, stories, strict=True)
    }
    rows = [
        {"id": new.number, "key_hash": key, "story": new.story, "first_seen_at": now, **post_columns(new.post)}
        for key, new in begun.items()
    ]
    insert_rows(tx, POST, rows)
    insert_rows(tx, SIGHTING, [{"post_id": new.number, "seen_by": seen_by} for new in begun.values()])
    index_posts(tx, [(new.number, new.post.title, new.post.text) for new in begun.values()])
    return begun


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
