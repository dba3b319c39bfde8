"""Keeps Python's garbage collector away from what is built once and stays.

Ten thousand compiled queries are millions of objects, and each full collection looks at all of them: a third of a
second in which nothing else runs, again and again. What is frozen is not looked at; what is thawed can be freed again.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def built_to_stay() -> Iterator[None]:
    """Around the building of something large that will be kept: what it took the place of can be freed."""
    gc.unfreeze()
    try:
        yield
    finally:
        gc.freeze()
