"""The tables of the built-in desk: tickets, what hangs on them, who is on them, and all that happened to them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field

from listener.store.columns import UtcTime
from listener.store.rows import NEVER_AGAIN, Row, moment, moment_or_none, number, refers, table_of


class TicketRow(Row, table=True):
    """A ticket as it stands. `author_hash`: whose posts are added to it. `look_at`: when its clocks have news."""

    __tablename__ = "ticket"
    __table_args__ = (
        # Few tickets have an author who is known, and most are settled: both are asked for with their condition.
        Index(
            "ix_ticket_customer_id",
            "customer_id",
            sqlite_where=text("customer_id != ''"),
            postgresql_where=text("customer_id != ''"),
        ),
        NEVER_AGAIN,
    )
    number: int | None = number()
    key: str = Field(unique=True)
    alert_id: int | None = refers("alert.id", deleted="SET NULL", default=None, nullable=True, index=True)
    mention_id: int | None = refers("mention.id", deleted="SET NULL", default=None, nullable=True, index=True)
    brand: str
    title: str
    reason: str
    url: str
    customer: str
    customer_id: str = ""
    author_hash: bytes = Field(default=b"", index=True)
    lang: str = ""
    severity: int
    priority: int = 1
    priority_why: str = ""
    priority_by: str = ""
    status: str = Field(index=True)
    assignee: str = ""
    assigned_by: str = ""
    note: str = ""
    answers: int = 0
    reopens: int = 0
    contacts: int = 1
    merged_into: int | None = Field(default=None, sa_type=BigInteger)
    clocks_json: str = "{}"
    look_at: datetime | None = Field(default=None, sa_type=UtcTime, nullable=True, index=True)
    opened_at: datetime = moment()
    changed_at: datetime = moment()
    first_answered_at: datetime | None = moment_or_none()
    solved_at: datetime | None = moment_or_none()
    closed_at: datetime | None = moment_or_none()


class TicketMentionRow(Row, table=True):
    __tablename__ = "ticket_mention"
    ticket: int = refers("ticket.number", primary_key=True)
    mention_id: int = refers("mention.id", primary_key=True, index=True)


class TicketAlertRow(Row, table=True):
    """The alerts that a ticket answers beside the one that opened it: of the same author."""

    __tablename__ = "ticket_alert"
    alert_id: int = refers("alert.id", primary_key=True)
    ticket: int = refers("ticket.number", index=True)


class TicketEventRow(Row, table=True):
    """One thing that happened to a ticket: who did what by which way. `detail`: to what; `text`: words of a person."""

    __tablename__ = "ticket_event"
    __table_args__ = (Index(None, "ticket", "id"), Index(None, "at"), NEVER_AGAIN)
    id: int | None = number()
    ticket: int = refers("ticket.number")
    at: datetime = moment()
    what: str
    by: str = ""
    via: str = ""
    detail: str = ""
    reason: str = ""
    text: str = ""


class TicketPersonRow(Row, table=True):
    """Somebody beside the assignee who is on a ticket: a watcher, or a helper who swarmed onto it."""

    __tablename__ = "ticket_person"
    ticket: int = refers("ticket.number", primary_key=True)
    person: str = Field(primary_key=True)
    role: str
    at: datetime = moment()


class TicketTagRow(Row, table=True):
    __tablename__ = "ticket_tag"
    ticket: int = refers("ticket.number", primary_key=True)
    tag: str = Field(primary_key=True)


TICKET, TICKET_MENTION, TICKET_ALERT = table_of(TicketRow), table_of(TicketMentionRow), table_of(TicketAlertRow)
TICKET_EVENT, TICKET_PERSON, TICKET_TAG = table_of(TicketEventRow), table_of(TicketPersonRow), table_of(TicketTagRow)
