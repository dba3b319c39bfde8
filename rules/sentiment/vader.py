"""Sentiment of English posts by VADER."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from rules.reading import Reason, Sentiment, SentimentLabel
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

_STEPS = 10_000  # of a compound, which has four digits, between 0 and 1
_CHANCES = np.zeros((2 * _STEPS + 1, 3))  # all that were ever worked out, in half a megabyte
_AT_ONCE = 512  # texts: more would not fit the processor's caches
_NO_WORD = "no word of VADER's lexicon stands in the text"


class VaderAnalyzer:
    """The Analyzer that reads English with vaderSentiment 3.3.2: its score is that package's `compound`."""

    def analyze(self, mentions: Sequence[ReadyText]) -> list[Sentiment]:
        """Gives one Sentiment a mention; no label, and why, where the language is not English."""
        texts: list[str] = []
        numbers: list[int] = []  # of the text of each mention
        for mention in mentions:
            if mention.lang == "en" and (not texts or texts[-1] is not mention.text):
                texts.append(mention.text)  # once for a post of three brands
            numbers.append(len(texts) - 1)
        read: list[Sentiment] = []
        for start in range(0, len(texts), _AT_ONCE):
            read += _sentiments(scorer().batch(texts[start : start + _AT_ONCE]))
        return [
            read[number] if mention.lang == "en" else _unread(mention.lang)
            for number, mention in zip(numbers, mentions, strict=True)
        ]


def _sentiments(batch: Batch) -> list[Sentiment]:
    told = zip(
        batch.compounds,
        _probabilities(batch.compounds),
        batch.weighing.says_something.tolist(),
        reasons(batch),
        strict=True,
    )
    return [
        _sentiment(compound, chances, found) if says_something else _no_word()
        for compound, chances, says_something, found in told
    ]


def _sentiment(compound: float, chances: Sequence[float], found: tuple[Reason, ...]) -> Sentiment:
    label: SentimentLabel = "neutral"
    negative, neutral, positive = chances
    confidence = neutral
    if compound >= POSITIVE:
        label, confidence = "positive", positive
    elif compound <= NEGATIVE:
        label, confidence = "negative", negative
    return Sentiment(
        label=label,
        probabilities={"negative": negative, "neutral": neutral, "positive": positive},
        score=compound,
        confidence=confidence,
        reasons=found,
        why=None if found else _NO_WORD,
    )


@lru_cache(maxsize=1)
def _no_word() -> Sentiment:
    """The one answer to all texts without a word of the lexicon."""
    chances = probabilities(0.0)
    return Sentiment(label="neutral", probabilities=chances, score=0.0, confidence=chances["neutral"], why=_NO_WORD)


def probabilities(compound: float) -> dict[str, float]:
    """Gives how likely a post with this score is negative, neutral and positive by people's judgement; sums to 1."""
    return dict(zip(("negative", "neutral", "positive"), _probabilities([compound])[0], strict=True))


def _probabilities(compounds: Sequence[float]) -> list[list[float]]:
    steps = np.rint(np.array(compounds) * _STEPS + _STEPS).astype(np.int64)
    chances = _CHANCES.take(steps, axis=0)
    for number in np.flatnonzero(
        chances[:, 1] == 0.0
    ).tolist():  # no share of neutral posts that the logistic could give
        chances[number] = _CHANCES[steps[number]] = _chances(compounds[number])
    found: list[list[float]] = chances.tolist()
    return found


def _chances(compound: float) -> tuple[float, float, float]:
    features = (1.0, compound, abs(compound), float(compound == 0.0))
    negative = math.exp(sum(weight * feature for weight, feature in zip(_AS_NEGATIVE, features, strict=True)))
    positive = math.exp(sum(weight * feature for weight, feature in zip(_AS_POSITIVE, features, strict=True)))
    total = negative + 1.0 + positive
    low, high = round(negative / total, 4), round(positive / total, 4)
    return low, round(1.0 - low - high, 4), high


def _unread(lang: str) -> Sentiment:
    if lang in {"", "und"}:
        return Sentiment(label=None, why="no lexicon for und: the language is unsure")
    return Sentiment(label=None, why=f"no lexicon for {lang}")
