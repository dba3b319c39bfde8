"""Which words of a text moved its sentiment, in their author's spelling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rules.reading import Reason
from rules.sentiment.chances import COMPARED_POLARITY
from rules.sentiment.comparisons import Compared
from rules.sentiment.features import ENDS_CLAUSE, NEGATES
from rules.sentiment.pieces import is_stretch

MOST_REASONS = 6
_LEAST = 0.05  # of a logit: what a reader would not notice
_STRIPPED = '.,;:()[]{}"“”‘’«»*_~'
_NEGATION_REACHES = 3


def reasons(
    parts: Sequence[str],
    moved: Sequence[float],
    flags: Sequence[int],
    vader: Mapping[str, float],
    compared: Compared | None,
) -> tuple[Reason, ...]:
    """Gives the comparison, then the pieces that moved the text most, strongest first, at most MOST_REASONS.

    `moved`: what each piece adds to the log-odds of positive against negative, half of what it counts beside its
    neighbours included; `vader`: what words add by way of VADER. A word after a negation is shown with it. `flags`:
    bits of Features, a piece each; none where no piece negates.
    """
    weights = _with_vader(parts, moved, vader) if vader else moved
    strongest = sorted([(-abs(weight), at) for at, weight in enumerate(weights) if weight > _LEAST or weight < -_LEAST])
    found = [] if compared is None else [_comparison(compared)]
    shown: list[str] = []
    together = ""  # all of them, each between spaces
    for _, at in strongest:
        if len(found) == MOST_REASONS:
            break
        text = _shown(parts, flags, at)
        if _is_told(text, shown, together):
            continue
        shown.append(text)
        together += f" {text} \n"
        weight = weights[at]
        found.append(Reason(text, "speaks for positive" if weight > 0 else "speaks for negative", round(weight, 2)))
    return tuple(found)


def _is_told(text: str, shown: Sequence[str], together: str) -> bool:
    """Whether the words are part of what is named already ("not" of "not the worst"), or hold it."""
    if not shown:
        return False
    if not text.isascii() and is_stretch(text):
        return any(text in one or one in text for one in shown)
    words = f" {text} "
    if words in together:
        return True
    return " " in text and any(f" {one} " in words for one in shown)  # one word holds no other


def _with_vader(parts: Sequence[str], moved: Sequence[float], vader: Mapping[str, float]) -> list[float]:
    weights = list(moved)
    for word, share in vader.items():
        at = parts.index(word) if word in parts else next((at for at, part in enumerate(parts) if word in part), None)
        if at is not None:
            weights[at] += share
    return weights


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
