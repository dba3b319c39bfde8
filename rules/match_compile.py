"""From a leaf of a query's tree to what an index can require of a post, and to a quick test."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import product
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from rules.match_fields import wanted_value
from rules.match_plain import near
from rules.match_sought import Slot, Sought, sought
from rules.match_view import BORDER, PostView
from sources.query.tree import And, Field, FieldName, Handle, Hashtag, Near, Node, Not, Or, Word
from sources.query.words import handle_name, hashtag_name

Test = Callable[[PostView], bool]

MOST_VARIANTS = 200


class Group(Struct, frozen=True):
    """Something a post must have: one of `keys`. `enough`: having it is all that the leaf asks.

    "key": in the post's keys; "prefix": a key that begins so; "field": a value under `field`'s name.
    """

    kind: Literal["key", "prefix", "field"]
    keys: frozenset[str]
    enough: bool = False
    field: FieldName = "source"


class Leaf(Struct, frozen=True):
    """A leaf compiled: a post that lacks any of `groups` fails `test`."""

    groups: tuple[Group, ...]
    test: Test


@lru_cache(maxsize=4096)
def compiled(node: Word | Near | Field) -> Leaf:
    """Compiles one leaf. Pure."""
    if isinstance(node, Near):
        sides = [_without_enough(compiled(side).groups) for side in (node.left, node.right)]
        return Leaf((*sides[0], *sides[1]), _near_test(node))
    if isinstance(node, Field):
        return _of_group(Group("field", frozenset({wanted_value(node)}), True, node.name))
    if isinstance(node, Handle):
        return _of_group(Group("key", frozenset({"@" + handle_name(node.text)}), True))
    if isinstance(node, Hashtag):
        kind: Literal["key", "prefix"] = "prefix" if node.wildcard else "key"
        return _of_group(Group(kind, frozenset({"#" + hashtag_name(node.text)}), True))
    wanted = sought(node)
    if wanted.run:
        return _of_run(wanted.run)
    if wanted.plain and len(wanted.slots) == 1:
        return _of_group(_slot_group(wanted.slots[0], enough=True))
    groups = [_slot_group(slot, enough=False) for slot in wanted.slots]
    groups += [Group("key", frozenset({pair})) for pair in _glued_pairs(wanted)]
    return Leaf(tuple(groups), _sequence_test(node, wanted))


def has_group(group: Group, view: PostView) -> bool:
    """Whether a post has what the group asks."""
    if group.kind == "key":
        return not group.keys.isdisjoint(view.bag)
    if group.kind == "prefix":
        return any(map(view.begins, group.keys))
    return not group.keys.isdisjoint(view.values(group.field))


def group_test(group: Group) -> Test:
    """Whether a post has what the group asks."""
    keys = group.keys
    if len(keys) == 1:
        (key,) = keys
        if group.kind == "key":
            return lambda view: key in view.bag
        if group.kind == "prefix":
            return lambda view: view.begins(key)
    if group.kind == "field":
        name = group.field
        return lambda view: not keys.isdisjoint(view.values(name))
    return lambda view: not keys.isdisjoint(view.bag)


def test_of(node: Node) -> Test:
    """The quick test of a whole tree."""
    if isinstance(node, Not):
        inner = test_of(node.part)
        return lambda view: not inner(view)
    if isinstance(node, And):
        return all_of([test_of(part) for part in node.parts])
    if isinstance(node, Or):
        keys, others = enough_keys(node.parts)
        tests = [test_of(part) for part in others]
        if keys:
            tests.insert(0, group_test(Group("key", keys)))
        return tests[0] if len(tests) == 1 else lambda view: any(test(view) for test in tests)
    return compiled(node).test


def all_of(tests: list[Test]) -> Test:
    if len(tests) == 1:
        return tests[0]
    return lambda view: all(test(view) for test in tests)


def enough_keys(parts: Iterable[Node]) -> tuple[frozenset[str], list[Node]]:
    """The keys any of which fulfils one of the parts, and the parts that are not as simple as a key."""
    keys: set[str] = set()
    others: list[Node] = []
    for part in parts:
        group = None if isinstance(part, And | Or | Not | Near | Field) else compiled(part).groups[0]
        if group is not None and group.enough and group.kind == "key":
            keys |= group.keys
        else:
            others.append(part)
    return frozenset(keys), others


def _of_group(group: Group) -> Leaf:
    return Leaf((group,), group_test(group))


def _without_enough(groups: Iterable[Group]) -> list[Group]:
    return [Group(group.kind, group.keys, False, group.field) for group in groups]


def _slot_group(slot: Slot, *, enough: bool) -> Group:
    if slot.prefix:
        return Group("prefix", frozenset({slot.prefix}), enough)
    return Group("key", slot.forms, enough)


def _of_run(run: str) -> Leaf:
    """A term without spaces: each pair of its characters must be there; a pair is all that two characters ask."""
    if len(run) <= 2:
        return _of_group(Group("key", frozenset({run}), True))
    pairs = dict.fromkeys(run[place : place + 2] for place in range(len(run) - 1))
    return Leaf(tuple(Group("key", frozenset({pair})) for pair in pairs), lambda view: run in view.folded)


def _glued_pairs(wanted: Sought) -> Iterable[str]:
    for number, glue in enumerate(wanted.glue):
        one, other = wanted.slots[number], wanted.slots[number + 1]
        if glue == "" and len(one.forms) == len(other.forms) == 1:
            yield next(iter(one.forms)) + next(iter(other.forms))


def _sequence_test(node: Word, wanted: Sought) -> Test:
    """A look at the joined words first; only where punctuation or case count, one at the places."""
    pieces = _joined_pieces(wanted)
    question = replace(node, column=0)
    if not wanted.plain or pieces is None:

        def exactly(view: PostView) -> bool:
            if pieces is not None and not any(piece in view.joined for piece in pieces):
                return False
            return any(True for _, find in view.texts for _ in find(node))

        return lambda view: view.once(question, exactly)
    if len(pieces) == 1:
        piece = pieces[0]
        return lambda view: piece in view.joined
    return lambda view: any(piece in view.joined for piece in pieces)


def _joined_pieces(wanted: Sought) -> list[str] | None:
    """All that the joined words can show where these stand; None where that is too much to write out."""
    choices = [sorted(slot.forms) if not slot.prefix else [slot.prefix] for slot in wanted.slots]
    size = 1
    for choice in choices:
        size *= len(choice)
        if size > MOST_VARIANTS:
            return None
    end = "" if wanted.slots[-1].prefix else " "
    return [f" {' '.join(choice)}{end}" for choice in product(*choices)]


def _near_test(node: Near) -> Test:
    left, right, distance = _single_slot(node.left), _single_slot(node.right), node.distance
    if left is None or right is None:
        sides = replace(node.left, column=0), replace(node.right, column=0), distance
        return lambda view: view.once(sides, lambda view: any(True for _, find in view.texts for _ in near(node, find)))

    def near_enough(view: PostView) -> bool:
        lefts, rights = view.places.of(left), view.places.of(right)
        if not lefts or not rights:
            return False
        border = view.words.index(BORDER) if BORDER in view.bag else -1
        reached = 0
        for place in lefts:
            while reached < len(rights) and rights[reached] < place - distance:
                reached += 1
            for number in range(reached, min(reached + 2 * distance + 1, len(rights))):
                other = rights[number]
                if other > place + distance:
                    break
                if other != place and (other < border) == (place < border):
                    return True
        return False

    return near_enough


def _single_slot(word: Word) -> Slot | None:
    """The only slot of a word that stands alone and asks no more than to be there, else None."""
    if isinstance(word, Hashtag | Handle):
        return None
    wanted = sought(word)
    return wanted.slots[0] if wanted.plain and len(wanted.slots) == 1 and not wanted.slots[0].prefix else None
