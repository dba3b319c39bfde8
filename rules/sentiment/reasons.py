"""Which words of a text moved its sentiment, in their author's spelling.

Which pieces are worth naming, and in which order, is found for all texts of a batch at once; words are looked at only
where they are shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from rules.reading import Reason
from rules.sentiment.chances import STANCE_POLARITY
from rules.sentiment.features import ENDS_CLAUSE, NEGATES
from rules.sentiment.pieces import is_stretch
from rules.sentiment.rounding import rounded
from rules.sentiment.stance import Stance
from rules.sentiment.weigher import Weighed

MOST_REASONS = 6
_LEAST = 0.05  # of a logit: what a reader would not notice
_STRIPPED = '.,;:()[]{}"“”‘’«»*_~'
_NEGATION_REACHES = 3
_FOR, _AGAINST = "speaks for positive", "speaks for negative"


def reasons(
    cut: Sequence[Sequence[str]],
    moved: NDArray[np.float64],
    weighed: Weighed,
    stances: Mapping[int, Stance],
) -> list[tuple[Reason, ...]]:
    """Gives for each text its stance, then the pieces that moved it most, strongest first, at most MOST_REASONS.

    `cut`: the texts' pieces; `moved`: what each piece of the batch adds to the log-odds of positive against negative,
    half of what it counts beside its neighbours included; `stances`: by the number of a text. A word after a negation
    is shown with it.
    """
    strong = np.flatnonzero((moved > _LEAST) | (moved < -_LEAST))
    owners = weighed.texts.take(strong)
    order = strong.take(np.lexsort((-np.abs(moved.take(strong)), owners)))  # stable: of two alike the first comes first
    places = (order - weighed.starts.take(weighed.texts.take(order))).tolist()
    weights = rounded(moved.take(order), 2).tolist()
    negated = _beside_negation(weighed).take(order).tolist()
    ends = np.searchsorted(owners, np.arange(len(cut) + 1)).tolist()
    starts = weighed.starts.tolist()
    found = []
    for number, parts in enumerate(cut):
        first, last = ends[number], ends[number + 1]
        told = [_stance(stances[number])] if number in stances else []
        shown: list[str] = []
        phrases = False  # whether more than one word is shown together
        for at, weight, beside in zip(places[first:last], weights[first:last], negated[first:last], strict=True):
            if len(told) == MOST_REASONS:
                break
            if beside:
                text = _with_negation(parts, weighed.flags[starts[number] : starts[number + 1]], at)
                phrases = True
            else:
                text = parts[at].strip(_STRIPPED) or parts[at]
            if text in shown or ((phrases or not text.isascii()) and _is_told(text, shown)):
                continue
            shown.append(text)
            told.append(Reason(text, _FOR if weight > 0 else _AGAINST, weight))
        found.append(tuple(told))
    return found


def _beside_negation(weighed: Weighed) -> NDArray[np.bool_]:
    """Which pieces may be shown together with a negation: one is among the few before them, or they are it."""
    negates: NDArray[np.bool_] = (weighed.flags & NEGATES) != 0
    if not negates.any():
        return negates
    beside = negates.copy()
    for apart in range(1, _NEGATION_REACHES + 1):
        beside[apart:] |= negates[:-apart] & (weighed.texts[:-apart] == weighed.texts[apart:])
    return beside


def _is_told(text: str, shown: Sequence[str]) -> bool:
    """Whether the words are part of what is named already ("not" of "not the worst"), or hold it."""
    if not text.isascii() and is_stretch(text):
        return _overlaps(text, shown)
    words = f" {text} "
    if any(words in f" {one} " for one in shown):
        return True
    return " " in text and any(f" {one} " in words for one in shown)  # one word holds no other


def _overlaps(stretch: str, shown: Sequence[str]) -> bool:
    return any(stretch in one or one in stretch for one in shown)


def _stance(stance: Stance) -> Reason:
    return Reason(stance.text, stance.why, round(2.0 * STANCE_POLARITY * stance.toward, 2))


def _with_negation(parts: Sequence[str], flags: NDArray[np.int8], at: int) -> str:
    """The piece without the marks around it; a negation with what it turns, and the other way round."""
    if flags[at] & NEGATES and at + 1 < len(parts) and not flags[at] & ENDS_CLAUSE:
        return f"{parts[at]} {_bare(parts[at + 1])}"
    for before in range(at - 1, max(-1, at - 1 - _NEGATION_REACHES), -1):
        if flags[before] & NEGATES:
            return " ".join([*parts[before:at], _bare(parts[at])])
    return _bare(parts[at])


def _bare(part: str) -> str:
    return part.strip(_STRIPPED) or part
