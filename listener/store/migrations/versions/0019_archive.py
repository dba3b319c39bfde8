"""Posts that no brand wanted, for queries that are still to come."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_BLOCK = sa.text("(id >> 12)")


def upgrade() -> None:
    op.create_table(
        "archived_post",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("author_id_hash", sa.LargeBinary(), nullable=False),
        sa.Column("author_handle_hash", sa.LargeBinary(), nullable=False),
        sa.Column("seen_by", sa.String(), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("first_seen_at", _MOMENT, nullable=False),
        sa.Column("post_json", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_archived_post"),
        sa.UniqueConstraint("key_hash", name="uq_archived_post_key_hash"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_archived_post_block_author", "archived_post", [_BLOCK, "author_id_hash"])
    op.create_index("ix_archived_post_block_handle", "archived_post", [_BLOCK, "author_handle_hash"])
    op.create_index("ix_archived_post_seen_by_id", "archived_post", ["seen_by", "id"])


def downgrade() -> None:
    op.drop_table("archived_post")
