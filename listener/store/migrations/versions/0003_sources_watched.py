"""What is watched about the sources: gaps that are filled, money, silence, posts looked at again, requests."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_GAP = ("closed_at", "tries", "try_at", "cursor", "trouble")


def upgrade() -> None:
    op.add_column("cursor", sa.Column("reached_at", _MOMENT, nullable=True))
    op.add_column("gap", sa.Column("closed_at", _MOMENT, nullable=True))
    op.add_column("gap", sa.Column("tries", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("gap", sa.Column("try_at", _MOMENT, nullable=True))
    op.add_column("gap", sa.Column("cursor", sa.String(), nullable=False, server_default=""))
    op.add_column("gap", sa.Column("trouble", sa.String(), nullable=False, server_default=""))
    op.add_column("source", sa.Column("newest_published_at", _MOMENT, nullable=True))
    op.add_column("batch", sa.Column("looked_again", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "spending",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("micro_usd", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", "month", name="pk_spending"),
    )
    op.create_table(
        "heard",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("hour", sa.BigInteger(), nullable=False),
        sa.Column("posts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("source", "brand", "hour", name="pk_heard"),
    )
    op.create_table(
        "quiet",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("since", _MOMENT, nullable=False),
        sa.Column("told_at", _MOMENT, nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("source", "brand", name="pk_quiet"),
    )
    op.create_table(
        "recheck",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("age_days", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.BigInteger(), nullable=False),
        sa.Column("done_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("source", "age_days", name="pk_recheck"),
    )
    op.create_table(
        "request",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        sa.Column("answer_json", sa.String(), nullable=False),
        sa.Column("answered_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("source", "key_hash", name="pk_request"),
    )
    op.create_index("ix_post_author_id_hash", "post", ["author_id_hash"])
    op.create_index("ix_request_answered_at", "request", ["answered_at"])


def downgrade() -> None:
    op.drop_index("ix_post_author_id_hash", "post")
    for table in ("request", "recheck", "quiet", "heard", "spending"):
        op.drop_table(table)
    op.drop_column("batch", "looked_again")
    op.drop_column("source", "newest_published_at")
    for column in _GAP:
        op.drop_column("gap", column)
    op.drop_column("cursor", "reached_at")
