"""Puts many rows into a table in one go.

SQLAlchemy's own executemany builds a dictionary and looks at every value of it, which takes several times as long as
the insert itself. Here a row is a tuple that goes to the driver as it is: on SQLite many to one prepared statement,
since to begin and end one takes as long as a short row, on PostgreSQL to COPY. Numbers are taken ahead, so that nobody
has to ask for them afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Table, text
from sqlalchemy.exc import DBAPIError

from listener.store.statements import chunks, driver_of

Moment = Callable[[datetime | None], Any]

_TOGETHER = 50
"""Rows of one statement on SQLite: more gain nothing, and 50 of our widest bind a thousand values."""


def numbers_ahead(tx: Connection, table: Table, count: int) -> Sequence[int]:
    """Takes `count` numbers for rows of a table whose `id` is never given twice, the least first."""
    if not count:
        return ()
    if tx.dialect.name == "sqlite":
        # One writer at a time, and an insert with a number of ours moves the sequence on: nobody comes between.
        row = driver_of(tx).execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table.name,)).fetchone()
        last = row[0] if row else 0
        return range(last + 1, last + 1 + count)
    return sorted(tx.execute(_TAKEN, {"name": table.name, "count": count}).scalars())


_TAKEN = text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)")


def kept_time(tx: Connection) -> Moment:
    """What makes of a moment the value that a UtcTime column takes from the driver, and raises ValueError as it does.

    For one batch: what it has made it remembers, since posts and their mentions share their times.
    """
    return _Texts().__getitem__ if tx.dialect.name == "sqlite" else _in_utc


class _Texts(dict[datetime | None, str | None]):
    def __missing__(self, value: datetime | None) -> str | None:
        self[value] = text = _as_text(value)
        return text


def put_rows(
    tx: Connection, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]], *, together: bool = False
) -> None:
    """Inserts rows whose values the driver takes as they are. Where one fails, the transaction must be rolled back.

    `together`: on SQLite many rows go in one statement, which is faster where they lie side by side. Before such a one
    the full-text index writes down all that it holds, so words come last; and where a table refers to another, a copy
    is made of each page that the statement changes, so rows all over the table do not gain.
    """
    if not rows:
        return
    if tx.dialect.name != "sqlite":
        _copy(tx, table, columns, rows)
        return
    driver = driver_of(tx)
    names = tuple(columns)
    whole = len(rows) // _TOGETHER * _TOGETHER if together else 0
    try:
        for some in chunks(rows[:whole], _TOGETHER):
            driver.execute(_insert(table, names, _TOGETHER), list(chain.from_iterable(some))).close()
        if whole < len(rows):
            driver.executemany(_insert(table, names, 1), rows[whole:]).close()
    except tx.dialect.loaded_dbapi.Error as error:
        raise _told(table, error) from error


def replace_rows(
    tx: Connection, table: Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]], *, adding: str = ""
) -> None:
    """The same, one row a statement; a row that stands under the same primary key is replaced in these columns.

    `adding`: the column to which the row's number is added instead.
    """
    if not rows:
        return
    keys, lite = tuple(table.primary_key.columns.keys()), tx.dialect.name == "sqlite"
    statement = _replace(table.name, tuple(columns), keys, "?" if lite else "%s", adding)
    try:
        with closing(driver_of(tx).cursor()) as cursor:
            cursor.executemany(statement, rows)
    except tx.dialect.loaded_dbapi.Error as error:
        raise _told(table.name, error) from error


@lru_cache(maxsize=64)
def _replace(table: str, columns: tuple[str, ...], keys: tuple[str, ...], place: str, adding: str) -> str:
    places = ", ".join([place] * len(columns))
    replaced = ", ".join(
        f"{name} = {f'{table}.{name} + ' if name == adding else ''}excluded.{name}"
        for name in columns
        if name not in keys
    )
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places}) "  # noqa: S608 - our names
        f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {replaced}"
    )


@lru_cache(maxsize=64)
def _insert(table: str, columns: tuple[str, ...], rows: int) -> str:
    # OR FAIL: no journal is kept to undo half a statement, which nobody needs who rolls back the whole transaction.
    places = f"({', '.join('?' * len(columns))})"
    return f"INSERT OR FAIL INTO {table} ({', '.join(columns)}) VALUES {', '.join([places] * rows)}"  # noqa: S608 - our names


def _copy(tx: Connection, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    try:
        with driver_of(tx).cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    except tx.dialect.loaded_dbapi.Error as error:
        raise _told(table, error) from error


def _told(table: str, error: Exception) -> DBAPIError:
    """As SQLAlchemy would tell it, for whoever turns it into a sentence."""
    return DBAPIError(f"rows into {table}", None, error, hide_parameters=True)


def _in_utc(value: datetime | None) -> datetime | None:
    if value is None or value.tzinfo is UTC:
        return value
    if value.tzinfo is None:
        raise ValueError(f"{value!r} has no time zone, so nobody knows which moment it is")
    return value.astimezone(UTC)


def _as_text(value: datetime | None) -> str | None:
    """As SQLAlchemy's DateTime writes it, in less time than `isoformat` takes."""
    at = _in_utc(value)
    if at is None:
        return None
    parts = at.year, at.month, at.day, at.hour, at.minute, at.second, at.microsecond
    return "%04d-%02d-%02d %02d:%02d:%02d.%06d" % parts  # noqa: UP031 - an f-string takes twice as long
