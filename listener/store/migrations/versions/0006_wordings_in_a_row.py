"""A wording is one row, found by its numbers in memory and not by an index.

The numbers themselves are made in another way than before, so that the wordings of the last days can be compared with
no new one: they are forgotten. A story that is still being told begins anew, once.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.drop_table("fingerprint")
    op.drop_table("telling")
    op.create_table(
        "telling",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("story", sa.String(), nullable=False),
        sa.Column("told_at", _MOMENT, nullable=False),
        sa.Column("numbers", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_telling"),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("telling")
    op.create_table(
        "telling",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("wording_hash", sa.LargeBinary(), nullable=False),
        sa.Column("story", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("told_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_telling"),
        sa.UniqueConstraint("wording_hash", name="uq_telling_wording_hash"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "fingerprint",
        sa.Column("hash", sa.BigInteger(), nullable=False),
        sa.Column("telling_id", _KEY, nullable=False),
        sa.ForeignKeyConstraint(["telling_id"], ["telling.id"], name="fk_fingerprint_telling_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("hash", "telling_id", name="pk_fingerprint"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_fingerprint_telling_id", "fingerprint", ["telling_id"])
