"""Small questions that feedparser answers for the quick reader of feeds, so that both always say the same.

Taking feedparser in costs 50 ms and 10 MB: import this only where such a question comes up.
"""

from __future__ import annotations

from functools import lru_cache
from time import struct_time
from typing import Any, cast

from feedparser.datetimes import _parse_date
from feedparser.mixin import _FeedParserMixin
from feedparser.urls import _urljoin, make_safe_absolute_uri


@lru_cache(maxsize=1_000)
def time_told(text: str) -> struct_time | None:
    """Gives a time in UTC, None where no form of it is known."""
    return cast("struct_time | None", _parse_date(text))


def looks_like_html(text: str) -> bool:
    """Tells whether text that is said to be plain is HTML."""
    return cast(bool, _FeedParserMixin.looks_like_html(text))


class _Line:
    """As much of a parser as reading one line needs."""

    def __init__(self, line: str) -> None:
        self.context: dict[str, Any] = {"author": line}

    def _get_context(self) -> dict[str, Any]:
        return self.context


@lru_cache(maxsize=1_000)
def author_told(line: str) -> tuple[tuple[str, str], ...]:
    """Gives name and e-mail address of an author who stands in one line."""
    asked = _Line(line)
    _FeedParserMixin._sync_author_detail(asked)
    return tuple(asked.context.get("author_detail", {}).items())


@lru_cache(maxsize=1_000)
def base_within(base: str, told: str) -> str:
    """Gives the address that relative ones start from in an element that tells `told`, inside one with `base`."""
    return cast(str, (make_safe_absolute_uri(base, told) or base) if base else _urljoin(base, told))


def joined(base: str, address: str) -> str:
    """Gives an address in full."""
    return cast(str, _urljoin(base, address))
