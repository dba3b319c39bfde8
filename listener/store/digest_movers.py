"""Counts by which a digest tells why a brand's mentions became more or fewer."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, func, select

from alerts.digests.data import Moved
from listener.store.digest_counts import Period, author_key
from listener.store.hashes import NOBODY
from listener.store.mentions import felt
from listener.store.readings import author_of
from listener.store.tables import MENTION, POST
from rules.movers import Cell, Mover, movers, share_moved

MOST_CELLS = 50_000
"""Of a period; what is rarest beyond it counts without a name."""

_Values = tuple[str, str, str, str]
_Counts = dict[_Values, list[int]]  # all, negative ones among them


def moved(tx: Connection, period: Period, before: Period) -> tuple[tuple[Moved, ...], tuple[Moved, ...]]:
    """Why there are more mentions or fewer than in the period before, and why more of them are negative, or fewer."""
    now_counts, before_counts = _cells(tx, period), _cells(tx, before)
    all_, negative = _joined(now_counts, before_counts, 0), _joined(now_counts, before_counts, 1)
    found = movers(all_)
    worse = movers(negative) if _feels_otherwise(all_, negative) else ()
    named = _Names(tx)
    told = tuple(named.of(one) for one in found)
    return told, tuple(named.of(one) for one in worse)


def _cells(tx: Connection, period: Period) -> _Counts:
    who = author_key()
    columns = (POST.c.story, who, MENTION.c.lang, POST.c.source)
    all_, negative = func.count(), func.count().filter(felt() == "negative")
    counted = period.select(*columns, all_, negative).group_by(*columns).order_by(all_.desc(), *columns)
    cells: _Counts = {}
    for story, author, lang, source, number, bad in tx.execute(counted.limit(MOST_CELLS)):
        # an author's hash knows the source already
        cells[story, "" if author == NOBODY else author.hex(), lang, source] = [number, bad]
    rest = tx.execute(period.select(all_, negative)).one()
    unnamed = [whole - sum(counts[place] for counts in cells.values()) for place, whole in enumerate(rest)]
    if any(unnamed):
        cells["", "", "", ""] = unnamed
    return cells


def _joined(now: _Counts, before: _Counts, place: int) -> list[Cell]:
    none = [0, 0]
    return [Cell(one, now.get(one, none)[place], before.get(one, none)[place]) for one in now.keys() | before.keys()]


def _feels_otherwise(all_: Iterable[Cell], negative: Iterable[Cell]) -> bool:
    sums = [(sum(one.now for one in cells), sum(one.before for one in cells)) for cells in (negative, all_)]
    (bad, bad_before), (whole, whole_before) = sums
    return share_moved(bad, whole, bad_before, whole_before)


class _Names:
    """What people call a mover."""

    def __init__(self, tx: Connection) -> None:
        self._tx = tx

    def of(self, mover: Mover) -> Moved:
        name, url = mover.value, ""
        if mover.dimension == "story":
            name, url = self._story(mover.value)
        elif mover.dimension == "author":
            name, url = self._author(bytes.fromhex(mover.value))
        return Moved(what=mover.dimension, name=name, url=url, now=mover.now, before=mover.before)

    def _story(self, story: str) -> tuple[str, str]:
        first = self._tx.execute(
            select(POST.c.title, POST.c.text, POST.c.url).where(POST.c.story == story).order_by(POST.c.id).limit(1)
        ).one()
        return first.title or first.text[:200], first.url

    def _author(self, who: bytes) -> tuple[str, str]:
        newest = self._tx.execute(select(POST).where(author_key() == who).order_by(POST.c.id.desc()).limit(1)).one()
        author = author_of(newest)
        return author.name or author.handle or author.id, author.url
