"""The inverted index: from the words of a post to the few queries that could want it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat
from typing import TypeVar

from msgspec import Struct

from rules.match_beginnings import Beginnings
from rules.match_compile import Group
from rules.match_fields import folded_names
from rules.match_frequencies import Frequencies
from rules.match_gate import (
    SIGNS,
    Filing,
    Place,
    asks_for_more,
    filings,
    has_sign,
    lacking_nothing,
    place_of,
    searched_texts,
    second_of,
    watched_words,
)
from rules.match_routes import Route, routes
from rules.match_view import PostView
from sources.post import Post
from sources.query.quick_words import words_of_each
from sources.query.tree import FieldName, Node

_AT_ONCE = 64
"""Posts whose words are cut at once: more of them would not stay in the nearest cache until they are looked up."""

_FIRST_LESSON = 256
"""Posts after which is looked for the first time at what is common; each lesson comes after four times as many."""

_SAMPLED = 32
"""Of so many posts one is counted, after the first lesson."""

_FILED_ANEW = 8
"""Queries filed anew with each post that is counted: all at once, ten thousand would hold everybody up for a second."""

_HOT = 0.002
_FIELD_SHARES: dict[FieldName, float] = {"author": 0.001, "site": 0.01, "source": 0.4, "lang": 0.5}
Key = TypeVar("Key", bytes, str)


class _Filed(Struct):
    tree: Node
    routes: list[Route]
    places: list[Place]


class QueryIndex:
    """Files queries, by number, under their rarest necessary word, and finds those a post could fulfil.

    Which word is rarest is learned from the posts that pass: a share of them is counted, and what turned out to
    be filed under a common word is filed anew. Filing costs per query, never per index.
    """

    def __init__(self) -> None:
        self._filed: dict[int, _Filed] = {}
        self._words: dict[bytes, list[Filing]] = {}
        self._anchors: set[bytes] = set()  # the keys of _words: only a set meets a list without copying it
        # For each of these `second_of` its filings, one of which must be there; None where not all have one.
        self._seconds: dict[bytes, set[bytes] | None] = {}
        self._authors: dict[str, list[Filing]] = {}
        self._always: dict[str, list[Filing]] = {}
        self._beginnings = Beginnings()
        self._sites = 0  # how many routes are filed under a host
        self._frequencies = Frequencies()
        self._seen = 0
        self._next_lesson = _FIRST_LESSON
        self._misfiled: list[int] = []  # queries that the last lesson found under a common word, the commonest last

    def add(self, number: int, tree: Node) -> None:
        """Files a query under a number that is not in use."""
        found = routes(tree, self._cost)
        places: list[Place] = []
        for route in found:
            self._frequencies.watch(watched_words(route))
            self._sites += _is_site(route.anchor)
            for place, filing in filings(number, route, self._frequencies.share):
                places.append(place)
                self._put(place, filing)
        self._filed[number] = _Filed(tree, found, places)

    def remove(self, number: int) -> None:
        """Forgets a query. Raises KeyError."""
        filed = self._filed.pop(number)
        for route in filed.routes:
            self._sites -= _is_site(route.anchor)
            self._frequencies.leave(watched_words(route))
        for place in dict.fromkeys(filed.places):
            self._take(place, number)

    def anchors(self, number: int) -> list[Group]:
        """What a query is filed under. Raises KeyError."""
        return [route.anchor for route in self._filed[number].routes]

    def wants(self, number: int, view: PostView) -> bool:
        """Whether one query wants this post. Raises KeyError."""
        return any(route.holds(view) for route in self._filed[number].routes)

    def possible(self, posts: Sequence[Post]) -> Iterator[tuple[Post, list[bytes] | None, list[Filing]]]:
        """The posts that some query could want, each with all routes that could lead to it, and with others.

        In the middle stand the words of its text as `words_of_each` gives them, None where others are among them.
        """
        for start in range(0, len(posts), _AT_ONCE):
            yield from self._possible(posts[start : start + _AT_ONCE])

    def _possible(self, posts: Sequence[Post]) -> list[tuple[Post, list[bytes] | None, list[Filing]]]:
        site, begun = self._sites > 0, bool(self._beginnings)
        always, seconds, filed = self._always.get("", ()), self._seconds, self._words
        cut = words_of_each(searched_texts(posts, site=site))
        by_author = self._by_author(posts) if self._authors else repeat(())
        anchors_of = self._anchors.intersection
        possible: list[tuple[Post, list[bytes] | None, list[Filing]]] = []
        for post, words, under_author in zip(posts, cut, by_author, strict=False):
            under = [*always, *under_author]
            for word in anchors_of(words):
                second = seconds[word]
                if (
                    second is None
                    or not second.isdisjoint(words)
                    or (not second.isdisjoint(SIGNS) and has_sign(second, post))
                ):
                    under += filed[word]
            if begun:
                under += self._beginnings.under(words)
            if under and (found := lacking_nothing(under, words, post)):
                possible.append((post, None if site or post.title else words, found))
        self._observe(cut)
        return possible

    def _by_author(self, posts: Sequence[Post]) -> Iterable[Sequence[Filing]]:
        """What is filed under the author of each post: nobody's words are looked at where no word of the batch is."""
        authors = self._authors
        folded = folded_names([post.author for post in posts])
        met = authors.keys() & folded.split()
        if not met:
            return repeat(())
        names = folded.split("\n")
        if len(names) != len(posts):  # there are lines in somebody's name
            names = [folded_names([post.author]) for post in posts]
        return [
            [filing for word in met if word in name and word in name.split() for filing in authors[word]]
            for name in names
        ]

    def _observe(self, cut: list[list[bytes]]) -> None:
        """Counts some of the posts that passed, and files anew a little of what is filed under common words."""
        early, first = self._seen < _FIRST_LESSON, -(self._seen + 1) % _SAMPLED
        self._seen += len(cut)
        for words in cut if early else cut[first::_SAMPLED]:
            self._frequencies.observe(words)
            if self._misfiled:
                self._file_anew()
        if self._seen >= self._next_lesson:
            self._learn()

    def _put(self, place: Place, filing: Filing) -> None:
        if place.kind in {"author", "always"}:
            table = self._authors if place.kind == "author" else self._always
            table.setdefault(place.name, []).append(filing)
        elif place.kind == "word":
            known = self._seconds.setdefault(place.word, set())
            second = second_of(filing)
            if second is None:
                self._seconds[place.word] = None
            elif known is not None:
                known.add(second)
            self._words.setdefault(place.word, []).append(filing)
            self._anchors.add(place.word)
        else:
            self._beginnings.put(place.word, filing)

    def _take(self, place: Place, number: int) -> None:
        if place.kind in {"author", "always"}:
            _without(self._authors if place.kind == "author" else self._always, place.name, number)
        elif place.kind == "word":
            if _without(self._words, place.word, number):
                self._seconds[place.word] = _seconds(self._words[place.word])
            else:
                self._anchors.remove(place.word)
                del self._seconds[place.word]
        else:
            self._beginnings.take(place.word, number)

    def _learn(self) -> None:
        """Notes what stands under a word that turned out to be common, and asks for more, to be filed anew."""
        self._next_lesson *= 4
        shares = {word: self._frequencies.share(word) for word in self._words}
        common = sorted((word for word, share in shares.items() if share > _HOT), key=shares.__getitem__)
        under = (filing for word in common for filing in self._words[word] if asks_for_more(filing))
        self._misfiled = list(dict.fromkeys(filing.number for filing in under))

    def _file_anew(self) -> None:
        for _ in range(min(_FILED_ANEW, len(self._misfiled))):
            number = self._misfiled.pop()
            if number in self._filed:  # else it was removed meanwhile
                tree = self._filed[number].tree
                self.remove(number)
                self.add(number, tree)

    def _cost(self, group: Group) -> float:
        """The share of posts that have one of the group's keys, or that must be looked at for them."""
        return sum(self._key_cost(group, key) for key in group.keys)

    def _key_cost(self, group: Group, key: str) -> float:
        if group.kind == "field":
            return _FIELD_SHARES[group.field]
        place = place_of(group, key, self._frequencies.share)
        return 0.3 * 0.5 ** len(place.word) if place.kind == "beginning" else self._frequencies.share(place.word)


