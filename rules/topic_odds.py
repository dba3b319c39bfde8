"""How much more often a term is said now than before, beyond chance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from math import log, sqrt

from msgspec import Struct

FEWEST_OF_LANGUAGE = 5
"""Earlier posts in a language below which nothing can be said of what is usual in it."""

MOST_WEIGHT = 5.0
"""How much one earlier post may count for where its language was rarer then than now."""

PRIOR = 0.2
"""The weight of what is usual on both sides together, as a part of both."""


class Odds(Struct, frozen=True):
    """How a term moved: log-odds ratio, and the same in standard errors (z)."""

    ratio: float
    z: float


def log_odds(now: tuple[float, float], before: tuple[float, float, float], prior: tuple[float, float]) -> Odds:
    """The log-odds ratio of a term with an informative Dirichlet prior, and its z-score.

    `now`: the term's count and that of all terms; `before`: the same, and the sum of the squared weights of the
    term's posts (the count itself where none is weighted); `prior`: the same of the prior. Monroe, Colaresi and Quinn
    2008, "Fightin' Words", equations 16, 20 and 22.
    """
    (said, whole), (once, squares, once_whole), (alpha, alpha_whole) = now, before, prior
    ratio = log((said + alpha) / (whole + alpha_whole - said - alpha)) - log(
        (once + alpha) / (once_whole + alpha_whole - once - alpha)
    )
    variance = 1 / (said + alpha) + (squares + alpha) / (once + alpha) ** 2
    return Odds(ratio, ratio / sqrt(variance))


class Side(Struct, frozen=True):
    """The terms of each post of a time, by the post's language."""

    by_language: Mapping[str, Sequence[Collection[str]]]

    def size(self, language: str) -> int:
        """How many terms were said in a language, each once a post."""
        return sum(map(len, self.by_language.get(language, ())))


def moved(now: Side, before: Side, candidates: Collection[str]) -> dict[str, Odds]:
    """How each candidate moved, language by language: posts of before count as if the languages were mixed as now.

    Without that, a week with more Bengali posts would have every small word of Bengali for a topic. Posts in languages
    that were hardly met before are left out: there, what is new cannot be told from what is usual.
    """
    sizes = {language: (now.size(language), before.size(language)) for language in now.by_language}
    known = {
        language: size
        for language, size in sizes.items()
        if len(before.by_language.get(language, ())) >= FEWEST_OF_LANGUAGE and all(size)
    }
    whole, once_whole = (sum(size[side] for size in known.values()) for side in (0, 1))
    if not known:
        return {}
    said: Counter[str] = Counter()
    once: Counter[str] = Counter()
    squares: Counter[str] = Counter()
    weighed_whole = 0.0
    wanted = candidates if isinstance(candidates, (set, frozenset)) else set(candidates)
    for language, (size, once_size) in known.items():
        weight = min(size / whole * once_whole / once_size, MOST_WEIGHT)
        weighed_whole += weight * once_size
        for terms in now.by_language[language]:
            said.update(wanted.intersection(terms))
        for term, count in _counted(before.by_language[language], wanted).items():
            once[term] += count * weight  # type: ignore[assignment]
            squares[term] += count * weight * weight  # type: ignore[assignment]
    both = whole + weighed_whole
    strength = PRIOR * both
    return {
        term: log_odds(
            (count, whole),
            (once[term], squares[term], weighed_whole),
            (strength * (count + once[term]) / both, strength),
        )
        for term, count in said.items()
    }


def _counted(posts: Sequence[Collection[str]], wanted: set[str] | frozenset[str]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for terms in posts:
        counts.update(wanted.intersection(terms))
    return counts
