"""The built-in desk: who a ticket is from, how pressing it is, its promises, its people, its tags and its history."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WORDS = ("customer_id", "lang", "priority_why", "priority_by", "assigned_by")
_COUNTS = {"priority": "1", "answers": "0", "reopens": "0", "contacts": "1"}
_TIMES = ("look_at", "first_answered_at", "solved_at")
_NAMED = sa.text("customer_id != ''")


def upgrade() -> None:
    for name in _WORDS:
        op.add_column("ticket", sa.Column(name, sa.String(), nullable=False, server_default=""))
    for name, usual in _COUNTS.items():
        op.add_column("ticket", sa.Column(name, sa.Integer(), nullable=False, server_default=usual))
    for name in _TIMES:
        op.add_column("ticket", sa.Column(name, _MOMENT, nullable=True))
    op.add_column("ticket", sa.Column("clocks_json", sa.String(), nullable=False, server_default="{}"))
    op.add_column("ticket", sa.Column("merged_into", sa.BigInteger(), nullable=True))
    empty = sa.text("''") if op.get_bind().dialect.name == "postgresql" else sa.text("x''")
    op.add_column("ticket", sa.Column("author_hash", sa.LargeBinary(), nullable=False, server_default=empty))
    op.create_index("ix_ticket_author_hash", "ticket", ["author_hash"])
    op.create_index("ix_ticket_look_at", "ticket", ["look_at"])
    op.create_index("ix_ticket_customer_id", "ticket", ["customer_id"], sqlite_where=_NAMED, postgresql_where=_NAMED)
    op.create_table(
        "ticket_alert",
        sa.Column("alert_id", _KEY, nullable=False),
        sa.Column("ticket", _KEY, nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name="fk_ticket_alert_alert_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["ticket"], ["ticket.number"], name="fk_ticket_alert_ticket", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("alert_id", name="pk_ticket_alert"),
    )
    op.create_index("ix_ticket_alert_ticket", "ticket_alert", ["ticket"])
    op.create_table(
        "ticket_event",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("ticket", _KEY, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("what", "by", "via", "detail", "reason", "text")),
        sa.ForeignKeyConstraint(["ticket"], ["ticket.number"], name="fk_ticket_event_ticket", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_ticket_event"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_ticket_event_ticket_id", "ticket_event", ["ticket", "id"])
    op.create_index("ix_ticket_event_at", "ticket_event", ["at"])
    op.create_table(
        "ticket_person",
        sa.Column("ticket", _KEY, nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["ticket"], ["ticket.number"], name="fk_ticket_person_ticket", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("ticket", "person", name="pk_ticket_person"),
    )
    op.create_table(
        "ticket_tag",
        sa.Column("ticket", _KEY, nullable=False),
        sa.Column("tag", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["ticket"], ["ticket.number"], name="fk_ticket_tag_ticket", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("ticket", "tag", name="pk_ticket_tag"),
    )
    _take_over()


def _take_over() -> None:
    """Tickets of before keep what they say: what nobody had is new, what is closed was solved then, and both are told.

    The customer is known by name alone in the old rows: the mention that opened a ticket says which one it is.
    """
    op.execute("UPDATE ticket SET status = 'new' WHERE status = 'open' AND assignee = ''")
    op.execute("UPDATE ticket SET solved_at = closed_at WHERE status = 'closed'")
    op.execute("UPDATE ticket SET priority = severity, priority_why = 'opened before priorities were kept'")
    op.execute(
        "UPDATE ticket SET customer_id = COALESCE("
        "(SELECT mention.customer_id FROM mention WHERE mention.id = ticket.mention_id), '') WHERE customer != ''"
    )
    op.execute(
        'INSERT INTO ticket_event (ticket, at, what, "by", via, detail, reason, text) '
        "SELECT number, opened_at, 'opened', '', '', '', '', '' FROM ticket ORDER BY number"
    )
    op.execute(
        'INSERT INTO ticket_event (ticket, at, what, "by", via, detail, reason, text) '
        "SELECT number, closed_at, 'closed', '', '', '', '', note FROM ticket "
        "WHERE status = 'closed' AND closed_at IS NOT NULL ORDER BY closed_at, number"
    )


def downgrade() -> None:
    for table in ("ticket_tag", "ticket_person", "ticket_event", "ticket_alert"):
        op.drop_table(table)
    op.execute("UPDATE ticket SET status = 'open' WHERE status IN ('new', 'pending')")
    op.execute(
        "UPDATE ticket SET status = 'closed', closed_at = COALESCE(closed_at, solved_at) WHERE status = 'solved'"
    )
    for index in ("ix_ticket_customer_id", "ix_ticket_look_at", "ix_ticket_author_hash"):
        op.drop_index(index, "ticket")
    for name in ("author_hash", "merged_into", "clocks_json", *_TIMES, *_COUNTS, *_WORDS):
        op.drop_column("ticket", name)
