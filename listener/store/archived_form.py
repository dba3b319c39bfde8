"""How a post is archived: whole, as JSON without what was not told, beside the hashes by which it is found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from listener.store.hashes import author_handle_hash, author_id_hash, key_hash
from sources.post import Author, Engagement, Post


class Unwanted(Struct, frozen=True, gc=False):
    """A post as it will be archived, with what costs time made already."""

    post: Post
    key: bytes
    author: bytes
    handle: bytes
    score: float | None
    encoded: bytes


class Archived(Struct, frozen=True, gc=False):
    """A post of the archive. `encoded` is it, as it stands there."""

    number: int
    post: Post
    seen_by: str
    score: float | None
    first_seen_at: datetime
    encoded: bytes


class _Author(Author, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """An author without what the service did not tell."""


class _Engagement(Engagement, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Counters without those that were not told."""


class _Slim(Post, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A post without what was not told: half as long as JSON with all of it. It is read back as a Post."""


def made_ready(posts: Iterable[tuple[Post, float | None]]) -> list[Unwanted]:
    """Posts with their scores, ready to be archived; no database is asked."""
    return [
        Unwanted(
            post,
            key_hash(post),
            author_id_hash(post.source, post.author),
            author_handle_hash(post.source, post.author),
            score,
            _encode(_slim(post)),
        )
        for post, score in posts
    ]


def read_rows(rows: Sequence[Any]) -> list[Archived]:
    """What stands in rows of number, seen_by, score, first_seen_at and post_json."""
    encoded = [bytes(row[4]) for row in rows]
    posts = _decode(b"[" + b",".join(encoded) + b"]")  # all of them at once
    return [
        Archived(row[0], post, row[1], row[2], row[3], one) for row, post, one in zip(rows, posts, encoded, strict=True)
    ]


def _slim(post: Post) -> _Slim:
    author, engagement = post.author, post.engagement
    return _Slim(
        source=post.source,
        instance=post.instance,
        external_id=post.external_id,
        url=post.url,
        title=post.title,
        text=post.text,
        published_at=post.published_at,
        lang=post.lang,
        author=_Author(
            id=author.id,
            handle=author.handle,
            name=author.name,
            url=author.url,
            email=author.email,
            followers=author.followers,
            bio=author.bio,
            links=author.links,
            verified_links=author.verified_links,
            location=author.location,
        ),
        engagement=_NO_COUNTERS
        if engagement == _NOT_TOLD
        else _Engagement(
            likes=engagement.likes, replies=engagement.replies, reposts=engagement.reposts, views=engagement.views
        ),
        in_reply_to=post.in_reply_to,
        kind="post" if post.kind == "post" else post.kind,  # msgspec leaves out what is the default itself
    )


_NO_COUNTERS = _Engagement()
_NOT_TOLD = Engagement()
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(list[Post]).decode
