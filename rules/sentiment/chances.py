"""Turns what a text's words speak for into probabilities."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rules.row_products import row_products
from rules.sentiment.table import VADER_FEATURES, Table

LENGTH_POWER = 0.5
"""Sums are divided by the square root of the number of words: twice as long is not twice as angry."""


STANCE_POLARITY, STANCE_FEELING = 1.5, 1.5
"""What "better than Acme" adds: no table can learn which side a comparison takes."""


def logits(table: Table, sums: NDArray[np.float32], vader: NDArray[np.float32]) -> NDArray[np.float32]:
    """Gives what a table makes of texts: polarity and feeling, a row a text.

    `sums`: polarity and feeling of each text's pieces, divided by `lengths`; `vader`: `seen_by_vader` of each.
    """
    found = sums + table.bias
    return found + row_products(vader, table.vader) if len(table.vader) else found


def chances(
    logits: NDArray[np.float32], temperatures: NDArray[np.float32], verdicts: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Gives probabilities of negative, neutral and positive, a row a text.

    `temperatures`: what the table of each divides by; `verdicts`: how far each stands for the brand by how it is put
    (1) or against it (-1), else 0.
    """
    polarity = logits[:, 0] + STANCE_POLARITY * verdicts
    feeling = logits[:, 1] + STANCE_FEELING * np.abs(verdicts)
    three = np.zeros((len(logits), 3), np.float32)
    three[:, 0], three[:, 2] = feeling - polarity, feeling + polarity
    three /= temperatures[:, None]
    raised = np.exp(three - three.max(axis=1, keepdims=True), dtype=np.float64)
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def lengths(mass: NDArray[np.float32]) -> NDArray[np.float32]:
    """What a text's sums are divided by."""
    return np.asarray(np.maximum(mass, 1.0) ** LENGTH_POWER, np.float32)


def seen_by_vader(compounds: NDArray[np.float64]) -> NDArray[np.float32]:
    """VADER's view of texts, as the tables weigh it: numbers of each score, from -1 to 1, a row a text."""
    seen = np.empty((len(compounds), VADER_FEATURES), np.float32)
    seen[:, 0], seen[:, 1] = np.maximum(compounds, 0.0), np.maximum(-compounds, 0.0)
    seen[:, 2], seen[:, 3], seen[:, 4] = compounds == 0.0, compounds > 0.5, compounds < -0.5
    seen[:, 5] = compounds * compounds
    return seen
