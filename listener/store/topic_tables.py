"""The table of the topics that are current."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger
from sqlmodel import Field

from listener.store.rows import Row, moment, table_of


class TopicRow(Row, table=True):
    """A brand's topics as they were counted last; `newest` is the greatest number of a mention that was there."""

    __tablename__ = "topic"
    brand: str = Field(primary_key=True)
    counted_at: datetime = moment()
    newest: int = Field(sa_type=BigInteger)
    topics_json: str


TOPIC = table_of(TopicRow)
