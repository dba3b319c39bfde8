"""What Alembic should know of our tables when it compares them with a database."""

from __future__ import annotations

from typing import Any

from listener.store.columns import BigKey, UtcTime

WORDS_TABLE = "post_words"


def is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """False for the full-text index, which each database has in its own form and no SQLModel row describes."""
    return not (kind == "table" and name is not None and name.startswith(WORDS_TABLE))


def written(kind: str, item: object, _context: object) -> Any:
    """Types as a migration spells them out, so that it stays what it was when our own types change."""
    if kind == "type" and isinstance(item, BigKey):
        return 'sa.BigInteger().with_variant(sa.Integer(), "sqlite")'
    if kind == "type" and isinstance(item, UtcTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and type(item).__name__ == "AutoString":
        return "sa.String()"
    return False
