"""The tables of a new database are those of the models, on both databases."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from listener.store import Store, StoreUnavailable, upgrade
from listener.store.migrations.comparing import is_ours
from listener.store.tables import METADATA

pytestmark = pytest.mark.own_database  # these tests change the tables themselves


def test_the_migrations_make_just_the_tables_that_the_models_describe(store: Store) -> None:
    with store.write() as tx:
        options = {"compare_type": True, "include_name": is_ours}
        assert compare_metadata(MigrationContext.configure(tx, opts=options), METADATA) == []
        assert inspect(tx).has_table("post_words")


def test_the_version_that_the_program_expects_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(upgrade.__file__).parent / "migrations"))
    assert ScriptDirectory.from_config(config).get_current_head() == upgrade.HEAD


def test_every_migration_can_be_taken_back(store: Store) -> None:
    from alembic import command

    config = Config()
    config.set_main_option("script_location", str(Path(upgrade.__file__).parent / "migrations"))
    with store.write() as tx:
        config.attributes["connection"] = tx
        command.downgrade(config, "base")
        assert set(inspect(tx).get_table_names()) <= {"alembic_version"}
        command.upgrade(config, "head")
        assert inspect(tx).has_table("mention")


def test_opening_twice_changes_nothing(store: Store, url: str) -> None:
    again = Store.open(url)
    with again.read() as tx:
        assert upgrade.version(tx) == upgrade.HEAD
    again.close()


def test_several_that_open_a_new_database_at_once_make_its_tables_once(store: Store, url: str) -> None:
    from alembic import command

    config = Config()
    config.set_main_option("script_location", str(Path(upgrade.__file__).parent / "migrations"))
    with store.write() as tx:
        config.attributes["connection"] = tx
        command.downgrade(config, "base")
        tx.execute(text("DROP TABLE alembic_version"))
    script = "import sys; from listener.store import Store; Store.open(sys.argv[1]).close()"
    opening = [subprocess.Popen([sys.executable, "-c", script, url]) for _ in range(3)]
    assert [process.wait(60) for process in opening] == [0, 0, 0]
    with store.read() as tx:
        assert upgrade.version(tx) == upgrade.HEAD


def test_tables_of_a_newer_listener_are_left_alone_and_told(store: Store, url: str) -> None:
    with store.write() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreUnavailable, match="newer listener"):
        Store.open(url)


def test_tables_of_another_version_are_refused_where_nothing_may_be_changed(store: Store, url: str) -> None:
    with store.write() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    with pytest.raises(StoreUnavailable, match="not up to date"):
        Store.open(url, migrate=False)


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[str]:
    yield f"sqlite:///{tmp_path / 'new.db'}"


def test_an_upgrade_that_fails_half_way_leaves_nothing_behind(empty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from alembic.operations import Operations

    real = Operations.create_index
    monkeypatch.setattr(Operations, "create_index", lambda *a, **k: (_ for _ in ()).throw(RuntimeError("power cut")))
    with pytest.raises(RuntimeError, match="power cut"):
        Store.open(empty)
    monkeypatch.setattr(Operations, "create_index", real)
    store = Store.open(empty)
    with store.read() as tx:
        assert upgrade.version(tx) == upgrade.HEAD
    store.close()
