"""Names the author of a post so that the next post of the same author is known."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from sources.post import Post

IDS_OF_ONE_HOST = frozenset({"discourse", "stackexchange"})
"""Kinds whose ids are numbers that each forum or site counts by itself; their handles name the host, and so count."""


class AuthorKey(Struct, frozen=True, order=True):
    """What one author is known by at one kind of service: the service's id, else the handle.

    An id stays with its account when the handle is given to somebody else, so it is what counts where it is told.
    """

    source: str
    by: Literal["id", "handle"]
    value: str

    def __str__(self) -> str:
        return f"{self.source}:{self.value}"


def same_handle(handle: str) -> str:
    """A handle as it is compared: services take @Ann, ann and ANN for the same."""
    return handle.strip().removeprefix("@").casefold()


def keys_of(post: Post) -> tuple[AuthorKey, ...]:
    """What a post's author is known by, the surest last; nothing where the post does not tell.

    Feeds often tell nothing but a name, which then stands for the handle.
    """
    author = post.author
    handle = same_handle(author.handle or ("" if author.id else author.name))
    keys = [AuthorKey(post.source, "handle", handle)] if handle else []
    if author.id and post.source not in IDS_OF_ONE_HOST:
        keys.append(AuthorKey(post.source, "id", author.id))
    return tuple(keys)
