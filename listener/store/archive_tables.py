"""The table of the archive: posts that no brand wanted, each in one slim row."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, text
from sqlmodel import Field

from listener.store.rows import BLOCK, NEVER_AGAIN, Row, moment, number, table_of


class ArchivedPostRow(Row, table=True):
    """A post, whole as JSON, with VADER's score of it; what nobody set of it is left out there."""

    __tablename__ = "archived_post"
    __table_args__ = (
        # Block by block (see blocks.py): authors lie all over an index.
        Index("ix_archived_post_block_author", text(BLOCK), "author_id_hash"),
        Index("ix_archived_post_block_handle", text(BLOCK), "author_handle_hash"),
        Index(None, "seen_by", "id"),
        NEVER_AGAIN,
    )
    id: int | None = number()
    key_hash: bytes = Field(unique=True)
    author_id_hash: bytes
    author_handle_hash: bytes
    seen_by: str
    score: float | None = None
    first_seen_at: datetime = moment()
    post_json: bytes


ARCHIVED_POST = table_of(ArchivedPostRow)
