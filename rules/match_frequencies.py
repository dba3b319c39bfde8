"""How common the words of queries are in the stream that passes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from sources.query.words import is_dense

_PRIOR_POSTS = 50.0
_MOST_COUNTED = 32_768
"""Posts; beyond, all counts are halved, so that they follow the stream."""


class Frequencies:
    """Counts in how many of the observed posts each watched word stands."""

    def __init__(self) -> None:
        self._watched: Counter[bytes] = Counter()
        self._posts = 0
        self._counts: Counter[bytes] = Counter()

    def watch(self, words: Iterable[bytes]) -> None:
        """Counts these words from now on. As often as a word is watched it must be left to be forgotten."""
        self._watched.update(words)

    def leave(self, words: Iterable[bytes]) -> None:
        """Takes one `watch` of each word back."""
        for word in words:
            self._watched[word] -= 1
            if self._watched[word] <= 0:
                del self._watched[word]

    def observe(self, words: Iterable[bytes]) -> None:
        """Counts one post that has these words."""
        self._posts += 1
        self._counts.update(filter(self._watched.__contains__, set(words)))
        if self._posts > _MOST_COUNTED:
            self._posts //= 2
            self._counts = Counter({word: times // 2 for word, times in self._counts.items() if times > 1})

    def share(self, word: bytes) -> float:
        """The share of posts that have this word: what was counted, drawn to a guess by its length."""
        written = word.decode("utf-8", "surrogatepass")
        guess = 0.05 if is_dense(written[0]) else 0.3 * 0.6 ** len(written)
        return (self._counts[word] + guess * _PRIOR_POSTS) / (self._posts + _PRIOR_POSTS)
