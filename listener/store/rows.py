"""What all rows share: their metadata, and the kinds of columns they are made of."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import ForeignKey, MetaData, Table
from sqlmodel import Field, SQLModel

from listener.store.columns import BigKey, UtcTime


class Row(SQLModel):
    """What all rows share: metadata of our own, so that no other SQLModel program's tables mix with them."""

    metadata: ClassVar[MetaData] = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def table_of(row: type[Row]) -> Table:
    return Row.metadata.tables[str(row.__tablename__)]


def number() -> Any:
    """A time-ordered number that is never given twice, so that inserts stay flat and lists can go on from one."""
    return Field(default=None, primary_key=True, sa_type=BigKey)


def moment(*, index: bool = False) -> Any:
    return Field(sa_type=UtcTime, index=index)


def moment_or_none() -> Any:
    return Field(default=None, sa_type=UtcTime, nullable=True)


def refers(target: str, *, deleted: str = "CASCADE", **options: Any) -> Any:
    return Field(sa_type=BigKey, sa_column_args=[ForeignKey(target, ondelete=deleted)], **options)


NEVER_AGAIN: Any = {"sqlite_autoincrement": True}

BLOCK = "(id >> 12)"
"""The block of 4,096 numbers that a row lies in, as indexes and questions spell it."""
