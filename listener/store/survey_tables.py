"""The tables of surveys: who was asked after which ticket, what they answered, who does not want to be asked."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field

from listener.store.rows import NEVER_AGAIN, Row, moment, moment_or_none, number, table_of


class SurveyRow(Row, table=True):
    """One question to one customer after one ticket. `person`: the hash of the address, for who is asked once."""

    __tablename__ = "survey"
    __table_args__ = (Index(None, "customer_id", "sent_at"), NEVER_AGAIN)
    number: int | None = number()
    ticket: str = Field(unique=True)
    customer_id: str
    person: bytes = b""
    brand: str
    lang: str
    kind: str
    state: str = Field(index=True)
    why: str = ""
    ask_at: datetime = moment()
    sent_at: datetime | None = moment_or_none()
    expires_at: datetime | None = moment_or_none()
    answered_at: datetime | None = moment_or_none()
    score: int | None = None
    comment: str = ""


class SurveyRefusalRow(Row, table=True):
    """Somebody who does not want to be asked, known by hashes of their address and of their id alone."""

    __tablename__ = "survey_refusal"
    person: bytes = Field(primary_key=True)
    refused_at: datetime = moment()


SURVEY, SURVEY_REFUSAL = table_of(SurveyRow), table_of(SurveyRefusalRow)
