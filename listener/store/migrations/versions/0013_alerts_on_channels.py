"""How an alert stands on each channel, what people silenced, and channels that are switched off."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("alert", sa.Column("kind", sa.String(), nullable=False, server_default="mention"))
    op.add_column("alert_mention", sa.Column("followers", sa.BigInteger(), nullable=False, server_default="0"))
    for column in (
        sa.Column("state", sa.String(), nullable=False, server_default="told"),
        sa.Column("stage", sa.String(), nullable=False, server_default=""),
        sa.Column("reason", sa.String(), nullable=False, server_default=""),
        sa.Column("decisions_json", sa.String(), nullable=False, server_default="[]"),
        sa.Column("route", sa.String(), nullable=False, server_default=""),
        sa.Column("group_key", sa.String(), nullable=False, server_default=""),
        sa.Column("cooldown_key", sa.String(), nullable=False, server_default=""),
        sa.Column("due_at", _MOMENT, nullable=True),
        sa.Column("delivery_id", sa.BigInteger(), nullable=True),
        sa.Column("told_at", _MOMENT, nullable=True),
        sa.Column("shown_at", _MOMENT, nullable=True),
        sa.Column("told_mentions", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("decided_at", _MOMENT, nullable=True),
    ):
        op.add_column("alert_channel", column)
    waits = sa.text("due_at IS NOT NULL")
    op.create_index("ix_alert_channel_due_at", "alert_channel", ["due_at"], sqlite_where=waits, postgresql_where=waits)
    op.create_index("ix_alert_channel_delivery_id", "alert_channel", ["delivery_id"])
    op.create_index("ix_alert_channel_group", "alert_channel", ["channel", "group_key"])
    cools = sa.text("cooldown_key != ''")
    op.create_index(
        "ix_alert_channel_cooldown",
        "alert_channel",
        ["channel", "cooldown_key"],
        sqlite_where=cools,
        postgresql_where=cools,
    )
    # What was told before is told: in its newest message, with all that it had by then.
    op.execute(
        "UPDATE alert_channel SET"
        " delivery_id = (SELECT max(delivery.id) FROM delivery WHERE delivery.alert_id = alert_channel.alert_id"
        "  AND delivery.channel = alert_channel.channel AND delivery.kind = 'alert'),"
        " told_at = (SELECT alert.updated_at FROM alert WHERE alert.id = alert_channel.alert_id),"
        " shown_at = (SELECT alert.updated_at FROM alert WHERE alert.id = alert_channel.alert_id),"
        " told_mentions = (SELECT count(*) FROM alert_mention WHERE alert_mention.alert_id = alert_channel.alert_id)"
    )
    op.create_index("ix_delivery_channel_created_at", "delivery", ["channel", "created_at"])
    op.add_column("channel", sa.Column("disabled_at", _MOMENT, nullable=True))
    op.add_column("channel", sa.Column("disabled_why", sa.String(), nullable=False, server_default=""))
    op.create_table(
        "silence",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("match", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("starts_at", _MOMENT, nullable=False),
        sa.Column("ends_at", _MOMENT, nullable=False),
        sa.Column("ended_by", sa.String(), nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_silence"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_silence_ends_at", "silence", ["ends_at"])


def downgrade() -> None:
    op.drop_table("silence")
    op.drop_column("channel", "disabled_why")
    op.drop_column("channel", "disabled_at")
    op.drop_index("ix_delivery_channel_created_at", "delivery")
    for index in ("cooldown", "group", "delivery_id", "due_at"):
        op.drop_index(f"ix_alert_channel_{index}", "alert_channel")
    for column in (
        "decided_at", "told_mentions", "shown_at", "told_at", "delivery_id", "due_at", "cooldown_key", "group_key",
        "route", "decisions_json", "reason", "stage", "state",
    ):  # fmt: skip
        op.drop_column("alert_channel", column)
    op.drop_column("alert_mention", "followers")
    op.drop_column("alert", "kind")
