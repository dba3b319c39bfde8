"""VADER's view of a text as one more witness beside the tables."""

from __future__ import annotations

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


def view(heard: str, turned: str = "") -> View:
    """Scores what is said, and takes the opposite of what is said of another."""
    compound = 0.0
    counted: dict[str, float] = {}
    for text, sign in ((heard, 1), (turned, -1)):
        if not text:
            continue
        scored = scorer().score(text)
        compound += sign * scored.compound
        for at, valence in zip(scored.places, scored.valences, strict=True):
            shown = trimmed(scored.written[at])
            counted[shown] = counted.get(shown, 0.0) + sign * valence
    total = sum(map(abs, counted.values()))
    shares = {word: weight / total for word, weight in counted.items()} if total else {}
    return View(max(-1.0, min(1.0, compound)), shares)


def moved_by_vader(table: Table, seen: NDArray[np.float32]) -> list[float]:
    """What VADER's view of each text (`seen_by_vader`, a row a text) adds to the log-odds of positive, without sign."""
    if not len(table.vader):
        return [0.0] * len(seen)
    change = seen - np.array(seen_by_vader(0.0), np.float32)
    return [abs(moved) for moved in (2.0 * (change @ table.vader[:, POLARITY])).tolist()]
