"""What the words of texts say about their language, remembered from text to text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from rules.language_scripts import SCRIPTS, letters_by_script
from rules.language_table import Floats, LanguageTable
from rules.language_words import words_of

READ_CHARACTERS = 1_000  # more text makes the answer no surer
MOST_TOKENS = 100_000
"""Tokens remembered before all is forgotten and learned anew: some 20 MB. In a stream most are back within seconds."""
MOST_CHARACTERS = 2_000_000
"""Of the tokens remembered: scripts without spaces have long ones, which are seldom met again."""

_TAG_WORTH = 0.5  # of a word in a tag: people tag in English whatever they write in
_LATIN = SCRIPTS.index("Latn")
_MOST_LETTERS = 255


class Evidence(Struct, frozen=True):
    """What is known of some texts, a row each: what their words say together, how many words, letters by script.

    `letters` (texts x SCRIPTS) counts no marks and no digits.
    """

    said: Floats
    words: Floats
    letters: NDArray[np.int64]


class _Numbers(dict[str, int]):
    """The number of each token; one not met before gets the next, but an address, which is never met again, gets 0."""

    def __init__(self) -> None:
        super().__init__({"": 0})
        self.fresh: list[str] = []
        self.characters = 0

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
        self._numbers = _Numbers()
        self._said: Floats = np.zeros((1_024, len(table.scale) + 1), np.float32)
        self._letters: NDArray[np.uint8] = np.zeros((1_024, len(SCRIPTS)), np.uint8)

    def evidence(self, texts: Sequence[str]) -> Evidence:
        """Reads the first READ_CHARACTERS of each text. Never raises."""
        if len(self._numbers) > MOST_TOKENS or self._numbers.characters > MOST_CHARACTERS:
            self._numbers = _Numbers()
        look_up = self._numbers.__getitem__
        numbers: list[int] = []
        starts: list[int] = []
        for text in texts:
            starts.append(len(numbers))
            numbers.append(0)  # so that a text without tokens has one that says nothing
            numbers.extend(map(look_up, text[:READ_CHARACTERS].split()))
        self._learn()
        rows = np.fromiter(numbers, np.intp, len(numbers))
        summed = np.add.reduceat(self._said.take(rows, axis=0), starts, axis=0)
        return Evidence(summed[:, :-1], summed[:, -1], self._letters_of(texts, rows, starts))

    def _letters_of(self, texts: Sequence[str], rows: NDArray[np.intp], starts: list[int]) -> NDArray[np.int64]:
        letters = np.zeros((len(texts), len(SCRIPTS)), np.int64)
        wide = [number for number, text in enumerate(texts) if not text.isascii()]
        letters[:, _LATIN] = np.add.reduceat(self._letters[rows, _LATIN], starts, dtype=np.int64)
        if wide:
            lengths = np.diff([*starts, len(rows)])
            chosen = np.zeros(len(texts), np.bool_)
            chosen[wide] = True
            of_wide = rows[np.repeat(chosen, lengths)]
            ends = np.cumsum(lengths[wide])
            letters[wide] = np.add.reduceat(self._letters[of_wide], ends - lengths[wide], axis=0, dtype=np.int64)
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
        worth = np.where([token.startswith("#") for token in fresh], _TAG_WORTH, 1.0).astype(np.float32)
        vectors = self._table.vectors_of([word for words in words_by_token for word in words])
        some = np.flatnonzero(counts)
        rows = self._said[begun : len(self._numbers)]
        rows[:] = 0
        if len(some):
            rows[some, :-1] = np.add.reduceat(vectors, (np.cumsum(counts) - counts)[some], axis=0)
        rows[:, -1] = counts
        rows *= worth[:, None]
        letters = self._letters[begun : len(self._numbers)]
        letters[:] = 0
        for number, token in enumerate(fresh):
            if not token.isascii():
                for script, count in letters_by_script(token).items():
                    letters[number, script] = min(count, _MOST_LETTERS)
            elif words_by_token[number]:
                letters[number, _LATIN] = min(sum(map(len, words_by_token[number])), _MOST_LETTERS)
        fresh.clear()

    def _make_room(self, count: int) -> None:
        more = max(count, 2 * len(self._said)) - len(self._said)
        if count > len(self._said):
            self._said = np.concatenate([self._said, np.zeros((more, self._said.shape[1]), np.float32)])
            self._letters = np.concatenate([self._letters, np.zeros((more, len(SCRIPTS)), np.uint8)])
