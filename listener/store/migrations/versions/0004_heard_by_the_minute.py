"""What was heard is counted by the minute, with the minute first in the key."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.rename_table("heard", "heard_by_hour")
    op.create_table(
        "heard",
        sa.Column("minute", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("posts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("minute", "source", "brand", name="pk_heard_minute"),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO heard (minute, source, brand, posts) SELECT hour * 60, source, brand, posts FROM heard_by_hour"
    )
    op.drop_table("heard_by_hour")


def downgrade() -> None:
    op.rename_table("heard", "heard_by_minute")
    op.create_table(
        "heard",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("hour", sa.BigInteger(), nullable=False),
        sa.Column("posts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("source", "brand", "hour", name="pk_heard"),
    )
    op.execute(
        "INSERT INTO heard (source, brand, hour, posts) "
        "SELECT source, brand, minute / 60, sum(posts) FROM heard_by_minute GROUP BY source, brand, minute / 60"
    )
    op.drop_table("heard_by_minute")
