"""The hashes that stand for keys, contents and authors.

A hash lies anywhere in an index, so once there are a million posts each new one changes a page of its own, which takes
longer than all else that is done for it. Nearly all services number their posts upward (Mastodon, Bluesky, X, Reddit,
Hacker News, ...): a key's hash begins with what its id begins with, less the last two characters, and so what comes in
together lies together. Ids of other kinds lie anywhere.
"""

from __future__ import annotations

import hashlib
import re

from rules.authors import same_handle
from sources.post import Author, Post, PostKey

NOBODY = b""
"""The author hash of a post whose service does not tell that much."""


HASH_BYTES = 16

_BEGUN = hashlib.blake2b(digest_size=HASH_BYTES)
_COUNTED = re.compile(r"(?<![0-9A-Za-z])[0-9][0-9a-z]{4,}\Z")
_COUNTED_WITHIN = 32  # last characters of an id
_MOST_OF_COUNT = 16


def hash_of(*parts: str) -> bytes:
    """128 bits of BLAKE2b over the parts; which part ends where counts."""
    return _digest("".join([f"{len(part)}:{part}" for part in parts]))


def bytes_hash(content: bytes) -> bytes:
    """128 bits of BLAKE2b over bytes as they came in."""
    hashing = _BEGUN.copy()  # quicker than to begin anew
    hashing.update(content)
    return hashing.digest()


def key_hash(key: PostKey | Post) -> bytes:
    """The last HASH_BYTES are the hash of the whole key; what stands before is its place in the index."""
    source, instance, external_id = key.source, key.instance, key.external_id
    whole = f"{len(source)}:{source}{len(instance)}:{instance}{len(external_id)}:{external_id}"
    return _place(external_id) + _digest(whole)


def content_hash(post: Post) -> bytes:
    """What makes an edit an edit: the words, not the counters."""
    title, text = post.title, post.text
    return _digest(f"{len(title)}:{title}{len(text)}:{text}")


def author_id_hash(source: str, author: Author) -> bytes:
    return _id_hash(source, author.id) if author.id else NOBODY


def author_handle_hash(source: str, author: Author) -> bytes:
    """By the handle; feeds often tell nothing but a name, which then stands for it."""
    known_as = author.handle or ("" if author.id else author.name)
    return _handle_hash(source, known_as) if known_as else NOBODY


def author_hashes(source: str, handle_or_id: str) -> tuple[bytes, bytes]:
    """The two hashes that a person's words for an author can mean."""
    return _id_hash(source, handle_or_id), _handle_hash(source, handle_or_id)


def _digest(content: str) -> bytes:
    hashing = _BEGUN.copy()
    hashing.update(content.encode())
    return hashing.digest()


def _place(external_id: str) -> bytes:
    last = external_id.rpartition("/")[2]
    if not last.isdigit() or not last.isascii() or not 5 <= len(last) <= _COUNTED_WITHIN:  # else no need to search
        counted = _COUNTED.search(external_id, max(len(external_id) - _COUNTED_WITHIN, 0))
        if counted is None:
            return b""
        last = counted[0]
    return last[:-2][:_MOST_OF_COUNT].encode()


# The two below are spelt out as `hash_of` joins its parts: they are made for every post.
def _id_hash(source: str, author: str) -> bytes:
    return _digest(f"2:id{len(source)}:{source}{len(author)}:{author}")


def _handle_hash(source: str, handle: str) -> bytes:
    handle = same_handle(handle)
    return _digest(f"6:handle{len(source)}:{source}{len(handle)}:{handle}")
