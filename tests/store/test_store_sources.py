"""When a source is due, how it fares, and that its cursor moves with what it covers."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from listener.store import Store, inbox, jobs, sources, turns

EVERY = timedelta(minutes=15)
HOUR = timedelta(hours=1)


@pytest.fixture
def synced(store: Store, now: datetime) -> Store:
    with store.write() as tx:
        sources.sync_sources(
            tx,
            [
                ("blogs", "feed", "example.org", EVERY),
                ("news", "feed", "example.org", EVERY),
                ("hn", "hn", "hn", EVERY),
            ],
            now,
        )
    return store


def _state(store: Store, name: str) -> sources.SourceState:
    with store.read() as tx:
        return next(state for state in sources.list_sources(tx) if state.name == name)


def test_new_sources_are_due_now_and_one_at_a_time_for_a_credential(synced: Store, now: datetime) -> None:
    with synced.write() as tx:
        assert sources.due_credentials(tx, now, 10) == ["example.org", "hn"]
        assert sources.due_credentials(tx, now, 1) == ["example.org"]
        assert turns.next_due(tx, ["example.org", "hn"], now) == {"example.org": "blogs", "hn": "hn"}
        assert turns.next_due(tx, ["example.org", "hn"], now, ["news"]) == {"example.org": "news"}
        sources.schedule_next(tx, "blogs", now + EVERY)
        assert turns.next_due(tx, ["example.org"], now) == {"example.org": "news"}
        sources.schedule_next(tx, "news", now + EVERY)
        assert turns.next_due(tx, ["example.org"], now) == {}
        assert sources.due_credentials(tx, now, 10) == ["hn"]
        assert sources.due_credentials(tx, now + EVERY, 10) == ["hn", "example.org"]


def test_a_source_that_leaves_the_configuration_is_kept_and_not_asked(synced: Store, now: datetime) -> None:
    with synced.write() as tx:
        sources.record_success(tx, "blogs", now, 7, now + EVERY)
        sources.sync_sources(tx, [("hn", "hn", "hn", EVERY)], now + HOUR)
        assert sources.due_credentials(tx, now + HOUR, 10) == ["hn"]
        assert [state.name for state in sources.list_sources(tx, active_only=True)] == ["hn"]
    gone = _state(synced, "blogs")
    assert not gone.active and gone.posts_seen == 7
    with synced.write() as tx:
        sources.sync_sources(tx, [("blogs", "feed", "example.org", EVERY)], now + HOUR)
    back = _state(synced, "blogs")
    assert back.active and back.posts_seen == 7


def test_a_shorter_interval_counts_from_now_on(synced: Store, now: datetime) -> None:
    with synced.write() as tx:
        sources.schedule_next(tx, "hn", now + timedelta(days=30))
        sources.sync_sources(tx, [("hn", "hn", "hn", EVERY)], now)
    assert _state(synced, "hn").next_at == now + EVERY


def test_failing_is_counted_from_its_begin_and_its_end_is_told_once(synced: Store, now: datetime) -> None:
    with synced.write() as tx:
        assert sources.record_failure(tx, "hn", now, "time\x00out", now + EVERY) == (1, now)
        assert sources.record_failure(tx, "hn", now + HOUR, "timeout", now + HOUR) == (2, now)
    failing = _state(synced, "hn")
    assert (failing.failing_since, failing.failures, failing.last_error_at) == (now, 2, now + HOUR)
    with synced.write() as tx:
        assert not sources.anything_heard_before(tx, now + 9 * HOUR)
        assert sources.record_success(tx, "hn", now + 2 * HOUR, 3, now + 3 * HOUR, "1 entry was unreadable") == now
        assert sources.record_success(tx, "hn", now + 3 * HOUR, 0, now + 4 * HOUR) is None
        assert sources.anything_heard_before(tx, now + 9 * HOUR)
        assert not sources.anything_heard_before(tx, now + 2 * HOUR)
    well = _state(synced, "hn")
    assert (well.failing_since, well.failures, well.posts_seen, well.last_post_at) == (None, 0, 3, now + 2 * HOUR)
    assert well.first_read_done and well.last_success_at == now + 3 * HOUR


def test_a_blocked_credential_waits_with_all_its_sources_even_new_ones(synced: Store, now: datetime) -> None:
    with synced.write() as tx:
        sources.block_credential(tx, "example.org", now + 2 * HOUR)
        sources.block_credential(tx, "example.org", now + HOUR)
        known = [("blogs", "feed", "example.org", EVERY), ("new", "feed", "example.org", EVERY)]
        sources.sync_sources(tx, known, now)
        assert sources.due_credentials(tx, now + HOUR, 10) == []
        assert turns.next_due(tx, ["example.org"], now + HOUR) == {}
        assert sources.due_credentials(tx, now + 2 * HOUR, 10) == ["example.org"]


def test_a_disabled_source_is_not_asked_until_a_person_enables_it(synced: Store, now: datetime) -> None:
    with synced.write() as tx:
        sources.disable(tx, "hn", "the key was refused")
        assert sources.due_credentials(tx, now, 10) == ["example.org"]
    assert _state(synced, "hn").disabled_why == "the key was refused"
    with synced.write() as tx:
        sources.enable(tx, "hn")
        assert "hn" in sources.due_credentials(tx, now, 10)


def test_a_cursor_moves_only_for_who_knows_where_it_stands(store: Store, now: datetime) -> None:
    with store.write() as tx:
        assert sources.get_cursor(tx, "hn", "acme") is None
        assert not sources.advance(tx, "hn", "acme", "1", "2", 0, now)
        assert sources.advance(tx, "hn", "acme", None, "1", 0, now)
        assert not sources.advance(tx, "hn", "acme", None, "1", 0, now)
        assert sources.advance(tx, "hn", "acme", "1", "2", 0, now)
        assert not sources.advance(tx, "hn", "acme", "1", "3", 0, now)
        assert sources.get_cursor(tx, "hn", "acme") == ("2", 0)
        assert sources.get_cursor(tx, "hn", "bolt") is None


def test_a_greater_epoch_shuts_the_reader_before_out(store: Store, now: datetime) -> None:
    with store.write() as tx:
        assert sources.advance(tx, "stream", "", None, "1", 1, now)
        assert sources.advance(tx, "stream", "", "1", "1", 2, now)
        assert not sources.advance(tx, "stream", "", "1", "2", 1, now)
        assert sources.advance(tx, "stream", "", "1", "2", 2, now)


def test_asks_of_any_length_have_their_own_cursors(store: Store, now: datetime) -> None:
    long = "".join(chr(0x4E00 + (number * 7919) % 20_000) for number in range(5_000))
    with store.write() as tx:
        assert sources.advance(tx, "hn", long, None, "1", 0, now)
        assert sources.advance(tx, "hn", long + "x", None, "2", 0, now)
        assert sources.get_cursor(tx, "hn", long) == ("1", 0)


def test_posts_cursor_and_job_are_kept_together_or_not_at_all(store: Store, now: datetime) -> None:
    def keep(old: str | None, new: str) -> None:
        with store.write() as tx:
            batch = inbox.put_batch(tx, "hn", b"[]", 0, old is None, now)
            jobs.enqueue(tx, "analyse", {"batch": batch}, key="analyse:hn", now=now)
            if not sources.advance(tx, "hn", "", old, new, 0, now):
                raise InterruptedError

    keep(None, "1")
    with pytest.raises(InterruptedError):
        keep(None, "2")
    with store.read() as tx:
        assert inbox.waiting(tx) == (1, now)
        assert jobs.stats(tx).queued == 1
        assert sources.get_cursor(tx, "hn", "") == ("1", 0)


def test_a_batch_is_taken_removed_once_or_set_aside(store: Store, now: datetime) -> None:
    with store.write() as tx:
        first = inbox.put_batch(tx, "hn", b"[1]", 1, True, now)
        second = inbox.put_batch(tx, "hn", b"[2]", 1, False, now + HOUR)
        taken = inbox.take(tx, first)
        assert taken is not None and (taken.posts, taken.tries, taken.first_reading) == (b"[1]", 1, True)
        assert inbox.remove_batch(tx, first)
        assert not inbox.remove_batch(tx, first)
        assert inbox.take(tx, first) is None and inbox.get_batch(tx, first) is None
        assert inbox.waiting(tx) == (1, now + HOUR)
        inbox.set_aside(tx, second, "broke the reader", now)
        assert inbox.take(tx, second) is None
        assert inbox.waiting(tx) == (0, None)
        assert [batch.why for batch in inbox.list_set_aside(tx, 10)] == ["broke the reader"]
