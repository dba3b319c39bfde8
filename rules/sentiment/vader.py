"""Sentiment of English posts by VADER."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

from rules.reading import Sentiment, SentimentLabel
from rules.sentiment.contract import ReadyText
from rules.sentiment.vader_reasons import reasons
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


class VaderAnalyzer:
    """The Analyzer that reads English with vaderSentiment 3.3.2: its score is that package's `compound`."""

    def analyze(self, mentions: Sequence[ReadyText]) -> list[Sentiment]:
        """Gives one Sentiment a mention; no label, and why, where the language is not English."""
        english = {mention.text for mention in mentions if mention.lang == "en"}  # a post of three brands is read once
        read = {text: self._read(text) for text in english}
        return [read[mention.text] if mention.lang == "en" else _unread(mention.lang) for mention in mentions]

    def _read(self, text: str) -> Sentiment:
        scored = scorer().score(text)
        label = _label(scored.compound)
        chances = probabilities(scored.compound)
        found = reasons(scored, scorer().rules)
        return Sentiment(
            label=label,
            probabilities=chances,
            score=scored.compound,
            confidence=chances[label],
            reasons=found,
            why=None if found else "no word of VADER's lexicon stands in the text",
        )


def probabilities(compound: float) -> dict[str, float]:
    """Gives how likely a post with this score is negative, neutral and positive by people's judgement; sums to 1."""
    return _probabilities(compound).copy()


@lru_cache(maxsize=20_001)  # as many as there are compounds of four digits
def _probabilities(compound: float) -> dict[str, float]:
    features = (1.0, compound, abs(compound), float(compound == 0.0))
    negative = math.exp(sum(weight * feature for weight, feature in zip(_AS_NEGATIVE, features, strict=True)))
    positive = math.exp(sum(weight * feature for weight, feature in zip(_AS_POSITIVE, features, strict=True)))
    total = negative + 1.0 + positive
    low, high = round(negative / total, 4), round(positive / total, 4)
    return {"negative": low, "neutral": round(1.0 - low - high, 4), "positive": high}


def _label(compound: float) -> SentimentLabel:
    if compound >= POSITIVE:
        return "positive"
    return "negative" if compound <= NEGATIVE else "neutral"


def _unread(lang: str) -> Sentiment:
    if lang in {"", "und"}:
        return Sentiment(label=None, why="no lexicon for und: the language is unsure")
    return Sentiment(label=None, why=f"no lexicon for {lang}")
