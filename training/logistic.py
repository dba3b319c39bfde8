"""Fits a table of hashed features by logistic regression of three classes.

A text's features are the sum of its pieces' and of what stands beside each other. The matrix of texts by features is
never built: texts by pieces times pieces by features is ten times smaller, and gives the same products.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from msgspec import Struct
from scipy import sparse
from scipy.optimize import minimize, minimize_scalar

from rules.sentiment.chances import lengths, seen_by_vader
from rules.sentiment.gathering import gathered
from rules.sentiment.neighbours import pairs
from rules.sentiment.pieces import pieces
from rules.sentiment.table import VADER_FEATURES
from rules.sentiment.vader_scorer import scorer

# logits of negative, neutral, positive from polarity and feeling
AXES = np.array([[-1.0, 1.0], [0.0, 0.0], [1.0, 1.0]])
_RIDGE_OF_OTHERS = 0.1
_RIDGE_OF_BIAS = 1e-3


class Design(Struct, frozen=True):
    """Texts as numbers: by pieces, pieces by features, texts by pair features, length, and VADER's view."""

    by_piece: Any
    piece_features: Any
    by_pair: Any
    shorten: Any
    others: Any


class Fitted(Struct, frozen=True):
    """Weights of all 2**bits buckets, of the bias, and of VADER's view."""

    weights: Any
    bias: Any
    vader: Any


def design(texts: Sequence[str], bits: int, letters: float, without: frozenset[str]) -> Design:
    """Builds what a fit needs to know of the texts, `without` "neighbours" or "vader" if asked."""
    cut = [pieces(text) for text in texts]
    rows: dict[str, int] = {}
    numbers = np.array([rows.setdefault(piece, len(rows)) for text in cut for piece in text], np.int64)
    owners = np.repeat(np.arange(len(cut)), [len(text) for text in cut])
    mask, size = np.uint64((1 << bits) - 1), 1 << bits
    by_piece = sparse.csr_matrix((np.ones(len(numbers), np.float32), (owners, numbers)), (len(cut), len(rows)))
    alone = gathered(list(rows), letters)
    cells = alone.owners, (alone.hashes & mask).astype(np.int64)
    piece_features = sparse.csr_matrix((alone.values, cells), (len(rows), size))
    beside = pairs(
        alone.cores[numbers],
        alone.flags[numbers],
        owners,
    )
    by_pair = sum(
        sparse.csr_matrix(
            (np.full(len(one.first), one.value, np.float32), (owners[one.first], (one.hashes & mask).astype(np.int64))),
            (len(cut), size),
        )
        for one in beside
    )
    if "neighbours" in without:
        by_pair = sparse.csr_matrix((len(cut), size), dtype=np.float32)
    vader = "vader" not in without
    mass = by_piece @ alone.mass
    others = np.ones((len(cut), 1 + (VADER_FEATURES if vader else 0)), np.float32)
    if vader:
        compounds = [compound for batch in scorer().batches(texts) for compound in batch.compounds]
        others[:, 1:] = seen_by_vader(np.array(compounds))
    return Design(by_piece, piece_features, by_pair, 1.0 / lengths(mass), others)


def fit(built: Design, labels: Any, two_class: Any, worth: Any, ridge: float, rounds: int, least: int) -> Fitted:
    """Fits by L-BFGS from zero: the same input gives the same weights.

    `two_class`: texts of sets without neutral ones, of which only negative against positive is asked. `worth`: weight
    of each text. `least`: features met less often stay zero.
    """
    met = np.asarray(built.by_piece.sum(0)).ravel() @ (built.piece_features > 0).astype(np.float32)
    met = met + np.asarray((built.by_pair > 0).sum(0)).ravel()
    used = np.flatnonzero(met >= least)
    shorten = sparse.diags(built.shorten)
    texts = (shorten @ built.by_piece).tocsr().astype(np.float32)
    words = built.piece_features[:, used].tocsr()
    beside = (shorten @ built.by_pair)[:, used].tocsr().astype(np.float32)
    back = texts.T.tocsr(), words.T.tocsr(), beside.T.tocsr()
    others, size = built.others, len(used)
    at = np.arange(len(labels))
    ridges = np.full((size + others.shape[1], 1), ridge)
    ridges[size:] = _RIDGE_OF_OTHERS
    ridges[size] = _RIDGE_OF_BIAS
    curve = 0.2 * (words.multiply(words).T.tocsr() @ (built.by_piece.T @ (built.shorten**2 * worth)))
    curve = curve + 0.2 * (beside.multiply(beside).T @ worth)
    scale = 1 / np.sqrt(np.concatenate([curve, 0.2 * (others**2 * worth[:, None]).sum(0)])[:, None] + ridges)

    def loss(flat: Any) -> tuple[float, Any]:
        weights = flat.reshape(-1, 2) * scale
        table, rest = weights[:size].astype(np.float32), weights[size:]
        logits = (texts @ (words @ table) + beside @ table + others @ rest) @ AXES.T
        logits[two_class, 1] = -1e9
        logits -= logits.max(1, keepdims=True)
        chance = np.exp(logits)
        chance /= chance.sum(1, keepdims=True)
        value = -(worth * np.log(np.maximum(chance[at, labels], 1e-12))).sum()
        chance[at, labels] -= 1
        off = ((chance * worth[:, None]) @ AXES).astype(np.float32)
        slope = np.vstack([back[1] @ (back[0] @ off) + back[2] @ off, others.T @ off]).astype(float)
        value += 0.5 * float((ridges * weights * weights).sum())
        return float(value), ((slope + ridges * weights) * scale).ravel()

    start = np.zeros((size + others.shape[1]) * 2)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": rounds, "maxcor": 10})
    weights = found.x.reshape(-1, 2) * scale
    table = np.zeros((built.piece_features.shape[1], 2), np.float32)
    table[used] = weights[:size]
    return Fitted(table, weights[size], weights[size + 1 :])


def logits(built: Design, fitted: Fitted) -> Any:
    """Gives logits of negative, neutral and positive, a row a text."""
    sums = built.by_piece @ (built.piece_features @ fitted.weights) + built.by_pair @ fitted.weights
    rest = np.vstack([fitted.bias[None, :], fitted.vader])
    return (built.shorten[:, None] * sums + built.others @ rest) @ AXES.T


def calibrate(found: Any, labels: Any, worth: Any) -> float:
    """Gives the temperature by which probabilities fit these labels best."""

    def loss(heat: float) -> float:
        moved = found / np.exp(heat)
        moved = moved - moved.max(1, keepdims=True)
        chance = moved - np.log(np.exp(moved).sum(1, keepdims=True))
        return float(-(worth * chance[np.arange(len(labels)), labels]).sum())

    return float(np.exp(minimize_scalar(loss, bounds=(-2.0, 2.0), method="bounded").x))
