"""The tables of what people did about alerts, with the trail of what became of each."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, text
from sqlmodel import Field

from listener.store.columns import UtcTime
from listener.store.rows import NEVER_AGAIN, Row, moment, moment_or_none, number, refers, table_of


class AlertHandlingRow(Row, table=True):
    """How an alert stands with the people; an alert that nobody has done anything about has no row."""

    __tablename__ = "alert_handling"
    __table_args__ = (
        # Few are put off at a time; who looks for those whose time has come must say `state = 'snoozed'` too.
        Index(
            "ix_alert_handling_until",
            "until",
            sqlite_where=text("state = 'snoozed'"),
            postgresql_where=text("state = 'snoozed'"),
        ),
    )
    alert_id: int = refers("alert.id", primary_key=True)
    state: str = Field(index=True)
    assignee: str = ""
    until: datetime | None = moment_or_none()
    by: str = ""
    via: str = ""
    at: datetime = moment()


class AlertEventRow(Row, table=True):
    """One line of an alert's trail."""

    __tablename__ = "alert_event"
    __table_args__ = (Index(None, "alert_id", "id"), NEVER_AGAIN)
    id: int | None = number()
    alert_id: int = refers("alert.id")
    at: datetime = moment()
    what: str
    by: str = ""
    via: str = ""
    channel: str = ""
    reason: str = ""


class AlertEscalationRow(Row, table=True):
    """How far an alert has come in its policy since it was `opened_at`.

    `looked_at`: when the alert had last grown as its policy was chosen. `done`: steps that are behind it. `next_at`:
    when the next one is due, None where there is none. `woken_json`: the people who were told in this round.
    """

    __tablename__ = "alert_escalation"
    alert_id: int = refers("alert.id", primary_key=True)
    policy: str
    opened_at: datetime = moment()
    looked_at: datetime = moment()
    done: int = 0
    next_at: datetime | None = Field(default=None, sa_type=UtcTime, nullable=True, index=True)
    woken_json: str = "[]"


ALERT_HANDLING, ALERT_EVENT, ALERT_ESCALATION = (
    table_of(AlertHandlingRow),
    table_of(AlertEventRow),
    table_of(AlertEscalationRow),
)
