"""Which story each post tells, against all that was told within the window."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, select, update

from listener.store.bulk import kept_time, numbers_ahead, put_rows
from listener.store.statements import among, chunks, many, one_at_a_time
from listener.store.tables import TELLING
from listener.store.wordings import known_wordings
from rules.story.candidates import Filed, unpacked
from rules.story.placing import Item, Placed, Telling, place
from rules.story.sketch import story_id

__all__ = ["WINDOW", "Item", "resolve"]

WINDOW = timedelta(days=7)
"""How far apart two posts of one story may be."""


def resolve(tx: Connection, items: Sequence[Item], window: timedelta = WINDOW) -> list[str]:
    """Gives each item its story, in their order: that of the nearest wording within `window`, else a new one.

    Nearest is who shares most of the fingerprint, of those the wording met first; the same answers as
    rules.story.StoryIndex gives in memory. An empty fingerprint is a story of its own. The wordings are remembered.
    """
    fingerprints = [fingerprint for _, fingerprint, _ in items]
    if not any(fingerprints):
        return [story_id(key) for key, _, _ in items]
    one_at_a_time(tx, "stories")  # else two workers would each begin the story that both have met
    known = known_wordings(tx)
    filed = Filed.of(fingerprints)
    found = known.find(filed)
    tellings = _tellings(tx, {number for some in found.values() for number in some})
    near = {at: [tellings[number] for number in some if number in tellings] for at, some in found.items()}
    placed = place(items, near, filed.meeting().tolist(), window, known.ageing)
    _keep(tx, placed, filed)
    return placed.stories


def _tellings(tx: Connection, numbers: set[int]) -> dict[int, Telling]:
    """Those of the wordings that are still kept, by their numbers."""
    if not numbers:
        return {}
    return {
        row.id: Telling(unpacked(row.numbers), row.story, row.told_at, row.id)
        for row in tx.execute(_its_tellings(tx.dialect.name), many(tx, sorted(numbers)))
    }


@cache
def _its_tellings(dialect: str) -> Select[Any]:
    return select(TELLING).where(among(dialect, TELLING.c.id))


_MEET_AGAIN = update(TELLING).where(TELLING.c.id == bindparam("number")).values(told_at=bindparam("at"))


def _keep(tx: Connection, placed: Placed, filed: Filed) -> None:
    """Remembers what a batch has told."""
    for some in chunks([telling.number for telling in placed.gone]):
        tx.execute(delete(TELLING).where(TELLING.c.id.in_(some)))
    new = filed.only(list(placed.new)).packed()
    told_at = kept_time(tx)
    rows = [
        (number, placed.stories[at], told_at(told), numbers)
        for number, numbers, (at, told) in zip(
            numbers_ahead(tx, TELLING, len(new)), new, placed.new.items(), strict=True
        )
    ]
    put_rows(tx, TELLING.name, ("id", "story", "told_at", "numbers"), rows, together=True)
    if placed.moved:
        tx.execute(_MEET_AGAIN, [{"number": one.number, "at": one.at} for one in placed.moved])
