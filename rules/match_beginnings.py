"""Where queries for words that begin in some way ("acme*") are filed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from rules.match_gate import Filing

_REMEMBERED = 200_000
_LONGEST = 48  # bytes of a word that is remembered: longer ones hardly come again, and take memory without end


class Beginnings:
    """Filings under the beginnings of words. Words that have none of these are remembered: most come again."""

    def __init__(self) -> None:
        self._filed: dict[bytes, list[Filing]] = {}
        self._lengths: Counter[int] = Counter()  # of the filed beginnings
        self._barren: set[bytes] = set()

    def __bool__(self) -> bool:
        return bool(self._filed)

    def put(self, beginning: bytes, filing: Filing) -> None:
        """Files under a beginning."""
        if beginning not in self._filed:
            self._lengths[len(beginning)] += 1
            self._barren.clear()
        self._filed.setdefault(beginning, []).append(filing)

    def take(self, beginning: bytes, number: int) -> None:
        """Takes a query out from under a beginning. Raises KeyError."""
        kept = [filing for filing in self._filed[beginning] if filing.number != number]
        if kept:
            self._filed[beginning] = kept
        else:
            del self._filed[beginning]
            self._lengths[len(beginning)] -= 1

    def under(self, words: Iterable[bytes]) -> list[Filing]:
        """What is filed under how one of these words begins."""
        met: set[bytes] = set()
        lengths = [length for length, times in self._lengths.items() if times]
        for word in set(words) - self._barren:
            begun = [word[:length] for length in lengths if word[:length] in self._filed]
            if begun:
                met.update(begun)
            elif len(word) <= _LONGEST:
                self._barren.add(word)
        if len(self._barren) > _REMEMBERED:
            self._barren.clear()
        return [filing for beginning in met for filing in self._filed[beginning]]
