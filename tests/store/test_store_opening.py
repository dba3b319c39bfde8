"""A database that cannot be used says why and what to do; one that can is private and durable."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from listener.store import Store, StoreBusy, StoreUnavailable


def test_a_new_file_is_its_owners_alone(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'new.db'}")
    with store.write() as tx:
        tx.execute(text("CREATE TABLE scratch (a INTEGER)"))
        rights = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert rights and set(rights.values()) == {0o600}
    assert "new.db-wal" in rights
    store.close()


def test_sqlite_is_durable_and_keeps_references(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'new.db'}")
    with store.read() as tx:
        pragmas = {name: tx.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "synchronous")}
        assert pragmas == {"journal_mode": "wal", "synchronous": 2}
        assert tx.execute(text("PRAGMA foreign_keys")).scalar() == 1
    store.close()


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("sqlite:////no/such/folder/listener.db", "Check that its folder exists"),
        ("sqlite:////tmp", "cannot be used"),
        ("sqlite://", "write sqlite:///listener.db"),
        ("mysql://user:secret@host/name", "write sqlite:///listener.db"),
        ("not an address", "not understood"),
        ("postgresql+psycopg://listener:secret@127.0.0.1:1/listener", "check that it runs"),
    ],
)
def test_a_database_that_cannot_be_opened_is_told_with_what_to_do_and_no_secret(address: str, words: str) -> None:
    with pytest.raises(StoreUnavailable, match=words) as told:
        Store.open(address)
    assert "secret" not in str(told.value)


def test_a_file_that_is_no_database_is_told_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "letters.txt"
    path.write_text("dear diary " * 500)
    with pytest.raises(StoreUnavailable, match="not an SQLite database"):
        Store.open(f"sqlite:///{path}")
    assert path.read_text() == "dear diary " * 500


def test_a_damaged_database_is_told(tmp_path: Path) -> None:
    path = tmp_path / "listener.db"
    store = Store.open(f"sqlite:///{path}")
    store.close()
    whole = bytearray(path.read_bytes())
    whole[4096:] = b"\xff" * (len(whole) - 4096)
    path.write_bytes(whole)
    with pytest.raises(StoreUnavailable, match="restore the newest back-up"):
        Store.open(f"sqlite:///{path}")


def test_a_database_that_is_missing_on_the_server_is_told(server: str) -> None:
    missing = make_url(server).set(database="missing", password="hunter2").render_as_string(hide_password=False)
    with pytest.raises(StoreUnavailable, match='"missing" does not exist') as told:
        Store.open(missing)
    assert "hunter2" not in str(told.value)


def test_a_transaction_that_raises_keeps_nothing(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.write() as tx:
        tx.execute(text("INSERT INTO setting (name, value) VALUES ('half', 'done')"))
        raise ZeroDivisionError
    with store.read() as tx:
        assert tx.execute(text("SELECT count(*) FROM setting")).scalar() == 0


def test_a_reader_sees_one_unchanging_view_and_can_write_nothing(store: Store) -> None:
    count = text("SELECT count(*) FROM setting")
    with store.read() as reader:
        assert reader.execute(count).scalar() == 0
        with store.write() as writer:
            writer.execute(text("INSERT INTO setting (name, value) VALUES ('a', 'b')"))
        assert reader.execute(count).scalar() == 0
    with pytest.raises((StoreUnavailable, DBAPIError)), store.read() as reader:
        reader.execute(text("DELETE FROM setting"))
    with store.read() as reader:
        assert reader.execute(count).scalar() == 1


def test_only_one_listener_works_on_a_database_at_a_time(store: Store, url: str) -> None:
    other = Store.open(url)
    with store.work_lock(), pytest.raises(StoreBusy, match="stop it first"), other.work_lock():
        pass
    with other.work_lock():
        pass
    other.close()


def test_a_locked_database_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("listener.store.database.BUSY_SECONDS", 0.05)
    path = tmp_path / "listener.db"
    store = Store.open(f"sqlite:///{path}")
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="another process has been writing"), store.write():
        pass
    holder.close()
    with store.write():
        pass
    store.close()


def test_opening_a_database_waits_for_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("listener.store.database.BUSY_SECONDS", 0.05)
    address = f"sqlite:///{tmp_path / 'listener.db'}"
    store = Store.open(address)
    with store.write() as tx:
        tx.execute(text("INSERT INTO setting (name, value) VALUES ('a', 'b')"))
        other = Store.open(address)
        with other.read() as reader:
            assert reader.execute(text("SELECT count(*) FROM setting")).scalar() == 0
        other.close()
    store.close()


def test_a_database_that_is_not_there_is_not_made_for_who_only_looks(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="there is no database"):
        Store.open(f"sqlite:///{tmp_path / 'listener.db'}", create=False)
    assert list(tmp_path.iterdir()) == []


def test_a_defect_of_ours_is_not_dressed_up_as_an_unavailable_database(store: Store) -> None:
    with pytest.raises(DBAPIError), store.read() as tx:
        tx.execute(text("SELECT * FROM no_such_table"))


def test_an_error_of_the_database_shows_no_parameters(store: Store) -> None:
    with pytest.raises(DBAPIError) as raised, store.read() as tx:
        tx.execute(text("SELECT * FROM no_such_table WHERE name = :name"), {"name": "ann@example.org"})
    assert "ann@example.org" not in str(raised.value)
