"""Which numbers of a fingerprint are marks and not hashes of a text's shingles: those below 0, in three ranges."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from msgspec import Struct

RANGE = 2**60
ARTICLE, FIGURES, SHAPE = -3 * RANGE, -2 * RANGE, -RANGE
"""Where the range of each kind begins. Sorted, an article comes first, then figures, a shape, and the hashes."""

MOST_MARKS = 3


class Parts(Struct, frozen=True):
    """What the numbers of a fingerprint stand for; 0 where there is no such mark.

    `article`: the article that it names, with its title. `figures`: the numbers in a short text, a small Bloom filter.
    `shape`: all shingles of the text, each as one bit. `size`: how many hashes of shingles there are.
    """

    article: int
    figures: int
    shape: int
    size: int


def parts_of(fingerprint: Sequence[int]) -> Parts:
    """Takes the ascending numbers of a fingerprint apart."""
    marks = bisect_left(fingerprint, 0)
    article = figures = shape = 0
    for number in fingerprint[:marks]:
        if number >= SHAPE:
            shape = number - SHAPE
        elif number >= FIGURES:
            figures = number - FIGURES
        else:
            article = number - ARTICLE
    return Parts(article, figures, shape, len(fingerprint) - marks)
