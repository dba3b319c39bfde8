"""Learns a correction from marked texts: a multinomial logistic regression with a ridge, on top of the shipped odds.

A brand with marks enough gets weights of its own beside the team's, learned at once with them, so that what brands
share is learned from all (feature augmentation: Daume III 2007, "Frustratingly Easy Domain Adaptation").
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from rules.reading import Sentiment
from rules.sentiment.contract import ReadyText
from rules.sentiment.corrected import dense, log_odds
from rules.sentiment.correction import DENSE, FEELINGS, Correction, Feeling, Part, TableShift, packed
from rules.sentiment.correction_words import counted, counted_words, shortener
from rules.sentiment.descent import least
from rules.sentiment.languages import route

LEAST_OF_BRAND = 10
"""Marks about a brand from which it gets weights of its own; docs/reading.md tells how the number was chosen."""

RIDGE_OF_WORDS, RIDGE_OF_ODDS, RIDGE_OF_BIAS = 0.5, 30.0, 3.0
BALANCE = 0.5
"""A class counts by its share of the marks to this power less: the rarest is not drowned, nor made as loud as all."""

_CURVE = 0.2  # of the log-loss in a logit, about: the chance of a class times that of the others

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Example(Struct, frozen=True, kw_only=True):
    """A text with what the shipped reader said of it and what a person did.

    `story`: texts that tell the same. `presumed`: nobody marked it; it is taken for read right, and counts as no mark.
    """

    text: ReadyText
    shipped: Sentiment
    label: Feeling
    story: str = ""
    presumed: bool = False


class _Column(Struct, frozen=True, order=True):
    """A feature: of a brand ("": of all), either a table's dense number or a word's hash."""

    brand: str
    table: str  # "" for a word
    number: int


class _Design(Struct, frozen=True):
    """The examples as a sparse matrix in triplets, with the log-odds that are kept and the ridge of each column."""

    columns: Sequence[_Column]
    rows: Ints
    at: Ints
    values: Floats
    odds: Floats
    labels: Ints
    worth: Floats
    ridge: Floats


def learnable(example: Example) -> bool:
    """Whether a correction can learn from it: the shipped reader must have had an opinion."""
    return log_odds(example.shipped) is not None


def fit(examples: Sequence[Example], least_of_brand: int = LEAST_OF_BRAND) -> Correction:
    """Learns from the examples, in whatever order they come; the same ones give the same correction.

    Examples that are not `learnable` are left out, and one that comes twice counts once. None left: a correction that
    changes nothing.
    """
    told = _in_order(examples)
    if not told:
        return Correction()
    about = Counter(example.text.brand or "" for example in told if not example.presumed)
    shared = len(about) > 1  # else the one brand is the whole team
    brands = {brand for brand, marks in about.items() if shared and brand and marks >= least_of_brand}
    design = _design(told, brands)
    scale = _scale(design)
    start = np.zeros(3 * len(design.columns))
    weights = least(lambda flat: _loss(design, flat, scale), start).reshape(-1, 3) * scale
    marks = about.total()
    parts = [_part(brand, about[brand] if brand else marks, design, weights) for brand in ("", *sorted(brands))]
    return Correction(marks=marks, parts=tuple(parts))


def _in_order(examples: Sequence[Example]) -> list[Example]:
    keyed = {_key(one): one for one in examples if learnable(one)}
    return [keyed[key] for key in sorted(keyed)]


def _key(one: Example) -> tuple[str, ...]:
    kind = "presumed" if one.presumed else "marked"
    return kind, one.text.text, one.text.lang, one.text.brand or "", one.label, *(span.text for span in one.text.spans)


def _design(examples: Sequence[Example], brands: set[str]) -> _Design:
    cells: list[tuple[int, _Column, float]] = []
    odds = np.zeros((len(examples), 3))
    for row, one in enumerate(examples):
        told = log_odds(one.shipped)
        assert told is not None
        odds[row] = told
        table = route(one.text.text, one.text.lang).table
        numbers = [(table, at, value) for at, value in enumerate(dense(told))]
        numbers += [("", hashed, value) for hashed, value in _word_values(one.text).items()]
        own = one.text.brand or ""
        for brand in ("", own) if own in brands else ("",):
            cells += [(row, _Column(brand, of, number), value) for of, number, value in numbers]
    columns = sorted({column for _, column, _ in cells})
    place = {column: at for at, column in enumerate(columns)}
    labels = np.array([FEELINGS.index(one.label) for one in examples], np.int64)
    return _Design(
        columns=columns,
        rows=np.array([row for row, _, _ in cells], np.int64),
        at=np.array([place[column] for _, column, _ in cells], np.int64),
        values=np.array([value for _, _, value in cells]),
        odds=odds,
        labels=labels,
        worth=_worth(labels),
        ridge=np.array([_ridge(column) for column in columns])[:, None],
    )


def _word_values(text: ReadyText) -> Mapping[int, float]:
    words = [counted(word) for word in counted_words(text)]
    shorter = 1.0 / shortener(sum(word.mass for word in words))
    found: dict[int, float] = {}
    for word in words:
        for hashed, value in zip(word.hashes, word.values, strict=True):
            found[hashed] = found.get(hashed, 0.0) + value * shorter
    return found


def _ridge(column: _Column) -> float:
    if not column.table:
        return RIDGE_OF_WORDS
    return RIDGE_OF_BIAS if column.number == 0 else RIDGE_OF_ODDS


def _worth(labels: Ints) -> Floats:
    counts = np.maximum(np.bincount(labels, minlength=3), 1)
    worth = (len(labels) / counts[labels]) ** BALANCE
    return np.asarray(worth * len(labels) / worth.sum())


def _scale(design: _Design) -> Floats:
    """By how much each column's weights are stretched while they are sought, so that the loss curves alike in all."""
    curve = np.bincount(design.at, _CURVE * design.values**2 * design.worth[design.rows], len(design.columns))
    return np.asarray(1.0 / np.sqrt(curve[:, None] + design.ridge))


