"""Jobs: never two of a key at once, never lost with their worker."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from listener.store import Store, jobs
from listener.store.tables import JOB

LEASE = timedelta(minutes=5)


def _add(store: Store, key: str, now: datetime, **options: object) -> int:
    with store.write() as tx:
        return jobs.enqueue(tx, "drain", {"credential": key}, key=key, now=now, **options)


def _claim(store: Store, now: datetime, tasks: list[str] | None = None) -> jobs.Job | None:
    with store.write() as tx:
        return jobs.claim(tx, now, LEASE, tasks)


def test_the_highest_priority_goes_first_then_the_oldest(store: Store, now: datetime) -> None:
    _add(store, "a", now)
    _add(store, "b", now, priority=5)
    _add(store, "c", now, priority=5)
    _add(store, "later", now, priority=9, run_after=now + LEASE)
    order = [job.key for _ in range(4) if (job := _claim(store, now))]
    assert order == ["b", "c", "a"]


def test_a_key_never_runs_twice_at_once(store: Store, now: datetime) -> None:
    first, second = _add(store, "a", now), _add(store, "a", now)
    job = _claim(store, now)
    assert job is not None and (job.id, job.attempt, job.args) == (first, 1, {"credential": "a"})
    assert _claim(store, now) is None
    with store.write() as tx:
        assert jobs.finish(tx, job.id, job.attempt)
    after = _claim(store, now)
    assert after is not None and after.id == second


def test_the_database_itself_refuses_two_running_jobs_of_a_key(store: Store, now: datetime) -> None:
    _add(store, "a", now)
    _add(store, "a", now)
    with pytest.raises(IntegrityError), store.write() as tx:
        tx.execute(JOB.update().values(state="running"))


def test_a_job_whose_worker_vanished_runs_again_and_the_worker_can_end_nothing(store: Store, now: datetime) -> None:
    _add(store, "a", now)
    lost = _claim(store, now)
    assert lost is not None
    assert _claim(store, now + LEASE - timedelta(seconds=1)) is None
    again = _claim(store, now + LEASE)
    assert again is not None and (again.id, again.attempt) == (lost.id, 2)
    with store.write() as tx:
        assert not jobs.finish(tx, lost.id, lost.attempt)
        assert not jobs.fail(tx, lost.id, lost.attempt, "late", now)
        assert jobs.finish(tx, again.id, again.attempt)
        assert jobs.stats(tx).queued == 0


def test_a_failed_job_waits_for_its_next_try_or_is_dead(store: Store, now: datetime) -> None:
    _add(store, "a", now)
    job = _claim(store, now)
    assert job is not None
    with store.write() as tx:
        assert jobs.fail(tx, job.id, job.attempt, "no luck\x00", now + LEASE)
        waiting = jobs.stats(tx)
    assert (waiting.queued, waiting.running, waiting.retrying, waiting.oldest) == (0, 0, 1, now)
    assert _claim(store, now) is None
    job = _claim(store, now + LEASE)
    assert job is not None and job.attempt == 2
    with store.write() as tx:
        assert jobs.busy_keys(tx, "drain") == {"a"}
        assert jobs.fail(tx, job.id, job.attempt, "hopeless", None)
        assert jobs.busy_keys(tx, "drain") == set()
    assert _claim(store, now + timedelta(days=1)) is None


def test_only_the_tasks_that_somebody_can_do_are_claimed(store: Store, now: datetime) -> None:
    _add(store, "a", now)
    assert _claim(store, now, ["analyse"]) is None
    assert _claim(store, now, ["analyse", "drain"]) is not None


def test_a_new_start_makes_all_running_jobs_ready(store: Store, now: datetime) -> None:
    _add(store, "a", now)
    assert _claim(store, now) is not None
    with store.write() as tx:
        assert jobs.release_all(tx, now) == 1
    assert _claim(store, now) is not None


def test_a_rollback_leaves_no_job(store: Store, now: datetime) -> None:
    with pytest.raises(InterruptedError), store.write() as tx:
        jobs.enqueue(tx, "drain", {}, key="a", now=now)
        raise InterruptedError
    assert _claim(store, now) is None


def test_many_workers_share_the_jobs_and_none_is_done_twice(url: str, now: datetime) -> None:
    store = Store.open(url)
    with store.write() as tx:
        for number in range(40):
            jobs.enqueue(tx, "drain", {"n": number}, key=f"k{number % 5}", now=now)
    done: list[tuple[str, int]] = []
    running: set[str] = set()
    guard, troubles = threading.Lock(), []

    def work() -> None:
        while True:
            job = _claim(store, now)
            if job is None:
                if len(done) + len(running) >= 40 or troubles:
                    return
                continue
            with guard:
                if job.key in running:
                    troubles.append(job.key)
                running.add(job.key)
            with guard:
                running.discard(job.key)
                done.append((job.key, job.id))
            with store.write() as tx:
                jobs.finish(tx, job.id, job.attempt)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert troubles == []
    assert len(done) == len(set(done)) == 40
    store.close()
