"""What is to be done: rows written in the transaction that makes them necessary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Row, and_, bindparam, delete, exists, func, select, update

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


_RUNNING = JOB.alias("running")
_READY = (
    select(JOB.c.id, JOB.c.key, JOB.c.task)
    .where(
        JOB.c.state == "queued",
        JOB.c.run_after <= bindparam("now", type_=JOB.c.run_after.type),
        ~exists().where(_RUNNING.c.key == JOB.c.key, _RUNNING.c.state == "running"),
    )
    .order_by(JOB.c.priority.desc(), JOB.c.id)
    .limit(bindparam("look_at"))
)
_READY_OF = _READY.where(JOB.c.task.in_(bindparam("tasks", expanding=True)))
_TAKE = (
    update(JOB)
    .where(JOB.c.id.in_(bindparam("numbers", expanding=True)), JOB.c.state == "queued")
    .values(state="running", attempt=JOB.c.attempt + 1, lease_until=bindparam("until", type_=JOB.c.lease_until.type))
)
_TAKEN = select(JOB).where(JOB.c.id.in_(bindparam("numbers", expanding=True)), JOB.c.state == "running")
_ENQUEUE = JOB.insert().returning(JOB.c.id)
_FINISH = delete(JOB).where(
    JOB.c.id == bindparam("number"), JOB.c.attempt == bindparam("try_ended"), JOB.c.state == "running"
)
_RELEASE_EXPIRED = (
    update(JOB)
    .where(JOB.c.state == "running", JOB.c.lease_until <= bindparam("now", type_=JOB.c.lease_until.type))
    .values(state="queued", lease_until=None)
)
"""Built once: a poll of thousands of feeds runs them for each, and building one takes longer than running it."""


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
    return int(tx.execute(_ENQUEUE, row).scalar_one())


def claim(tx: Connection, now: datetime, lease: timedelta, tasks: Sequence[str] | None = None) -> Job | None:
    """Takes the job of the highest priority, the oldest first, whose key has no other job running.

    The caller has it until now + lease and must commit before it starts. None: nothing can run now.
    """
    taken = claim_some(tx, now, lease, 1, None if tasks is None else dict.fromkeys(tasks, 1))
    return taken[0] if taken else None


def claim_some(
    tx: Connection, now: datetime, lease: timedelta, most: int, room: Mapping[str, int] | None = None
) -> list[Job]:
    """Takes up to `most` jobs as `claim` does, no two of one key; of each task at most its `room`, None: of any.

    Where it gives none nothing can run now; where it gives fewer than `most` there may still be others.
    """
    one_at_a_time(tx, "claim")  # two servers' workers could otherwise each see a key as free
    release_expired(tx, now)
    left = dict(room) if room is not None else {}
    chosen: dict[str, int] = {}
    tasks = [task for task, number in left.items() if number > 0]
    look = _READY if room is None else _READY_OF
    for row in tx.execute(look, {"now": now, "look_at": 2 * most, **({} if room is None else {"tasks": tasks})}):
        if row.key in chosen or len(chosen) == most or (room is not None and not left[row.task]):
            continue
        chosen[row.key] = row.id
        if room is not None:
            left[row.task] -= 1
    if not chosen:
        return []
    tx.execute(_TAKE, {"numbers": list(chosen.values()), "until": now + lease})
    taken = {row.id: row for row in tx.execute(_TAKEN, {"numbers": list(chosen.values())})}
    return [_job(taken[number]) for number in chosen.values() if number in taken]


def _job(row: Row[Any]) -> Job:
    return Job(
        id=row.id,
        task=row.task,
        args=msgspec.json.decode(row.args_json, type=dict[str, Any]),
        key=row.key,
        priority=row.priority,
        attempt=row.attempt,
        created_at=row.created_at,
        lease_until=row.lease_until,
    )


def finish(tx: Connection, number: int, attempt: int) -> bool:
    """Ends a job and forgets it; False where the claim had run out and another has it."""
    return bool(tx.execute(_FINISH, {"number": number, "try_ended": attempt}).rowcount)


def fail(tx: Connection, number: int, attempt: int, error: str, run_after: datetime | None) -> bool:
    """Ends a try that failed: the job waits until `run_after`, or is dead (None). False as for `finish`."""
    mine = and_(JOB.c.id == number, JOB.c.attempt == attempt, JOB.c.state == "running")
    values: dict[str, Any] = {"error": storable(error), "lease_until": None}
    values |= {"state": "dead"} if run_after is None else {"state": "queued", "run_after": run_after}
    return bool(tx.execute(update(JOB).where(mine).values(values)).rowcount)


def release_expired(tx: Connection, now: datetime) -> int:
    """Makes jobs ready again whose worker has not ended them in time; gives how many."""
    return tx.execute(_RELEASE_EXPIRED, {"now": now}).rowcount


def release_all(tx: Connection, now: datetime) -> int:
    """Makes every running job ready again: only for whoever alone works on this database, when it starts."""
    ready = {"state": "queued", "lease_until": None, "run_after": now}
    return tx.execute(update(JOB).where(JOB.c.state == "running").values(ready)).rowcount


def busy_keys(tx: Connection, task: str) -> set[str]:
    """The keys that have a job of this task queued or running."""
    rows = tx.execute(select(JOB.c.key).where(JOB.c.task == task, JOB.c.state != "dead").distinct())
    return set(rows.scalars())


def waiting_args(tx: Connection, task: str) -> list[dict[str, Any]]:
    """The arguments of the jobs of this task that are queued or running."""
    rows = tx.execute(select(JOB.c.args_json).where(JOB.c.task == task, JOB.c.state != "dead"))
    return [msgspec.json.decode(args, type=dict[str, Any]) for args in rows.scalars()]


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
