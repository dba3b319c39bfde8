"""How much was heard and when, and whose silence has been told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import Connection, bindparam, delete, func, select, update

from listener.store.bulk import replace_rows
from listener.store.statements import insert_into, insert_new
from listener.store.tables import HEARD, QUIET, SOURCE
from sources.post import Post, storable

KEPT = timedelta(days=60)
BY_MINUTE = timedelta(days=2)
"""So long counts are kept by the minute, then by the hour."""

_HOUR = 60  # minutes

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


# Made once: to build a statement takes SQLAlchemy several times as long as to run one of these.
_NEWEST = select(SOURCE.c.newest_published_at).where(SOURCE.c.name == bindparam("its_name")).with_for_update()
_IS_NEWEST = (
    update(SOURCE).where(SOURCE.c.name == bindparam("its_name")).values(newest_published_at=bindparam("latest"))
)


def hour_of(moment: datetime) -> int:
    """The hour that a moment lies in, counted since 1970 (UTC)."""
    return int(moment.timestamp()) // 3600


def minute_of(moment: datetime) -> int:
    """The minute that a moment lies in, counted since 1970 (UTC)."""
    return int(moment.timestamp()) // 60


def count_posts(tx: Connection, source: str, posts: Sequence[Post], now: datetime, *, first_reading: bool) -> None:
    """Counts posts of a source that are newer than all before; what is seen again, or comes late, is not news.

    What the first reading brings is of any age and counts for no hour.
    """
    # locked first: two requests at once would else each hold one of the two rows and wait for the other
    newest = tx.execute(_NEWEST, {"its_name": source}).scalar()
    dated = [post.published_at for post in posts if post.published_at is not None]
    new = len(posts) - len(dated) + sum(1 for at in dated if newest is None or at > newest)
    latest = max(dated, default=None)
    if latest is not None and (newest is None or latest > newest):
        tx.execute(_IS_NEWEST, {"its_name": source, "latest": latest})
    if not first_reading:
        _add(tx, source, {ALL_BRANDS: new}, now)


def count_mentions(tx: Connection, source: str, brands: Iterable[str], now: datetime) -> None:
    """Counts new mentions that a source brought, by their brands."""
    _add(tx, source, Counter(brands), now)


def at_work(tx: Connection, now: datetime) -> None:
    """Writes down that listener was at work in this hour."""
    insert_new(tx, HEARD, [{"minute": hour_of(now) * _HOUR, "source": _AT_WORK, "brand": ALL_BRANDS, "posts": 0}])


def history(tx: Connection, since: datetime) -> tuple[set[int], dict[tuple[str, str], dict[int, int]]]:
    """The hours since then in which listener was at work, and the counts by (source, brand) and hour."""
    working: set[int] = set()
    counts: dict[tuple[str, str], dict[int, int]] = {}
    for row in tx.execute(select(HEARD).where(HEARD.c.minute >= hour_of(since) * _HOUR)):
        hour = row.minute // _HOUR
        if row.source == _AT_WORK:
            working.add(hour)
        else:
            its = counts.setdefault((row.source, row.brand), {})
            its[hour] = its.get(hour, 0) + row.posts
    return working, counts


def lately(tx: Connection, now: datetime, minutes: int) -> dict[str, list[int]]:
    """New mentions in each of the last so many minutes, the oldest first and the one that goes on last, by brand."""
    newest = minute_of(now)
    its = HEARD.c
    rows = tx.execute(
        select(its.brand, its.minute, func.sum(its.posts))
        .where(its.minute > newest - minutes, its.minute <= newest, its.brand != ALL_BRANDS)
        .group_by(its.brand, its.minute)
    )
    found: dict[str, list[int]] = {}
    for brand, minute, posts in rows:
        found.setdefault(brand, [0] * minutes)[minute - newest - 1] = int(posts)
    return found


def forget(tx: Connection, now: datetime) -> int:
    """Removes the counts of hours that nothing is decided by any more, and gives how many; adds minutes up to hours."""
    gone = tx.execute(delete(HEARD).where(HEARD.c.minute < hour_of(now - KEPT) * _HOUR)).rowcount
    its = HEARD.c
    old = (its.minute < hour_of(now - BY_MINUTE) * _HOUR) & (its.minute % _HOUR != 0)
    hour = its.minute - its.minute % _HOUR
    summed = select(hour, its.source, its.brand, func.sum(its.posts)).where(old).group_by(hour, its.source, its.brand)
    statement = insert_into(tx, HEARD).from_select(["minute", "source", "brand", "posts"], summed)
    more = {"posts": its.posts + statement.excluded.posts}
    tx.execute(statement.on_conflict_do_update(index_elements=list(HEARD.primary_key), set_=more))
    tx.execute(delete(HEARD).where(old))
    return gone


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
    minute = minute_of(now)
    rows = [(minute, source, brand, count) for brand, count in brands.items() if count]
    replace_rows(tx, HEARD, ("minute", "source", "brand", "posts"), rows, adding="posts")
