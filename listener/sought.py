"""Finds what a query wants among posts that are there, by whichever source that saw them."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence

from rules.analysis import language_of
from rules.match import Matcher
from sources.post import Post
from sources.query import Query
from sources.query.tree import And, Field, Node, Not, Or

log = logging.getLogger("listener.backfill")

_THE_QUERY = "the query"


class Sought:
    """One query. `asks_for_source`: whether it makes a difference who saw a post."""

    def __init__(self, query: Query) -> None:
        self.asks_for_source = _asks_for_source(query.tree)
        self._matcher = Matcher({_THE_QUERY: query}, identify=language_of)

    def among(self, posts: Mapping[int, Post], seen: Mapping[int, Sequence[str]]) -> list[int]:
        """The numbers of the posts that the query wants; `seen` tells the sources of each.

        A post that cannot be matched is among them, as it is for a brand.
        """
        try:
            wanted = {
                id(post)
                for name, some in by_source(posts, seen).items()
                for post, _ in self._matcher.wanted(some, name)
            }
        except Exception:
            log.error("posts that are there could not be matched at once; each is matched by itself", exc_info=True)
            return [number for number, post in posts.items() if self._wants(post, seen.get(number) or ("",))]
        return [number for number, post in posts.items() if id(post) in wanted]

    def _wants(self, post: Post, seen: Sequence[str]) -> bool:
        try:
            return any(self._matcher.wanted([post], name) for name in seen)
        except Exception:
            log.error("a post could not be matched", extra={"post": str(post.key)}, exc_info=True)
            return True


def by_source(posts: Mapping[int, Post], seen: Mapping[int, Sequence[str]]) -> dict[str, list[Post]]:
    """The posts by the names of the sources that saw them; those of which none is told under ""."""
    found: dict[str, list[Post]] = {}
    for number, post in posts.items():
        for name in seen.get(number) or ("",):
            found.setdefault(name, []).append(post)
    return found


def _asks_for_source(node: Node) -> bool:
    return any(isinstance(leaf, Field) and leaf.name == "source" for leaf in _leaves(node))


def _leaves(node: Node) -> Iterator[Node]:
    if isinstance(node, And | Or):
        for part in node.parts:
            yield from _leaves(part)
    elif isinstance(node, Not):
        yield from _leaves(node.part)
    else:
        yield node
