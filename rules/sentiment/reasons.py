"""Which words of a text moved its sentiment, in their author's spelling.

Which pieces are worth naming, and in which order, is found for all texts of a batch at once; words are looked at only
where they are shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from rules.reading import Reason
from rules.sentiment.chances import COMPARED_POLARITY
from rules.sentiment.comparisons import Compared
from rules.sentiment.features import ENDS_CLAUSE, NEGATES
from rules.sentiment.pieces import is_stretch
from rules.sentiment.rounding import rounded
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
    negating: Sequence[int],
    compared: Mapping[int, Compared],
) -> list[tuple[Reason, ...]]:
    """Gives for each text the comparison, then the pieces that moved it most, strongest first, at most MOST_REASONS.

    `cut`: the texts' pieces; `moved`: what each piece of the batch adds to the log-odds of positive against negative,
    half of what it counts beside its neighbours included. A word after a negation is shown with it: `negating` is not 0
    for texts that have one.
    """
    strong = np.flatnonzero((moved > _LEAST) | (moved < -_LEAST))
    owners = weighed.texts[strong]
    order = strong[np.lexsort((-np.abs(moved[strong]), owners))]  # stable: of two alike the first comes first
    places = (order - weighed.starts[weighed.texts[order]]).tolist()
    weights = rounded(moved[order], 2).tolist()
    ends = np.searchsorted(owners, np.arange(len(cut) + 1)).tolist()
    starts = weighed.starts.tolist()
    found = []
    for number, parts in enumerate(cut):
        first, last = ends[number], ends[number + 1]
        if number in compared or negating[number]:
            flags = weighed.flags[starts[number] : starts[number + 1]].tolist() if negating[number] else ()
            told = _told(parts, places[first:last], weights[first:last], flags, compared.get(number))
        else:
            told = _told_plainly(parts, places[first:last], weights[first:last])
        found.append(tuple(told))
    return found


def _told_plainly(parts: Sequence[str], places: Sequence[int], weights: Sequence[float]) -> list[Reason]:
    """The same as `_told` for a text without negation and comparison: no words are shown together."""
    shown: list[str] = []
    found: list[Reason] = []
    for at, weight in zip(places, weights, strict=True):
        part = parts[at]
        text = part.strip(_STRIPPED) or part
        if text in shown or (not text.isascii() and shown and is_stretch(text) and _overlaps(text, shown)):
            continue
        shown.append(text)
        found.append(Reason(text, _FOR if weight > 0 else _AGAINST, weight))
        if len(found) == MOST_REASONS:
            break
    return found


def _told(
    parts: Sequence[str],
    places: Sequence[int],
    weights: Sequence[float],
    flags: Sequence[int],
    compared: Compared | None,
) -> list[Reason]:
    found = [] if compared is None else [_comparison(compared)]
    shown: list[str] = []
    together = ""  # all of them, each between spaces
    for at, weight in zip(places, weights, strict=True):
        if len(found) == MOST_REASONS:
            break
        text = _shown(parts, flags, at)
        if _is_told(text, shown, together):
            continue
        shown.append(text)
        together += f" {text} \n"
        found.append(Reason(text, _FOR if weight > 0 else _AGAINST, weight))
    return found


def _is_told(text: str, shown: Sequence[str], together: str) -> bool:
    """Whether the words are part of what is named already ("not" of "not the worst"), or hold it."""
    if not shown:
        return False
    if not text.isascii() and is_stretch(text):
        return _overlaps(text, shown)
    words = f" {text} "
    if words in together:
        return True
    return " " in text and any(f" {one} " in words for one in shown)  # one word holds no other


def _overlaps(stretch: str, shown: Sequence[str]) -> bool:
    return any(stretch in one or one in stretch for one in shown)


def _comparison(compared: Compared) -> Reason:
    why = "compares in its favour" if compared.verdict > 0 else "compares against it"
    return Reason(compared.text, why, round(2.0 * COMPARED_POLARITY * compared.verdict, 2))


def _shown(parts: Sequence[str], flags: Sequence[int], at: int) -> str:
    """The piece without the marks around it; a negation with what it turns, and the other way round."""
    if not flags:
        return _bare(parts[at])
    if flags[at] & NEGATES and at + 1 < len(parts) and not flags[at] & ENDS_CLAUSE:
        return f"{parts[at]} {_bare(parts[at + 1])}"
    for before in range(at - 1, max(-1, at - 1 - _NEGATION_REACHES), -1):
        if flags[before] & NEGATES:
            return " ".join([*parts[before:at], _bare(parts[at])])
    return _bare(parts[at])


def _bare(part: str) -> str:
    return part.strip(_STRIPPED) or part
