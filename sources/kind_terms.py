"""The terms of a kind of source, by the kind's name."""

from __future__ import annotations

from functools import lru_cache

from sources.registry import settings_class
from sources.terms import Terms


@lru_cache(maxsize=512)
def terms_of(kind: str) -> Terms:
    """Gives what the service of that kind asks; of a kind that nobody knows, nothing is asked. Never raises."""
    try:
        return settings_class(kind).terms
    except (KeyError, TypeError, ImportError):
        return Terms()
