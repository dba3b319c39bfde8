"""The tables of what people said of mentions, with what was learned from it."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field

from listener.store.rows import NEVER_AGAIN, Row, moment, moment_or_none, number, refers, table_of


class MarkRow(Row, table=True):
    """What a person said of a mention, or of a text that they brought (then `text` is there and `mention_id` is not).

    `said_label` and `said_score` are what had been read at that time; `origin` is the file that brought it, "" where
    somebody marked it by hand.
    """

    __tablename__ = "mark"
    __table_args__ = (NEVER_AGAIN,)
    id: int | None = number()
    mention_id: int | None = refers("mention.id", default=None, nullable=True, index=True)
    mark: str
    by: str
    at: datetime = moment()
    said_label: str = ""
    said_score: float | None = None
    text: str = ""
    brand: str = ""
    origin: str = Field(default="", index=True)


class CorrectionRow(Row, table=True):
    """A correction that was switched on; the newest that was not taken back is in use."""

    __tablename__ = "correction"
    __table_args__ = (NEVER_AGAIN,)
    id: int | None = number()
    made_at: datetime = moment()
    by: str
    marks: int
    held_out_json: str
    correction_json: str
    taken_back_at: datetime | None = moment_or_none()


MARK, CORRECTION = table_of(MarkRow), table_of(CorrectionRow)
