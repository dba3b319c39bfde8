"""What people match posts against queries with instead, for benchmarks/matching.py."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from rules.match import Matcher
from rules.match_plain import holds
from rules.match_view import PostView
from sources.post import Post
from sources.query import Query
from sources.query.scripts import EMOJI
from sources.query.tree import And, Field, Handle, Hashtag, Near, Node, Not, Or
from sources.query.words import cut

Pairs = list[tuple[str, str]]
BATCH = 1_000


def ceiling(posts: list[Post]) -> Callable[[], object]:
    """Typed decoding, and Hyperscan over what none of its patterns is in."""
    hyperscan = rival()
    lines = [msgspec.json.encode(post) for post in posts]
    decoder = msgspec.json.Decoder(Post)
    database = hyperscan.Database()
    database.compile(expressions=[b"qqzzxxqq"], ids=[0], elements=1, flags=hyperscan.HS_FLAG_CASELESS)

    def scan() -> None:
        for start in range(0, len(lines), BATCH):
            decoded = [decoder.decode(line) for line in lines[start : start + BATCH]]
            database.scan("\n".join([post.text for post in decoded]).encode(), match_event_handler=print)

    return scan


def rival() -> Any:
    try:
        import hyperscan
    except ModuleNotFoundError:
        raise SystemExit("the rivals are missing: .venv/bin/python -m pip install --group bench") from None
    return hyperscan


class Prefilter:
    """Hyperscan finds which queries a post could fulfil; our evaluation decides."""

    def __init__(self, matcher: Matcher, queries: dict[str, Query]) -> None:
        hyperscan = rival()
        self._index = matcher._index
        self._names = list(queries)
        patterns = [(one, number) for number, query in enumerate(queries.values()) for one in patterns_of(query.tree)]
        self._database = hyperscan.Database()
        self._database.compile(
            expressions=[one.encode() for one, _ in patterns],
            ids=[number for _, number in patterns],
            elements=len(patterns),
            flags=hyperscan.HS_FLAG_CASELESS,
        )

    def wanted(self, posts: list[Post]) -> list[tuple[Post, list[str]]]:
        return [one for start in range(0, len(posts), BATCH) for one in self._batch(posts[start : start + BATCH])]

    def _batch(self, posts: list[Post]) -> Iterable[tuple[Post, list[str]]]:
        pieces = [f"{post.text}\n@@{post.author.handle}\n".encode() for post in posts]
        starts, reached = [], 0
        for piece in pieces:
            starts.append(reached)
            reached += len(piece)
        hits: list[tuple[int, int]] = []
        self._database.scan(
            b"".join(pieces), match_event_handler=lambda number, _start, end, _flags, _told: hits.append((end, number))
        )
        possible: dict[int, set[int]] = {}
        for end, number in hits:
            possible.setdefault(bisect_right(starts, end - 1) - 1, set()).add(number)
        for place, numbers in possible.items():
            view = PostView(posts[place], "", None)
            if found := [number for number in sorted(numbers) if self._index.wants(number, view)]:
                yield posts[place], [self._names[number] for number in found]


def patterns_of(node: Node) -> list[str]:
    """What a post that fulfils the node must contain one of: of an AND the part with the longest text."""
    if isinstance(node, Or):
        return [one for part in node.parts for one in patterns_of(part)]
    if isinstance(node, And):
        parts = [patterns_of(part) for part in node.parts if not isinstance(part, Not)]
        return min(parts, key=lambda patterns: (len(patterns), -min(map(len, patterns))))
    if isinstance(node, Near):
        return max(patterns_of(node.left), patterns_of(node.right), key=lambda patterns: len(patterns[0]))
    if isinstance(node, Field):
        return [rf"@@{node.value}\b"]
    if isinstance(node, Hashtag | Handle):
        return [rf"{'#' if isinstance(node, Hashtag) else '@'}{node.text}\b"]
    assert not isinstance(node, Not)
    return [rf"\b{'[^a-z0-9]+'.join(node.text.split())}\b"]


def loop_pairs(loop: list[tuple[str, Callable[[Post, str], bool]]], posts: list[tuple[Post, str]]) -> Pairs:
    return [(post.external_id, name) for post, text in posts for name, wants in loop if wants(post, text)]


def plain_pairs(queries: dict[str, Query], posts: list[Post]) -> Pairs:
    """The oracle's: one node after the other, on the texts cut with care."""
    found: Pairs = []
    for post in posts:
        texts, view = (cut(post.title), cut(post.text)), PostView(post, "", None)
        found += [
            (post.external_id, name) for name, query in queries.items() if holds(query.tree, texts, view.field_holds)
        ]
    return found


BETWEEN = rf"(?:[^\w{EMOJI}]|_)+"


def predicate(node: Node) -> Callable[[Post, str], bool]:
    """A query as people write it without a query engine: regular expressions, and `and`, `or`, `not`."""
    if isinstance(node, Not):
        inner = predicate(node.part)
        return lambda post, text: not inner(post, text)
    if isinstance(node, And | Or):
        parts = [predicate(part) for part in node.parts]
        if isinstance(node, And):
            return lambda post, text: all(part(post, text) for part in parts)
        return lambda post, text: any(part(post, text) for part in parts)
    if isinstance(node, Field):
        return lambda post, text: post.author.handle == node.value
    if isinstance(node, Near):
        left, right = BETWEEN.join(_text(node.left).split()), BETWEEN.join(_text(node.right).split())
        gap = rf"{BETWEEN}(?:(?:[^\W_]+|[{EMOJI}]){BETWEEN}){{0,{node.distance - 1}}}"
        return _searches(rf"(?<![^\W_])(?:{left}{gap}{right}|{right}{gap}{left})(?![^\W_])")
    if isinstance(node, Hashtag | Handle):
        return _searches(rf"(?<![^\W_]){'#' if isinstance(node, Hashtag) else '@'}{node.text}(?!\w)")
    return _searches(rf"(?<![^\W_]){BETWEEN.join(node.text.split())}(?![^\W_])")


def _text(node: Node) -> str:
    assert not isinstance(node, And | Or | Not | Near | Field)
    return node.text


def _searches(pattern: str) -> Callable[[Post, str], bool]:
    search = re.compile(pattern, re.IGNORECASE).search
    return lambda post, text: search(text) is not None
