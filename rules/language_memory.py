"""What the words of texts say about their language, remembered from text to text.

Fast because a text costs a look-up a token: all that is known of one stands in one row, and the rows of a batch are
summed up at once. Taking a token apart costs some twenty times as much, so that what is met again is not forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import count

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from rules.language_scripts import SCRIPTS, letters_by_script
from rules.language_table import Floats, LanguageTable
from rules.language_words import words_of

READ_CHARACTERS = 1_000  # more text makes the answer no surer
MOST_TOKENS = 100_000
"""Tokens remembered, some 25 MB. With more, those that were not met again are forgotten, and of the others the half."""
MOST_CHARACTERS = 2_000_000
"""Of the tokens remembered: scripts without spaces have long ones, which are seldom met again."""

_TAG_WORTH = 0.5  # of a word in a tag: people tag in English whatever they write in
_LATIN = SCRIPTS.index("Latn")
_MOST_LETTERS = 255
_BESIDES = 2  # columns of a row behind what the words say: how many they are, and how many Latin letters
_ROWS = 1_024


class Evidence(Struct, frozen=True):
    """What is known of some texts, a row each: what their words say together, how many words, letters by script.

    `letters` (texts x SCRIPTS) counts no marks and no digits.
    """

    said: Floats
    words: Floats
    letters: NDArray[np.int64]


class _Numbers(dict[str, int]):
    """The number of each token; one not met before gets the next, but an address, which is never met again, gets 0."""

    def __init__(self, tokens: Iterable[str] = ()) -> None:
        super().__init__({"": 0})
        self.update(zip(tokens, count(1), strict=False))
        self.fresh: list[str] = []
        self.characters = sum(map(len, self))

    def __missing__(self, token: str) -> int:
        if token.startswith(("@", "http")):
            return 0
        number = self[token] = len(self)
        self.fresh.append(token)
        self.characters += len(token)
        return number


class WordMemory:
    """Sums up what the tokens of texts say; each is taken apart once.

    Words repeat enormously in a stream, so that a text costs a few look-ups. Serves one thread at a time.
    """

    def __init__(self, table: LanguageTable) -> None:
        self._table = table
        self._begin()

    def evidence(self, texts: Sequence[str]) -> Evidence:
        """Reads the first READ_CHARACTERS of each text. Never raises."""
        if len(self._numbers) > MOST_TOKENS or self._numbers.characters > MOST_CHARACTERS:
            self._forget()
        look_up = self._numbers.__getitem__
        known = len(self._numbers)
        numbers: list[int] = []
        starts: list[int] = []
        for text in texts:
            starts.append(len(numbers))
            numbers.append(0)  # so that a text without tokens has one that says nothing
            numbers.extend(map(look_up, text[:READ_CHARACTERS].split()))
        try:
            self._learn()
        except BaseException:  # a token with a number and no row would be wrong in all texts to come
            self._begin()
            raise
        rows = np.fromiter(numbers, np.intp, len(numbers))
        self._again[rows] = True
        self._again[known : len(self._numbers)] = False
        summed = np.add.reduceat(self._rows.take(rows, axis=0), starts, axis=0)
        return Evidence(
            summed[:, :-_BESIDES], summed[:, -2], self._letters_of(rows, starts, summed[:, -1].astype(np.int64))
        )

    def _begin(self) -> None:
        self._numbers = _Numbers()
        self._rows: Floats = np.zeros((_ROWS, len(self._table.scale) + _BESIDES), np.float32)
        self._again = np.zeros(_ROWS, np.bool_)  # which were met again since tokens were last forgotten
        self._others = np.zeros(_ROWS, np.int32)  # the row in `_letters` of a token with other letters than Latin, or 0
        self._letters: NDArray[np.uint8] = np.zeros((_ROWS, len(SCRIPTS)), np.uint8)
        self._lettered = 1  # rows of `_letters` that are taken

    def _forget(self) -> None:
        """Keeps what was met again, up to the half of what there is room for; the longest known are the commonest."""
        tokens = list(self._numbers)
        kept = 1 + np.flatnonzero(self._again[1 : len(tokens)])[: MOST_TOKENS // 2]
        lengths = np.fromiter((len(tokens[number]) for number in kept.tolist()), np.int64, len(kept))
        kept = kept[np.cumsum(lengths) <= MOST_CHARACTERS // 2]
        self._numbers = _Numbers([tokens[number] for number in kept.tolist()])
        others = self._others[kept]
        self._others[1 : len(kept) + 1] = np.where(others > 0, np.cumsum(others > 0), 0)
        self._letters = np.concatenate([self._letters[:1], self._letters[others[others > 0]]])
        self._lettered = len(self._letters)
        self._rows[1 : len(kept) + 1] = self._rows[kept]
        self._again[:] = False

    def _letters_of(self, rows: NDArray[np.intp], starts: list[int], latin: NDArray[np.int64]) -> NDArray[np.int64]:
        letters = np.zeros((len(starts), len(SCRIPTS)), np.int64)
        others = self._others.take(rows)
        some = np.flatnonzero(others)
        if len(some):
            texts = np.searchsorted(starts, some, side="right") - 1
            begun = np.flatnonzero(np.diff(texts, prepend=-1))
            letters[texts[begun]] = np.add.reduceat(self._letters[others[some]], begun, axis=0, dtype=np.int64)
        letters[:, _LATIN] = latin
        return letters

    def _learn(self) -> None:
        """Takes apart the tokens that have a number and no row yet."""
        fresh = self._numbers.fresh
        if not fresh:
            return
        begun = len(self._numbers) - len(fresh)
        self._make_room(len(self._numbers))
        words_by_token = [words_of(token) for token in fresh]
        counts = np.fromiter(map(len, words_by_token), np.int64, len(fresh))
        words = [word for words in words_by_token for word in words]
        lengths = np.fromiter(map(len, words), np.int64, len(words))
        rows = self._rows[begun : len(self._numbers)]
        rows[:] = 0
        some = np.flatnonzero(counts)
        if len(some):
            first = (np.cumsum(counts) - counts)[some]
            rows[some, :-_BESIDES] = np.add.reduceat(self._table.vectors_of(words), first, axis=0)
            rows[some, -1] = np.minimum(np.add.reduceat(lengths, first), _MOST_LETTERS)
        rows[:, -2] = counts
        rows[[place for place, token in enumerate(fresh) if token[0] == "#"], :-1] *= _TAG_WORTH
        wide = [place for place, token in enumerate(fresh) if not token.isascii()]
        found = [letters_by_script(fresh[place]) for place in wide]
        rows[wide, -1] = [min(letters.pop(_LATIN, 0), _MOST_LETTERS) for letters in found]
        self._others[begun : len(self._numbers)] = 0
        self._learn_others([(begun + place, letters) for place, letters in zip(wide, found, strict=True) if letters])
        fresh.clear()

    def _learn_others(self, found: list[tuple[int, dict[int, int]]]) -> None:
        """Keeps the letters other than Latin of the tokens with these numbers."""
        needed = self._lettered + len(found)
        if needed > len(self._letters):
            more = max(needed, 2 * len(self._letters)) - len(self._letters)
            self._letters = np.concatenate([self._letters, np.zeros((more, len(SCRIPTS)), np.uint8)])
        for row, (number, letters) in enumerate(found, self._lettered):
            self._others[number] = row
            for script, times in letters.items():
                self._letters[row, script] = min(times, _MOST_LETTERS)
        self._lettered = needed

    def _make_room(self, count: int) -> None:
        if count > len(self._rows):
            more = max(count, 2 * len(self._rows)) - len(self._rows)
            self._rows = np.concatenate([self._rows, np.zeros((more, self._rows.shape[1]), np.float32)])
            self._again = np.concatenate([self._again, np.zeros(more, np.bool_)])
            self._others = np.concatenate([self._others, np.zeros(more, np.int32)])
