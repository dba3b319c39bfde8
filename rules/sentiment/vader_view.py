"""VADER's view of a text as one more witness beside the tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from rules.sentiment.chances import seen_by_vader
from rules.sentiment.table import POLARITY, Table
from rules.sentiment.vader_scorer import scorer
from rules.sentiment.vader_words import trimmed


class View(Struct, frozen=True):
    """VADER's compound, from -1 to 1, and the share of it that each word has, as written; shares' sizes sum to 1."""

    compound: float
    shares: dict[str, float]


def views(told: Sequence[tuple[str, str]]) -> list[View]:
    """Scores what each text says, and takes the opposite of what it says of another: pairs of both, "" for nothing."""
    parts = [
        (number, text, sign)
        for number, pair in enumerate(told)
        for text, sign in zip(pair, (1, -1), strict=True)
        if text
    ]
    compounds = [0.0] * len(told)
    counted: list[dict[str, float]] = [{} for _ in told]
    scored = scorer().scores([text for _, text, _ in parts])
    for (number, _, sign), one in zip(parts, scored, strict=True):
        compounds[number] += sign * one.compound
        words = counted[number]
        for at, valence in zip(one.places, one.valences, strict=True):
            shown = trimmed(one.written[at])
            words[shown] = words.get(shown, 0.0) + sign * valence
    return [
        View(max(-1.0, min(1.0, compound)), _shares(words)) for compound, words in zip(compounds, counted, strict=True)
    ]


def _shares(counted: Mapping[str, float]) -> dict[str, float]:
    total = sum(map(abs, counted.values()))
    return {word: weight / total for word, weight in counted.items()} if total else {}


def moved_by_vader(table: Table, seen: NDArray[np.float32]) -> list[float]:
    """What VADER's view of each text (`seen_by_vader`, a row a text) adds to the log-odds of positive, without sign."""
    if not len(table.vader):
        return [0.0] * len(seen)
    change = seen - np.array(seen_by_vader(0.0), np.float32)
    return [abs(moved) for moved in (2.0 * (change @ table.vader[:, POLARITY])).tolist()]
