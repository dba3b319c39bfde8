"""A full disk is told, keeps nothing by half, and is over when there is room again."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from listener.store import Store, StoreUnavailable, inbox, sources
from listener.store.mentions import MentionFilter, count_mentions, put_results
from listener.store.unavailable import sentence
from rules.analysis import Read

MakeRead = Callable[..., Read]


def _fill(store: Store, make_read: MakeRead, now: datetime) -> int:
    """Brings pages of posts until nothing more can be kept; gives how many pages were."""
    for page in range(10_000):
        reads = [make_read(f"{page}.{number}", "acme " * 200) for number in range(20)]
        old = str(page - 1) if page else None
        with store.write() as tx:
            assert sources.advance(tx, "blogs", "", old, str(page), 0, now)
            inbox.put_batch(tx, "blogs", b"[]" * 500, 20, False, now)
            put_results(tx, reads, "blogs", False, now)
    raise AssertionError("the disk never filled")


def _assert_whole_pages(store: Store) -> int:
    with store.read() as tx:
        stood = sources.get_cursor(tx, "blogs", "")
        pages = int(stood[0]) + 1 if stood else 0
        assert inbox.waiting(tx)[0] == pages
        assert count_mentions(tx, MentionFilter()) == pages * 20
    return pages


def test_a_file_that_may_not_grow_is_a_full_disk(tmp_path: Path, make_read: MakeRead, now: datetime) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'listener.db'}")
    most = [400]
    store.close()

    @event.listens_for(store._engine, "connect")
    def limit(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count={most[0]}")

    with pytest.raises(StoreUnavailable, match="disk is full: free some space"):
        _fill(store, make_read, now)
    pages = _assert_whole_pages(store)
    assert pages > 0
    store.close()
    most[0] = 1_000_000
    with store.write() as tx:
        assert sources.advance(tx, "blogs", "", str(pages - 1), str(pages), 0, now)
        inbox.put_batch(tx, "blogs", b"[]", 20, False, now)
        put_results(tx, [make_read(f"{pages}.{number}") for number in range(20)], "blogs", False, now)
    assert _assert_whole_pages(store) == pages + 1
    store.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 3 MB, where this user may make one."""
    place = tmp_path / "small"
    place.mkdir()
    mount = shutil.which("mount")
    if mount is None or subprocess.run([mount, "-t", "tmpfs", "-o", "size=3m", "tmpfs", place], check=False).returncode:
        pytest.skip("only root may make a small file system to fill")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def test_a_file_system_that_is_full_is_told_and_nothing_is_kept_by_half(
    small_disk: Path, make_read: MakeRead, now: datetime
) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"\0" * 500_000)
    store = Store.open(f"sqlite:///{small_disk / 'listener.db'}")
    with pytest.raises(StoreUnavailable, match=r"disk (is full|reports an error)"):
        _fill(store, make_read, now)
    pages = _assert_whole_pages(store)
    store.close()
    ballast.unlink()
    store = Store.open(f"sqlite:///{small_disk / 'listener.db'}")
    with store.write() as tx:
        assert sources.advance(tx, "blogs", "", str(pages - 1) if pages else None, str(pages), 0, now)
        inbox.put_batch(tx, "blogs", b"[]", 20, False, now)
        put_results(tx, [make_read(f"{pages}.{number}") for number in range(20)], "blogs", False, now)
    assert _assert_whole_pages(store) == pages + 1
    store.close()


def test_a_new_database_on_a_full_disk_is_told(small_disk: Path) -> None:
    (small_disk / "ballast").write_bytes(b"\0" * 2_950_000)
    with pytest.raises(StoreUnavailable, match=r"disk (is full|reports an error)"):
        Store.open(f"sqlite:///{small_disk / 'listener.db'}")


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (psycopg.errors.DiskFull("could not extend file"), "disk is full"),
        (psycopg.errors.TooManyConnections("sorry"), "max_connections"),
        (psycopg.errors.InsufficientPrivilege("permission denied"), "owner of the database"),
        (psycopg.errors.ReadOnlySqlTransaction("read-only"), "replica"),
        (psycopg.errors.DeadlockDetected("deadlock"), "tried again"),
        (psycopg.errors.LockNotAvailable("lock"), "second listener"),
        (psycopg.errors.CrashShutdown("crash"), "goes on when it is back"),
        (psycopg.OperationalError("connection to hunter2@host failed"), "does not answer"),
        (psycopg.errors.UndefinedColumn("no such column"), None),
    ],
)
def test_what_a_server_says_becomes_what_to_do(cause: psycopg.Error, words: str | None) -> None:
    url = make_url("postgresql+psycopg://listener:hunter2@host/listener")
    told = sentence(OperationalError("SELECT 1", {}, cause), url)
    if words is None:
        assert told is None
    else:
        assert told is not None and words in told
        assert "hunter2" not in told
