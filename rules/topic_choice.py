"""Of many terms for one thing, the one that names it best."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice

from msgspec import Struct

from rules.topic import Said
from rules.topic_odds import Odds
from rules.topic_words import Spoken, holds
from sources.query.words import is_dense

FEWEST_AUTHORS = 2
"""Authors below which nothing is a topic: who writes the same every hour makes none."""

_NEARLY_ALL = 0.7  # of a word's posts that hold a phrase with it: then the phrase is the name
_MOST_LOOKED_AT = 300
_LONGEST_RUN = 16
_GROWN_IN = 100  # posts, and places in each, by which a piece grows: a thousand repeats of it say no more
_GROWN_AT = 16


class Voice(Struct, frozen=True):
    """A post with its words cut, and its terms."""

    said: Said
    words: Spoken
    terms: Collection[str]

    def holds(self, term: str) -> bool:
        """Whether the post holds the term, which may be longer than those that are counted."""
        return term in self.terms or (is_dense(term[0]) and holds(self.words, term))


def choose(sure: Mapping[str, Odds], voices: Sequence[Voice]) -> list[tuple[str, str]]:
    """Gives (name, the term it came from), the surest first.

    A word that nearly always stands in a phrase which is sure too is named by the phrase; a piece of a script without
    spaces grows as long as nearly all its posts go on alike. What then shares nearly all its posts and a word with a
    name before it says nothing new.
    """
    ranked = sorted(sure, key=lambda term: (-sure[term].z, term))[:_MOST_LOOKED_AT]
    held = {term: [place for place, voice in enumerate(voices) if term in voice.terms] for term in ranked}
    chosen: list[tuple[str, str, frozenset[int]]] = []
    names: set[str] = set()
    for term in ranked:
        name, places = _named(term, held, voices)
        if name in names or _several(places, voices) < FEWEST_AUTHORS:
            continue
        if any(_says_the_same(name, places, other, there) for other, _, there in chosen):
            continue
        names.add(name)
        chosen.append((name, term, frozenset(places)))
    return [(name, term) for name, term, _ in chosen]


def _named(term: str, held: Mapping[str, list[int]], voices: Sequence[Voice]) -> tuple[str, list[int]]:
    places = held[term]
    if is_dense(term[0]):
        return _grown(term, places, voices)
    within = f" {term} "
    longer = [
        (len(other), other)
        for other, there in held.items()
        if within in f" {other} " and len(there) >= _NEARLY_ALL * len(places)
    ]
    name = max(longer)[1]
    return name, held[name]


def _grown(piece: str, places: list[int], voices: Sequence[Voice]) -> tuple[str, list[int]]:
    """The piece with the characters before and after it that nearly all its posts have there."""
    looked_at = places[:: -(-len(places) // _GROWN_IN)]
    least = max(_NEARLY_ALL * len(looked_at), 2)
    while len(piece) < _LONGEST_RUN:
        around: Counter[str] = Counter()
        for place in looked_at:
            around.update(_one_longer(piece, voices[place].words.runs))
        longer, count = min(around.items(), key=lambda pair: (-pair[1], pair[0]), default=("", 0))
        if count < least:
            break
        piece = longer
    return piece, [place for place in places if voices[place].holds(piece)]


def _one_longer(piece: str, runs: Sequence[str]) -> set[str]:
    found = set()
    for run, start in islice(_places(piece, runs), _GROWN_AT):
        if start:
            found.add(run[start - 1] + piece)
        if start + len(piece) < len(run):
            found.add(piece + run[start + len(piece)])
    return found


def _places(piece: str, runs: Sequence[str]) -> Iterator[tuple[str, int]]:
    for run in runs:
        start = run.find(piece)
        while start >= 0:
            yield run, start
            start = run.find(piece, start + 1)


def _says_the_same(name: str, places: Sequence[int], other: str, there: frozenset[int]) -> bool:
    if is_dense(name[0]) != is_dense(other[0]):
        return False
    if is_dense(name[0]):
        related = any(name[start : start + 2] in other for start in range(len(name) - 1))
    else:
        related = not set(name.split(" ")).isdisjoint(other.split(" "))
    return related and sum(place in there for place in places) >= _NEARLY_ALL * len(places)


def _several(places: Sequence[int], voices: Sequence[Voice]) -> int:
    """How many authors; whoever is not named is somebody else each time."""
    return len({voices[place].said.author or f"\0{place}" for place in places})
