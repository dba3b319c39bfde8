"""The servers of a network of many: how settings name them, and that patience with one holds up no other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field

from sources.contract import SourceBusy, SourceError, SourceUnavailable


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Host = Annotated[str, Field(pattern=r"^(?i:[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?)$", max_length=253)]
Hosts = Annotated[tuple[Host, ...], BeforeValidator(_listed), Field(min_length=1, max_length=20)]
"""One to twenty hosts; a single one may be told as a word."""


def patience_of_one(error: SourceBusy, instances: Sequence[str]) -> SourceError:
    """Gives what to raise: each instance counts for itself, so a wait for one of several is no wait for all."""
    return error if len(instances) == 1 else SourceUnavailable(f"{error}; the other instances are read on")


def host_of(address: str) -> str:
    """Gives the host of a web address in small letters, "" where it has none."""
    try:
        return (urlsplit(address).hostname or "").lower()
    except ValueError:
        return ""
