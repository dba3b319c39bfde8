"""What people said of mentions, one row each time; what was learned from it."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "mark",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("mention_id", _KEY, nullable=True),
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("said_label", sa.String(), nullable=False),
        sa.Column("said_score", sa.Float(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_mark"),
        sa.ForeignKeyConstraint(["mention_id"], ["mention.id"], name="fk_mark_mention_id_mention", ondelete="CASCADE"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_mark_mention_id", "mark", ["mention_id"])
    op.create_index("ix_mark_origin", "mark", ["origin"])
    op.execute(
        "INSERT INTO mark (mention_id, mark, by, at, said_label, said_score, text, brand, origin) "
        "SELECT id, mark, '', marked_at, label, score, '', brand, '' FROM mention "
        "WHERE mark <> '' AND marked_at IS NOT NULL ORDER BY marked_at, id"
    )
    op.create_table(
        "correction",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("marks", sa.Integer(), nullable=False),
        sa.Column("held_out_json", sa.String(), nullable=False),
        sa.Column("correction_json", sa.String(), nullable=False),
        sa.Column("taken_back_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_correction"),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("correction")
    op.drop_table("mark")
