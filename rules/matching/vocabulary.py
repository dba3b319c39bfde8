"""Knows every word of the directory's names: how common it is, and which words are other forms of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from rules.matching.chances import M_NAME, U_INITIAL, UNLISTED, Likeness, bits
from rules.matching.names import called
from rules.matching.postings import Postings
from rules.matching.spelling import consonants, deletions, one_slip_apart, skeleton

COMMON = 0.003  # of the people, who bear a name that is known to be common
UNCOMMON = 0.0003
SHORTEST_SLIP = 4  # letters; of shorter words too many are a slip apart
SHORTEST_CONSONANTS = 3
CACHED = 4096


class Form(Struct, frozen=True, gc=False):
    """In which way a shown word is a word on record, and what that weighs in bits."""

    likeness: Likeness
    bits: float


Forms = Mapping[int, Form]
"""By the number of the word on record."""


class Vocabulary:
    """The words of all names on record by number, which a word keeps."""

    def __init__(self, names: Iterable[Sequence[str]]) -> None:
        self.numbers: dict[str, int] = {}
        counted: Counter[int] = Counter()
        self.people = 0
        rows: list[tuple[int, int]] = []
        for row, words in enumerate(names):
            self.people += 1
            for word in dict.fromkeys(words):
                number = self.numbers.setdefault(word, len(self.numbers))
                counted[number] += 1
                rows.append((number, row))
        self.words = tuple(self.numbers)
        self.counts = [counted[number] for number in range(len(self.words))]
        self._rows_of(rows)
        self._classes = Postings()
        for word, number in self.numbers.items():
            for key in _keys(word):
                self._classes.add(key, number)
        self._classes.freeze()
        self._forms = lru_cache(CACHED)(self._read)

    def _rows_of(self, rows: list[tuple[int, int]]) -> None:
        pairs = np.array(rows, dtype=np.int32).reshape(-1, 2)
        order = np.argsort(pairs[:, 0], kind="stable")
        self._rows: NDArray[np.int32] = np.ascontiguousarray(pairs[order, 1])
        self._starts = np.searchsorted(pairs[order, 0], np.arange(len(self.words) + 1)).tolist()

    def rows(self, number: int) -> NDArray[np.int32]:
        """The rows whose names hold the word."""
        return self._rows[self._starts[number] : self._starts[number + 1]]

    def frequency(self, word: str, count: float = 0.0) -> float:
        """How many of all people have the word in their name; one of those on record is the one in question."""
        if not count and (number := self.numbers.get(word)) is not None:
            count = self.counts[number]
        known = COMMON if word in _common() else UNCOMMON
        return (max(count - 1.0, 0.0) + known * UNLISTED) / (self.people + UNLISTED)

    def forms(self, word: str, bare: bool = False) -> Forms:
        """Gives all words on record of which the shown word is a form; `bare`: it is written without vowels."""
        return self._forms(word, bare)

    def knows(self, word: str) -> bool:
        """Whether the word is somebody's name, so that who shows it means a name."""
        return word in self.numbers or word in called() or word in _common()

    def _read(self, word: str, bare: bool) -> Forms:
        if len(word) == 1:
            return {}
        found: dict[int, Likeness] = {}
        if (same := self.numbers.get(word)) is not None:
            found[same] = Likeness.EXACT
        keys = _keys(word)
        for key, rows in zip(keys, self._classes.of(keys), strict=True):
            for number in rows.tolist():
                likeness = _likeness(word, self.words[number], key[0], bare)
                if likeness is not None and likeness < found.get(number, Likeness.IN_HANDLE):
                    found[number] = likeness
        return self._weighed(word, found)

    def _weighed(self, word: str, found: dict[int, Likeness]) -> Forms:
        """A likeness weighs by how many people have a word that is at least as like, so common classes weigh little."""
        reached = dict.fromkeys(Likeness, 0.0)
        for number, likeness in found.items():
            reached[likeness] += self.counts[number]
        total = 0.0
        weights = {}
        for likeness in Likeness:
            if reached[likeness]:
                total += reached[likeness]
                weights[likeness] = bits(M_NAME[likeness], self.frequency(word, total))
        return {
            number: Form(likeness, weights[likeness]) for number, likeness in found.items() if weights[likeness] > 0
        }


def _keys(word: str) -> list[tuple[str, str | int]]:
    if len(word) == 1:
        return []
    keys: list[tuple[str, str | int]] = [("spelling", skeleton(word))]
    bare = consonants(word)
    if len(bare) >= SHORTEST_CONSONANTS:
        keys.append(("consonants", bare))
    keys += [("called", group) for group in called().get(word, ())]
    if len(word) >= SHORTEST_SLIP:
        keys += [("slip", word), *(("slip", rest) for rest in deletions(word))]
    return keys


def _likeness(shown: str, known: str, by: str, bare: bool) -> Likeness | None:
    """What a common key makes of two words; the keys are hashes, so each is looked at again."""
    if by == "spelling":
        return Likeness.SPELLING if skeleton(shown) == skeleton(known) else None
    if by == "called":
        groups = called()
        return Likeness.NICKNAME if set(groups.get(shown, ())) & set(groups.get(known, ())) else None
    if by == "slip":
        return Likeness.SLIP if one_slip_apart(shown, known) else None
    if consonants(shown) != consonants(known):
        return None
    return Likeness.SPELLING if bare else Likeness.CONSONANTS


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    lines = files(__package__).joinpath("families.txt").read_text("utf-8").splitlines()
    families = {name for line in lines if line[:1] != "#" for name in line.split()}
    return frozenset(families | set(called()))


INITIAL = Form(Likeness.INITIAL, bits(M_NAME[Likeness.INITIAL], U_INITIAL))
