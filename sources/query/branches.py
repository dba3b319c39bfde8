"""What a service that can search should be asked: a query as a few plain branches that together miss nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from msgspec import Struct

from sources.query.tree import And, Field, Near, Node, Not, Or, Query, Word
from sources.query.unparse import unparse


class Branch(Struct, frozen=True):
    """One search: all `words` and `fields` must hold, none of `excluded` may. Words stand in the query's order."""

    words: tuple[Word, ...]
    fields: tuple[Field, ...]
    excluded: tuple[Word, ...]


class Branches(Struct, frozen=True):
    """A superset of the query: any post that it wants fulfils a branch. `exact`: nothing else does either.

    Exact is meant with the words as the query language reads them (wildcards, braces and borders of words
    included). `notes` say in plain words what was widened.
    """

    branches: tuple[Branch, ...]
    exact: bool
    notes: tuple[str, ...]


def branches(query: Query, most: int = 30) -> Branches:
    """Gives a query's branches: alternatives of plain conjunctions, as services understand them. Pure.

    NEAR becomes both words, and what cannot be told is left out, which only widens. With more than `most`
    branches the ones that share words are drawn together; where none share any they stay more.
    """
    work = _Work(max(1, most))
    found = work.of(query.tree, wanted=True)
    found = work.narrowed(found, most)
    return Branches(tuple(found), not work.notes, tuple(work.notes))


_EVERYTHING = Branch((), (), ())


class _Work:
    """One expansion, and what it had to widen."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.notes: list[str] = []

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def of(self, node: Node, *, wanted: bool) -> list[Branch]:
        """The branches of a node; not wanted: of its negation."""
        if isinstance(node, Not):
            return self.of(node.part, wanted=not wanted)
        if isinstance(node, And | Or):
            if isinstance(node, And) == wanted:
                return self._all([self.of(part, wanted=wanted) for part in node.parts])
            if not wanted:  # NOT (a AND b): either may be missing, which no service can be asked briefly
                self._note(f"NOT ({unparse(node)}) is not asked for")
                return [_EVERYTHING]
            return _unique(branch for part in node.parts for branch in self.of(part, wanted=True))
        if isinstance(node, Near):
            if not wanted:
                self._note(f"NOT {unparse(node)} is not asked for")
                return [_EVERYTHING]
            self._note(f"{unparse(node)} is asked for as both words anywhere")
            return [Branch(_distinct((node.left, node.right)), (), ())]
        if isinstance(node, Field):
            if not wanted:
                self._note(f"NOT {unparse(node)} is not asked for")
                return [_EVERYTHING]
            return [Branch((), (node,), ())]
        return [Branch((node,), (), ())] if wanted else [Branch((), (), (node,))]

    def _all(self, factors: list[list[Branch]]) -> list[Branch]:
        """Every combination of the factors; where that is too many, the factor with most alternatives is left out."""
        kept = sorted((factor for factor in factors if factor != [_EVERYTHING]), key=len)
        size = 1
        chosen: list[list[Branch]] = []
        for factor in kept:
            if chosen and len(factor) > 1 and size * len(factor) > self._most:
                self._note(f"one of {len(factor)} alternatives must be there too, which is not asked for")
                continue
            chosen.append(factor)
            size *= len(factor)
        combined = [_EVERYTHING]
        for factor in (factor for factor in factors if any(factor is one for one in chosen)):
            combined = [_merged(one, other) for one in combined for other in factor]
        return _unique(combined)

    def narrowed(self, found: list[Branch], most: int) -> list[Branch]:
        """Draws branches that share a word together to that word, the most shared first, until few enough."""
        while len(found) > most:
            shared = Counter(_key(word) for branch in found for word in branch.words)
            key, times = max(shared.items(), key=lambda item: item[1], default=("", 0))
            if times < 2:
                self._note(f"the query has {len(found)} alternatives that share no word: each is asked for")
                break
            word = next(word for branch in found for word in branch.words if _key(word) == key)
            self._note(f"{times} alternatives are asked for as {unparse(word)} alone")
            drawn = Branch((word,), (), ())
            found = [drawn, *(one for one in found if key not in {_key(other) for other in one.words})]
        return found


def _merged(one: Branch, other: Branch) -> Branch:
    return Branch(
        _distinct(one.words + other.words),
        tuple({unparse(field): field for field in one.fields + other.fields}.values()),
        _distinct(one.excluded + other.excluded),
    )


def _key(word: Word) -> str:
    return unparse(word)


def _distinct(words: Iterable[Word]) -> tuple[Word, ...]:
    return tuple({_key(word): word for word in words}.values())


def _unique(found: Iterable[Branch]) -> list[Branch]:
    """Without repeats, and without branches that another one covers."""
    keyed = {_keys(branch): branch for branch in found}
    if len(keyed) > 200:
        return list(keyed.values())
    return [
        branch
        for keys, branch in keyed.items()
        if not any(other is not keys and all(a <= b for a, b in zip(other, keys, strict=True)) for other in keyed)
    ]


def _keys(branch: Branch) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    return (
        frozenset(map(_key, branch.words)),
        frozenset(map(unparse, branch.fields)),
        frozenset(map(_key, branch.excluded)),
    )
