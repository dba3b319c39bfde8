"""The few statements that SQLite and PostgreSQL write differently."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

import msgspec
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Executable,
    Row,
    Table,
    any_,
    bindparam,
    func,
    select,
    text,
)
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
    statement = _inserting_new(tx.dialect.name, table, returning)
    if not returning:
        tx.execute(statement, list(rows))
        return ()
    return tx.execute(statement, list(rows)).all()


@cache
def _inserting_new(dialect: str, table: Table, returning: tuple[ColumnElement[Any], ...]) -> Executable:
    statement = insert_for(dialect, table).on_conflict_do_nothing()
    return statement.returning(*returning) if returning else statement


@cache
def replacing(dialect: str, table: Table) -> Insert:
    """An insert of whole rows, made once; a row that stands under the same primary key is replaced."""
    statement = insert_for(dialect, table)
    replaced = {column.name: statement.excluded[column.name] for column in table.c if not column.primary_key}
    return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=replaced)


def among(dialect: str, column: ColumnElement[int]) -> ColumnElement[bool]:
    """The condition that a column holds one of the "numbers" that a statement is given, for one that is made once.

    They go as the one value that `many` makes of them: to bind each takes longer.
    """
    if dialect == "sqlite":
        return column.in_(select(func.json_each(bindparam("numbers")).table_valued("value").c.value))
    return column == any_(bindparam("numbers", type_=postgresql.ARRAY(BigInteger())))


def many(tx: Connection, numbers: Collection[int]) -> dict[str, Any]:
    """The "numbers" of `among`."""
    return {"numbers": msgspec.json.encode(list(numbers)).decode() if tx.dialect.name == "sqlite" else list(numbers)}


def numbers_of(tx: Connection, table: str, column: str, values: Sequence[bytes] | Sequence[str]) -> list[int]:
    """The `id` of each row of a table of ours whose column holds one of the values, in no particular order.

    Asked of the driver itself, which is told of every new post: SQLAlchemy takes longer to bind each value.
    """
    if tx.dialect.name == "sqlite":
        places = ", ".join("?" * len(values))
        asked = f"SELECT id FROM {table} WHERE {column} IN ({places})"  # noqa: S608 - names of ours
        return [row[0] for row in driver_of(tx).execute(asked, tuple(values))]
    asked = f"SELECT id FROM {table} WHERE {column} = ANY(%s)"  # noqa: S608 - names of ours
    return [row[0] for row in tx.exec_driver_sql(asked, (list(values),))]


def driver_of(tx: Connection) -> Any:
    """The driver's own connection, for what is asked of it as it is."""
    driver = tx.connection.driver_connection
    assert driver is not None
    return driver


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
        tx.execute(_ALONE, {"lock": f"listener:{lock}"})


_ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended(:lock, 0))")
