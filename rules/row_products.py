"""Multiplies rows by weights so that what a row comes to does not depend on the rows beside it.

A product by BLAS (`@`) adds up in an order that changes with the number of rows and with a row's place among them. The
last bits of a text's probability would then depend on its batch, and with them, now and then, a digit that is shown.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def row_products(rows: Floats, weights: Floats) -> Floats:
    """Gives `rows` (n x k) times `weights` (k x m): n x m, each sum in the order of k."""
    products: Floats = np.einsum("ij,jk->ik", rows, weights, optimize=False)
    return products
