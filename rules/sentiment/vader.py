"""Sentiment of English posts by VADER."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain

from msgspec import Struct

from rules.reading import Sentiment, SentimentLabel
from rules.sentiment.contract import ReadyText
from rules.sentiment.vader_reasons import reasons
from rules.sentiment.vader_scored import Batch
from rules.sentiment.vader_scorer import scorer

POSITIVE, NEGATIVE = 0.05, -0.05
"""VADER's published thresholds on its compound score (Hutto and Gilbert 2014, and the package's README)."""

# Weights of 1, compound, |compound| and compound == 0 in a logistic of three classes, neutral as the reference; fitted
# by benchmarks/fit_vader_probabilities.py in November 2026 on the training parts of three open sets, counted alike:
# SemEval-2017 task 4 (TweetEval; CC BY 3.0; 47,649 posts), UMSAB English (SemEval; CC BY 3.0; 1,839), GoEmotions by its
# sentiment groups (Google Research; Apache-2.0; 37,108). On half of their test parts: log loss .95, .97, .83 (class
# shares alone: 1.03, 1.10, 1.08); the label was right for 53, 55, 65 % where 59, 60, 59 % was said.
_AS_NEGATIVE = (-0.369, -1.605, 0.396, -1.292)
_AS_POSITIVE = (-0.880, 1.534, 1.483, -0.106)

_NO_WORD = "no word of VADER's lexicon stands in the text"


class VaderAnalyzer:
    """The Analyzer that reads English with vaderSentiment 3.3.2: its score is that package's `compound`."""

    def analyze(self, mentions: Sequence[ReadyText]) -> list[Sentiment]:
        """Gives one Sentiment a mention; no label, and why, where the language is not English."""
        texts = [*dict.fromkeys([mention.text for mention in mentions if mention.lang == "en"])]
        sentiments = chain.from_iterable(map(_sentiments, scorer().batches(texts)))
        read = dict(zip(texts, sentiments, strict=True))  # once for a post of three brands, or one that many repeat
        return [read[mention.text] if mention.lang == "en" else _unread(mention.lang) for mention in mentions]


class _Meaning(Struct, frozen=True, gc=False):
    """What a score means."""

    label: SentimentLabel
    confidence: float
    chances: dict[str, float]


_MEANINGS: dict[float, _Meaning] = {}  # of all scores that were ever met: 20,001 with four digits, some 5 MB, at most


def _sentiments(batch: Batch) -> list[Sentiment]:
    meanings = [_MEANINGS.get(compound) or _meaning(compound) for compound in batch.compounds]
    bounds = batch.weighing.bounds
    told = zip(batch.compounds, meanings, bounds, bounds[1:], reasons(batch), strict=False)
    return [
        Sentiment(
            label=meaning.label,
            probabilities={**meaning.chances},
            score=compound,
            confidence=meaning.confidence,
            reasons=found,
            why=None if found else _NO_WORD,
        )
        if first < last
        else _no_word()
        for compound, meaning, first, last, found in told
    ]


def _meaning(compound: float) -> _Meaning:
    label: SentimentLabel = "neutral"
    if compound >= POSITIVE:
        label = "positive"
    elif compound <= NEGATIVE:
        label = "negative"
    chances = probabilities(compound)
    meaning = _MEANINGS[compound] = _Meaning(label, chances[label], chances)
    return meaning


@lru_cache(maxsize=1)
def _no_word() -> Sentiment:
    """The one answer to all texts without a word of the lexicon."""
    chances = probabilities(0.0)
    return Sentiment(label="neutral", probabilities=chances, score=0.0, confidence=chances["neutral"], why=_NO_WORD)


def probabilities(compound: float) -> dict[str, float]:
    """Gives how likely a post with this score is negative, neutral and positive by people's judgement; sums to 1."""
    return dict(zip(("negative", "neutral", "positive"), _chances(compound), strict=True))


def _chances(compound: float) -> tuple[float, float, float]:
    negative = _odds(_AS_NEGATIVE, compound)
    positive = _odds(_AS_POSITIVE, compound)
    total = negative + 1.0 + positive
    low, high = round(negative / total, 4), round(positive / total, 4)
    return low, round(1.0 - low - high, 4), high


def _odds(weights: tuple[float, float, float, float], compound: float) -> float:
    always, upward, strong, nothing = weights
    return math.exp(always + upward * compound + strong * abs(compound) + nothing * (compound == 0.0))


def _unread(lang: str) -> Sentiment:
    if lang in {"", "und"}:
        return Sentiment(label=None, why="no lexicon for und: the language is unsure")
    return Sentiment(label=None, why=f"no lexicon for {lang}")
