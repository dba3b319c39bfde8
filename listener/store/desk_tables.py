"""The tables of what was opened at help desks outside."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index
from sqlmodel import Field

from listener.store.rows import Row, moment, moment_or_none, refers, table_of


class DeskTicketRow(Row, table=True):
    """An alert's ticket at one desk, and which of its mentions the desk has been told of.

    `generation` counts the tickets that the desk lost. `trying_at`, `trying_up_to`: what is under way, so that after a
    crash it is known what may have gone through.
    """

    __tablename__ = "desk_ticket"
    __table_args__ = (Index(None, "desk", "state", "looked_at"),)
    alert_id: int = refers("alert.id", primary_key=True)
    desk: str = Field(primary_key=True)
    generation: int = 0
    state: str
    said: str = ""
    external_id: str = ""
    shown: str = ""
    url: str = ""
    told_up_to: int = Field(default=0, sa_type=BigInteger)
    trying_up_to: int = Field(default=0, sa_type=BigInteger)
    trying_at: datetime | None = moment_or_none()
    opened_at: datetime | None = moment_or_none()
    changed_at: datetime = moment()
    closed_at: datetime | None = moment_or_none()
    looked_at: datetime | None = moment_or_none()


DESK_TICKET = table_of(DeskTicketRow)
