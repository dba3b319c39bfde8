"""The tables, as SQLModel rows; private to this package.

A post's key is kept as a hash beside its parts: services may send ids longer than an index entry can be, and a post
that was deleted upstream must stay known after its parts are gone. Columns named `*_json` hold msgspec-encoded structs.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field

from listener.store.alert_tables import ALERT, ALERT_CHANNEL, ALERT_MENTION, SILENCE
from listener.store.archive_tables import ARCHIVED_POST
from listener.store.customer_tables import CUSTOMER_HEALTH, CUSTOMER_NOTE, CUSTOMER_TAG, INTERACTION
from listener.store.desk_tables import DESK_TICKET
from listener.store.handling_tables import ALERT_ESCALATION, ALERT_EVENT, ALERT_HANDLING
from listener.store.link_tables import CUSTOMER_DIRECTORY, CUSTOMER_LINK
from listener.store.mark_tables import CORRECTION, MARK
from listener.store.rows import BLOCK, NEVER_AGAIN, Row, moment, moment_or_none, number, refers, table_of
from listener.store.source_tables import CURSOR, GAP, HEARD, QUIET, READING_COST, RECHECK, REQUEST, SOURCE, SPENDING
from listener.store.survey_tables import SURVEY, SURVEY_REFUSAL
from listener.store.ticket_tables import (
    TICKET,
    TICKET_ALERT,
    TICKET_EVENT,
    TICKET_MENTION,
    TICKET_PERSON,
    TICKET_TAG,
)
from listener.store.topic_tables import TOPIC


class BatchRow(Row, table=True):
    __tablename__ = "batch"
    __table_args__ = (NEVER_AGAIN,)
    id: int | None = number()
    source: str
    posts: bytes
    posts_count: int
    first_reading: bool
    looked_again: bool = False
    received_at: datetime = moment()
    tries: int = 0
    set_aside_at: datetime | None = moment_or_none()
    why: str = ""


class JobRow(Row, table=True):
    __tablename__ = "job"
    __table_args__ = (
        Index("ix_job_waiting", "state", "priority", "id"),
        # What the claim's own look cannot promise against another process, the database does: one running job a key.
        Index(
            "uq_job_running_key",
            "key",
            unique=True,
            sqlite_where=text("state = 'running'"),
            postgresql_where=text("state = 'running'"),
        ),
        NEVER_AGAIN,
    )
    id: int | None = number()
    task: str
    args_json: str
    key: str
    priority: int
    state: str
    run_after: datetime = moment()
    created_at: datetime = moment()
    attempt: int = 0
    lease_until: datetime | None = moment_or_none()
    error: str = ""


class PostRow(Row, table=True):
    __tablename__ = "post"
    __table_args__ = (
        # Block by block (see blocks.py): stories and authors lie all over an index, and each entry would cost a page.
        Index("ix_post_block_story", text(BLOCK), "story"),
        Index("ix_post_block_author", text(BLOCK), "author_id_hash"),
        NEVER_AGAIN,
    )
    id: int | None = number()
    key_hash: bytes = Field(unique=True)
    content_hash: bytes
    source: str
    instance: str
    external_id: str
    url: str
    title: str
    text: str
    published_at: datetime | None = moment_or_none()
    lang: str
    kind: str
    in_reply_to: str
    author_json: str
    author_id_hash: bytes
    author_handle_hash: bytes
    engagement_json: str
    story: str
    first_seen_at: datetime = moment()
    deleted_at: datetime | None = moment_or_none()


class SightingRow(Row, table=True):
    __tablename__ = "sighting"
    __table_args__: ClassVar[Any] = {"sqlite_with_rowid": False}
    post_id: int = refers("post.id", primary_key=True)
    seen_by: str = Field(primary_key=True)


class TellingRow(Row, table=True):
    """One distinct wording of a story, the numbers of its fingerprint, and when it was last met."""

    __tablename__ = "telling"
    __table_args__ = (NEVER_AGAIN,)
    id: int | None = number()
    story: str
    told_at: datetime = moment()
    numbers: bytes


class MentionRow(Row, table=True):
    __tablename__ = "mention"
    __table_args__ = (
        Index(None, "post_id", "brand", unique=True),
        Index(None, "brand", "at"),
        # Few authors are known customers; who asks for one must say `customer_id != ''` too.
        Index(
            "ix_mention_customer_id",
            "customer_id",
            sqlite_where=text("customer_id != ''"),
            postgresql_where=text("customer_id != ''"),
        ),
        NEVER_AGAIN,
    )
    id: int | None = number()
    post_id: int = refers("post.id")
    brand: str
    at: datetime = moment(index=True)  # when it was published, or first seen where no date was told
    lang: str
    label: str = ""
    score: float | None = None
    urgency: str = ""
    customer_id: str = ""
    own: bool = False
    first_reading: bool = False
    held: str = ""
    mark: str = ""
    marked_at: datetime | None = moment_or_none()
    reading_json: str


class DeliveryRow(Row, table=True):
    __tablename__ = "delivery"
    __table_args__ = (Index(None, "state", "channel", "next_at"), Index(None, "channel", "created_at"), NEVER_AGAIN)
    id: int | None = number()
    key: str = Field(unique=True)
    channel: str
    kind: str
    alert_id: int | None = Field(default=None, sa_type=BigInteger, index=True)
    severity: int
    payload_json: str
    state: str
    next_at: datetime = moment()
    attempts: int = 0
    failures: int = 0
    maybe_sent: bool = False
    lease_until: datetime | None = moment_or_none()
    error: str = ""
    receipt_json: str = ""
    created_at: datetime = moment()
    sent_at: datetime | None = moment_or_none()


class ChannelRow(Row, table=True):
    __tablename__ = "channel"
    name: str = Field(primary_key=True)
    held_until: datetime = moment()
    disabled_at: datetime | None = moment_or_none()
    disabled_why: str = ""


class CustomerRow(Row, table=True):
    __tablename__ = "customer"
    directory: str = Field(primary_key=True)
    id: str = Field(primary_key=True, index=True)
    words: str
    customer_json: str
    digest: bytes
    changed_at: datetime = moment()


class SuppressionRow(Row, table=True):
    __tablename__ = "suppression"
    author_hash: bytes = Field(primary_key=True)
    erased_at: datetime = moment()


class SettingRow(Row, table=True):
    __tablename__ = "setting"
    name: str = Field(primary_key=True)
    value: str


__all__ = [
    "ALERT", "ALERT_CHANNEL", "ALERT_ESCALATION", "ALERT_EVENT", "ALERT_HANDLING", "ALERT_MENTION", "ARCHIVED_POST",
    "BATCH", "CHANNEL", "CORRECTION", "CURSOR", "CUSTOMER", "CUSTOMER_DIRECTORY", "CUSTOMER_HEALTH", "CUSTOMER_LINK",
    "CUSTOMER_NOTE", "CUSTOMER_TAG", "DELIVERY", "DESK_TICKET", "GAP", "HEARD", "INTERACTION", "JOB", "MARK",
    "MENTION", "METADATA", "POST", "QUIET", "READING_COST", "RECHECK", "REQUEST", "SETTING", "SIGHTING", "SILENCE",
    "SOURCE", "SPENDING", "SUPPRESSION", "SURVEY", "SURVEY_REFUSAL", "TELLING", "TICKET", "TICKET_ALERT",
    "TICKET_EVENT", "TICKET_MENTION", "TICKET_PERSON", "TICKET_TAG", "TOPIC",
]  # fmt: skip

METADATA = Row.metadata

BATCH, JOB = table_of(BatchRow), table_of(JobRow)
POST, SIGHTING = table_of(PostRow), table_of(SightingRow)
TELLING = table_of(TellingRow)
MENTION = table_of(MentionRow)
DELIVERY, CHANNEL = table_of(DeliveryRow), table_of(ChannelRow)
CUSTOMER, SUPPRESSION, SETTING = table_of(CustomerRow), table_of(SuppressionRow), table_of(SettingRow)
