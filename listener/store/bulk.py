"""Puts many rows into a table in one go.

SQLAlchemy's own executemany builds a dictionary and looks at every value of it, which takes several times as long as
the insert itself. Here a row is a tuple that goes to the driver as it is: to one prepared statement on SQLite, to COPY
on PostgreSQL. Numbers are taken ahead, so that nobody has to ask for them afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Table, text
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError

from listener.store.columns import UtcTime

_Change = Callable[[Any], Any]


def numbers_ahead(tx: Connection, table: Table, count: int) -> Sequence[int]:
    """Takes `count` numbers for rows of a table whose `id` is never given twice, the least first."""
    if not count:
        return ()
    if tx.dialect.name == "sqlite":
        # One writer at a time, and an insert with a number of ours moves the sequence on: nobody comes between.
        kept = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
        last = int(tx.execute(kept, {"name": table.name}).scalar() or 0)
        return range(last + 1, last + 1 + count)
    taken = text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)")
    return sorted(tx.execute(taken, {"name": table.name, "count": count}).scalars())


def insert_rows(tx: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Inserts rows that no unique key knows yet. All have the same columns in the same order.

    A column whose default is known to the models alone, and not to the database, must be among them.
    """
    if not rows:
        return
    columns = tuple(rows[0])
    values = [tuple(row.values()) for row in rows]
    changes = _changes(table, columns, tx.dialect)
    put_rows(tx, table.name, columns, _changed(values, changes) if changes else values)


def put_rows(tx: Connection, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Inserts rows whose values the driver takes as they are."""
    if not rows:
        return
    names = ", ".join(columns)
    if tx.dialect.name == "sqlite":
        places = ", ".join("?" * len(columns))
        tx.exec_driver_sql(f"INSERT INTO {table} ({names}) VALUES ({places})", list(rows))  # noqa: S608 - names of ours
        return
    driver = tx.connection.driver_connection
    assert driver is not None
    errors = tx.dialect.loaded_dbapi.Error
    try:
        with driver.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    except errors as error:  # as SQLAlchemy would tell it, for whoever turns it into a sentence
        raise DBAPIError(f"COPY {table}", None, error, hide_parameters=True) from error


@lru_cache(maxsize=64)
def _changes(table: Table, columns: tuple[str, ...], dialect: Dialect) -> Sequence[tuple[int, _Change]]:
    """At which places of a row a time stands, and what makes of it what the table's own type would."""
    found = []
    for place, name in enumerate(columns):
        kind = table.c[name].type
        if isinstance(kind, UtcTime):
            change = kind.dialect_impl(dialect).bind_processor(dialect)
            assert change is not None
            found.append((place, change))
    return found


def _changed(rows: Sequence[tuple[Any, ...]], changes: Sequence[tuple[int, _Change]]) -> list[tuple[Any, ...]]:
    known: dict[Any, Any] = {None: None}  # most rows of a batch share a time or two
    changed = []
    for row in rows:
        values = list(row)
        for place, change in changes:
            value = values[place]
            if value not in known:
                known[value] = change(value)
            values[place] = known[value]
        changed.append(tuple(values))
    return changed
