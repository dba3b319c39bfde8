"""Fits the three-class logistic that turns VADER's compound score into probabilities, and prints it.

    LISTENER_EVAL=/path/to/labelled/sets python benchmarks/fit_vader_probabilities.py

Reads only sets whose licence lets weights trained on them be shipped (FIT below), each counted as much as the others
whatever its size. Writes nothing. The same input gives the same numbers: Newton's method from zero, no randomness.
"""

from __future__ import annotations

import lzma
import math
import os
import sys
from collections import Counter
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rules.sentiment.vader_scorer import scorer

FIT = ("tweeteval_sentiment", "umsab_en", "goemotions")
CHECK = (*FIT, "nusax_en", "airline", "sanders", "sentiment140_test")
LABELS = ("negative", "neutral", "positive")
RIDGE = 1e-6  # keeps Newton's steps defined; far below what moves a printed digit


def rows(folder: Path, split: str, name: str) -> list[tuple[float, int]]:
    """The compound score and the label's number of each row."""
    path = folder / split / f"{name}.tsv.xz"
    with lzma.open(path, "rt", encoding="utf-8") as opened:
        lines = opened.read().split("\n")[1:]
    found = [line.split("\t") for line in lines if line]
    return [(scorer().score(row[0]).compound, LABELS.index(row[1])) for row in found if row[1] in LABELS]


def features(compound: float) -> tuple[float, float, float, float]:
    return 1.0, compound, abs(compound), float(compound == 0.0)


def fit(sets: list[list[tuple[float, int]]]) -> np.ndarray:
    """Weights of negative and positive against neutral, 2 x 4."""
    counts: Counter[tuple[float, int]] = Counter()
    for one in sets:
        for pair in one:
            counts[pair] += 1.0 / len(one)  # type: ignore[assignment]  # a Counter of shares is still a Counter
    pairs = sorted(counts)
    matrix = np.array([features(compound) for compound, _ in pairs])
    shares = np.array([counts[pair] for pair in pairs])
    truth = np.array([[label == 0, label == 2] for _, label in pairs], dtype=float)
    weights = np.zeros((2, 4))
    for _ in range(50):
        chances = probabilities(matrix, weights)[:, [0, 2]]
        gradient = ((truth - chances) * shares[:, None]).T @ matrix - RIDGE * weights
        hessian = np.zeros((8, 8))
        for a in range(2):
            for b in range(2):
                curve = shares * chances[:, a] * ((a == b) - chances[:, b])
                hessian[a * 4 : a * 4 + 4, b * 4 : b * 4 + 4] = (matrix * curve[:, None]).T @ matrix
        step = np.linalg.solve(hessian + RIDGE * np.eye(8), gradient.reshape(8))
        weights += step.reshape(2, 4)
        if np.abs(step).max() < 1e-10:
            break
    return weights


def probabilities(matrix: np.ndarray, weights: np.ndarray) -> np.ndarray:
    scores = matrix @ weights.T
    raised = np.exp(np.column_stack([scores[:, 0], np.zeros(len(matrix)), scores[:, 1]]))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def report(name: str, found: list[tuple[float, int]], weights: np.ndarray) -> None:
    """Log loss against a guess by VADER's own thresholds' class shares, and expected calibration error."""
    matrix = np.array([features(compound) for compound, _ in found])
    truth = np.array([label for _, label in found])
    chances = probabilities(matrix, weights)
    loss = -float(np.log(chances[np.arange(len(truth)), truth]).mean())
    shares = np.bincount(truth, minlength=3) / len(truth)
    guess = -sum(share * math.log(share) for share in shares if share)
    label = np.where(matrix[:, 1] >= 0.05, 2, np.where(matrix[:, 1] <= -0.05, 0, 1))
    sure = chances[np.arange(len(truth)), label]
    error = 0.0
    for low in np.arange(0.0, 1.0, 0.1):
        inside = (sure >= low) & (sure < low + 0.1)
        if inside.any():
            error += inside.mean() * abs(float(sure[inside].mean()) - float((label == truth)[inside].mean()))
    right = float((label == truth).mean())
    print(
        f"{name:22} n {len(truth):6}  log loss {loss:.3f} (class shares alone {guess:.3f})"
        f"  label right {right:.3f}, said {sure.mean():.3f}, calibration error {error:.3f}"
    )


def main() -> None:
    folder = os.environ.get("LISTENER_EVAL")
    if not folder:
        raise SystemExit("set LISTENER_EVAL to the folder that holds train/ and dev/")
    weights = fit([rows(Path(folder), "train", name) for name in FIT])
    print("features: 1, compound, |compound|, compound == 0; against neutral")
    print("negative", ", ".join(f"{weight:.3f}" for weight in weights[0]))
    print("positive", ", ".join(f"{weight:.3f}" for weight in weights[1]))
    for name in CHECK:
        report(name, rows(Path(folder), "dev", name), weights)


if __name__ == "__main__":
    main()