def _loss(design: _Design, flat: Floats, scale: Floats) -> tuple[float, Floats]:
    """What is wrong with these weights, and its slope: log-loss of the examples and the ridge."""
    weights = flat.reshape(-1, 3) * scale
    size, count = len(design.odds), len(design.columns)
    logits = design.odds + _product(design.rows, design.at, design.values, weights, size)
    logits -= logits.max(axis=1, keepdims=True)
    chances = np.exp(logits)
    chances /= chances.sum(axis=1, keepdims=True)
    truth = np.arange(size), design.labels
    loss = -float((design.worth * np.log(np.maximum(chances[truth], 1e-12))).sum())
    chances[truth] -= 1.0
    off = chances * design.worth[:, None]
    slope = _product(design.at, design.rows, design.values, off, count) + design.ridge * weights
    return loss + 0.5 * float((design.ridge * weights * weights).sum()), (slope * scale).ravel()


def _product(rows: Ints, at: Ints, values: Floats, matrix: Floats, size: int) -> Floats:
    columns = np.ascontiguousarray(matrix.T)
    return np.stack([np.bincount(rows, values * column[at], size) for column in columns], axis=1)


def _part(brand: str, marks: int, design: _Design, weights: Floats) -> Part:
    mine = [(at, column) for at, column in enumerate(design.columns) if column.brand == brand]
    words = [(at, column.number) for at, column in mine if not column.table]
    tables = sorted({column.table for _, column in mine if column.table})
    rows = {(column.table, column.number): weights[at].tolist() for at, column in mine if column.table}
    hashes, packed_weights = packed(
        np.array([number for _, number in words], np.uint32), weights[[at for at, _ in words]].reshape(-1, 3)
    )
    return Part(
        brand=brand,
        marks=marks,
        shifts=tuple(
            TableShift(table, tuple(_three(rows[table, number]) for number in range(DENSE))) for table in tables
        ),
        hashes=hashes,
        weights=packed_weights,
    )


def _three(row: Sequence[float]) -> tuple[float, float, float]:
    return row[0], row[1], row[2]
