"""The tables of how customers were found: the links of authors to them, and the services whose lists are read."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index
from sqlmodel import Field

from listener.store.rows import NEVER_AGAIN, Row, moment, moment_or_none, number, table_of


class CustomerLinkRow(Row, table=True):
    """One author and one customer: what the evidence says of them, and beside it what a person said, which outranks it.

    `scored` is "", "linked" or "review"; `decision` "", "linked" or "refused". `ended_*`: who took a decision back.
    """

    __tablename__ = "customer_link"
    __table_args__ = (Index(None, "author_hash", "customer_id", unique=True), NEVER_AGAIN)
    id: int | None = number()
    author_hash: bytes
    customer_id: str = Field(index=True)
    source: str
    known_by: str
    author: str
    shown: str
    scored: str = ""
    probability: float | None = None
    evidence_json: str = "[]"
    scored_at: datetime | None = moment_or_none()
    decision: str = ""
    decided_by: str = ""
    decided_at: datetime | None = moment_or_none()
    ended_by: str = ""
    ended_at: datetime | None = moment_or_none()


class CustomerDirectoryRow(Row, table=True):
    """How far a service's list of customers has been read, and how it fares."""

    __tablename__ = "customer_directory"
    name: str = Field(primary_key=True)
    cursor: str = ""
    next_at: datetime = moment()
    read_at: datetime | None = moment_or_none()
    failures: int = Field(default=0, sa_type=BigInteger)
    failing_since: datetime | None = moment_or_none()
    refused: bool = False
    error: str = ""


CUSTOMER_LINK, CUSTOMER_DIRECTORY = table_of(CustomerLinkRow), table_of(CustomerDirectoryRow)
