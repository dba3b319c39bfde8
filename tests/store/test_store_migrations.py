"""The tables of a new database are those of the models, on both databases."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from listener.store import Store, StoreUnavailable, upgrade
from listener.store.hashes import author_id_hash, content_hash, key_hash
from listener.store.marks import list_marks, mark_mention, take_back
from listener.store.mentions import MentionFilter, keys_of_authors, list_mentions, put_results, tombstone_posts
from listener.store.migrations.comparing import is_ours
from listener.store.tables import METADATA
from listener.store.ticket_events import history
from listener.store.tickets import list_tickets
from rules.analysis import Read
from sources.post import Author

MakeRead = Callable[..., Read]

pytestmark = pytest.mark.own_database  # these tests change the tables themselves


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection", "ignore:autogenerate skipping")
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


_BEFORE_PLACES = """
    INSERT INTO post (id, key_hash, content_hash, source, instance, external_id, url, title, text, lang, kind,
        in_reply_to, author_json, author_id_hash, author_handle_hash, engagement_json, story, first_seen_at, deleted_at)
    VALUES (:id, :key, :content, 'feed', 'example.org', :external_id, '', '', :text, 'en', 'post', '', '{}', :author,
        :author, '{}', :story, :now, :deleted_at)
"""


def test_what_was_kept_before_keys_had_places_is_still_known(store: Store, make_read: MakeRead, now: datetime) -> None:
    from alembic import command

    config = Config()
    config.set_main_option("script_location", str(Path(upgrade.__file__).parent / "migrations"))
    reads = [make_read(number, f"acme post {number}") for number in ("https://a.example/1000001", "name", "1000002")]
    jo = Author(id="jo")
    with store.write() as tx:
        config.attributes["connection"] = tx
        command.downgrade(config, "0004")
        words = "post_words (post_id, words)" if tx.dialect.name == "postgresql" else "post_words (rowid, words)"
        for number, read in enumerate(reads, 1):
            post = read.post
            row = {
                "id": number, "key": key_hash(post)[-16:], "content": content_hash(post),
                "external_id": post.external_id, "text": post.text,
                "author": author_id_hash("feed", jo), "story": f"story {number}",
                "now": now, "deleted_at": now if number == 3 else None,
            }  # fmt: skip
            tx.execute(text(_BEFORE_PLACES), row)
            tx.execute(text("INSERT INTO sighting (post_id, seen_by) VALUES (:id, 'blogs')"), row)
            if number < 3:
                tx.execute(text(f"INSERT INTO {words} VALUES (:id, 'acme')"), row)
        tx.execute(text("UPDATE post SET external_id = '', text = '' WHERE id = 3"))
        command.upgrade(config, "head")
    with store.write() as tx:
        if tx.dialect.name == "postgresql":  # the sequence knows nothing of numbers that a test has made up
            tx.execute(text("SELECT setval(pg_get_serial_sequence('post', 'id'), 3)"))
        kept = put_results(tx, [*reads, make_read("1000003")], "news", False, now)
        assert [one.id for one in kept.new] == [1, 2, 3]
        assert [one.post.external_id for one in kept.new] == ["https://a.example/1000001", "name", "1000003"]
        assert [list(one.seen_by) for one in kept.new] == [["blogs", "news"], ["blogs", "news"], ["news"]]
        assert len(list_mentions(tx, MentionFilter(search="acme"))) == 3
        assert [one.id for one in list_mentions(tx, MentionFilter(story="story 2"))] == [2]
        assert set(keys_of_authors(tx, [("feed", "jo")])) == {read.post.key for read in reads[:2]}
        assert tombstone_posts(tx, [reads[0].post.key], now) == 1
        assert put_results(tx, reads, "news", False, now).new == []


def test_marks_of_an_earlier_listener_are_kept_as_marks(store: Store, make_read: MakeRead, now: datetime) -> None:
    from alembic import command

    config = Config()
    config.set_main_option("script_location", str(Path(upgrade.__file__).parent / "migrations"))
    with store.write() as tx:
        number = put_results(tx, [make_read("1", label="positive"), make_read("2")], "blogs", False, now).new[0].id
        mark_mention(tx, number, "negative", now, "ann")
    with store.write() as tx:
        config.attributes["connection"] = tx
        command.downgrade(config, "0007")
        command.upgrade(config, "head")
    with store.write() as tx:
        (mark,) = list_marks(tx, limit=9)
        assert (mark.mention, mark.mark, mark.said, mark.by, mark.at) == (number, "negative", "positive", "", now)
        assert take_back(tx, number, now) == ""


_OLD_TICKET = """
    INSERT INTO ticket (number, key, brand, title, reason, url, customer, severity, status, assignee, note, opened_at,
        changed_at, closed_at)
    VALUES (:number, :key, 'Acme', 't', 'r', '', '', 2, :status, :assignee, :note, :opened_at, :opened_at, :closed_at)
"""


def test_tickets_of_before_the_desk_keep_their_numbers_and_say_what_they_said(store: Store, now: datetime) -> None:
    from alembic import command

    config = Config()
    config.set_main_option("script_location", str(Path(upgrade.__file__).parent / "migrations"))
    old = [("open", "", "", None), ("open", "ann", "", None), ("closed", "ann", "sent another", now)]
    with store.write() as tx:
        config.attributes["connection"] = tx
        command.downgrade(config, "0013")
        for number, (status, assignee, note, closed_at) in enumerate(old, 1):
            row = {"number": number, "key": f"k{number}", "status": status, "assignee": assignee, "note": note}
            tx.execute(text(_OLD_TICKET), {**row, "opened_at": now - timedelta(days=1), "closed_at": closed_at})
        command.upgrade(config, "head")
    with store.read() as tx:
        lines = {line.number: line for line in list_tickets(tx, status="")}
        assert [lines[number].status for number in (1, 2, 3)] == ["new", "open", "closed"]
        assert [lines[number].priority for number in (1, 2, 3)] == ["high"] * 3
        assert (lines[3].solved_at, lines[3].closed_at) == (now, now)
        assert [(event.what, event.text) for event in history(tx, 3)] == [("opened", ""), ("closed", "sent another")]
        assert [event.what for event in history(tx, 1)] == ["opened"]
    with store.write() as tx:
        config.attributes["connection"] = tx
        command.downgrade(config, "0013")
        back = tx.execute(text("SELECT status FROM ticket ORDER BY number")).scalars().all()
        assert back == ["open", "open", "closed"]
        command.upgrade(config, "head")
