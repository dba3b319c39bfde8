"""What an HTTP status other than the wanted one means for whoever asked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from sources.contract import SourceBusy, SourceError, SourceRefused, SourceUnavailable


def refusal_of(status: int, headers: Mapping[str, str], shown: str, wait: timedelta | None) -> SourceError:
    """Gives the error that says what to do next. `headers` by lower-case names; `wait` is what they ask for."""
    if status in (401, 403):
        return SourceRefused(f"{shown} refuses us ({status}): check the credentials for it", "credentials")
    if status == 402:
        return SourceRefused(f"{shown} asks for payment (402): the plan or its limit is used up", "money")
    if status == 410:
        return SourceRefused(f"{shown} is gone for good (410)", "gone")
    if status == 429 or (status == 503 and "retry-after" in headers):
        return SourceBusy(f"{shown} asks for patience ({status})", wait)
    if status == 404:
        return SourceUnavailable(f"{shown} is not there (404)")
    return SourceUnavailable(f"{shown} answered {status}")
