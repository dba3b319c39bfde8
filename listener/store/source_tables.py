"""The tables that tell of the sources: where each stands, what it left out, what it cost, how much was heard."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Index
from sqlmodel import Field

from listener.store.rows import NEVER_AGAIN, Row, moment, moment_or_none, number, table_of


class SourceRow(Row, table=True):
    __tablename__ = "source"
    __table_args__ = (Index(None, "credential", "next_at"),)
    name: str = Field(primary_key=True)
    kind: str
    credential: str
    every_seconds: float
    next_at: datetime = moment()
    first_success_at: datetime | None = moment_or_none()
    last_success_at: datetime | None = moment_or_none()
    last_error: str = ""
    last_error_at: datetime | None = moment_or_none()
    failing_since: datetime | None = moment_or_none()
    failures: int = 0
    blocked_until: datetime | None = moment_or_none()
    disabled_why: str = ""
    posts_seen: int = Field(default=0, sa_type=BigInteger)
    last_post_at: datetime | None = moment_or_none()
    newest_published_at: datetime | None = moment_or_none()
    active: bool = True
    notes: str = ""


class CursorRow(Row, table=True):
    __tablename__ = "cursor"
    source: str = Field(primary_key=True)
    ask_hash: bytes = Field(primary_key=True)
    ask: str
    cursor: str
    epoch: int = Field(sa_type=BigInteger)
    moved_at: datetime = moment()
    reached_at: datetime | None = moment_or_none()  # up to where a stream has been read; None: it does not tell


class GapRow(Row, table=True):
    __tablename__ = "gap"
    __table_args__ = (NEVER_AGAIN,)
    id: int | None = number()
    source: str
    ask: str
    since: datetime | None = moment_or_none()
    until: datetime | None = moment_or_none()
    why: str
    noticed_at: datetime = moment(index=True)
    closed_at: datetime | None = moment_or_none()
    tries: int = 0
    try_at: datetime | None = moment_or_none()  # None: nothing is left to try
    cursor: str = ""
    trouble: str = ""


class SpendingRow(Row, table=True):
    """What a source's service has charged in a calendar month, reservations included."""

    __tablename__ = "spending"
    source: str = Field(primary_key=True)
    month: str = Field(primary_key=True)  # "2026-11", UTC
    micro_usd: int = Field(sa_type=BigInteger)


class ReadingCostRow(Row, table=True):
    """What a model elsewhere that reads mentions has cost on a day (UTC), reservations included, and what it left.

    `left_over` posts were left to the built-in reader; `trouble` is the newest reason.
    """

    __tablename__ = "reading_cost"
    day: str = Field(primary_key=True)  # "2026-11-29"
    requests: int
    posts: int
    read_tokens: int = Field(sa_type=BigInteger)
    written_tokens: int = Field(sa_type=BigInteger)
    micro_usd: int = Field(sa_type=BigInteger)
    left_over: int
    trouble: str


class HeardRow(Row, table=True):
    """How many new posts came in a minute: of a source (brand ""), or of a source for a brand.

    What is older than two days stands in the first minute of its hour. The row without a source says that listener was
    at work in that hour. The minute leads the key, so that rows are added at one end and removed at the other.
    """

    __tablename__ = "heard"
    __table_args__: ClassVar[Any] = {"sqlite_with_rowid": False}
    minute: int = Field(primary_key=True, sa_type=BigInteger)  # minutes since 1970, UTC
    source: str = Field(primary_key=True)
    brand: str = Field(primary_key=True)
    posts: int


class QuietRow(Row, table=True):
    """A source, or a source for a brand, that has been told to be too quiet."""

    __tablename__ = "quiet"
    source: str = Field(primary_key=True)
    brand: str = Field(primary_key=True)
    since: datetime = moment()
    told_at: datetime = moment()
    why: str


class RecheckRow(Row, table=True):
    """Up to which post all that a source answers for were looked at again at an age; age 0: when a person asked."""

    __tablename__ = "recheck"
    source: str = Field(primary_key=True)
    age_days: int = Field(primary_key=True)
    post_id: int = Field(sa_type=BigInteger)
    done_at: datetime = moment()


class RequestRow(Row, table=True):
    """An answer that was given to a request that came in, so that its repetition gets the same."""

    __tablename__ = "request"
    source: str = Field(primary_key=True)
    key_hash: bytes = Field(primary_key=True)
    body_hash: bytes
    answer_json: str
    answered_at: datetime = moment(index=True)


SOURCE, CURSOR, GAP = table_of(SourceRow), table_of(CursorRow), table_of(GapRow)
SPENDING, HEARD, QUIET = table_of(SpendingRow), table_of(HeardRow), table_of(QuietRow)
RECHECK, REQUEST, READING_COST = table_of(RecheckRow), table_of(RequestRow), table_of(ReadingCostRow)
