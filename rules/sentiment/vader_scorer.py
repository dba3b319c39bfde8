"""vaderSentiment 3.3.2 worked only where a word counts, so that one pass gives its score and what each word counted.

A text's words become signs, those that count by themselves are found among them, and what each comes to among its
neighbours is remembered from the last time that the same signs stood there. All else in a text makes no difference.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate

from rules.sentiment.vader_cut import Cutter, CutWords
from rules.sentiment.vader_effects import Effects
from rules.sentiment.vader_emojis import Emojis
from rules.sentiment.vader_rules import Rules
from rules.sentiment.vader_scored import Batch, Scored, Words
from rules.sentiment.vader_signs import EDGE, Alphabet
from rules.sentiment.vader_weighing import WordWeigher, compounds
from rules.sentiment.vader_words import ROOM, Spellings, SplitWords

SEVERAL = EDGE[0]
"""The sign of a word that VADER reads as several: it holds an emoji, whose name they are."""

_AT_ONCE, _MOST_LETTERS = 1_024, 500_000
_FEW = 40  # texts: fewer are split by Python sooner than many are cut at once
_MOST_MARKS = 4  # VADER counts no fifth "!", and takes four "?" for any more


class Scorer:
    """VADER's rules and lexicon, loaded once (0.1 s). Usable from several threads."""

    def __init__(self, room: int = ROOM) -> None:
        from vaderSentiment import vaderSentiment

        analyzer = vaderSentiment.SentimentIntensityAnalyzer()
        rules = Rules(vaderSentiment, analyzer.lexicon)
        self._alphabet = Alphabet(rules)
        self._effects = Effects(rules, self._alphabet)
        self._emojis = Emojis(analyzer.emojis)
        self._cutter = Cutter(self._alphabet, self._emojis.named)
        self._weigher = WordWeigher(self._alphabet, self._effects)
        self._room = room
        self._spellings = self._no_spellings()
        counts = range(_MOST_MARKS + 1)
        self._emphasis: list[list[float]] = [
            [analyzer._punctuation_emphasis("!" * bangs + "?" * asks) for asks in counts] for bangs in counts
        ]

    def score(self, text: str) -> Scored:
        """Gives what `SentimentIntensityAnalyzer.polarity_scores` would, and each word's part in it."""
        return self.scores([text])[0]

    def scores(self, texts: Sequence[str]) -> list[Scored]:
        """The same of many texts at once. In a batch of hundreds a text takes a fiftieth of what one alone takes."""
        return [one for batch in self.batches(texts) for one in batch.each()]

    def batches(self, texts: Sequence[str]) -> Iterator[Batch]:
        """The same, not yet told apart by texts: at a time as many as fit the processor's caches, or one long text."""
        if len(texts) > 1 and (len(texts) > _AT_ONCE or sum(map(len, texts)) > _MOST_LETTERS):
            half = len(texts) // 2
            yield from self.batches(texts[:half])
            yield from self.batches(texts[half:])
        elif texts:
            yield self.batch(texts)

    def batch(self, texts: Sequence[str]) -> Batch:
        """The same of all of them at once."""
        spellings = self._current_spellings()
        if len(texts) < _FEW:
            words = [text.split() for text in texts]
            return self._split(texts, words, [b"".join(map(spellings.__getitem__, cut)) for cut in words], spellings)
        cut = self._cutter.cut(texts, spellings)
        return self._weighed(texts, cut.signs.tobytes(), cut.firsts.tolist(), CutWords(texts, cut, spellings))

    def heard(self, texts: Sequence[str], words: Sequence[list[str]], signs: Sequence[bytes]) -> Batch:
        """The same of texts whose words are known already: as `str.split` cuts them, and the `sign` of each."""
        spellings, rows = self._current_spellings(), [*signs]
        for number, row in enumerate(rows):
            if SEVERAL in row:
                said = zip(words[number], row, strict=True)
                rows[number] = b"".join([spellings[word] if sign == SEVERAL else bytes((sign,)) for word, sign in said])
        return self._split(texts, words, rows, spellings)

    def counts(self, word: str) -> bool:
        """Whether VADER gives the word, or what it reads in it, a weight."""
        signs = self._current_spellings()[word] if word else b""
        return True in signs.translate(self._alphabet.counting)

    def sign(self, word: str) -> int:
        """Gives what VADER takes a word for, as a number that only `heard` knows; SEVERAL where it reads an emoji."""
        spellings = self._spellings
        return spellings.sign(word)[0] if spellings.is_one_word(word) else SEVERAL

    def _split(
        self, texts: Sequence[str], words: Sequence[list[str]], signs: Sequence[bytes], spellings: Spellings
    ) -> Batch:
        firsts = [*accumulate(map(len, signs), initial=0)]
        return self._weighed(texts, b"".join(signs), firsts, SplitWords(texts, words, firsts, spellings))

    def _weighed(self, texts: Sequence[str], signs: bytes, firsts: Sequence[int], words: Words) -> Batch:
        weighing = self._weigher.weigh(signs, firsts, words.all_in_capitals)
        return Batch(compounds(weighing, self._emphasis_of(texts)), weighing, words)

    def _emphasis_of(self, texts: Sequence[str]) -> list[float]:
        found = [0.0] * len(texts)
        for number, text in enumerate(texts):
            said = text if text.isascii() else self._emojis.with_marks(text)
            if "!" in said or "?" in said:
                found[number] = self._emphasis[min(said.count("!"), _MOST_MARKS)][min(said.count("?"), _MOST_MARKS)]
        return found

    def _current_spellings(self) -> Spellings:
        if self._spellings.room < 0:
            self._spellings = self._no_spellings()
        return self._spellings

    def _no_spellings(self) -> Spellings:
        return Spellings(self._alphabet, self._emojis, self._room)


@lru_cache(maxsize=1)
def scorer() -> Scorer:
    """The one scorer of this process."""
    return Scorer()
