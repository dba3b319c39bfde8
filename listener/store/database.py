"""Opens the database, and gives transactions on it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from listener.store.statements import driver_of
from listener.store.unavailable import StoreBusy, StoreUnavailable, place, sentence
from listener.store.upgrade import HEAD, bring_up_to_date, check_up_to_date, version

Tx = Connection
"""One transaction. The rooms of the store take it first and never commit it."""

BUSY_SECONDS = 30
_PRAGMAS = (
    "page_size=8192",  # of a new file: a post with its mention takes a kilobyte, and each page is written whole
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "cache_size=-16384",  # KiB: a batch changes more pages than SQLite's usual 2 MiB hold, and would write them twice
    "wal_autocheckpoint=2000",  # pages: each checkpoint waits for the disk twice
)
WORK_LOCK = 0x6C697374656E6572  # "listener": the PostgreSQL advisory lock of whoever works on a database


class Store:
    """The one reader and writer of a database; safe to use from several threads.

    SQLite runs in WAL mode with synchronous=FULL: a committed transaction survives kill -9 and a power cut. Writers
    take their lock when they begin (BEGIN IMMEDIATE), so none fails half-way for having begun as a reader.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = engine.execution_options(**_reading(engine))
        self._writer = engine.execution_options(listener_begin="BEGIN IMMEDIATE")

    @classmethod
    def open(cls, url: str, *, migrate: bool = True, create: bool = True) -> Store:
        """Opens the database, makes it where it is an SQLite file that is not there, brings its tables up to date.

        `migrate=False` changes nothing and refuses tables of another version; `create=False` makes no file.
        Raises StoreUnavailable.
        """
        parsed = _understood(url)
        if not create and parsed.get_backend_name() == "sqlite" and not Path(str(parsed.database)).exists():
            raise StoreUnavailable(f"there is no database {place(parsed)} yet")
        engine = _sqlite(parsed) if parsed.get_backend_name() == "sqlite" else _postgresql(parsed)
        store = cls(engine)
        try:
            with store.read() as tx:
                ready = version(tx) == HEAD  # the usual case takes no lock: a running listener may hold it
                if not migrate:
                    check_up_to_date(tx)
            if not ready:
                with store.write() as tx:
                    bring_up_to_date(tx)
        except BaseException:
            store.close()
            raise
        return store

    @contextmanager
    def write(self) -> Iterator[Tx]:
        """One transaction: all of it is kept at the end, or nothing if anything is raised. Raises StoreUnavailable."""
        with _told(self._engine.url), self._writer.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """One unchanging view of the database, in which nothing can be written. Raises StoreUnavailable."""
        with _told(self._engine.url), self._reader.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def work_lock(self) -> Iterator[None]:
        """Held by the one process that polls and delivers; ends with it, however it ends. Raises StoreBusy."""
        holder = self._lock_file() if self._engine.dialect.name == "sqlite" else self._lock_server()
        with holder:
            yield

    def close(self) -> None:
        """Frees the connections. Safe to call twice."""
        self._engine.dispose()

    @contextmanager
    def _lock_file(self) -> Iterator[None]:
        # An SQLite lock on a second, empty file: it is freed with its process and works wherever the database does.
        path = f"{self._engine.url.database}-working"
        _make_private(path, self._engine.url)
        with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as lock:
            with _told(self._engine.url):
                try:
                    lock.execute("BEGIN EXCLUSIVE")
                except sqlite3.OperationalError as error:
                    if error.sqlite_errorname != "SQLITE_BUSY":
                        raise  # a full disk, for example: there is no other listener to stop
                    raise StoreBusy(f"another listener works on {place(self._engine.url)}: stop it first") from error
            yield

    @contextmanager
    def _lock_server(self) -> Iterator[None]:
        options: Any = {"isolation_level": "AUTOCOMMIT"}
        with _told(self._engine.url), self._engine.connect().execution_options(**options) as connection:
            held = connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": WORK_LOCK}).scalar()
            if not held:
                raise StoreBusy(f"another listener works on {place(self._engine.url)}: stop it first")
            try:
                yield
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": WORK_LOCK})


def _understood(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise StoreUnavailable(
            "the database's address is not understood: write sqlite:///listener.db or postgresql+psycopg://user@host/name"
        ) from None
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    known = parsed.drivername in ("sqlite", "sqlite+pysqlite", "postgresql+psycopg")
    if not known or not parsed.database or parsed.database == ":memory:":
        raise StoreUnavailable(
            f"the database {place(parsed)} cannot be used: write sqlite:///listener.db or postgresql+psycopg://user@host/name"
        )
    return parsed


def _sqlite(url: URL) -> Engine:
    _make_private(str(url.database), url)
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": BUSY_SECONDS})

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself: `begin` below does
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        how = connection.get_execution_options().get("listener_begin", "BEGIN")
        only_asks = how != "BEGIN IMMEDIATE"
        if connection.info.get("only_asks") != only_asks:  # a small transaction begins in half the time
            connection.exec_driver_sql(f"PRAGMA query_only={'ON' if only_asks else 'OFF'}")
            connection.info["only_asks"] = only_asks
        driver_of(connection).execute(how).close()

    return engine


def _postgresql(url: URL) -> Engine:
    settings = {"connect_timeout": 10, "application_name": "listener", "options": f"-c lock_timeout={BUSY_SECONDS}s"}
    # pre_ping: a server that was restarted costs one question, not one lost transaction
    return create_engine(url, hide_parameters=True, pool_pre_ping=True, connect_args=settings)


def _reading(engine: Engine) -> dict[str, Any]:
    if engine.dialect.name == "sqlite":
        return {"listener_begin": "BEGIN"}
    return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


def _make_private(path: str, url: URL) -> None:
    """Posts are personal data: the file is its owner's alone, and SQLite gives -wal and -shm the same rights."""
    try:
        os.close(os.open(Path(path), os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StoreUnavailable(
            f"the database {place(url)} cannot be used: {error.strerror or error}. Check that its folder exists "
            "and that this user may write there"
        ) from error


@contextmanager
def _told(url: URL) -> Iterator[None]:
    try:
        yield
    except PoolTimeout as error:
        raise StoreUnavailable(
            f"the database {place(url)} cannot be used: all our connections to it are busy"
        ) from error
    except (DBAPIError, sqlite3.Error) as error:
        words = sentence(error, url)
        if words is None:
            raise
        raise StoreUnavailable(words) from error
