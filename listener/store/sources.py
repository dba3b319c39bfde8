"""Where each source stands: when it is due, how it fares, what it could not read."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import BindParameter, Connection, Row, and_, bindparam, case, func, select, true, update

from listener.store.columns import moment
from listener.store.hashes import hash_of
from listener.store.statements import insert_into, insert_new
from listener.store.tables import CURSOR, SOURCE
from sources.post import storable

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""When a source is due that is told of posts and never asked."""


class SourceState(Struct, frozen=True, kw_only=True):
    """One configured source as it stands. `active` is False once it has left the configuration."""

    name: str
    kind: str
    credential: str
    every: timedelta
    next_at: datetime
    last_success_at: datetime | None
    last_error: str
    last_error_at: datetime | None
    failing_since: datetime | None
    failures: int
    blocked_until: datetime | None
    disabled_why: str
    posts_seen: int
    last_post_at: datetime | None
    newest_published_at: datetime | None
    first_read_done: bool
    active: bool
    notes: str


def _time(name: str) -> BindParameter[datetime]:
    return bindparam(name, type_=SOURCE.c.next_at.type)


_BLOCKED = select(SOURCE.c.credential).where(SOURCE.c.blocked_until > _time("now"))
DUE = and_(
    SOURCE.c.active,
    SOURCE.c.disabled_why == "",
    SOURCE.c.next_at <= _time("now"),
    SOURCE.c.credential.not_in(_BLOCKED),  # a source that was added while its credential is blocked waits with it
)
SCHEDULE = update(SOURCE).where(SOURCE.c.name == bindparam("its_name")).values(next_at=_time("due_at"))
_FAILING_SINCE = select(SOURCE.c.failing_since).where(SOURCE.c.name == bindparam("its_name"))
RECORD_SUCCESS = (
    update(SOURCE)
    .where(SOURCE.c.name == bindparam("its_name"))
    .values(
        last_success_at=_time("now"),
        next_at=func.coalesce(_time("due_at"), SOURCE.c.next_at),
        failing_since=None,
        failures=0,
        first_success_at=func.coalesce(SOURCE.c.first_success_at, _time("now")),
        posts_seen=SOURCE.c.posts_seen + bindparam("posts", type_=SOURCE.c.posts_seen.type),
        last_post_at=func.coalesce(_time("heard_at"), SOURCE.c.last_post_at),
        notes=bindparam("told"),
    )
)
_STANDS = select(CURSOR.c.cursor, CURSOR.c.epoch).where(
    CURSOR.c.source == bindparam("its_name"), CURSOR.c.ask_hash == bindparam("its_ask")
)
_MOVE = (
    update(CURSOR)
    .where(
        CURSOR.c.source == bindparam("its_name"),
        CURSOR.c.ask_hash == bindparam("its_ask"),
        CURSOR.c.cursor == bindparam("old"),
        CURSOR.c.epoch <= bindparam("its_epoch"),
    )
    .values(
        cursor=bindparam("new"),
        epoch=bindparam("its_epoch"),
        moved_at=bindparam("now"),
        reached_at=bindparam("reached"),
    )
)
"""Built once: a poll of thousands of feeds runs them for each, and building one takes longer than running it."""


def sync_sources(tx: Connection, wanted: Sequence[tuple[str, str, str, timedelta | None]], now: datetime) -> None:
    """Makes the kept sources those of the configuration: (name, kind, credential, every) each.

    New ones are due now, known ones keep where they stand, those that have gone are kept and no longer asked. A shorter
    `every` counts from now on. None: the source is told of posts, and never due.
    """
    tx.execute(update(SOURCE).where(SOURCE.c.active).values(active=False))
    if not wanted:
        return
    rows = [
        {
            "name": name,
            "kind": kind,
            "credential": credential,
            "every_seconds": every.total_seconds() if every else 0.0,
            "next_at": now if every else NEVER,
        }
        for name, kind, credential, every in wanted
    ]
    statement = insert_into(tx, SOURCE)
    told = {column: statement.excluded[column] for column in ("kind", "credential", "every_seconds")}
    tx.execute(statement.on_conflict_do_update(index_elements=[SOURCE.c.name], set_={**told, "active": True}), rows)
    tx.execute(
        update(SOURCE)
        .where(SOURCE.c.name == bindparam("its_name"), SOURCE.c.failures == 0, SOURCE.c.next_at > bindparam("latest"))
        .values(next_at=bindparam("latest")),
        [{"its_name": name, "latest": now + every if every else NEVER} for name, _, _, every in wanted],
    )
    for name, _, _, every in wanted:
        if every is None:
            schedule_next(tx, name, NEVER)  # it may have been asked under this name before


