"""What the demo's tests share: a clock that only the test moves, and the plainest of HTTP clients."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPErrorProcessor, Request, build_opener

import pytest

NOW = datetime(2025, 11, 20, 12, 0, tzinfo=UTC)


class Hands:
    """A clock: it stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def move(self, **length: float) -> None:
        self.now += timedelta(**length)


class Got:
    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class _AsItIs(HTTPErrorProcessor):
    def http_response(self, request: Any, response: Any) -> Any:
        return response


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def get() -> Callable[..., Got]:
    opener = build_opener(_AsItIs)

    def ask(url: str, params: Any = (), headers: dict[str, str] | None = None, body: bytes | None = None) -> Got:
        query = f"?{urlencode(params, doseq=True)}" if params else ""
        request = Request(url + query, data=body, headers=headers or {})
        try:
            with opener.open(request, timeout=10) as response:
                return Got(response.status, {k.lower(): v for k, v in response.headers.items()}, response.read())
        except HTTPError as error:
            return Got(error.code, {k.lower(): v for k, v in error.headers.items()}, error.read())

    return ask
