"""Says in a reader's words what the probabilities of a text come to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rules.reading import Reason, Sentiment
from rules.sentiment.asked import Asked
from rules.sentiment.irony import Cue, irony
from rules.sentiment.reasons import MOST_REASONS
from rules.sentiment.rounding import rounded

LABELS: tuple[Literal["negative", "neutral", "positive"], ...] = ("negative", "neutral", "positive")
SURE = 0.40
"""A label needs this probability; else the text is `unsure`. A third is what knowing nothing gives."""

SURE_WITHOUT_LANGUAGE = 0.45
"""The same where nobody knows the language."""

_UNKNOWN = frozenset({"", "und"})
NO_WORD = "no word of the text speaks for either side"


def sentiments(
    texts: Sequence[Asked],
    likely: NDArray[np.float64],
    named: Sequence[tuple[Reason, ...]],
    pictured: Sequence[int],
    maybe_ironic: NDArray[np.bool_],
) -> list[Sentiment]:
    """Gives one Sentiment a text, in their order.

    `likely`: probabilities of negative, neutral and positive, a row a text; `named`: its reasons; `pictured`: not 0
    where it holds an emoji; `maybe_ironic`: whether irony is worth looking for.
    """
    praised = np.flatnonzero(maybe_ironic & (likely[:, 2] > likely[:, 0])).tolist()
    found = [(number, irony(texts[number].text)) for number in praised]
    cues = {number: cue for number, cue in found if cue is not None}
    if cues:
        likely = likely.copy()
        for number, cue in cues.items():
            likely[number] = _with_irony(likely[number], cue)
    low, high = _apart(rounded(np.concatenate([likely[:, 0], likely[:, 2]]), 4))
    between, scored = _apart(rounded(np.concatenate([1.0 - low - high, high - low]), 4))
    said = np.array([low, between, high]).T
    scores = scored.tolist()
    read = []
    for number, (one, chances, best) in enumerate(zip(texts, said.tolist(), said.argmax(axis=1).tolist(), strict=True)):
        unknown = one.lang in _UNKNOWN
        sure = chances[best] >= (SURE_WITHOUT_LANGUAGE if unknown else SURE)
        why, reasons = None, named[number]
        if number in cues:
            reasons = (_reason(cues[number]), *reasons)[:MOST_REASONS]
            sure = sure and cues[number].means != "either"
        if one.route.pictures_only and not pictured[number]:
            why = "no evidence for und: the text has no words" if unknown else f"no evidence for {one.lang}"
        elif unknown and not sure:
            why = "no evidence for und: the language is unsure, and too little is told"
        if why:
            read.append(Sentiment(label=None, why=why))
            continue
        read.append(
            Sentiment(
                label=LABELS[best] if sure else "unsure",
                probabilities={"negative": chances[0], "neutral": chances[1], "positive": chances[2]},
                score=scores[number],
                confidence=chances[best],
                reasons=reasons,
                why=None if reasons else NO_WORD,
            )
        )
    return read


def _apart(both: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The two halves of numbers that are rounded together: each call costs as much as rounding hundreds."""
    half = len(both) // 2
    return both[:half], both[half:]


def _reason(cue: Cue) -> Reason:
    return Reason(cue.text, "may be ironic" if cue.means == "either" else "is said in irony")


def _with_irony(likely: NDArray[np.float64], cue: Cue) -> NDArray[np.float64]:
    """The probabilities of the opposite, or halfway to it."""
    opposite = likely[::-1].copy()
    return opposite if cue.means == "opposite" else np.asarray((likely + opposite) / 2)
