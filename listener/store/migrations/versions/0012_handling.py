"""What people did about alerts, and the trail of what became of each."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "alert_handling",
        sa.Column("alert_id", _KEY, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("assignee", sa.String(), nullable=False),
        sa.Column("until", _MOMENT, nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("via", sa.String(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alert.id"], name="fk_alert_handling_alert_id_alert", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("alert_id", name="pk_alert_handling"),
    )
    op.create_index("ix_alert_handling_state", "alert_handling", ["state"])
    snoozed = sa.text("state = 'snoozed'")
    op.create_index(
        "ix_alert_handling_until", "alert_handling", ["until"], sqlite_where=snoozed, postgresql_where=snoozed
    )
    op.create_table(
        "alert_event",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("alert_id", _KEY, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("via", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name="fk_alert_event_alert_id_alert", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_alert_event"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_alert_event_alert_id_id", "alert_event", ["alert_id", "id"])


def downgrade() -> None:
    for table in ("alert_event", "alert_handling"):
        op.drop_table(table)
