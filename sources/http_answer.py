"""What a service answered: whole, or still coming in."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
from msgspec import Struct

from sources.contract import SourceUnavailable
from sources.http_words import first_words, shown_url
from sources.loose_json import MOST_VALUES, has_too_many_values


class Answer(Struct, frozen=True, kw_only=True):
    """What a service answered. `url` is where the last redirect led, without any user name or password.

    `headers` have lower-case names and values as sent (Latin-1). `body` is unpacked. `permanent_url` is where a
    chain of only 301 and 308 led, "" without one. `cut` says why `body` is only a beginning, "" where it is whole.
    """

    status: int
    url: str
    headers: dict[str, str]
    body: bytes
    permanent_url: str = ""
    cut: str = ""

    def json(self) -> Any:
        """Reads the body as JSON. Raises SourceUnavailable that shows what came instead."""
        if has_too_many_values(self.body):
            where = shown_url(httpx.URL(self.url))
            raise SourceUnavailable(f"{where} answered JSON of more than {MOST_VALUES:,} values")
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            pass
        try:  # lone surrogates, a byte order mark, NaN: slower, and more forgiving
            return json.loads(self.body)
        except (ValueError, RecursionError):
            where = shown_url(httpx.URL(self.url))
            media_type = self.headers.get("content-type", "").partition(";")[0].strip()[:60]
            raise SourceUnavailable(
                f"{where} answered something that is not JSON ({media_type or 'no content type'!a}): "
                f"{first_words(self.body)}"
            ) from None


class Streamed(Struct, frozen=True, kw_only=True):
    """An answer that still comes in. `pieces` raise SourceUnavailable where it falls silent or breaks off."""

    shown: str
    headers: dict[str, str]
    pieces: AsyncIterator[bytes]