def due_credentials(tx: Connection, now: datetime, limit: int, names: Collection[str] | None = None) -> list[str]:
    """The credentials that have a source due and are not blocked, the one that has waited longest first.

    `names`: as if there were only these sources.
    """
    statement = (
        select(SOURCE.c.credential)
        .where(DUE, true() if names is None else SOURCE.c.name.in_(names))
        .group_by(SOURCE.c.credential)
        .order_by(func.min(SOURCE.c.next_at), SOURCE.c.credential)
        .limit(limit)
    )
    rows = tx.execute(statement, {"now": now})
    return [row.credential for row in rows]


def schedule_next(tx: Connection, name: str, next_at: datetime) -> None:
    """Sets when the source is due next."""
    tx.execute(SCHEDULE, {"its_name": name, "due_at": next_at})


def record_success(
    tx: Connection, name: str, now: datetime, posts: int, next_at: datetime | None, notes: str = ""
) -> datetime | None:
    """Writes down a turn that went well; gives since when the source had been failing, None where it had not.

    `next_at` None: when it is due next stays as it is.
    """
    had = tx.execute(_FAILING_SINCE, {"its_name": name}).scalar()
    told = {"its_name": name, "now": now, "posts": posts, "heard_at": now if posts else None, "due_at": next_at}
    tx.execute(RECORD_SUCCESS, {**told, "told": storable(notes)})
    return had


def record_part(tx: Connection, name: str, now: datetime, posts: int, next_at: datetime | None) -> None:
    """Writes down what a part of a source brought while another part of it fails. `next_at` as in `record_success`."""
    tx.execute(
        update(SOURCE)
        .where(SOURCE.c.name == name)
        .values(
            next_at=SOURCE.c.next_at if next_at is None else moment(next_at),
            posts_seen=SOURCE.c.posts_seen + posts,
            last_post_at=now if posts else SOURCE.c.last_post_at,
        )
    )


def record_failure(
    tx: Connection, name: str, now: datetime, error: str, next_at: datetime | None, *, posts: int = 0
) -> tuple[int, datetime]:
    """Writes down a turn that failed, `posts` read all the same; gives how many failed in a row, and since when.

    `next_at` as in `record_success`.
    """
    failed = tx.execute(
        update(SOURCE)
        .where(SOURCE.c.name == name)
        .values(
            last_error=storable(error),
            last_error_at=now,
            failing_since=func.coalesce(SOURCE.c.failing_since, moment(now)),
            failures=SOURCE.c.failures + 1,
            posts_seen=SOURCE.c.posts_seen + posts,
            last_post_at=now if posts else SOURCE.c.last_post_at,
            next_at=SOURCE.c.next_at if next_at is None else moment(next_at),
        )
        .returning(SOURCE.c.failures, SOURCE.c.failing_since)
    ).first()
    return (failed.failures, failed.failing_since) if failed is not None else (0, now)


def block_credential(tx: Connection, credential: str, until: datetime) -> None:
    """Asks nothing with this credential before `until`; a later block stays."""
    later = case((SOURCE.c.blocked_until > until, SOURCE.c.blocked_until), else_=moment(until))
    tx.execute(update(SOURCE).where(SOURCE.c.credential == credential).values(blocked_until=later))


