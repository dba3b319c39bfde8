"""The few statements that SQLite and PostgreSQL write differently."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

import msgspec
from sqlalchemy import BigInteger, ColumnElement, Connection, Row, Table, any_, func, literal, select, text
from sqlalchemy.dialects import postgresql, sqlite

Insert = postgresql.Insert | sqlite.Insert
Item = TypeVar("Item")

MOST_PARAMETERS = 5_000
"""Values in one IN (...): well under SQLite's 32,766 and PostgreSQL's 65,535 bound parameters a statement."""


def insert_into(tx: Connection, table: Table) -> Insert:
    """An insert that knows ON CONFLICT."""
    return insert_for(tx.dialect.name, table)


def insert_for(dialect: str, table: Table) -> Insert:
    """The same for a dialect by its name, for whoever makes a statement once."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def insert_new(
    tx: Connection, table: Table, rows: Sequence[Mapping[str, Any]], *returning: ColumnElement[Any]
) -> Sequence[Row[Any]]:
    """Inserts the rows that no unique key knows yet; gives `returning` of just those, in no particular order."""
    if not rows:
        return ()
    statement = insert_into(tx, table).on_conflict_do_nothing()
    if not returning:
        tx.execute(statement, list(rows))
        return ()
    return tx.execute(statement.returning(*returning), list(rows)).all()


def among(tx: Connection, column: ColumnElement[int], numbers: Sequence[int]) -> ColumnElement[bool]:
    """The condition that a column holds one of many numbers, which go as one value: to bind each takes longer."""
    if tx.dialect.name == "sqlite":
        told = msgspec.json.encode(list(numbers)).decode()
        return column.in_(select(func.json_each(told).table_valued("value").c.value))
    return column == any_(literal(list(numbers), postgresql.ARRAY(BigInteger())))


def numbers_of(tx: Connection, table: str, column: str, values: Sequence[bytes]) -> list[int]:
    """The `id` of each row of a table of ours whose column holds one of the values, in no particular order.

    Asked of the driver itself, which is told of every new post: SQLAlchemy takes longer to bind each value.
    """
    if tx.dialect.name == "sqlite":
        places = ", ".join("?" * len(values))
        asked = f"SELECT id FROM {table} WHERE {column} IN ({places})"  # noqa: S608 - names of ours
        return [row[0] for row in tx.exec_driver_sql(asked, tuple(values))]
    asked = f"SELECT id FROM {table} WHERE {column} = ANY(%s)"  # noqa: S608 - names of ours
    return [row[0] for row in tx.exec_driver_sql(asked, (list(values),))]


def chunks(items: Sequence[Item], size: int = MOST_PARAMETERS) -> Iterator[Sequence[Item]]:
    """The items in runs of at most `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def overwrite_what_goes(tx: Connection) -> None:
    """Has SQLite write zeros over what this connection deletes, which it otherwise leaves in the file until reused."""
    if tx.dialect.name == "sqlite":
        tx.exec_driver_sql("PRAGMA secure_delete=ON")


def one_at_a_time(tx: Connection, lock: str) -> None:
    """Lets nobody else past this line until the transaction ends. SQLite has one writer anyway."""
    if tx.dialect.name == "postgresql":
        tx.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:lock, 0))"), {"lock": f"listener:{lock}"})
