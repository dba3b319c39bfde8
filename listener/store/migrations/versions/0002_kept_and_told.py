"""What is kept and told: posts, mentions, alerts, tickets, deliveries, customers."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "channel",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("held_until", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_channel"),
    )
    op.create_table(
        "customer",
        sa.Column("directory", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("customer_json", sa.String(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("directory", "id", name="pk_customer"),
    )
    op.create_index("ix_customer_id", "customer", ["id"])
    op.create_table(
        "delivery",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("alert_id", sa.BigInteger(), nullable=True),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column("payload_json", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("next_at", _MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("maybe_sent", sa.Boolean(), nullable=False),
        sa.Column("lease_until", _MOMENT, nullable=True),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("receipt_json", sa.String(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("sent_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_delivery"),
        sa.UniqueConstraint("key", name="uq_delivery_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_delivery_alert_id", "delivery", ["alert_id"])
    op.create_index("ix_delivery_state_channel_next_at", "delivery", ["state", "channel", "next_at"])
    op.create_table(
        "post",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("instance", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("published_at", _MOMENT, nullable=True),
        sa.Column("lang", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("in_reply_to", sa.String(), nullable=False),
        sa.Column("author_json", sa.String(), nullable=False),
        sa.Column("author_id_hash", sa.LargeBinary(), nullable=False),
        sa.Column("author_handle_hash", sa.LargeBinary(), nullable=False),
        sa.Column("engagement_json", sa.String(), nullable=False),
        sa.Column("story", sa.String(), nullable=False),
        sa.Column("first_seen_at", _MOMENT, nullable=False),
        sa.Column("deleted_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_post"),
        sa.UniqueConstraint("key_hash", name="uq_post_key_hash"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_post_story", "post", ["story"])
    op.create_table(
        "suppression",
        sa.Column("author_hash", sa.LargeBinary(), nullable=False),
        sa.Column("erased_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("author_hash", name="pk_suppression"),
    )
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
    op.create_table(
        "mention",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("post_id", _KEY, nullable=False),
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("lang", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("urgency", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.Column("first_reading", sa.Boolean(), nullable=False),
        sa.Column("held", sa.String(), nullable=False),
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("marked_at", _MOMENT, nullable=True),
        sa.Column("reading_json", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name="fk_mention_post_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_mention"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_mention_at", "mention", ["at"])
    op.create_index("ix_mention_brand_at", "mention", ["brand", "at"])
    op.create_index("ix_mention_customer_id", "mention", ["customer_id"])
    op.create_index("ix_mention_post_id_brand", "mention", ["post_id", "brand"], unique=True)
    op.create_table(
        "sighting",
        sa.Column("post_id", _KEY, nullable=False),
        sa.Column("seen_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name="fk_sighting_post_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("post_id", "seen_by", name="pk_sighting"),
    )
    op.create_table(
        "alert",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("story", sa.String(), nullable=False),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column("lead_mention_id", _KEY, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["lead_mention_id"], ["mention.id"], name="fk_alert_lead_mention_id", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_alert"),
        sa.UniqueConstraint("key", name="uq_alert_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_alert_lead_mention_id", "alert", ["lead_mention_id"])
    op.create_index("ix_alert_updated_at", "alert", ["updated_at"])
    op.create_table(
        "alert_channel",
        sa.Column("alert_id", _KEY, nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name="fk_alert_channel_alert_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("alert_id", "channel", name="pk_alert_channel"),
    )
    op.create_table(
        "alert_mention",
        sa.Column("alert_id", _KEY, nullable=False),
        sa.Column("mention_id", _KEY, nullable=False),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column("rules_json", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name="fk_alert_mention_alert_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["mention_id"], ["mention.id"], name="fk_alert_mention_mention_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("alert_id", "mention_id", name="pk_alert_mention"),
    )
    op.create_index("ix_alert_mention_mention_id", "alert_mention", ["mention_id"])
    op.create_table(
        "ticket",
        sa.Column("number", _KEY, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("alert_id", _KEY, nullable=True),
        sa.Column("mention_id", _KEY, nullable=True),
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("customer", sa.String(), nullable=False),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("assignee", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("opened_at", _MOMENT, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.Column("closed_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name="fk_ticket_alert_id", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["mention_id"], ["mention.id"], name="fk_ticket_mention_id", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("number", name="pk_ticket"),
        sa.UniqueConstraint("key", name="uq_ticket_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_ticket_alert_id", "ticket", ["alert_id"])
    op.create_index("ix_ticket_mention_id", "ticket", ["mention_id"])
    op.create_index("ix_ticket_status", "ticket", ["status"])
    op.create_table(
        "ticket_mention",
        sa.Column("ticket", _KEY, nullable=False),
        sa.Column("mention_id", _KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["mention_id"], ["mention.id"], name="fk_ticket_mention_mention_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["ticket"], ["ticket.number"], name="fk_ticket_mention_ticket", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("ticket", "mention_id", name="pk_ticket_mention"),
    )
    op.create_index("ix_ticket_mention_mention_id", "ticket_mention", ["mention_id"])

    # The full-text index holds words that search.py has normalised and armoured.
    if op.get_bind().dialect.name == "sqlite":
        op.execute("CREATE VIRTUAL TABLE post_words USING fts5(words, tokenize='ascii')")
    else:
        op.execute(
            "CREATE TABLE post_words (post_id BIGINT PRIMARY KEY REFERENCES post (id) ON DELETE CASCADE, "
            "words TSVECTOR NOT NULL)"
        )
        op.execute("CREATE INDEX ix_post_words_words ON post_words USING gin (words)")


def downgrade() -> None:
    op.drop_table("post_words")
    op.drop_table("ticket_mention")
    op.drop_table("ticket")
    op.drop_table("alert_mention")
    op.drop_table("alert_channel")
    op.drop_table("alert")
    op.drop_table("sighting")
    op.drop_table("mention")
    op.drop_table("fingerprint")
    op.drop_table("telling")
    op.drop_table("suppression")
    op.drop_table("post")
    op.drop_table("delivery")
    op.drop_table("customer")
    op.drop_table("channel")
