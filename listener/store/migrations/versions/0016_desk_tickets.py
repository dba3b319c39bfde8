"""What was opened at help desks outside."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "desk_ticket",
        sa.Column("alert_id", _KEY, nullable=False),
        sa.Column("desk", sa.String(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("said", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("shown", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("told_up_to", sa.BigInteger(), nullable=False),
        sa.Column("trying_up_to", sa.BigInteger(), nullable=False),
        sa.Column("trying_at", _MOMENT, nullable=True),
        sa.Column("opened_at", _MOMENT, nullable=True),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.Column("closed_at", _MOMENT, nullable=True),
        sa.Column("looked_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name="fk_desk_ticket_alert_id_alert", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("alert_id", "desk", name="pk_desk_ticket"),
    )
    op.create_index("ix_desk_ticket_desk_state_looked_at", "desk_ticket", ["desk", "state", "looked_at"])


def downgrade() -> None:
    op.drop_table("desk_ticket")
