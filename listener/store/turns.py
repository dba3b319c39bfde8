"""The turns of many sources begun, and written down, with a few statements."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, bindparam, func, select

from listener.store.hashes import hash_of
from listener.store.sources import DUE, RECORD_SUCCESS, SCHEDULE
from listener.store.statements import chunks
from listener.store.tables import CURSOR, SOURCE
from sources.post import storable

_PLACE = func.row_number().over(partition_by=SOURCE.c.credential, order_by=(SOURCE.c.next_at, SOURCE.c.name))
_RANKED = select(SOURCE.c.credential, SOURCE.c.name, _PLACE.label("place")).where(
    SOURCE.c.credential.in_(bindparam("credentials", expanding=True)), DUE
)
_RANKED_OF = _RANKED.where(SOURCE.c.name.in_(bindparam("names", expanding=True)))
_FIRST, _FIRST_OF = (
    select(ranked.c.credential, ranked.c.name).where(ranked.c.place == 1)
    for ranked in (_RANKED.subquery(), _RANKED_OF.subquery())
)
_STAND = select(CURSOR.c.source, CURSOR.c.ask_hash, CURSOR.c.cursor, CURSOR.c.epoch).where(
    CURSOR.c.source.in_(bindparam("names", expanding=True)),
    CURSOR.c.ask_hash.in_(bindparam("asks", expanding=True)),
)
_FAILING = select(SOURCE.c.name, SOURCE.c.failing_since).where(
    SOURCE.c.name.in_(bindparam("names", expanding=True)), SOURCE.c.failing_since.is_not(None)
)
"""Built once, and run for many sources at a time: a poll of thousands of feeds spends its time elsewhere then."""


class GoodTurn(Struct, frozen=True, kw_only=True):
    """What a turn without a failure came to. `next_at` None: when the source is due next stays as it is."""

    source: str
    at: datetime
    posts: int
    next_at: datetime | None
    notes: str


def next_due(
    tx: Connection, credentials: Collection[str], now: datetime, names: Collection[str] | None = None
) -> dict[str, str]:
    """Of each credential the source that has been due longest; none where nothing is due or the credential is blocked.

    `names`: as if there were only these sources.
    """
    found: dict[str, str] = {}
    look = _FIRST if names is None else _FIRST_OF
    for some in chunks(sorted(credentials)):
        told = {"credentials": some, "now": now, **({} if names is None else {"names": list(names)})}
        found |= {row.credential: row.name for row in tx.execute(look, told)}
    return found


def schedule_all(tx: Connection, when: Mapping[str, datetime]) -> None:
    """Sets when each of these sources is due next."""
    if when:
        tx.execute(SCHEDULE, [{"its_name": name, "due_at": due_at} for name, due_at in when.items()])


def get_cursors(tx: Connection, asks: Mapping[str, str]) -> dict[str, tuple[str, int]]:
    """Where each source stands with the ask told for it, as `sources.get_cursor` gives it; without those never read."""
    hashes = {name: hash_of(ask) for name, ask in asks.items()}
    return {
        row.source: (row.cursor, row.epoch)
        for some in chunks(list(hashes))
        for row in tx.execute(_STAND, {"names": some, "asks": list({hashes[name] for name in some})})
        if row.ask_hash == hashes[row.source]
    }


def record_successes(tx: Connection, turns: Sequence[GoodTurn]) -> dict[str, datetime]:
    """Writes down turns that went well, as `sources.record_success`; gives since when which had been failing."""
    names = list({turn.source for turn in turns})
    failing = {row.name: row.failing_since for some in chunks(names) for row in tx.execute(_FAILING, {"names": some})}
    rows = [
        {
            "its_name": turn.source,
            "now": turn.at,
            "posts": turn.posts,
            "heard_at": turn.at if turn.posts else None,
            "due_at": turn.next_at,
            "told": storable(turn.notes),
        }
        for turn in turns
    ]
    if rows:
        tx.execute(RECORD_SUCCESS, rows)
    return failing
