"""What is to be done: rows written in the transaction that makes them necessary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, and_, delete, exists, func, select, update

from listener.engine.contract import EngineStats
from listener.store.statements import one_at_a_time
from listener.store.tables import JOB
from sources.post import storable


class Job(Struct, frozen=True, kw_only=True):
    """A claimed job. `attempt` (from 1) is what its end must name: a claim that ran out can end nothing."""

    id: int
    task: str
    args: dict[str, Any]
    key: str
    priority: int
    attempt: int
    created_at: datetime
    lease_until: datetime


def enqueue(
    tx: Connection,
    task: str,
    args: Mapping[str, Any],
    *,
    key: str,
    priority: int = 0,
    run_after: datetime | None = None,
    now: datetime,
) -> int:
    """Adds a job in the caller's transaction; a greater `priority` goes first. Gives its number."""
    row = {
        "task": task,
        "args_json": msgspec.json.encode(args).decode(),
        "key": key,
        "priority": priority,
        "state": "queued",
        "run_after": run_after or now,
        "created_at": now,
    }
    return int(tx.execute(JOB.insert().returning(JOB.c.id), row).scalar_one())


def claim(tx: Connection, now: datetime, lease: timedelta, tasks: Sequence[str] | None = None) -> Job | None:
    """Takes the job of the highest priority, the oldest first, whose key has no other job running.

    The caller has it until now + lease and must commit before it starts. None: nothing can run now.
    """
    one_at_a_time(tx, "claim")  # two servers' workers could otherwise each see a key as free
    release_expired(tx, now)
    running = JOB.alias("running")
    free = ~exists().where(running.c.key == JOB.c.key, running.c.state == "running")
    waiting = select(JOB.c.id).where(JOB.c.state == "queued", JOB.c.run_after <= now, free)
    if tasks is not None:
        waiting = waiting.where(JOB.c.task.in_(tasks))
    best = waiting.order_by(JOB.c.priority.desc(), JOB.c.id).limit(1).scalar_subquery()
    taken = tx.execute(
        update(JOB)
        .where(JOB.c.id == best, JOB.c.state == "queued")
        .values(state="running", attempt=JOB.c.attempt + 1, lease_until=now + lease)
        .returning(JOB)
    ).first()
    if taken is None:
        return None
    return Job(
        id=taken.id,
        task=taken.task,
        args=msgspec.json.decode(taken.args_json, type=dict[str, Any]),
        key=taken.key,
        priority=taken.priority,
        attempt=taken.attempt,
        created_at=taken.created_at,
        lease_until=taken.lease_until,
    )


def finish(tx: Connection, number: int, attempt: int) -> bool:
    """Ends a job and forgets it; False where the claim had run out and another has it."""
    mine = and_(JOB.c.id == number, JOB.c.attempt == attempt, JOB.c.state == "running")
    return bool(tx.execute(delete(JOB).where(mine)).rowcount)


def fail(tx: Connection, number: int, attempt: int, error: str, run_after: datetime | None) -> bool:
    """Ends a try that failed: the job waits until `run_after`, or is dead (None). False as for `finish`."""
    mine = and_(JOB.c.id == number, JOB.c.attempt == attempt, JOB.c.state == "running")
    values: dict[str, Any] = {"error": storable(error), "lease_until": None}
    values |= {"state": "dead"} if run_after is None else {"state": "queued", "run_after": run_after}
    return bool(tx.execute(update(JOB).where(mine).values(values)).rowcount)


def release_expired(tx: Connection, now: datetime) -> int:
    """Makes jobs ready again whose worker has not ended them in time; gives how many."""
    lost = and_(JOB.c.state == "running", JOB.c.lease_until <= now)
    return tx.execute(update(JOB).where(lost).values(state="queued", lease_until=None)).rowcount


def release_all(tx: Connection, now: datetime) -> int:
    """Makes every running job ready again: only for whoever alone works on this database, when it starts."""
    ready = {"state": "queued", "lease_until": None, "run_after": now}
    return tx.execute(update(JOB).where(JOB.c.state == "running").values(ready)).rowcount


def busy_keys(tx: Connection, task: str) -> set[str]:
    """The keys that have a job of this task queued or running."""
    rows = tx.execute(select(JOB.c.key).where(JOB.c.task == task, JOB.c.state != "dead").distinct())
    return set(rows.scalars())


def stats(tx: Connection) -> EngineStats:
    """How much work waits, and since when the oldest does."""
    fresh = and_(JOB.c.state == "queued", JOB.c.attempt == 0)
    counted = tx.execute(
        select(
            func.count().filter(fresh),
            func.count().filter(JOB.c.state == "running"),
            func.count().filter(JOB.c.state == "queued", JOB.c.attempt > 0),
            func.min(JOB.c.created_at).filter(JOB.c.state == "queued"),
        )
    ).one()
    return EngineStats(queued=counted[0], running=counted[1], retrying=counted[2], oldest=counted[3])
