"""The product dies by SIGKILL at every commit and send, and at random moments; a new start goes on as if it had not."""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url, text

from listener.demo.demo_config import INSTANCES, demo_config
from listener.demo.loopback import Request
from listener.demo.network import DemoNetwork
from listener.store import Store, alerts, inbox, outbox, tickets
from listener.store.mentions import MentionFilter, list_mentions

pytestmark = pytest.mark.timeout(600)  # hundreds of starts a test, on a machine that may be busy

KILLABLE = Path(__file__).with_name("killable.py")
SIGKILLED = -9
RELEASE = (
    "Acme kettles are terrible and dangerous, says the consumer board after a year of tests. Handles broke, lids "
    "jammed, and the worst of them failed within a week. The board calls the series a horrible disappointment and "
    "wants the shops to take every single one of them back."
)
LINK = re.compile(r"https://[^\s\"<>|]+")


class Children:
    """The process that forks and kills; it stays warm over all the tests of a worker."""

    def __init__(self) -> None:
        root = KILLABLE.parents[2]
        self._process = subprocess.Popen(
            [sys.executable, str(KILLABLE)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=root,
            env={**os.environ, "PYTHONPATH": str(root), "OPENBLAS_NUM_THREADS": "1"},
        )

    def live(self, config: Path, clock: Any, **order: Any) -> int:
        """Gives how a child ended that lived through one round; `warm`: no child, the parent itself."""
        assert self._process.stdin is not None and self._process.stdout is not None
        told = {"config": str(config), "now": clock().isoformat(), "trace": str(config.parent / "trace"), **order}
        self._process.stdin.write(json.dumps(told) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "the forking process died"
        return int(json.loads(answer)["ended"])

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=10)


class SqliteFile:
    """The database of a configuration, which can be put back to where it stood."""

    def __init__(self, folder: Path) -> None:
        self._file, self._kept = folder / "listener.db", folder / "kept"
        self.url = f"sqlite:///{self._file}"

    def keep(self) -> None:
        self._copy(self._file, self._kept)

    def put_back(self) -> None:
        self._copy(self._kept, self._file)

    def after_a_death(self) -> None:
        """The system has let go of the file with the process."""

    def claimed(self) -> Counter[str]:
        """How many deliveries a channel had in flight, read from a copy: the next start gets the files as they are."""
        body = self._file.with_name("body")
        self._copy(self._file, body)
        return _claimed(f"sqlite:///{body}")

    @staticmethod
    def _copy(source: Path, target: Path) -> None:
        for ending in ("", "-wal", "-shm"):
            target.with_name(target.name + ending).unlink(missing_ok=True)
            if ending != "-shm" and (one := source.with_name(source.name + ending)).exists():
                shutil.copy(one, target.with_name(target.name + ending))


class PostgresqlDatabase:
    """The same on a server: kept as a template."""

    def __init__(self, address: str) -> None:
        self._address = address
        self.url = make_url(address).set(database="killed").render_as_string(hide_password=False)
        self._run("DROP DATABASE IF EXISTS killed WITH (FORCE)", "CREATE DATABASE killed")

    def keep(self) -> None:
        self._run("DROP DATABASE IF EXISTS kept", "CREATE DATABASE kept TEMPLATE killed")

    def put_back(self) -> None:
        self._run("DROP DATABASE killed WITH (FORCE)", "CREATE DATABASE killed TEMPLATE kept")

    def claimed(self) -> Counter[str]:
        return _claimed(self.url)

    def after_a_death(self) -> None:
        """Waits until the server has noticed, which it does when it next reads from its client: a moment later."""
        there = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'killed'"
        engine = create_engine(self._address, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            deadline = time.monotonic() + 10
            while connection.execute(text(there)).scalar() and time.monotonic() < deadline:
                time.sleep(0.01)
        engine.dispose()

    def _run(self, *statements: str) -> None:
        engine = create_engine(self._address, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))
        engine.dispose()


def _claimed(url: str) -> Counter[str]:
    engine = create_engine(url)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT channel FROM delivery WHERE state = 'claimed'")).scalars()
        claimed = Counter(rows)
    engine.dispose()
    return claimed


class Trial:
    """One network and database, to be lived through undisturbed and then with deaths."""

    def __init__(self, network: Any, config: Path, database: Any, children: Children, clock: Any) -> None:
        self.network, self.config, self.database = network, config, database
        self.children, self.clock = children, clock
        self.slack, self.mail = "support", "marketing"
        self.between: Callable[[], None] = lambda: None
        self._heard = (0, 0)

    def live(self, **order: Any) -> int:
        return self.children.live(self.config, self.clock, **order)

    def begin_again(self) -> None:
        """As it was before the round; what comes in from now on is what `messages` gives."""
        self.database.put_back()
        self.between()
        self._heard = len(self.network.slack.messages), len(self.network.mail.mails)

    def trace(self) -> list[str]:
        return (self.config.parent / "trace").read_text().splitlines()

    def state(self) -> dict[str, Any]:
        return state_of(self.database.url)

    def messages(self, stories: dict[str, Any]) -> Counter[tuple[str, str, Any]]:
        """What was told: the channel, the severity (or "digest"), and the stories whose links stand in it."""
        slack, mail = self._heard
        told = [(self.slack, one.text) for one in self.network.slack.messages[slack:]]
        told += [(self.mail, f"{one.subject}\n{one.part('text/plain')}") for one in self.network.mail.mails[mail:]]
        return Counter(self._about(channel, words, stories) for channel, words in told)

    @staticmethod
    def _about(channel: str, words: str, stories: dict[str, Any]) -> tuple[str, str, Any]:
        kind = words.split(maxsplit=1)[0]
        if kind not in ("Low", "Medium", "High", "Critical"):
            return channel, "digest", frozenset()
        return channel, kind, frozenset(stories[link] for link in LINK.findall(words) if link in stories)


def state_of(url: str) -> dict[str, Any]:
    """All that is kept, without the numbers that depend on the order in which things came."""
    store = Store.open(url, migrate=False)
    with store.read() as tx:
        mentions = list_mentions(tx, MentionFilter(limit=10_000))
        told_of: dict[str, set[str]] = {}
        for one in mentions:
            told_of.setdefault(one.story, set()).add(str(one.post.key))
        stories = {story: frozenset(keys) for story, keys in told_of.items()}
        of_alert = {one.id: stories[one.story] for one in alerts.list_alerts(tx, limit=10_000)}
        cursors = tx.execute(text("SELECT source, ask, cursor FROM cursor")).all()
        state = {
            "mentions": sorted(
                (str(one.post.key), one.brand, tuple(sorted(one.seen_by)), one.sentiment.label, one.held)
                for one in mentions
            ),
            "stories": sorted(map(sorted, stories.values())),
            "links": {one.post.url: stories[one.story] for one in mentions},
            "alerts": sorted(
                (sorted(stories[one.story]), one.severity, sorted(one.brands), one.mentions, one.ticket is not None)
                for one in alerts.list_alerts(tx, limit=10_000)
            ),
            "tickets": sorted(
                (one.title, one.status, one.customer, one.severity, one.mentions)
                for one in tickets.list_tickets(tx, status="", limit=10_000)
            ),
            "cursors": sorted((source, ask, _where(cursor)) for source, ask, cursor in cursors),
            "deliveries": sorted(
                (one.channel, one.kind, one.severity, one.state, sorted(of_alert.get(one.alert_id or 0, ())))
                for one in outbox.list_deliveries(tx, None, 10_000)
            ),
            "inbox": inbox.waiting(tx)[0] + len(inbox.list_set_aside(tx, 10)),
            "jobs": tx.execute(text("SELECT task, state FROM job")).all(),
            "gaps": tx.execute(text("SELECT source, why FROM gap")).all(),
        }
    store.close()
    return state


def differences(state: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    """What is kept and should not be, and what should be and is not, for each part of the state that is not right."""
    return {
        part: ([one for one in state[part] if one not in value], [one for one in value if one not in state[part]])
        if isinstance(value, list)
        else (state[part], value)
        for part, value in expected.items()
        if state[part] != value
    }


def _where(cursor: str) -> str:
    """Up to where a cursor has read; the rest says how often it was asked, and what the last walk passed again."""
    told = json.loads(cursor)
    position = {key: told[key] for key in ("read_to", "newest", "between", "body", "seen") if key in told}
    assert position, f"a cursor of a form that is not known here: {cursor}"
    return json.dumps(position, sort_keys=True)


def in_flight(trace: Sequence[str]) -> Counter[str]:
    """The channel whose message had gone out when death came before the commit that writes it down."""
    since = list(trace)
    if since and since[-1] == "before commit":
        since.pop()
    return Counter([since[-1].removeprefix("after send on ")] if since and since[-1].startswith("after send") else [])


@pytest.fixture(scope="session")
def children() -> Iterator[Children]:
    started = Children()
    yield started
    started.close()


@pytest.fixture
def trial(network: Any, clock: Any, database: Path, children: Children) -> Trial:
    return prepare(network, clock, children, SqliteFile(network.folder))


@pytest.fixture
def trial_on_postgresql(network: Any, clock: Any, children: Children, postgresql: str) -> Trial:
    return prepare(network, clock, children, PostgresqlDatabase(postgresql))


def prepare(network: Any, clock: Any, children: Children, database: Any) -> Trial:
    """Lives through the day before, and stands before the round that tells the whole story."""
    network.hits_a_page = 3
    network.feed("blogs", {"title": "Acme opens a shop", "link": "https://blogs.example/0", "minutes_ago": 60})
    network.comment(100, "Acme is a fine name", minutes_ago=90)
    (network.folder / "customers.csv").write_text(
        "id,name,tier,owner,emails,handles\nc1,Jane Doe,gold,Sam,jane@example.com,\nc2,Bob,silver,Sam,,hackernews:bob\n"
    )
    config = configure(network, database)
    trial = Trial(network, config, database, children, clock)
    assert trial.live(warm=True) == 0
    clock.forward(days=1)
    database.keep()
    tell_the_story(network)
    assert trial.live(warm=True) == 0  # everything that a round needs is imported and compiled now
    return trial


def configure(network: Any, database: Any, *more: str) -> Path:
    angry = 'sentiment.score <= -0.4 && customer.tier in ["gold", "platinum"]'
    return network.write_config(
        network.brand("Acme"),
        network.brand("Acme Goods", "acme NOT rocket"),
        *(network.feed_source(name) for name in ("blogs", "news")),
        network.hackernews_source(),
        network.table("[[customers]]", {"path": "customers.csv"}),
        network.slack_channel("support"),
        network.mail_channel("marketing"),
        network.rule("unhappy", "sentiment.score <= -0.4", "medium", "support"),
        network.rule("angry customer", angry, "high", "support", "marketing", ticket="builtin"),
        *more,
        database=database.url,
    )


def tell_the_story(network: Any) -> None:
    """One story in two feeds, a search with two pages, an angry customer with a ticket."""
    network.feed(
        "blogs",
        {"title": "Acme board finds faults", "text": RELEASE, "link": "https://blogs.example/1", "minutes_ago": 50},
        {"title": "Ten fine kettles", "text": "One is Acme's.", "link": "https://blogs.example/2", "minutes_ago": 90},
        {"title": "Acme opens a shop", "link": "https://blogs.example/0", "minutes_ago": 1_500},
    )
    network.feed(
        "news",
        {"title": "Acme board finds faults", "text": RELEASE, "link": "https://news.example/a", "minutes_ago": 45},
        {"title": "Weather", "text": "It will rain.", "link": "https://news.example/b", "minutes_ago": 80},
        {
            "title": "To the editor",
            "text": "My Acme kettle is awful, it broke twice and I hate the useless support. Fix this now!",
            "link": "https://news.example/c",
            "author": "jane@example.com (Jane)",
            "minutes_ago": 20,
        },
    )
    network.comment(101, "Acme has a new kettle, nothing to add")
    network.comment(102, "Does anybody still use the Acme app?", minutes_ago=40)
    network.comment(103, "Acme lost my parcel, what a terrible, horrible shop", author="bob", minutes_ago=41)
    network.comment(104, "My acme rocket flies", minutes_ago=300)


PARTS = 16


@pytest.mark.parametrize(
    "part", [6, *(pytest.param(part, marks=pytest.mark.soak) for part in range(PARTS) if part != 6)]
)
def test_a_kill_at_any_commit_or_send_loses_nothing_doubles_nothing_and_repeats_only_what_was_in_flight(
    trial: Trial, part: int
) -> None:
    whole, expected, told = undisturbed(trial, in_turn=True)
    for boundary in range(1 + part, len(whole) + 1, PARTS):
        die_and_go_on(trial, boundary, whole, expected, told)


def undisturbed(trial: Trial, **order: Any) -> tuple[list[str], dict[str, Any], Counter[Any]]:
    """What it comes to without a death: the boundaries, the state, the messages."""
    trial.begin_again()
    assert trial.live(**order) == 0
    expected = trial.state()
    told = trial.messages(expected["links"])
    assert set(told.values()) == {1}
    return trial.trace(), expected, told


def die_and_go_on(
    trial: Trial, boundary: int, whole: Sequence[str], expected: dict[str, Any], told: Counter[Any]
) -> None:
    trial.begin_again()
    assert trial.live(in_turn=True, kill_at=boundary) == SIGKILLED, f"boundary {boundary} was not hit"
    assert trial.trace() == whole[:boundary]
    flying = in_flight(trial.trace())
    trial.database.after_a_death()
    assert trial.live(in_turn=True) == 0
    assert differences(trial.state(), expected) == {}, f"after a death at boundary {boundary}, {whole[boundary - 1]}"
    messages = trial.messages(expected["links"])
    assert not told - messages, f"boundary {boundary}: not told"
    repeats = messages - told
    assert Counter(channel for channel, _, _ in repeats.elements()) == flying, f"boundary {boundary}: {repeats}"


def test_the_story_has_all_the_boundaries_that_matter(trial: Trial) -> None:
    whole, expected, told = undisturbed(trial, in_turn=True)
    assert {name for name in whole if "send" in name} == {
        f"{moment} send on {channel}" for moment in ("before", "after") for channel in ("support", "marketing")
    }
    assert len(whole) > 100
    assert sorted((channel, kind) for channel, kind, _ in told) == [
        ("marketing", "High"),
        ("support", "High"),
        ("support", "Medium"),
        ("support", "Medium"),
    ]
    assert len(expected["alerts"]) == 3
    assert len(expected["tickets"]) == 1
    assert all(state == "sent" for _, _, _, state, _ in expected["deliveries"])
    assert (expected["inbox"], expected["jobs"], expected["gaps"]) == (0, [], [])


@pytest.mark.parametrize(
    "around", [range(-1, 2), pytest.param((*range(-4, -1), 2, 3), marks=pytest.mark.soak)], ids=str
)
def test_a_kill_around_the_digest_sends_it_once_and_again_only_if_it_was_in_flight(
    trial: Trial, around: Sequence[int]
) -> None:
    configure(trial.network, trial.database, trial.network.table("[digest]", {"at": "08:00", "notify": ["marketing"]}))
    trial.clock.forward(days=1)
    trial.database.keep()
    assert trial.live(warm=True) == 0
    whole, expected, told = undisturbed(trial, in_turn=True)
    assert told == Counter([("marketing", "digest", frozenset())])
    sending = whole.index("before send on marketing") + 1
    for distance in around:
        die_and_go_on(trial, sending + distance, whole, expected, told)


@pytest.mark.parametrize("boundary", [1, 2])
def test_a_kill_around_the_first_migration_leaves_a_database_that_opens(trial: Trial, boundary: int) -> None:
    file = trial.config.parent / "listener.db"
    for path in file.parent.glob("listener.db*"):
        path.unlink()
    assert trial.live(in_turn=True, kill_at=boundary) == SIGKILLED
    assert len(trial.trace()) == boundary
    assert trial.live(in_turn=True) == 0
    assert len(trial.state()["alerts"]) == 3


@pytest.mark.parametrize(
    "seeds",
    [
        range(3),
        *(pytest.param(range(start, start + 5), marks=pytest.mark.soak) for start in range(3, 198, 5)),
    ],
    ids=str,
)
def test_a_kill_at_a_random_moment_loses_and_doubles_nothing(trial: Trial, seeds: range) -> None:
    began = time.monotonic()
    _, expected, told = undisturbed(trial)
    lasts = time.monotonic() - began
    for seed in seeds:
        die_at_random(trial, Random(seed), lasts, expected, told)


def die_at_random(trial: Trial, chance: Random, lasts: float, expected: dict[str, Any], told: Counter[Any]) -> None:
    """One to three deaths in a row, then a life to its end."""
    trial.begin_again()
    claimed: Counter[str] = Counter()
    for _ in range(chance.choice([1, 1, 2, 3])):
        ended, moment = 0, lasts * chance.random()
        while ended != SIGKILLED:  # a child that was quicker than its death has shown nothing: sooner, then
            ended = trial.live(kill_after=moment)
            assert ended in (0, SIGKILLED)
            moment *= 0.6
        trial.database.after_a_death()
        claimed += trial.database.claimed()
    assert trial.live() == 0
    assert differences(trial.state(), expected) == {}
    messages = trial.messages(expected["links"])
    assert not told - messages
    repeats = Counter(channel for channel, _, _ in (messages - told).elements())
    assert not repeats - claimed, f"{repeats} were repeated, {claimed} were in flight"


@pytest.mark.postgres
@pytest.mark.parametrize("sampled", [1, pytest.param(20, marks=pytest.mark.soak)])
def test_on_postgresql_a_kill_at_a_sample_of_boundaries_loses_and_doubles_nothing(
    trial_on_postgresql: Trial, sampled: int
) -> None:
    trial = trial_on_postgresql
    whole, expected, told = undisturbed(trial, in_turn=True)
    around_sends = [number for number, name in enumerate(whole, 1) if name.endswith("support")][:2]
    for boundary in sorted({*Random(2).sample(range(1, len(whole) + 1), sampled), *around_sends, around_sends[-1] + 1}):
        die_and_go_on(trial, boundary, whole, expected, told)


# On the demo's network: four services, all formats of feeds, languages, spam -----------------------------------------


@pytest.fixture
def demo(folder: Path, clock: Any, children: Children, database: Path) -> Iterator[Trial]:
    shown = type(clock)(clock())  # what the services go by
    with DemoNetwork(shown, clock()) as network:
        config = folder / "config.toml"
        config.write_text(demo_config(network, folder, together=False))
        trial = Trial(network, config, SqliteFile(folder), children, clock)
        trial.mail = "marketing-email"
        hours = itertools.count(1)

        def allow_anew() -> None:
            """The services count requests by the hour; a thousand starts in one hour would be too many for them."""
            shown.forward(hours=next(hours))
            network.hackernews.answer(Request(method="GET", path="/api/v1/search_by_date"))
            network.bluesky.answer(Request(method="GET", path="/xrpc/app.bsky.feed.searchPosts"))
            for instance in INSTANCES:
                network.mastodon.answer(Request(method="GET", path=f"/{instance}/api/v2/instance"))
            shown.now = clock()

        trial.between = allow_anew
        trial.database.keep()
        assert trial.live(warm=True) == 0
        yield trial


DEMO_PARTS = 20


@pytest.mark.soak
@pytest.mark.parametrize("seeds", [range(10), range(10, 20)], ids=str)
def test_on_the_demos_network_a_kill_at_a_random_moment_loses_and_doubles_nothing(demo: Trial, seeds: range) -> None:
    began = time.monotonic()
    _, expected, told = undisturbed(demo)
    lasts = time.monotonic() - began
    for seed in seeds:
        die_at_random(demo, Random(seed), lasts, expected, told)


@pytest.mark.soak
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("part", range(DEMO_PARTS))
def test_on_the_demos_network_a_kill_at_any_boundary_loses_and_doubles_nothing(demo: Trial, part: int) -> None:
    whole, expected, told = undisturbed(demo, in_turn=True)
    for boundary in range(1 + part, len(whole) + 1, DEMO_PARTS):
        die_and_go_on(demo, boundary, whole, expected, told)
