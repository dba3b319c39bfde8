"""What is known of customers beside the directory: contacts, notes, tags, health by day."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "interaction",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("rating", sa.Float(), nullable=True),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("complaint", sa.Boolean(), nullable=False),
        sa.Column("kept_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_interaction"),
        sa.UniqueConstraint("key_hash", name="uq_interaction_key_hash"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_interaction_customer_id_at", "interaction", ["customer_id", "at"])
    op.create_table(
        "customer_note",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_customer_note"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_customer_note_customer_id", "customer_note", ["customer_id"])
    op.create_table(
        "customer_tag",
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("tag", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "tag", name="pk_customer_tag"),
    )
    op.create_table(
        "customer_health",
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("trend", sa.Float(), nullable=True),
        sa.Column("health_json", sa.String(), nullable=False),
        sa.Column("told_score", sa.Float(), nullable=True),
        sa.Column("counted_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "day", name="pk_customer_health"),
    )
    op.create_index("ix_customer_health_day", "customer_health", ["day"])


def downgrade() -> None:
    for table in ("customer_health", "customer_tag", "customer_note", "interaction"):
        op.drop_table(table)
