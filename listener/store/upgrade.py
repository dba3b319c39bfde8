"""Brings the tables of a database to the version that this program knows."""

from __future__ import annotations

import logging
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from listener.store.unavailable import StoreUnavailable

HEAD = "0019"
"""The newest version in migrations/versions; a test compares the two."""

_ONE_AT_A_TIME = 0x6D696772617465  # "migrate": the PostgreSQL advisory lock


def version(tx: Connection) -> str | None:
    """The version that the database's tables are of; None where there are none."""
    if not inspect(tx).has_table("alembic_version"):
        return None
    found = tx.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def bring_up_to_date(tx: Connection) -> None:
    """Runs the migrations that are missing, in the caller's transaction. Raises StoreUnavailable for newer tables."""
    if version(tx) == HEAD:
        return
    if tx.dialect.name == "postgresql":
        tx.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})
    from alembic import command
    from alembic.config import Config

    found = version(tx)
    if found is not None and found not in _known_versions():
        raise StoreUnavailable(_newer(found))
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = tx
    logging.getLogger("alembic").setLevel(logging.WARNING)
    command.upgrade(config, "head")


def check_up_to_date(tx: Connection) -> None:
    """Raises StoreUnavailable where the tables are of another version, or not there."""
    found = version(tx)
    if found == HEAD:
        return
    if found is not None and found not in _known_versions():
        raise StoreUnavailable(_newer(found))
    raise StoreUnavailable(
        "the database's tables are not up to date: run listener status once, which brings them there"
    )


def _newer(found: str) -> str:
    return f"the database is of version {found}, which this listener does not know: install the newer listener again"


_MIGRATIONS = Path(__file__).parent / "migrations"


@cache
def _known_versions() -> frozenset[str]:
    return frozenset(path.name.split("_")[0] for path in (_MIGRATIONS / "versions").glob("[0-9]*.py"))