def _seconds(filings: list[Filing]) -> set[bytes] | None:
    """The second words or signs, one of which a post must have; None where a filing asks for none."""
    found = set(map(second_of, filings))
    return None if None in found else {second for second in found if second is not None}


def _without(table: dict[Key, list[Filing]], key: Key, number: int) -> bool:
    """Takes a query out from under a key; whether others are left there."""
    kept = [filing for filing in table[key] if filing.number != number]
    if kept:
        table[key] = kept
    else:
        del table[key]
    return bool(kept)


def _is_site(group: Group) -> bool:
    return group.kind == "field" and group.field == "site"


def wanting(view: PostView, possible: list[Filing]) -> list[int]:
    """The numbers of the queries that want this post, in order: exact, every test is done that is not done already."""
    exact = view.exact_words
    found: set[int] = set()
    for filing in possible:
        if filing.number not in found and _holds(filing, view, exact):
            found.add(filing.number)
    return sorted(found)


def _holds(filing: Filing, view: PostView, exact: list[bytes] | None) -> bool:
    """Whether a filing leads to a post that has its words: a test that asks for no word has none cut."""
    if not filing.sure or exact is None:
        return filing.route.holds(view)
    beside = filing.route.beside
    return filing.excluded.isdisjoint(exact) and (beside is None or beside(view))
