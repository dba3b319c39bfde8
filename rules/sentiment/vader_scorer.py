"""vaderSentiment 3.3.2 worked only where a word counts, so that one pass gives its score and what each word counted.

A word of the lexicon with nothing near it that could change it counts what the lexicon says; the rules are run for the
others. All else in a text makes no difference to its score.
"""

from __future__ import annotations

from bisect import bisect_left
from functools import lru_cache

from msgspec import Struct

from rules.sentiment.vader_emojis import Emojis
from rules.sentiment.vader_rules import AFTER, BEFORE, NEUTRAL, Rules, Window
from rules.sentiment.vader_words import Spellings, Word, Words, trimmed


class Counted(Struct, frozen=True, gc=False):
    """A word of the lexicon, what it counted on VADER's scale of about -4 to 4, and in which window (None: alone)."""

    at: int
    word: Word
    valence: float
    before_but: float  # the same before VADER weighed "but"
    window: Window | None


class Scored(Struct, frozen=True, gc=False):
    """VADER's own view of a text."""

    compound: float
    tokens: list[str]  # as VADER cut them, with the punctuation around them
    written: list[str] | None  # as their author wrote them, where VADER reads an emoji's name; None: as they are
    counted: list[Counted]  # in their order in the text; all other words counted nothing

    def shown(self, start: int, end: int) -> list[str]:
        """Words [start, end) in their author's spelling."""
        return list(map(trimmed, (self.written or self.tokens)[start:end]))


class Scorer:
    """VADER's rules and lexicon, loaded once (0.1 s)."""

    def __init__(self) -> None:
        from vaderSentiment import vaderSentiment

        self._vader = vaderSentiment
        self._analyzer = vaderSentiment.SentimentIntensityAnalyzer()
        self.rules = Rules(vaderSentiment, self._analyzer.lexicon)
        self._words = Words(self.rules)
        self._emojis = Emojis(self._analyzer.emojis)

    def score(self, text: str) -> Scored:
        """Gives what `SentimentIntensityAnalyzer.polarity_scores` would, and each word's part in it."""
        tokens, written = text.split(), None
        if self._emojis.stand_in(text):
            tokens, written = self._emojis.spoken(tokens)
            text = " ".join(tokens)  # names may hold a "!" of their own
        counted = self._count(tokens)
        if not counted:
            return Scored(0.0, tokens, written, counted)
        total = float(sum([word.valence for word in counted]))
        if total and ("!" in text or "?" in text):
            emphasis = self._analyzer._punctuation_emphasis(text)
            total += emphasis if total > 0 else -emphasis
        return Scored(round(self._vader.normalize(total), 4), tokens, written, counted)

    def _count(self, tokens: list[str]) -> list[Counted]:
        spellings = self._words.spellings(tokens)
        named = spellings.named
        weighed: list[tuple[int, Word]] = []
        changing: list[int] = []
        but: int | None = None
        shouting = False
        for at, token in enumerate(tokens):
            if token in named:
                word = named[token]
                if word.weight is not None:
                    weighed.append((at, word))
                elif word.lowered == "but" and but is None:
                    but = at
                if not word.plain:
                    shouting = shouting or word.upper
                    if word.changes:
                        changing.append(at)
        if not weighed:
            return []
        # only capitals among these words can count, so that most texts are spared the look at all of theirs
        shouting = shouting and 0 < sum(map(str.isupper, tokens)) < len(tokens)
        counted = []
        for at, word in weighed:
            if (changing and _within(changing, at - BEFORE, at + AFTER)) or (shouting and word.upper):
                window = _window(tokens, at, spellings, shouting)
                valence = self.rules.valence(window)
                counted.append(Counted(at, word, valence, valence, window))
            elif word.weight is not None:
                counted.append(Counted(at, word, word.weight, word.weight, None))
        return counted if but is None else self._weigh_but(counted, but)

    def _weigh_but(self, counted: list[Counted], but: int) -> list[Counted]:
        """VADER's own weighing, which takes equal numbers for one; words that count nothing change nothing in it."""
        before = sum(word.at < but for word in counted)
        words = [NEUTRAL] * before + ["but"] + [NEUTRAL] * (len(counted) - before)
        valences = [word.valence for word in counted]
        valences.insert(before, 0.0)
        weighed = self._analyzer._but_check(words, valences)
        del weighed[before]
        return [
            Counted(word.at, word.word, valence, word.before_but, word.window)
            for word, valence in zip(counted, weighed, strict=True)
        ]


def _window(tokens: list[str], at: int, spellings: Spellings, shouting: bool) -> Window:
    start = max(0, at - BEFORE)
    near = tokens[start : at + AFTER]
    named, parts = spellings.named, spellings.parts
    words = [named[token].lowered if token in named else parts.get(token, NEUTRAL) for token in near]
    return Window(words, at - start, list(map(str.isupper, near)) if shouting else None)


def _within(places: list[int], start: int, end: int) -> bool:
    """Whether one of these ascending places lies in [start, end)."""
    first = bisect_left(places, start)
    return first < len(places) and places[first] < end


@lru_cache(maxsize=1)
def scorer() -> Scorer:
    """The one scorer of this process."""
    return Scorer()
