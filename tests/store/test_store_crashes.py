"""A database survives the death of whoever writes it, at any moment, and two who write at once."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest
from sqlalchemy import func, select, text

from listener.store import Store, inbox, jobs, outbox, sources
from listener.store.tables import ALERT, ALERT_MENTION, DELIVERY, MENTION, POST, SIGHTING, TELLING

POSTS = 20

WRITER = '''
import sys
from datetime import UTC, datetime, timedelta

import msgspec

from alerts.alert import AlertIntent
from listener.store import Store, alerts, inbox, jobs, mentions, outbox, sources
from rules.analysis import Read
from rules.reading import Reading, RuleMatch, Sentiment, Urgency
from sources.post import Post

url, source, pages, size = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
RULES = (RuleMatch(name="angry", severity="high", reason="'angry'"),)


def read(post):
    reading = Reading(
        key=post.key, brand="Acme", spans=(), lang="en", sentiment=Sentiment(label="negative"), urgency=Urgency(),
        intent=(), topics=(), story="", customer=None, rules=RULES,
    )
    number = int(post.external_id)
    return Read(post, reading, tuple(range(number * 10, number * 10 + 6)), False)


def fetch(store):
    """Transaction one: posts, cursor and job together."""
    with store.write() as tx:
        stood = sources.get_cursor(tx, source, "")
        page = int(stood[0]) if stood else 0
        if page >= pages:
            return False
        posts = [
            Post(source="feed", instance="x", external_id=str(number), text=f"acme post {number}")
            for number in range(page * size, (page + 1) * size)
        ]
        batch = inbox.put_batch(tx, source, msgspec.json.encode(posts), size, stood is None, NOW)
        jobs.enqueue(tx, "analyse", {"batch": batch}, key=f"analyse:{source}", now=NOW)
        assert sources.advance(tx, source, "", stood[0] if stood else None, str(page + 1), 0, NOW)
    return True


def analyse(store):
    """Transaction two: results, alerts, deliveries, and the batch is gone."""
    with store.write() as tx:
        job = jobs.claim(tx, NOW, timedelta(minutes=5), ["analyse"])
    if job is None:
        return False
    with store.write() as tx:
        batch = inbox.take(tx, job.args["batch"])
    if batch is not None:
        with store.write() as tx:
            posts = msgspec.json.decode(batch.posts, type=list[Post])
            assert inbox.remove_batch(tx, batch.id)
            kept = mentions.put_results(tx, [read(post) for post in posts], batch.source, batch.first_reading, NOW)
            intents = [
                AlertIntent(
                    key=one.story, story=one.story, severity="high", brand="Acme", mention_id=one.id, rules=RULES,
                    channels=("slack",),
                )
                for one in kept.new
            ]
            for told in alerts.put_alerts(tx, intents, NOW):
                if told.is_new:
                    outbox.put_delivery(
                        tx, key=f"alert:{told.alert_id}:slack", channel="slack", kind="alert",
                        payload={"alert": told.alert_id}, now=NOW,
                    )
    with store.write() as tx:
        jobs.finish(tx, job.id, job.attempt)
    return True


store = Store.open(url)
print("ready", flush=True)
while fetch(store) or analyse(store):
    analyse(store)
'''


@contextmanager
def _writer(url: str, source: str, pages: int, size: int = POSTS) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-c", WRITER, url, source, str(pages), str(size)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def _count(store: Store, table: object) -> int:
    with store.read() as tx:
        return int(tx.execute(select(func.count()).select_from(table)).scalar_one())


def _assert_consistent(store: Store, size: int = POSTS) -> int:
    """Whatever the moment: what the cursor covers is in the inbox or kept, once, with all it calls for."""
    with store.read() as tx:
        if tx.dialect.name == "sqlite":
            assert tx.execute(text("PRAGMA integrity_check")).scalar() == "ok"
            assert tx.execute(text("PRAGMA foreign_key_check")).all() == []
        stood = sources.get_cursor(tx, "blogs", "")
        pages = int(stood[0]) if stood else 0
        waiting, _ = inbox.waiting(tx)
        queued = jobs.stats(tx)
        words = tx.execute(text("SELECT count(*) FROM post_words")).scalar()
        due = len(outbox.list_deliveries(tx, "due", 10_000))
    assert queued.queued + queued.running + queued.retrying >= waiting
    posts = _count(store, POST)
    assert posts + waiting * size == pages * size
    for table in (MENTION, SIGHTING, ALERT, ALERT_MENTION, DELIVERY, TELLING):
        assert _count(store, table) == posts, table.name
    assert words == due == posts
    return pages


@pytest.mark.parametrize("kills", [3, pytest.param(20, marks=pytest.mark.soak)])
def test_a_writer_killed_at_any_moment_loses_and_doubles_nothing(url: str, now: datetime, kills: int) -> None:
    moments = random.Random(7)
    store = Store.open(url)
    pages = 0
    for _ in range(kills):
        with _writer(url, "blogs", 100_000) as process:
            time.sleep(moments.uniform(0.01, 0.4))  # the moment of death is the point: there is no clock to pass
            process.kill()
            process.wait()
            reached = _assert_consistent(store)
            assert reached >= pages
            pages = reached
        with store.write() as tx:  # as a new start does
            jobs.release_all(tx, now)
    assert pages > 0
    with _writer(url, "blogs", pages + 1) as process:
        assert process.wait(60) == 0
    assert _assert_consistent(store) == pages + 1
    assert _count(store, POST) == (pages + 1) * POSTS
    with store.read() as tx:
        assert jobs.stats(tx).queued == jobs.stats(tx).running == inbox.waiting(tx)[0] == 0
    store.close()


def test_two_processes_that_bring_the_same_posts_at_once_keep_each_once(url: str) -> None:
    store = Store.open(url)
    with _writer(url, "blogs", 15) as one, _writer(url, "news", 15) as other:
        assert (one.wait(90), other.wait(90)) == (0, 0)
    posts = 15 * POSTS
    with store.read() as tx:
        assert inbox.waiting(tx)[0] == 0
    for table in (POST, MENTION, ALERT, ALERT_MENTION, DELIVERY, TELLING):
        assert _count(store, table) == posts, table.name
    assert _count(store, SIGHTING) == 2 * posts
    store.close()


@pytest.mark.postgres
def test_a_server_that_drops_us_is_told_and_the_next_transaction_works(server: str, emptied: str) -> None:
    from listener.store import StoreUnavailable

    store = Store.open(emptied)
    with pytest.raises(StoreUnavailable, match="goes on when it is back"), store.write() as tx:
        tx.execute(text("INSERT INTO setting (name, value) VALUES ('a', 'b')"))
        own = tx.execute(text("SELECT pg_backend_pid()")).scalar()
        with store.write() as killer:
            killer.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": own})
        tx.execute(text("SELECT 1"))
    with store.write() as tx:
        assert tx.execute(text("SELECT count(*) FROM setting")).scalar() == 0
    store.close()
