"""What a request is answered, before it is HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct


class Answer(Struct, frozen=True):
    """A status (RFC 9110), a JSON object, and headers that belong to this answer alone."""

    status: int
    content: Mapping[str, Any]
    headers: Mapping[str, str] = {}
