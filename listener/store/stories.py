"""Which story each post tells, against all that was told within the window."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import Connection, bindparam, delete, select, update

from listener.store.bulk import insert_rows, numbers_ahead, put_rows
from listener.store.hashes import hash_of
from listener.store.statements import among, chunks, one_at_a_time
from listener.store.tables import FINGERPRINT, TELLING
from rules.story import same_story, story_id

WINDOW = timedelta(days=7)
"""How far apart two posts of one story may be."""

Item = tuple[str, tuple[int, ...], datetime]
"""A post to place: its key, its fingerprint, and when it was told."""


class _Telling(Struct):
    """One distinct wording of a story: kept (`number`), or met in this batch (None)."""

    wording: bytes
    story: str
    size: int
    at: datetime
    order: int
    number: int | None = None
    moved: bool = False


def resolve(tx: Connection, items: Sequence[Item], window: timedelta = WINDOW) -> list[str]:
    """Gives each item its story, in their order: that of the nearest wording within `window`, else a new one.

    Nearest is who shares most of the fingerprint, of those the wording met first; the same answer as
    rules.story.StoryIndex gives in memory. An empty fingerprint is a story of its own. The wordings are remembered.
    """
    if not any(fingerprint for _, fingerprint, _ in items):
        return [story_id(key) for key, _, _ in items]
    one_at_a_time(tx, "stories")  # else two workers would each begin the story that both have met
    known = _Known(tx, {number for _, fingerprint, _ in items for number in fingerprint})
    stories = [known.assign(key, fingerprint, at, window) for key, fingerprint, at in items]
    known.keep(tx)
    return stories


class _Known:
    """The wordings that could be near a batch's, by the numbers of their fingerprints."""

    def __init__(self, tx: Connection, numbers: set[int]) -> None:
        self._holders: dict[int, list[_Telling]] = {}
        self._by_wording: dict[bytes, _Telling] = {}
        self._fingerprints: dict[bytes, tuple[int, ...]] = {}
        self._gone: list[int] = []
        self._newest = 2**62  # what a batch tells came after all that is kept
        tellings: dict[int, _Telling] = {}
        rows = tx.execute(
            select(FINGERPRINT.c.hash, TELLING)
            .join(TELLING, TELLING.c.id == FINGERPRINT.c.telling_id)
            .where(among(tx, FINGERPRINT.c.hash, sorted(numbers)))
            .order_by(TELLING.c.id)
        )
        for row in rows:
            telling = tellings.get(row.id)
            if telling is None:
                telling = _Telling(row.wording_hash, row.story, row.size, row.told_at, row.id, row.id)
                tellings[row.id] = self._by_wording[row.wording_hash] = telling
            self._holders.setdefault(row.hash, []).append(telling)

    def assign(self, key: str, fingerprint: tuple[int, ...], at: datetime, window: timedelta) -> str:
        if not fingerprint:
            return story_id(key)
        wording = hash_of(*map(str, fingerprint))
        same = self._by_wording.get(wording)
        if same is not None and abs(at - same.at) <= window:
            if at > same.at:
                same.at, same.moved = at, True
            return same.story
        nearest = self._nearest(fingerprint, at, window)
        story = story_id(key) if nearest is None else nearest.story
        if same is not None:
            self._forget(same, fingerprint)  # told again long after: the wording begins anew
        self._newest += 1
        telling = self._by_wording[wording] = _Telling(wording, story, len(fingerprint), at, self._newest)
        self._fingerprints[wording] = fingerprint
        for number in fingerprint:
            self._holders.setdefault(number, []).append(telling)
        return story

    def _forget(self, telling: _Telling, fingerprint: tuple[int, ...]) -> None:
        for number in fingerprint:
            self._holders[number].remove(telling)
        del self._by_wording[telling.wording]
        if telling.number is not None:
            self._gone.append(telling.number)

    def _nearest(self, fingerprint: tuple[int, ...], at: datetime, window: timedelta) -> _Telling | None:
        holders = [self._holders[number] for number in fingerprint if number in self._holders]
        if not holders:
            return None  # as with nearly every post
        shared = Counter(telling.wording for some in holders for telling in some)
        best: _Telling | None = None
        most = 0
        for wording, count in shared.items():
            telling = self._by_wording[wording]
            if not same_story(count, len(fingerprint), telling.size) or abs(at - telling.at) > window:
                continue
            if best is None or (count, -telling.order) > (most, -best.order):
                best, most = telling, count
        return best

    def keep(self, tx: Connection) -> None:
        """Remembers what this batch has told."""
        for some in chunks(self._gone):
            tx.execute(delete(TELLING).where(TELLING.c.id.in_(some)))
        new = [telling for telling in self._by_wording.values() if telling.number is None]
        numbered = list(zip(numbers_ahead(tx, TELLING, len(new)), new, strict=True))
        rows = [
            {
                "id": number,
                "wording_hash": telling.wording,
                "story": telling.story,
                "size": telling.size,
                "told_at": telling.at,
            }
            for number, telling in numbered
        ]
        insert_rows(tx, TELLING, rows)
        holds = sorted(
            (number, telling_id)
            for telling_id, telling in numbered
            for number in set(self._fingerprints[telling.wording])
        )  # in the order of the key: what is near in the batch is near on the disk
        put_rows(tx, FINGERPRINT.name, ("hash", "telling_id"), holds)
        moved = [telling for telling in self._by_wording.values() if telling.moved and telling.number is not None]
        if moved:
            tx.execute(
                update(TELLING)
                .where(TELLING.c.id == bindparam("number"))
                .values(story=bindparam("its_story"), told_at=bindparam("at")),
                [{"number": telling.number, "its_story": telling.story, "at": telling.at} for telling in moved],
            )
