"""The terms of a kind of source, by the kind's name."""

from __future__ import annotations

from functools import lru_cache

from sources.registry import settings_class
from sources.terms import Terms

OTHER_NAMES = {"twitter": "x", "hn": "hackernews", "bsky": "bluesky"}
"""What people and systems call services otherwise than the kinds are called here."""


def kind_of(name: str) -> str:
    """The kind of source that a service's name means, however written: "Twitter" is "x"."""
    name = name.strip().lower()
    return OTHER_NAMES.get(name, name)


@lru_cache(maxsize=512)
def terms_of(kind: str) -> Terms:
    """Gives what the service of that kind asks; of a kind that nobody knows, nothing is asked. Never raises.

    Files and webhooks name services as they like: the terms of X are those of "Twitter" too.
    """
    for name in dict.fromkeys((kind, kind_of(kind))):
        try:
            return settings_class(name).terms
        except (KeyError, TypeError, ImportError):
            continue
    return Terms()
