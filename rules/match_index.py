"""The inverted index: from what a post has to the few queries that could want it."""

from __future__ import annotations

from collections import Counter

from msgspec import Struct

from rules.match_compile import Group, Test, group_test
from rules.match_routes import Route, routes
from rules.match_view import PostView
from sources.query.tree import FieldName, Node
from sources.query.words import is_dense

Filing = tuple[int, frozenset[str], Test | None]
"""A query's number, the keys that must all be there, and what is left to test."""

_RELEARN_AT = (256, 4_096, 65_536, 1_048_576)
_HOT = 0.002
_PRIOR_POSTS = 50.0
_FIELD_SHARES: dict[FieldName, float] = {"author": 0.001, "site": 0.01, "source": 0.4, "lang": 0.5}
_REMEMBERED = 200_000


class _Filed(Struct):
    tree: Node
    routes: list[Route]


class QueryIndex:
    """Files queries, by number, under their rarest necessary word, and finds those a post could fulfil.

    Which word is rarest is learned from the posts that pass: a share of them is counted, and what turned out to
    be filed under a common word is filed anew. Filing costs per query, never per index.
    """

    def __init__(self) -> None:
        self._filed: dict[int, _Filed] = {}
        self._keys: dict[str, list[Filing]] = {}
        self._prefixes: dict[str, list[Filing]] = {}
        self._lengths: Counter[int] = Counter()  # of the filed prefixes
        self._barren: set[str] = set()  # words that begin with no filed prefix
        self._fields: dict[FieldName, dict[str, list[Filing]]] = {}
        self._watched: Counter[str] = Counter()
        self._seen = 0
        self._counted = 0
        self._counts: Counter[str] = Counter()

    def add(self, number: int, tree: Node) -> None:
        """Files a query under a number that is not in use."""
        filed = routes(tree, self._cost)
        self._filed[number] = _Filed(tree, filed)
        for route in filed:
            self._watched.update(route.watched)
            table = self._table(route.anchor)
            for key in route.anchor.keys:
                if route.anchor.kind == "prefix" and key not in table:
                    self._lengths[len(key)] += 1
                    self._barren.clear()
                table.setdefault(key, []).append((number, route.required, route.test))

    def remove(self, number: int) -> None:
        """Forgets a query. Raises KeyError."""
        for route in self._filed.pop(number).routes:
            for key in route.watched:
                self._watched[key] -= 1
                if self._watched[key] <= 0:
                    del self._watched[key]
            table = self._table(route.anchor)
            for key in route.anchor.keys:
                kept = [filing for filing in table.get(key, ()) if filing[0] != number]
                if kept:
                    table[key] = kept
                elif table.pop(key, None) and route.anchor.kind == "prefix":
                    self._lengths[len(key)] -= 1
        self._fields = {name: values for name, values in self._fields.items() if values}

    def anchors(self, number: int) -> list[Group]:
        """What a query is filed under. Raises KeyError."""
        return [route.anchor for route in self._filed[number].routes]

    def wants(self, number: int, view: PostView) -> bool:
        """Whether one query wants this post. Raises KeyError."""
        return any(
            group_test(route.anchor)(view) and route.required <= view.bag and (route.test is None or route.test(view))
            for route in self._filed[number].routes
        )

    def wanting(self, view: PostView) -> set[int]:
        """The numbers of the queries that want this post: exact, every test is done."""
        self._seen += 1
        if self._seen <= _RELEARN_AT[0] or self._seen % 16 == 0:
            self._observe(view)
        found: set[int] = set()
        if not self._keys.keys().isdisjoint(view.keys):
            for key in self._keys.keys() & view.bag:
                self._try(self._keys[key], view, found)
        if self._prefixes:
            for prefix in self._prefixes_of(view):
                self._try(self._prefixes[prefix], view, found)
        for name, values in self._fields.items():
            for value in view.values(name):
                self._try(values.get(value, ()), view, found)
        return found

    @staticmethod
    def _try(filings: list[Filing] | tuple[()], view: PostView, found: set[int]) -> None:
        bag = view.bag
        for number, required, test in filings:
            if required <= bag and number not in found and (test is None or test(view)):
                found.add(number)

    def _table(self, anchor: Group) -> dict[str, list[Filing]]:
        if anchor.kind == "key":
            return self._keys
        if anchor.kind == "prefix":
            return self._prefixes
        return self._fields.setdefault(anchor.field, {})

    def _prefixes_of(self, view: PostView) -> set[str]:
        """The filed prefixes that some key of the post begins with; words that begin with none are remembered."""
        met: set[str] = set()
        prefixes, barren = self._prefixes, self._barren
        lengths = [length for length, times in self._lengths.items() if times]
        for key in view.bag - barren:
            begun = [key[:length] for length in lengths if key[:length] in prefixes]
            if begun:
                met.update(begun)
            else:
                barren.add(key)
        if len(barren) > _REMEMBERED:
            barren.clear()
        return met

    def _observe(self, view: PostView) -> None:
        self._counted += 1
        self._counts.update(self._watched.keys() & view.bag)
        if self._seen in _RELEARN_AT:
            self._relearn()

    def _relearn(self) -> None:
        """Files anew what stands under a word that turned out to be common."""
        hot = {filing[0] for key, filings in self._keys.items() if self._share(key) > _HOT for filing in filings}
        for number in hot:
            tree = self._filed[number].tree
            self.remove(number)
            self.add(number, tree)

    def _cost(self, group: Group) -> float:
        if group.kind == "field":
            return _FIELD_SHARES[group.field]
        if group.kind == "prefix":
            return sum(0.3 * 0.5 ** len(key) for key in group.keys)
        return sum(map(self._share, group.keys))

    def _share(self, key: str) -> float:
        """The share of posts that have this key: what was counted, drawn to a guess by its length."""
        if key[:1] in {"#", "@"}:
            guess = 0.0005
        elif is_dense(key[:1]):
            guess = 0.05 if len(key) == 1 else 0.003
        else:
            guess = 0.3 * 0.6 ** len(key)
        return (self._counts[key] + guess * _PRIOR_POSTS) / (self._counted + _PRIOR_POSTS)
