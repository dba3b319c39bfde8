"""The topics that are current, by brand."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "topic",
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("newest", sa.BigInteger(), nullable=False),
        sa.Column("topics_json", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("brand", name="pk_topic"),
    )


def downgrade() -> None:
    op.drop_table("topic")
