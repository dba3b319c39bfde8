"""Inserts that stay as fast as the tables grow: what is new lies together in every index."""

import re
from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_POST = sa.table("post", *map(sa.column, ("id", "key_hash", "external_id", "deleted_at")))
_SETTING = sa.table("setting", sa.column("name"), sa.column("value"))
_HASHES_ALONE = "posts-known-by-hash-alone"
_HASH_BYTES = 16
_COUNTED = re.compile(r"(?<![0-9A-Za-z])[0-9][0-9a-z]{4,}\Z")
_AT_ONCE = 10_000


def upgrade() -> None:
    _give_places()
    op.drop_index("ix_post_story", "post")
    op.drop_index("ix_post_author_id_hash", "post")
    op.create_index("ix_post_block_story", "post", [sa.text("(id >> 12)"), "story"])
    op.create_index("ix_post_block_author", "post", [sa.text("(id >> 12)"), "author_id_hash"])
    op.drop_index("ix_mention_customer_id", "mention")
    told = sa.text("customer_id != ''")
    op.create_index("ix_mention_customer_id", "mention", ["customer_id"], sqlite_where=told, postgresql_where=told)
    if op.get_bind().dialect.name == "sqlite":
        _make_sightings(sqlite_with_rowid=False)
        _make_words("columnsize=0, ")
        op.execute("INSERT INTO post_words (post_words, rank) VALUES ('automerge', 8)")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _make_words("")
        _make_sightings()
    op.drop_index("ix_mention_customer_id", "mention")
    op.create_index("ix_mention_customer_id", "mention", ["customer_id"])
    op.drop_index("ix_post_block_author", "post")
    op.drop_index("ix_post_block_story", "post")
    op.create_index("ix_post_author_id_hash", "post", ["author_id_hash"])
    op.create_index("ix_post_story", "post", ["story"])
    _change_keys(lambda key, _: key[-_HASH_BYTES:])
    op.execute(sa.delete(_SETTING).where(_SETTING.c.name == _HASHES_ALONE))


def _give_places() -> None:
    """Of posts that were deleted upstream nobody knows the id any more: those stay known by their hash alone."""
    tx = op.get_bind()
    if tx.execute(sa.select(_POST.c.id).where(_POST.c.deleted_at.is_not(None)).limit(1)).first() is not None:
        tx.execute(sa.insert(_SETTING).values(name=_HASHES_ALONE, value="yes"))
    _change_keys(lambda key, external_id: _place(external_id) + key)


def _place(external_id: str) -> bytes:
    counted = _COUNTED.search(external_id, max(len(external_id) - 32, 0))
    return counted[0][:-2][:16].encode() if counted else b""


def _change_keys(changed: Callable[[bytes, str], bytes]) -> None:
    tx = op.get_bind()
    last = 0
    page = sa.select(_POST.c.id, _POST.c.key_hash, _POST.c.external_id).order_by(_POST.c.id).limit(_AT_ONCE)
    update = sa.update(_POST).where(_POST.c.id == sa.bindparam("number")).values(key_hash=sa.bindparam("key"))
    while rows := tx.execute(page.where(_POST.c.id > last)).all():
        last = rows[-1].id
        keys = [(row.id, bytes(row.key_hash), changed(bytes(row.key_hash), row.external_id)) for row in rows]
        new = [{"number": number, "key": key} for number, before, key in keys if key != before]
        if new:
            tx.execute(update, new)


def _make_sightings(**options: bool) -> None:
    op.rename_table("sighting", "sighting_before")
    op.create_table(
        "sighting",
        sa.Column("post_id", _KEY, nullable=False),
        sa.Column("seen_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name="fk_sighting_post_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("post_id", "seen_by", name="pk_sighting"),
        **options,
    )
    op.execute("INSERT INTO sighting (post_id, seen_by) SELECT post_id, seen_by FROM sighting_before ORDER BY 1, 2")
    op.drop_table("sighting_before")


def _make_words(options: str) -> None:
    op.execute(f"CREATE VIRTUAL TABLE post_words_new USING fts5(words, {options}tokenize='ascii')")
    op.execute("INSERT INTO post_words_new (rowid, words) SELECT rowid, words FROM post_words ORDER BY rowid")
    op.execute("DROP TABLE post_words")
    op.execute("ALTER TABLE post_words_new RENAME TO post_words")
