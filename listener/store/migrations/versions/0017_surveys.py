"""Surveys after closed tickets, and who does not want to be asked."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "survey",
        sa.Column("number", _KEY, nullable=False),
        sa.Column("ticket", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("person", sa.LargeBinary(), nullable=False),
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("lang", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("ask_at", _MOMENT, nullable=False),
        sa.Column("sent_at", _MOMENT, nullable=True),
        sa.Column("expires_at", _MOMENT, nullable=True),
        sa.Column("answered_at", _MOMENT, nullable=True),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("comment", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_survey"),
        sa.UniqueConstraint("ticket", name="uq_survey_ticket"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_survey_state", "survey", ["state"])
    op.create_index("ix_survey_customer_id_sent_at", "survey", ["customer_id", "sent_at"])
    op.create_table(
        "survey_refusal",
        sa.Column("person", sa.LargeBinary(), nullable=False),
        sa.Column("refused_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("person", name="pk_survey_refusal"),
    )


def downgrade() -> None:
    for table in ("survey_refusal", "survey"):
        op.drop_table(table)
