"""How much was heard, hour by hour, and whose silence has been told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import Connection, delete, select, update

from listener.store.statements import insert_into, insert_new
from listener.store.tables import HEARD, QUIET, SOURCE
from sources.post import Post, storable

KEPT = timedelta(days=60)

ALL_BRANDS = ""
"""The brand under which all that a source brings is counted."""

_AT_WORK = ""


class Quiet(Struct, frozen=True, kw_only=True):
    """A silence that was told: of a source (brand ""), or of a source for a brand."""

    source: str
    brand: str
    since: datetime
    told_at: datetime
    why: str


def hour_of(moment: datetime) -> int:
    """The hour that a moment lies in, counted since 1970 (UTC)."""
    return int(moment.timestamp()) // 3600


def count_posts(tx: Connection, source: str, posts: Sequence[Post], now: datetime, *, first_reading: bool) -> None:
    """Counts posts of a source that are newer than all before; what is seen again, or comes late, is not news.

    What the first reading brings is of any age and counts for no hour.
    """
    # locked first: two requests at once would else each hold one of the two rows and wait for the other
    its = select(SOURCE.c.newest_published_at).where(SOURCE.c.name == source).with_for_update()
    newest = tx.execute(its).scalar()
    dated = [post.published_at for post in posts if post.published_at is not None]
    new = len(posts) - len(dated) + sum(1 for at in dated if newest is None or at > newest)
    latest = max(dated, default=None)
    if latest is not None and (newest is None or latest > newest):
        tx.execute(update(SOURCE).where(SOURCE.c.name == source).values(newest_published_at=latest))
    if not first_reading:
        _add(tx, source, {ALL_BRANDS: new}, now)


def count_mentions(tx: Connection, source: str, brands: Iterable[str], now: datetime) -> None:
    """Counts new mentions that a source brought, by their brands."""
    _add(tx, source, Counter(brands), now)


def at_work(tx: Connection, now: datetime) -> None:
    """Writes down that listener was at work in this hour."""
    insert_new(tx, HEARD, [{"source": _AT_WORK, "brand": ALL_BRANDS, "hour": hour_of(now), "posts": 0}])


def history(tx: Connection, since: datetime) -> tuple[set[int], dict[tuple[str, str], dict[int, int]]]:
    """The hours since then in which listener was at work, and the counts by (source, brand) and hour."""
    working: set[int] = set()
    counts: dict[tuple[str, str], dict[int, int]] = {}
    for row in tx.execute(select(HEARD).where(HEARD.c.hour >= hour_of(since))):
        if row.source == _AT_WORK:
            working.add(row.hour)
        else:
            counts.setdefault((row.source, row.brand), {})[row.hour] = row.posts
    return working, counts


def forget(tx: Connection, now: datetime) -> int:
    """Removes the counts of hours that nothing is decided by any more; gives how many."""
    return tx.execute(delete(HEARD).where(HEARD.c.hour < hour_of(now - KEPT))).rowcount


def list_quiet(tx: Connection) -> list[Quiet]:
    """The silences that were told and have not ended."""
    return [Quiet(**row._asdict()) for row in tx.execute(select(QUIET).order_by(QUIET.c.source, QUIET.c.brand))]


def begin_quiet(tx: Connection, quiet: Quiet) -> bool:
    """Keeps a silence; False where it is known."""
    row = {
        "source": quiet.source,
        "brand": quiet.brand,
        "since": quiet.since,
        "told_at": quiet.told_at,
        "why": storable(quiet.why),
    }
    return bool(insert_new(tx, QUIET, [row], QUIET.c.source))


def end_quiet(tx: Connection, source: str, brand: str) -> bool:
    """Forgets a silence that has ended; False where there was none."""
    return bool(tx.execute(delete(QUIET).where(QUIET.c.source == source, QUIET.c.brand == brand)).rowcount)


def _add(tx: Connection, source: str, brands: Mapping[str, int], now: datetime) -> None:
    hour = hour_of(now)
    rows = [
        {"source": source, "brand": brand, "hour": hour, "posts": count} for brand, count in brands.items() if count
    ]
    if rows:
        statement = insert_into(tx, HEARD)
        more = {"posts": HEARD.c.posts + statement.excluded.posts}
        tx.execute(statement.on_conflict_do_update(index_elements=list(HEARD.primary_key), set_=more), rows)
