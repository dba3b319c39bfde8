"""The newest time at which a group was told, from the end of an index."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_COOLS = sa.text("cooldown_key != ''")


def upgrade() -> None:
    _make("told_at")


def downgrade() -> None:
    _make()


def _make(*more: str) -> None:
    op.drop_index("ix_alert_channel_group", "alert_channel")
    op.create_index("ix_alert_channel_group", "alert_channel", ["channel", "group_key", *more])
    op.drop_index("ix_alert_channel_cooldown", "alert_channel")
    op.create_index(
        "ix_alert_channel_cooldown",
        "alert_channel",
        ["channel", "cooldown_key", *more],
        sqlite_where=_COOLS,
        postgresql_where=_COOLS,
    )