def disable(tx: Connection, name: str, why: str) -> None:
    """Asks the source nothing until a person has acted; `why` is what that person reads."""
    tx.execute(update(SOURCE).where(SOURCE.c.name == name).values(disabled_why=storable(why) or "disabled"))


def enable(tx: Connection, name: str) -> None:
    """Asks the source again, at its next time: a person says that what was wrong is mended."""
    tx.execute(update(SOURCE).where(SOURCE.c.name == name).values(disabled_why="", blocked_until=None))


def get_source(tx: Connection, name: str) -> SourceState | None:
    """The source as it stands; None where it was never configured."""
    found = tx.execute(select(SOURCE).where(SOURCE.c.name == name)).first()
    return None if found is None else _state(found)


def may_ask(tx: Connection, name: str, now: datetime) -> bool:
    """Whether the source may be asked beside its polls: not while it fails, was refused or is asked for patience."""
    blocked = select(SOURCE.c.credential).where(SOURCE.c.blocked_until > now)
    well = SOURCE.c.active, SOURCE.c.disabled_why == "", SOURCE.c.failing_since.is_(None)
    statement = select(SOURCE.c.name).where(SOURCE.c.name == name, *well, SOURCE.c.credential.not_in(blocked))
    return tx.execute(statement).first() is not None


def list_sources(tx: Connection, *, active_only: bool = False) -> list[SourceState]:
    """Every source ever configured, by name; those of the configuration first."""
    statement = select(SOURCE).order_by(SOURCE.c.active.desc(), SOURCE.c.name)
    if active_only:
        statement = statement.where(SOURCE.c.active)
    return [_state(row) for row in tx.execute(statement)]


def anything_heard_before(tx: Connection, when: datetime) -> bool:
    """Whether any source had been read with success before `when`."""
    heard = select(SOURCE.c.name).where(SOURCE.c.first_success_at < when).limit(1)
    return tx.execute(heard).first() is not None


def get_cursor(tx: Connection, source: str, ask: str) -> tuple[str, int] | None:
    """Where the source stands with the ask, and the epoch that may move it; None before the first reading."""
    found = tx.execute(_STANDS, {"its_name": source, "its_ask": hash_of(ask)}).first()
    return None if found is None else (found.cursor, found.epoch)


def advance(
    tx: Connection,
    source: str,
    ask: str,
    old: str | None,
    new: str,
    epoch: int,
    now: datetime,
    *,
    reached: datetime | None = None,
) -> bool:
    """Moves the cursor from `old` to `new`; False where somebody else has moved it, or has taken a later epoch.

    False means: keep nothing of this page. Whoever takes over a reading moves the cursor to itself with a greater
    epoch, which shuts the one before out. `reached`: the time up to which a stream has been read.
    """
    if old is None:
        row = {"source": source, "ask_hash": hash_of(ask), "ask": ask, "cursor": new, "epoch": epoch}
        moved = {"moved_at": now, "reached_at": reached}
        return bool(insert_new(tx, CURSOR, [{**row, **moved}], CURSOR.c.epoch))
    return bool(
        tx.execute(
            _MOVE,
            {
                "its_name": source,
                "its_ask": hash_of(ask),
                "old": old,
                "new": new,
                "its_epoch": epoch,
                "now": now,
                "reached": reached,
            },
        ).rowcount
    )


def reached_at(tx: Connection) -> dict[str, datetime]:
    """Up to which time each source that streams has been read: of several streams, the one furthest behind."""
    rows = tx.execute(
        select(CURSOR.c.source, func.min(CURSOR.c.reached_at))
        .where(CURSOR.c.reached_at.is_not(None))
        .group_by(CURSOR.c.source)
    )
    return {row[0]: row[1] for row in rows}


def _state(row: Row[Any]) -> SourceState:
    values = row._asdict()
    every = timedelta(seconds=values.pop("every_seconds"))
    read_before = values.pop("first_success_at") is not None
    return SourceState(every=every, first_read_done=read_before, **values)
