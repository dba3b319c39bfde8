"""Many queries against many posts: which brand is mentioned where."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from msgspec import Struct

from rules.match_compile import Group, Test, compiled, has_group
from rules.match_index import QueryIndex, wanting
from rules.match_plain import holds, positive_leaves, spans
from rules.match_view import PostView
from rules.reading import Mention
from sources.post import Post
from sources.query.explain import described
from sources.query.tree import And, Near, Node, Not, Or, Query, Word


class _Known(Struct):
    name: str
    query: Query
    leaves: list[tuple[Word | Near, Test]] | None = None  # what spans are looked for; compiled at the first match


class Matcher:
    """Finds the mentions in posts, exactly, at a cost that hardly grows with the number of queries.

    `identify` tells the language of a post whose source did not; it is asked only where a query has `lang:`.
    Not for several threads at once: it learns from the posts it sees which words are rare (this changes its
    speed, never its answers).
    """

    def __init__(self, queries: Mapping[str, Query], identify: Callable[[Post], str] | None = None) -> None:
        self._identify = identify
        self._index = QueryIndex()
        self._known: dict[int, _Known] = {}
        self._numbers: dict[str, int] = {}
        self._next = 0
        for name, query in queries.items():
            self.add(name, query)

    def add(self, name: str, query: Query) -> None:
        """Takes a query in, in place of the one of the same name if there is one."""
        if name in self._numbers:
            self.remove(name)
        number = self._next
        self._next += 1
        self._numbers[name] = number
        self._known[number] = _Known(name, query)
        self._index.add(number, query.tree)

    def remove(self, name: str) -> None:
        """Forgets a query. Raises KeyError."""
        number = self._numbers.pop(name)
        del self._known[number]
        self._index.remove(number)

    def match(self, posts: Sequence[Post], seen_by: str = "") -> list[Mention]:
        """Gives one mention for each (post, brand): posts in their order, brands in the order they were added.

        `seen_by` is the name of the configured source that yields the posts. Spans are places in the post's
        own title and text, at most 100 a mention.
        """
        return [self._mention(number, view) for view, found in self._wanted(posts, seen_by) for number in found]

    def wanted(self, posts: Sequence[Post], seen_by: str = "") -> list[tuple[Post, list[str]]]:
        """Gives the posts that match, each with its brands: what `match` finds, without looking where."""
        known = self._known
        return [(view.post, [known[number].name for number in found]) for view, found in self._wanted(posts, seen_by)]

    def explain(self, name: str, post: Post, seen_by: str = "") -> str:
        """Tells in plain words why a query wants a post or does not: a line on how it was decided, then the tree.

        Raises KeyError.
        """
        number = self._numbers[name]
        view = PostView(post, seen_by, self._identify)
        tree = self._known[number].query.tree
        anchors = self._index.anchors(number)
        met = [anchor for anchor in anchors if has_group(anchor, view)]
        if self._index.wants(number, view):
            verdict = "matches"
        elif met:
            verdict = f"does not match: evaluated because of {_told(met, view)}, which was not enough"
        else:
            verdict = f"does not match: not evaluated, absent is what it is filed under: {_told(anchors)}"
        return "\n".join([f"{name} {verdict}", *_marked(tree, view, 1)])

    def _wanted(self, posts: Sequence[Post], seen_by: str) -> Iterator[tuple[PostView, list[int]]]:
        for post, words, possible in self._index.possible(posts):
            view = PostView(post, seen_by, self._identify, words)
            if found := wanting(view, possible):
                yield view, found

    def _mention(self, number: int, view: PostView) -> Mention:
        known = self._known[number]
        if known.leaves is None:
            leaves = dict.fromkeys(positive_leaves(known.query.tree))
            known.leaves = [(leaf, compiled(leaf).test) for leaf in leaves]
        met = [leaf for leaf, test in known.leaves if test(view)]
        return Mention(post=view.post, brand=known.name, spans=spans(met, view.texts) if met else ())


def _told(anchors: Sequence[Group], view: PostView | None = None) -> str:
    """At most five of the keys, the word itself before its forms with endings; of a view only those it has."""
    told: list[str] = []
    for anchor in anchors:
        keys = sorted(anchor.keys, key=lambda key: (len(key), key))
        if view is not None and anchor.kind == "key":
            keys = [key for key in keys if key in view.bag]
        ending = "*" if anchor.kind == "prefix" else ""
        field = f"{anchor.field}:" if anchor.kind == "field" else ""
        told.extend(f"{field}'{key}{ending}'" for key in keys)
    more = f" and {len(told) - 5} more" if len(told) > 5 else ""
    return ", ".join(dict.fromkeys(told[:5])) + more


def _marked(node: Node, view: PostView, depth: int) -> Iterator[str]:
    """The tree, each line with yes or no by the plain evaluator."""
    verdict = "yes" if holds(node, view.cuts, view.field_holds) else "no "
    indent = "  " * depth
    if isinstance(node, And | Or):
        yield f"{indent}{verdict} {'all' if isinstance(node, And) else 'any'} of these:"
        for part in node.parts:
            yield from _marked(part, view, depth + 1)
    elif isinstance(node, Not):
        yield f"{indent}{verdict} not this:"
        yield from _marked(node.part, view, depth + 1)
    else:
        yield f"{indent}{verdict} {described(node)}"
