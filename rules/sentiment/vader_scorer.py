"""vaderSentiment 3.3.2 worked only where a word counts, so that one pass gives its score and what each word counted.

A text's words become signs, those that count by themselves are found among them, and what each comes to among its
neighbours is remembered from the last time that the same signs stood there. All else in a text makes no difference.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache
from itertools import compress
from math import sqrt

from msgspec import Struct

from rules.sentiment.vader_effects import Effect, Effects
from rules.sentiment.vader_emojis import Emojis
from rules.sentiment.vader_rules import Rules, after
from rules.sentiment.vader_signs import EDGE, Alphabet
from rules.sentiment.vader_words import ROOM, Spellings

SEVERAL = EDGE[0]
"""The sign of a word that VADER reads as several: it holds an emoji, whose name they are."""

_PLACES = range(1_000_000_000)
_NO_TIE = 0.499_999
_ALPHA = 15  # of VADER's `normalize`
_MOST_MARKS = 4  # VADER counts no fifth "!", and takes four "?" for any more


class Scored(Struct, frozen=True, gc=False):
    """VADER's own view of a text. Word `places[i]` counts `valences[i]`, all other words nothing."""

    compound: float
    words: list[str]  # as VADER cut them, with the punctuation around them
    written: list[str]  # as their author wrote them, where VADER reads an emoji's name
    places: list[int]
    weights: list[float]  # what the lexicon says
    effects: list[Effect] | None  # what neighbours do to each; None: nothing to any
    unweighed: list[float]  # what that leaves
    valences: list[float]  # the same after VADER weighed "but"


class Scorer:
    """VADER's rules and lexicon, loaded once (0.1 s). Usable from several threads."""

    def __init__(self, room: int = ROOM) -> None:
        from vaderSentiment import vaderSentiment

        analyzer = vaderSentiment.SentimentIntensityAnalyzer()
        self._rules = Rules(vaderSentiment, analyzer.lexicon)
        self._alphabet = Alphabet(self._rules)
        self._effects = Effects(self._rules, self._alphabet)
        self._listed = list(map(self._alphabet.weight, range(256)))
        self._emojis = Emojis(analyzer.emojis)
        self._counting = self._alphabet.counting
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
        """The same of many texts, step by step.

        To take a step with all of them before the next is a quarter faster than to take all steps with each: what a
        step runs through, in Python and below it, stays in the processor's cache.
        """
        spellings = self._spellings
        if spellings.room < 0:
            spellings = self._spellings = self._no_spellings()
        words = [text.split() for text in texts]
        signs = [b"".join(map(spellings.__getitem__, cut)) for cut in words]
        spoken, written = [*texts], [*words]
        for number, text in enumerate(texts):
            if not text.isascii():
                words[number], written[number] = spellings.spoken(words[number])
                if words[number] is not written[number]:
                    spoken[number] = " ".join(words[number])  # names may hold a "!" of their own
        return self._scores(spoken, words, written, signs)

    def heard(self, texts: Sequence[str], words: Sequence[list[str]], signs: Sequence[bytes]) -> list[Scored]:
        """The same of texts whose words are known already: as `str.split` cuts them, and the `sign` of each."""
        texts, spoken, written, rows = [*texts], [*words], [*words], [*signs]
        spellings = self._spellings
        for number, row in enumerate(rows):
            if SEVERAL in row:
                read = [
                    spellings[word] if sign == SEVERAL else None for word, sign in zip(words[number], row, strict=True)
                ]
                rows[number] = b"".join(
                    [bytes((sign,)) if said is None else said for said, sign in zip(read, row, strict=True)]
                )
                spoken[number], written[number] = spellings.spoken(words[number])
                texts[number] = " ".join(spoken[number])
        return self._scores(texts, spoken, written, rows)

    def sign(self, word: str) -> int:
        """Gives what VADER takes a word for, as a number that only `heard` knows; SEVERAL where it reads an emoji."""
        spellings = self._spellings
        return spellings.sign(word)[0] if spellings.is_one_word(word) else SEVERAL

    def _scores(
        self,
        texts: Sequence[str],
        words: Sequence[list[str]],
        written: Sequence[list[str]],
        signs: Sequence[bytes],
    ) -> list[Scored]:
        places = [list(compress(_PLACES, row.translate(self._counting))) for row in signs]
        weighed = self._weighed(
            list(compress(texts, places)),
            list(compress(words, places)),
            list(compress(written, places)),
            list(compress(signs, places)),
            list(filter(None, places)),
        )
        scored = iter(weighed)
        return [
            next(scored) if found else Scored(0.0, cut, cut, [], [], None, [], [])
            for found, cut in zip(places, words, strict=True)
        ]

    def _weighed(
        self,
        texts: list[str],
        words: list[list[str]],
        written: list[list[str]],
        signs: list[bytes],
        places: list[list[int]],
    ) -> list[Scored]:
        rows = [row if row.isascii() else self._heard(row, cut) for row, cut in zip(signs, words, strict=True)]
        effects = list(map(self._effects.on, rows, places))
        listed, but = self._listed, self._alphabet.but
        weights = [[listed[row[at]] for at in found] for row, found in zip(rows, places, strict=True)]
        unweighed = [
            some if doing is None else _changed(some, doing) for some, doing in zip(weights, effects, strict=True)
        ]
        valences = [
            weighed_by_but(some, bisect_left(found, row.index(but))) if but in row else some
            for some, row, found in zip(unweighed, rows, places, strict=True)
        ]
        compounds = [
            _compound(sum(some), self._emphasis_of(text) if "!" in text or "?" in text else 0.0)
            for some, text in zip(valences, texts, strict=True)
        ]
        return list(map(Scored, compounds, words, written, places, weights, effects, unweighed, valences))

    def _heard(self, signs: bytes, words: list[str]) -> bytes:
        """The signs of words among which some are in capitals, without these if nothing but capitals stands there."""
        return signs if sum(map(str.isupper, words)) < len(words) else signs.translate(self._alphabet.calm)

    def _emphasis_of(self, text: str) -> float:
        bangs, asks = min(text.count("!"), _MOST_MARKS), min(text.count("?"), _MOST_MARKS)
        return self._emphasis[bangs][asks]

    def _no_spellings(self) -> Spellings:
        return Spellings(self._alphabet, self._emojis, self._room)


def _changed(weights: list[float], effects: list[Effect]) -> list[float]:
    return [
        after(effect.steps, weight) if effect.steps else weight for weight, effect in zip(weights, effects, strict=True)
    ]


def _compound(total: float, emphasis: float = 0.0) -> float:
    """What `round` makes of VADER's normalised total: four digits."""
    if emphasis and total:
        total += emphasis if total > 0 else -emphasis
    normalised = total / sqrt(total * total + _ALPHA)
    scaled = normalised * 10_000
    nearest = int(scaled + 10_000.5) - 10_000
    if nearest and abs(scaled - nearest) < _NO_TIE:
        return nearest / 10_000  # several times as fast, and the same: the float that is nearest to these digits
    return round(normalised, 4)


def weighed_by_but(valences: list[float], before: int) -> list[float]:
    """Half of the first `before` of these numbers, and one and a half times the others: VADER's weighing of "but".

    It takes equal numbers for one: the second of two is left as it is, and the first is weighed twice.
    """
    weighed = [*valences]
    for valence in weighed:  # the list changes meanwhile, as it does there
        at = weighed.index(valence)
        weighed[at] = valence * (0.5 if at < before else 1.5)
    return weighed


@lru_cache(maxsize=1)
def scorer() -> Scorer:
    """The one scorer of this process."""
    return Scorer()
