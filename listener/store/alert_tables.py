"""The tables of alerts: what they stand for, how they stand on each channel, and what people silenced."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field

from listener.store.rows import NEVER_AGAIN, Row, moment, moment_or_none, number, refers, table_of


class AlertRow(Row, table=True):
    __tablename__ = "alert"
    __table_args__ = (NEVER_AGAIN,)
    id: int | None = number()
    key: str = Field(unique=True)
    kind: str = "mention"
    story: str
    severity: int
    lead_mention_id: int = refers("mention.id", deleted="RESTRICT", index=True)
    created_at: datetime = moment()
    updated_at: datetime = moment(index=True)


class AlertMentionRow(Row, table=True):
    __tablename__ = "alert_mention"
    alert_id: int = refers("alert.id", primary_key=True)
    mention_id: int = refers("mention.id", primary_key=True, index=True)
    severity: int
    followers: int = Field(default=0, sa_type=BigInteger)
    rules_json: str


class AlertChannelRow(Row, table=True):
    __tablename__ = "alert_channel"
    __table_args__ = (
        # Few wait for anything: who asks for what is due, or for what a message holds, must say `IS NOT NULL` too.
        Index(
            "ix_alert_channel_due_at",
            "due_at",
            sqlite_where=text("due_at IS NOT NULL"),
            postgresql_where=text("due_at IS NOT NULL"),
        ),
        Index("ix_alert_channel_delivery_id", "delivery_id"),
        Index("ix_alert_channel_group", "channel", "group_key", "told_at"),
        Index(
            "ix_alert_channel_cooldown",
            "channel",
            "cooldown_key",
            "told_at",
            sqlite_where=text("cooldown_key != ''"),
            postgresql_where=text("cooldown_key != ''"),
        ),
    )
    alert_id: int = refers("alert.id", primary_key=True)
    channel: str = Field(primary_key=True)
    severity: int
    state: str
    stage: str = ""
    reason: str = ""
    decisions_json: str = "[]"
    route: str = ""
    group_key: str = ""
    cooldown_key: str = ""
    due_at: datetime | None = moment_or_none()
    delivery_id: int | None = Field(default=None, sa_type=BigInteger, nullable=True)
    told_at: datetime | None = moment_or_none()
    shown_at: datetime | None = moment_or_none()
    told_mentions: int = 0
    decided_at: datetime | None = moment_or_none()


class SilenceRow(Row, table=True):
    __tablename__ = "silence"
    __table_args__ = (NEVER_AGAIN,)
    id: int | None = number()
    match: str
    reason: str
    by: str
    made_at: datetime = moment()
    starts_at: datetime = moment()
    ends_at: datetime = moment(index=True)
    ended_by: str = ""
    ended_at: datetime | None = moment_or_none()


ALERT, ALERT_MENTION, ALERT_CHANNEL = table_of(AlertRow), table_of(AlertMentionRow), table_of(AlertChannelRow)
SILENCE = table_of(SilenceRow)
