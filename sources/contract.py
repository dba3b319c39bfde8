"""What every source promises, and the few things that can go wrong with one.

A source may repeat and must never skip: what it could not read it declares as a gap. "Could not ask" is
an error, never an empty page. It works within its own bounds, tries once, and neither sleeps nor writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal, Protocol, runtime_checkable

from msgspec import Struct

from sources.post import Post, PostKey
from sources.query.tree import Query

Cursor = str
"""Where a source stands with one ask, in its own words; opaque to everyone else."""

EVERYTHING = ""
"""The one ask of a source that cannot search: all it has, matched here."""


class Gap(Struct, frozen=True, kw_only=True):
    """A stretch of time that a source knows it did not read, and why; None is "unknown"."""

    since: datetime | None
    until: datetime | None
    why: str


class Change(Struct, frozen=True, kw_only=True):
    """A post that its author deleted upstream. (An edited post is simply yielded again.)"""

    key: PostKey
    deleted: bool = True


class Departure(Struct, frozen=True, kw_only=True):
    """An author who has left a service with everything they wrote there. `source` as a post's."""

    source: str
    author_id: str


class Page(Struct, frozen=True, kw_only=True):
    """What one fetch brought. `cursor` covers these posts: both are kept in one transaction or neither.

    `more` asks to be called again at once. `next_check` is the service's wish for the earliest next poll;
    `notes` are words for the operator ("3 entries were unreadable"). `usd`: what the service charges for it.
    `reached`: the time, by the service's clock, up to which a stream has been read with this page.
    """

    posts: Sequence[Post] = ()
    changes: Sequence[Change] = ()
    departures: Sequence[Departure] = ()
    gaps: Sequence[Gap] = ()
    cursor: Cursor = ""
    more: bool = False
    next_check: timedelta | None = None
    notes: Sequence[str] = ()
    usd: Decimal = Decimal(0)
    reached: datetime | None = None


class Plan(Struct, frozen=True, kw_only=True):
    """What a service will be asked for a query: one poll asks each of `asks` in turn.

    exact: the service's answer is just what the query wants; superset: more, sorted out here; partial: the
    service cannot show all that the query wants, and `notes` says what stays unseen. `requests`: how many one poll
    makes when little is new (0: one an ask). `usd_a_post`: what the service charges for each post that it shows.
    """

    asks: Sequence[str]
    coverage: Literal["exact", "superset", "partial"]
    notes: Sequence[str] = ()
    requests: int = 0
    usd_a_post: Decimal = Decimal(0)


@runtime_checkable
class Source(Protocol):
    """One configured source. Credential: sources that share one are never asked at the same time."""

    name: str
    kind: str
    credential: str
    searchable: bool

    def plan(self, query: Query) -> Plan:
        """Says what the service will be asked for `query`. Pure."""
        ...

    async def fetch(self, ask: str, cursor: Cursor | None, now: datetime) -> Page:
        """Reads on from `cursor` (None: the first time) for one ask of `plan`, or EVERYTHING.

        One bounded step: at most a few requests, its own time limit. Raises only SourceError's kinds.
        """
        ...

    async def close(self) -> None:
        """Frees connections. Safe to call twice."""
        ...


class SourceError(Exception):
    """Something kept a source from answering; the kind says what to do next. The message holds no secret.

    `usd`: what the service charges all the same, in US dollars; None is "not known".
    """

    usd: Decimal | None = None


class SourceUnavailable(SourceError):
    """The service did not answer, or not in its own words: try later."""


class SourceBusy(SourceError):
    """The service asks for patience: not before `retry_after`, for the whole credential."""

    def __init__(self, message: str, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class SourceRefused(SourceError):
    """The service will not answer until a person acts: stop asking and tell the user."""

    def __init__(self, message: str, why: Literal["credentials", "money", "gone", "settings"]) -> None:
        super().__init__(message)
        self.why = why
