"""Fills an SQLite store with millions of rows in minutes, by SQL and not by us; for benchmarks/store.py."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, Table, func, select, text

from listener.store import Store
from listener.store.tables import MENTION, POST, SIGHTING

TEMPLATE = 20_000
"""Posts, kept as all are, of which the rows are copied: under other numbers, keys, stories and times."""


def fill(store: Store, count: int, first: int, drawn: bool) -> None:
    """Puts in rows of `count` posts (a multiple of TEMPLATE), with ids as of the posts from number `first` on."""
    for start in range(first, first + count, TEMPLATE):
        with store.write() as tx:
            _copy_all(tx, start, drawn)


def _copy_all(tx: Connection, first: int, drawn: bool) -> None:
    posts, mentions = (
        int(tx.exec_driver_sql(f"SELECT max(id) FROM {name}").scalar() or 0) for name in ("post", "mention")
    )
    count = f"CAST(printf('%016d', (112000000000000000 + ({first} + id) * 65536) / 100) AS BLOB)"
    key = "randomblob(16)" if drawn else f"CAST({count} || substr(hex(randomblob(8)), 1, 16) AS BLOB)"
    later = f"'+{first // 1000} seconds'"
    shifted = "strftime('%Y-%m-%d %H:%M:%S', {0}, " + later + ") || substr({0}, 20)"
    _copy(
        tx,
        POST,
        {"id": f"id + {posts}", "key_hash": key, "story": "lower(hex(randomblob(8)))"}
        | {"published_at": shifted.format("published_at")},
        "id",
    )
    _copy(tx, SIGHTING, {"post_id": f"post_id + {posts}"}, "post_id")
    changed = {"id": f"id + {mentions}", "post_id": f"post_id + {posts}", "at": shifted.format("at")}
    _copy(tx, MENTION, changed, "post_id")
    words = f"SELECT rowid + {posts}, words FROM post_words WHERE rowid <= {TEMPLATE}"
    tx.execute(text(f"INSERT INTO post_words (rowid, words) {words}"))


def _newest(tx: Connection, table: Table) -> int:
    return int(tx.execute(select(func.max(table.c.id))).scalar() or 0)


def _copy(tx: Connection, table: Table, changed: Mapping[str, str], number: str) -> None:
    names = [column.name for column in table.c]
    values = ", ".join(changed.get(name, name) for name in names)
    order = f"WHERE {number} <= {TEMPLATE} ORDER BY {number}"
    tx.exec_driver_sql(f"INSERT INTO {table.name} ({', '.join(names)}) SELECT {values} FROM {table.name} {order}")
