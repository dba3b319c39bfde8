"""The coverage ledger: which stretches of time no source has read, why, and what became of each."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Literal

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, and_, func, select, update

from listener.store.columns import moment
from listener.store.tables import GAP
from sources.contract import Gap
from sources.post import storable

NO_BEGINNING = "nobody knows when it began, so it cannot be read back"

GapState = Literal["open", "filled", "unread"]


class KeptGap(Struct, frozen=True, kw_only=True):
    """A stretch of time that a source declared unread; None is "unknown".

    `tries`: failed ones since it last went forward. `try_at`: when it is tried next, None where nothing is left to try.
    `trouble`: why the last try failed, or why there is none.
    """

    id: int
    source: str
    ask: str
    since: datetime | None
    until: datetime | None
    why: str
    noticed_at: datetime
    closed_at: datetime | None
    tries: int
    try_at: datetime | None
    cursor: str
    trouble: str

    @property
    def state(self) -> GapState:
        """filled: it was read later; open: that is still to be tried; unread: it stays so, `trouble` says why."""
        if self.closed_at is not None:
            return "filled"
        return "open" if self.try_at is not None else "unread"


class GapCount(Struct, frozen=True):
    """How many gaps of a source are not filled (open or unread), and how many are."""

    unfilled: int = 0
    filled: int = 0


def put_gaps(
    tx: Connection, source: str, ask: str, gaps: Sequence[Gap], now: datetime, *, but: int | None = None
) -> None:
    """Keeps what the source declared unread. What the ledger holds already, for the same reason, is not added again.

    A stretch that meets one that nobody has begun to fill makes that one longer. `but`: a gap that is left out of
    this, since these are what remains of it.
    """
    for gap in gaps:
        why = storable(gap.why)
        same = and_(GAP.c.source == source, GAP.c.ask == ask, GAP.c.why == why)
        known = [_kept(row) for row in tx.execute(select(GAP).where(same).order_by(GAP.c.id)) if row.id != but]
        if any(_covers(one, gap, now) for one in known):
            continue
        longer = next((one for one in known if _untouched(one) and _meets(one, gap)), None)
        if longer is not None:
            since = None if gap.since is None or longer.since is None else min(gap.since, longer.since)
            until = None if gap.until is None or longer.until is None else max(gap.until, longer.until)
            values = {"since": since, "until": until, "noticed_at": now, **_first_try(since, now)}
            tx.execute(update(GAP).where(GAP.c.id == longer.id).values(values))
            continue
        row = {"source": source, "ask": ask, "since": gap.since, "until": gap.until, "why": why, "noticed_at": now}
        tx.execute(GAP.insert(), [row | _first_try(gap.since, now)])


def due(tx: Connection, now: datetime, limit: int, *, but: Collection[str] = ()) -> list[KeptGap]:
    """The gaps to try now, the newest first: what people still talk about. `but`: of which sources not."""
    wanted = and_(_is_due(now), GAP.c.source.not_in(list(but)))
    return [_kept(row) for row in tx.execute(select(GAP).where(wanted).order_by(GAP.c.id.desc()).limit(limit))]


def due_sources(tx: Connection, now: datetime) -> list[str]:
    """The sources that have a gap to be tried now."""
    return list(tx.execute(select(GAP.c.source).where(_is_due(now)).distinct()).scalars())


def _is_due(now: datetime) -> ColumnElement[bool]:
    return GAP.c.closed_at.is_(None) & (GAP.c.try_at <= now)


def begin_try(tx: Connection, gap: KeptGap, again_at: datetime) -> bool:
    """Counts a try before it is made, so that one that kills the process is not made for ever; False where it moved."""
    values = {"tries": GAP.c.tries + 1, "try_at": again_at}
    return bool(tx.execute(update(GAP).where(_as_it_was(gap)).values(values)).rowcount)


def go_on(tx: Connection, gap: KeptGap, cursor: str, try_at: datetime) -> bool:
    """Writes down a step that went well; False where somebody else moved the gap: keep nothing of the step then."""
    values = {"cursor": cursor, "tries": 0, "try_at": try_at, "trouble": ""}
    return bool(tx.execute(update(GAP).where(_as_it_was(gap)).values(values)).rowcount)


def close(tx: Connection, gap: KeptGap, now: datetime) -> bool:
    """Writes down that the stretch is read; False as for `go_on`."""
    values = {"closed_at": now, "try_at": None, "tries": 0, "cursor": "", "trouble": ""}
    return bool(tx.execute(update(GAP).where(_as_it_was(gap)).values(values)).rowcount)


def put_off(tx: Connection, gap: KeptGap, tries: int, try_at: datetime | None, trouble: str) -> None:
    """Tries the gap again at `try_at`, or never (None); `trouble` is what people read of it."""
    values = {"tries": tries, "try_at": try_at, "trouble": storable(trouble)}
    tx.execute(update(GAP).where(GAP.c.id == gap.id, GAP.c.closed_at.is_(None)).values(values))


def reconsider(tx: Connection, sources: Collection[str], now: datetime) -> int:
    """Opens the gaps of these sources that were never tried; for a new configuration. Gives how many."""
    never_tried = and_(GAP.c.closed_at.is_(None), GAP.c.try_at.is_(None), GAP.c.tries == 0, GAP.c.since.is_not(None))
    wanted = never_tried & GAP.c.source.in_(list(sources))
    return tx.execute(update(GAP).where(wanted).values(try_at=moment(now), trouble="")).rowcount


def list_gaps(tx: Connection, limit: int = 1_000) -> list[KeptGap]:
    """The gaps that were noticed last, the newest first."""
    return [_kept(row) for row in tx.execute(select(GAP).order_by(GAP.c.id.desc()).limit(limit))]


def newest_of_each(tx: Connection, limit: int) -> dict[str, list[KeptGap]]:
    """The newest gaps of every source that declared any, `limit` of each at the most, the newest first."""
    place = func.row_number().over(partition_by=GAP.c.source, order_by=GAP.c.id.desc()).label("place")
    placed = select(GAP, place).subquery()
    columns = [placed.c[column.key] for column in GAP.c]
    found: dict[str, list[KeptGap]] = {}
    for row in tx.execute(select(*columns).where(placed.c.place <= limit).order_by(placed.c.id.desc())):
        found.setdefault(row.source, []).append(_kept(row))
    return found


def count_gaps(tx: Connection) -> dict[str, GapCount]:
    """How many gaps each source has that declared any."""
    rows = tx.execute(select(GAP.c.source, func.count(), func.count(GAP.c.closed_at)).group_by(GAP.c.source))
    return {row[0]: GapCount(row[1] - row[2], row[2]) for row in rows}


def _first_try(since: datetime | None, now: datetime) -> dict[str, Any]:
    return {"try_at": None, "trouble": NO_BEGINNING} if since is None else {"try_at": now, "trouble": ""}


def _as_it_was(gap: KeptGap) -> ColumnElement[bool]:
    """Nobody has closed, moved or lengthened the gap since it was read."""
    ends = [GAP.c.since == gap.since if gap.since else GAP.c.since.is_(None)]
    ends += [GAP.c.until == gap.until if gap.until else GAP.c.until.is_(None)]
    return and_(GAP.c.id == gap.id, GAP.c.closed_at.is_(None), GAP.c.cursor == gap.cursor, *ends)


def _untouched(gap: KeptGap) -> bool:
    return gap.closed_at is None and not gap.tries and not gap.cursor


def _covers(kept: KeptGap, gap: Gap, now: datetime) -> bool:
    if kept.until is None:
        # what has no end reaches to when it was noticed: still to be read, or never, it stands for what comes too
        ends = kept.closed_at is None or (gap.until is not None and gap.until <= kept.noticed_at)
    else:
        ends = (gap.until or now) <= kept.until
    return ends and (kept.since is None or (gap.since is not None and gap.since >= kept.since))


def _meets(kept: KeptGap, gap: Gap) -> bool:
    begins_before_end = gap.since is None or kept.until is None or gap.since <= kept.until
    ends_after_begin = gap.until is None or kept.since is None or gap.until >= kept.since
    return begins_before_end and ends_after_begin


def _kept(row: Any) -> KeptGap:
    return KeptGap(**row._asdict())
