"""How a query can be reached from an index: its routes, each with what it is filed under and what is left to test."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from rules.match_compile import Group, Test, all_of, compiled, enough_keys, group_test, has_group, test_of
from rules.match_view import PostView
from sources.query.tree import And, Node, Not, Or

Cost = Callable[[Group], float]
"""The share of posts that have a group, as far as is known."""


class Path(Struct, frozen=True):
    """One way to fulfil a query: every group is necessary, no key of `excluded` is allowed, `tests` tell the rest."""

    groups: tuple[Group, ...]
    tests: tuple[Test, ...]
    excluded: frozenset[str] = frozenset()


class Route(Struct, frozen=True):
    """A path as it is filed: reached by `anchor`; then all of `required` must be there and `test` pass.

    `choices`: sets of keys of each of which `test` finds one. `watched` are the keys whose frequency decides where
    this is best filed. `only_keys`: one key of the anchor, all of `required`, one of each of `choices` and none of
    `excluded` are all that it asks for, but for `beside` where there is such a test.
    """

    anchor: Group
    required: frozenset[str]
    choices: tuple[frozenset[str], ...]
    excluded: frozenset[str]
    test: Test | None
    beside: Test | None
    watched: frozenset[str]
    only_keys: bool

    def holds(self, view: PostView) -> bool:
        """Whether the path leads to this post: exact, every test is done."""
        return (
            (not self.required or self.required <= view.bag)  # a query that asks for no word has none cut
            and has_group(self.anchor, view)
            and (not self.excluded or self.excluded.isdisjoint(view.bag))
            and (self.test is None or self.test(view))
        )


def routes(tree: Node, cost: Cost) -> list[Route]:
    """Gives the routes that together reach every post a query wants: one for each alternative of its rarest part.

    Each is filed under its rarest necessary group. Pure; `tree` must ask for something (as `parse` makes sure).
    """
    paths = _paths(without_inner_not(tree), cost)
    assert paths is not None, "parse refuses what is only negative"
    return [_filed(path, cost) for path in paths]


def without_inner_not(node: Node, *, wanted: bool = True) -> Node:
    """The same query with NOT standing only before leaves."""
    if isinstance(node, Not):
        return without_inner_not(node.part, wanted=not wanted)
    if isinstance(node, And | Or):
        kind = And if isinstance(node, And) == wanted else Or
        flat: list[Node] = []
        for part in node.parts:
            inner = without_inner_not(part, wanted=wanted)
            flat.extend(inner.parts if isinstance(inner, kind) else [inner])
        return kind(tuple(flat))
    return node if wanted else Not(node, 0)


def _paths(node: Node, cost: Cost) -> list[Path] | None:
    """The alternatives of a node; None where it asks for nothing that an index could hold."""
    if isinstance(node, Not):
        return None
    if isinstance(node, Or):
        return _or_paths(node, cost)
    if isinstance(node, And):
        return _and_paths(node, cost)
    leaf = compiled(node)
    return [Path(leaf.groups, () if leaf.groups[0].enough else (leaf.test,))]


def _or_paths(node: Or, cost: Cost) -> list[Path] | None:
    """Alternatives that are single keys make one path together."""
    keys, others = enough_keys(node.parts)
    paths = [Path((Group("key", keys, True),), ())] if keys else []
    for part in others:
        inner = _paths(part, cost)
        if inner is None:
            return None
        paths.extend(inner)
    return paths


def _and_paths(node: And, cost: Cost) -> list[Path] | None:
    """One part with alternatives may be opened into paths, the rarest; the others stay tests."""
    groups: list[Group] = []
    tests: list[Test] = []
    open_parts: list[tuple[Node, list[Path]]] = []
    excluded, rest = enough_keys(part.part for part in node.parts if isinstance(part, Not))
    tests.extend(test_of(Not(part, 0)) for part in rest)
    for part in (part for part in node.parts if not isinstance(part, Not)):
        inner = _paths(part, cost)
        if inner is None:
            tests.append(test_of(part))
        elif len(inner) == 1:
            groups.extend(inner[0].groups)
            tests[:0] = inner[0].tests
            excluded |= inner[0].excluded
        else:
            open_parts.append((part, inner))
    if not open_parts:
        return [Path(tuple(groups), tuple(tests), excluded)] if groups else None
    chosen = min(open_parts, key=lambda one: sum(_rarest(path, cost)[1] for path in one[1]))
    opened = sum(_rarest(path, cost)[1] for path in chosen[1])
    if groups and min(map(cost, groups)) <= opened:
        return [Path(tuple(groups), (*tests, *(test_of(part) for part, _ in open_parts)), excluded)]
    tests.extend(test_of(part) for part, _ in open_parts if part is not chosen[0])
    return [Path((*path.groups, *groups), (*path.tests, *tests), path.excluded | excluded) for path in chosen[1]]


def _rarest(path: Path, cost: Cost) -> tuple[Group, float]:
    group = min(path.groups, key=cost)
    return group, cost(group)


def _filed(path: Path, cost: Cost) -> Route:
    anchor, _ = _rarest(path, cost)
    others = [group for group in path.groups if group is not anchor]
    keys = [group.keys for group in others if group.kind == "key"]
    required = frozenset(key for one in keys if len(one) == 1 for key in one)
    choices = tuple(one for one in dict.fromkeys(keys) if len(one) > 1)
    tests = [
        group_test(group) for group in others if group.enough and not (group.kind == "key" and len(group.keys) == 1)
    ]
    tests.extend(path.tests)
    watched = frozenset(key for group in path.groups if group.kind == "key" for key in group.keys)
    only_keys = all(group.kind == "key" for group in path.groups)
    test, beside = (all_of(some) if some else None for some in (tests, list(path.tests)))
    return Route(anchor, required, choices, path.excluded, test, beside, watched, only_keys)
