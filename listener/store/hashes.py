"""The hashes that stand for keys, contents and authors."""

from __future__ import annotations

import hashlib

from sources.post import Author, Post, PostKey

NOBODY = b""
"""The author hash of a post whose service does not tell that much."""


def hash_of(*parts: str) -> bytes:
    """128 bits of BLAKE2b over the parts; which part ends where counts."""
    joined = "".join([f"{len(part)}:{part}" for part in parts])
    return hashlib.blake2b(joined.encode(), digest_size=16).digest()


def bytes_hash(content: bytes) -> bytes:
    """128 bits of BLAKE2b over bytes as they came in."""
    return hashlib.blake2b(content, digest_size=16).digest()


def key_hash(key: PostKey) -> bytes:
    return hash_of(key.source, key.instance, key.external_id)


def content_hash(post: Post) -> bytes:
    """What makes an edit an edit: the words, not the counters."""
    return hash_of(post.title, post.text)


def author_id_hash(source: str, author: Author) -> bytes:
    return hash_of("id", source, author.id) if author.id else NOBODY


def author_handle_hash(source: str, author: Author) -> bytes:
    """By the handle; feeds often tell nothing but a name, which then stands for it."""
    known_as = author.handle or ("" if author.id else author.name)
    return hash_of("handle", source, same_handle(known_as)) if known_as else NOBODY


def author_hashes(source: str, handle_or_id: str) -> tuple[bytes, bytes]:
    """The two hashes that a person's words for an author can mean."""
    return hash_of("id", source, handle_or_id), hash_of("handle", source, same_handle(handle_or_id))


def same_handle(handle: str) -> str:
    """A handle as it is compared: services take @Ann, ann and ANN for the same."""
    return handle.strip().removeprefix("@").casefold()
