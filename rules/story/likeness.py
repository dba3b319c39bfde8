"""Whether two fingerprints tell the same text, and how those that do are found."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from math import log

from rules.story.marks import FIGURES, Parts, parts_of
from rules.story.sketch import SHAPE_BITS, SKETCH

INSIDE = 4  # shared hashes that show a text of few shingles inside a longer one
LEAST_RESEMBLANCE = 0.27
"""Of all shingles of two texts, those that both have. One of eight words changed in its middle leaves a third."""
LEAST_CONTAINMENT = 0.9
"""Of the shingles of the shorter text, those that the longer has: nearly all, where it was cut or put in a frame."""


def same_story(one: Sequence[int], other: Sequence[int]) -> bool:
    """Says whether two fingerprints tell the same text.

    They do where they name the same article by the same title. Else half of six hashes must be the same; INSIDE, where
    one text has fewer than six; all, where both have. All their shingles, as their shapes tell, must show
    LEAST_RESEMBLANCE: six hashes alone would take a phrase that many use for a text that they share. One hash less is
    enough where they show LEAST_CONTAINMENT. And of two short texts one must hold all figures of the other: "flight 123
    is delayed" is not "flight 456 is delayed".
    """
    return shared(one, other) > 0


def shared(one: Sequence[int], other: Sequence[int]) -> int:
    """How much two fingerprints of one story have in common, to find the nearest; 0: they are not of one story."""
    if not (one and other):
        return 0
    if one == other:
        return 2 * SKETCH
    common = len(set(one[bisect_left(one, 0) :]).intersection(other))
    first, second = parts_of(one), parts_of(other)
    if first.article and first.article == second.article:
        return SKETCH + common
    if not common:
        return 0
    if first.figures and second.figures and first.figures & second.figures not in (first.figures, second.figures):
        return 0
    return common if _is_enough(common, first, second) else 0


def _is_enough(common: int, one: Parts, other: Parts) -> bool:
    """Whether so many hashes are the same, beside what the shapes tell, that the texts are."""
    fewer, more = sorted((one.size, other.size))
    if more < SKETCH:  # a text with so few shingles leaves no room for chance
        return common == more
    needed = (more + 1) // 2 if fewer >= SKETCH else INSIDE
    if common < needed - 1 or fewer < min(needed, INSIDE):
        return False
    if not (one.shape and other.shape):
        return common >= needed
    resemblance, containment = likeness(one.shape, other.shape)
    return containment >= LEAST_CONTAINMENT or (common >= needed and resemblance >= LEAST_RESEMBLANCE)


def likeness(shape: int, other: int) -> tuple[float, float]:
    """About how many of the shingles of two texts both have, of all, and of the shorter's: [0, 1] but for noise.

    What n shingles leave of SHAPE_BITS unset is told by linear counting (Whang, Vander-Zanden, Taylor 1990).
    """
    one, two, united = (_COUNTED[bits.bit_count()] for bits in (shape, other, shape | other))
    both = one + two - united
    return both / united, both / min(one, two)


_COUNTED = [-SHAPE_BITS * log(max(1 - bits / SHAPE_BITS, 0.5 / SHAPE_BITS)) for bits in range(SHAPE_BITS + 1)]


def filed_under(fingerprint: Sequence[int]) -> Sequence[int]:
    """The numbers by which a fingerprint is found: no two of one story have none of these in common.

    Sets of six that share two must share one of their five smallest, in any one order (prefix filtering: Chaudhuri,
    Ganti, Kaushik 2006, "A primitive operator for similarity joins in data cleaning"); likewise for fewer.
    """
    marks = bisect_left(fingerprint, 0)
    hashes = fingerprint[marks : marks + filed(len(fingerprint) - marks)]
    return (fingerprint[0], *hashes) if marks and fingerprint[0] < FIGURES else hashes


def filed(size: int) -> int:
    """How many of `size` hashes a fingerprint is filed under."""
    return size // 2 + 2 if size >= SKETCH else max(1, size - INSIDE + 2)
