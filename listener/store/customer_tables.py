"""The tables of what is known of customers beside the directory: contacts, notes, tags, health."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field

from listener.store.rows import NEVER_AGAIN, Row, moment, number, table_of


class InteractionRow(Row, table=True):
    """One contact that was brought in. `key_hash`: of what it is known again by, so that it is kept once."""

    __tablename__ = "interaction"
    __table_args__ = (Index(None, "customer_id", "at"), NEVER_AGAIN)
    id: int | None = number()
    key_hash: bytes = Field(unique=True)
    customer_id: str
    at: datetime = moment()
    channel: str
    kind: str
    direction: str
    by: str
    text: str
    outcome: str
    external_id: str
    rating: float | None = None
    label: str = ""
    complaint: bool = False
    kept_at: datetime = moment()


class CustomerNoteRow(Row, table=True):
    """What somebody wrote down about a customer."""

    __tablename__ = "customer_note"
    __table_args__ = (NEVER_AGAIN,)
    id: int | None = number()
    customer_id: str = Field(index=True)
    at: datetime = moment()
    by: str
    text: str


class CustomerTagRow(Row, table=True):
    """A tag of a customer, and who gave it."""

    __tablename__ = "customer_tag"
    customer_id: str = Field(primary_key=True)
    tag: str = Field(primary_key=True)
    by: str
    at: datetime = moment()


class CustomerHealthRow(Row, table=True):
    """A customer's health as it was counted last on a day (UTC); `told_score`: what it was when a fall was told."""

    __tablename__ = "customer_health"
    __table_args__ = (Index(None, "day"),)
    customer_id: str = Field(primary_key=True)
    day: str = Field(primary_key=True)
    score: float
    trend: float | None = None
    health_json: str
    told_score: float | None = None
    counted_at: datetime = moment()


INTERACTION, CUSTOMER_NOTE, CUSTOMER_TAG = table_of(InteractionRow), table_of(CustomerNoteRow), table_of(CustomerTagRow)
CUSTOMER_HEALTH = table_of(CustomerHealthRow)
