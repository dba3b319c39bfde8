"""Finds the author whom a person means, among those who wrote what is kept."""

from __future__ import annotations

import msgspec
from sqlalchemy import ColumnElement, Connection, select

from listener.store.blocks import posts_of
from listener.store.hashes import author_handle_hash, author_id_hash
from listener.store.tables import MENTION, POST
from rules.authors import IDS_OF_ONE_HOST, AuthorKey, same_handle
from sources.post import Author

_decode = msgspec.json.Decoder(Author).decode


def hash_of_key(key: AuthorKey) -> bytes:
    """What an author's posts are found by in POST."""
    if key.by == "id":
        return author_id_hash(key.source, Author(id=key.value))
    return author_handle_hash(key.source, Author(handle=key.value))


def wrote(key: AuthorKey) -> ColumnElement[bool]:
    """The condition that a row of POST is this author's. By an id it is quick; by a handle all posts are looked at."""
    if key.by == "id":
        return POST.c.id.in_(posts_of("author_id_hash", [hash_of_key(key)]))
    return (POST.c.source == key.source) & (POST.c.author_handle_hash == hash_of_key(key))


def find_author(tx: Connection, source: str, who: str) -> AuthorKey:
    """The author whom a person means by a handle or an id: by the id, where a kept post tells one.

    Of a handle that several accounts had, the one counts that wrote last.
    """
    by_id = AuthorKey(source, "id", who)
    by_handle = AuthorKey(source, "handle", same_handle(who))
    if source in IDS_OF_ONE_HOST:
        return by_handle
    if who.startswith("did:") or tx.execute(select(POST.c.id).where(wrote(by_id)).limit(1)).first() is not None:
        return by_id
    newest = newest_author(tx, by_handle)
    return AuthorKey(source, "id", newest.id) if newest is not None and newest.id else by_handle


def newest_author(tx: Connection, key: AuthorKey) -> Author | None:
    """The author as their newest kept post tells them, None where there is none."""
    newest = tx.execute(select(POST.c.author_json).where(wrote(key)).order_by(POST.c.id.desc()).limit(1)).scalar()
    return None if newest is None else _decode(newest)


def author_of_mention(tx: Connection, number: int) -> AuthorKey | None:
    """Who wrote a mention, by the surest that its post tells; None where it tells nothing."""
    its = select(POST.c.source, POST.c.author_json).join(MENTION, MENTION.c.post_id == POST.c.id)
    row = tx.execute(its.where(MENTION.c.id == number)).first()
    return None if row is None else author_key(row.source, _decode(row.author_json))


def author_key(source: str, author: Author) -> AuthorKey | None:
    """The surest that an author is known by, None for nothing."""
    if author.id and source not in IDS_OF_ONE_HOST:
        return AuthorKey(source, "id", author.id)
    handle = same_handle(author.handle or author.name)
    return AuthorKey(source, "handle", handle) if handle else None
