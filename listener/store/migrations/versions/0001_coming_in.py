"""What comes in: sources, cursors, gaps, batches, jobs."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "setting",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_setting"),
    )
    op.create_table(
        "source",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("credential", sa.String(), nullable=False),
        sa.Column("every_seconds", sa.Float(), nullable=False),
        sa.Column("next_at", _MOMENT, nullable=False),
        sa.Column("first_success_at", _MOMENT, nullable=True),
        sa.Column("last_success_at", _MOMENT, nullable=True),
        sa.Column("last_error", sa.String(), nullable=False),
        sa.Column("last_error_at", _MOMENT, nullable=True),
        sa.Column("failing_since", _MOMENT, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("blocked_until", _MOMENT, nullable=True),
        sa.Column("disabled_why", sa.String(), nullable=False),
        sa.Column("posts_seen", sa.BigInteger(), nullable=False),
        sa.Column("last_post_at", _MOMENT, nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("notes", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_source"),
    )
    op.create_index("ix_source_credential_next_at", "source", ["credential", "next_at"])
    op.create_table(
        "cursor",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("ask_hash", sa.LargeBinary(), nullable=False),
        sa.Column("ask", sa.String(), nullable=False),
        sa.Column("cursor", sa.String(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("moved_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("source", "ask_hash", name="pk_cursor"),
    )
    op.create_table(
        "gap",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("ask", sa.String(), nullable=False),
        sa.Column("since", _MOMENT, nullable=True),
        sa.Column("until", _MOMENT, nullable=True),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("noticed_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_gap"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_gap_noticed_at", "gap", ["noticed_at"])
    op.create_table(
        "batch",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("posts", sa.LargeBinary(), nullable=False),
        sa.Column("posts_count", sa.Integer(), nullable=False),
        sa.Column("first_reading", sa.Boolean(), nullable=False),
        sa.Column("received_at", _MOMENT, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("set_aside_at", _MOMENT, nullable=True),
        sa.Column("why", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_batch"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "job",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("task", sa.String(), nullable=False),
        sa.Column("args_json", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("run_after", _MOMENT, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("lease_until", _MOMENT, nullable=True),
        sa.Column("error", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_job"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_job_waiting", "job", ["state", "priority", "id"])
    op.create_index(
        "uq_job_running_key",
        "job",
        ["key"],
        unique=True,
        sqlite_where=sa.text("state = 'running'"),
        postgresql_where=sa.text("state = 'running'"),
    )


def downgrade() -> None:
    op.drop_table("job")
    op.drop_table("batch")
    op.drop_table("gap")
    op.drop_table("cursor")
    op.drop_table("source")
    op.drop_table("setting")
