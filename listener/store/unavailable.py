"""Turns what a database says into a sentence that tells the user what happened and what to do."""

from __future__ import annotations

import sqlite3

from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError


class StoreUnavailable(Exception):
    """The database cannot be used now; nothing of the transaction was kept. The text says what to do."""


class StoreBusy(Exception):
    """Another listener is at work on this database."""


_SQLITE = (
    ("SQLITE_FULL", "its disk is full: free some space; what could not be kept is read again then"),
    (
        "SQLITE_BUSY",
        "another process has been writing to it for too long: look for a second listener or an open editor",
    ),
    ("SQLITE_LOCKED", "another connection holds it: look for a second listener or an open editor"),
    ("SQLITE_READONLY", "it may not be written: check the owner and the rights of the file and of its folder"),
    ("SQLITE_CANTOPEN", "it cannot be opened: check that its folder exists and that this user may write there"),
    ("SQLITE_PERM", "this user may not open it: check the rights of the file and of its folder"),
    ("SQLITE_AUTH", "this user may not open it: check the rights of the file and of its folder"),
    ("SQLITE_NOTADB", "it is not an SQLite database: check the path in [listener] database"),
    ("SQLITE_CORRUPT", "it is damaged: stop listener and restore the newest back-up (see docs/database.md)"),
    ("SQLITE_NOLFS", "its file system cannot hold so large a file"),
    ("SQLITE_NOMEM", "there is not enough memory"),
    ("SQLITE_IOERR", "its disk reports an error: check that it is not full, and that it is well"),
)
_POSTGRESQL = (
    ("53100", "its disk is full: free some space; what could not be kept is read again then"),
    ("53200", "it is out of memory"),
    ("53300", "it takes no more connections: raise max_connections, or stop what holds them"),
    ("53", "it has run out of something: look at its log"),
    ("28", "it refuses this user or password: check the user, the password and pg_hba.conf"),
    ("3D000", "there is no such database: create it, for example with createdb"),
    ("42501", "this user lacks a right there: make the user the owner of the database"),
    ("25006", "it only lets us read: it may be a replica"),
    ("55P03", "another process has held a lock for too long: look for a second listener or a long query"),
    ("57014", "it cancelled our statement for taking too long"),
    ("57", "it is stopping or starting: listener goes on when it is back"),
    ("40", "two processes were in each other's way: the same can be tried again"),
    ("08", "the connection broke: listener goes on when the server is back"),
    ("58", "its disk reports an error: look at its log"),
    ("XX", "it reports damage: look at its log"),
)


def place(url: URL) -> str:
    """The database as a person names it, without the password."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return url.render_as_string(hide_password=True)


def sentence(error: BaseException, url: URL) -> str | None:
    """What to tell of an error of the database; None for one that is a defect of ours."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        known = _first(_SQLITE, getattr(cause, "sqlite_errorname", ""))
    else:
        known = _first(_POSTGRESQL, getattr(cause, "sqlstate", None) or "")
        lost = isinstance(error, DBAPIError) and error.connection_invalidated
        unreached = type(cause).__name__ in _UNREACHED and not getattr(cause, "sqlstate", None)
        if known is None and (lost or unreached):
            known = (
                f"the server does not answer or refuses us ({_said(cause, url)}): check that it runs and can be "
                "reached from here, and the user, the password and the name of the database"
            )
    return None if known is None else f"the database {place(url)} cannot be used: {known}"


_UNREACHED = {"OperationalError", "InterfaceError", "ConnectionTimeout"}


def _said(cause: object, url: URL) -> str:
    """The driver's own words in one line: a refusal at the door has no code to go by."""
    words = " ".join(str(cause).split())[:300]
    return words.replace(str(url.password), "***") if url.password else words


def _first(known: tuple[tuple[str, str], ...], code: str) -> str | None:
    return next((words for start, words in known if code.startswith(start)), None)
