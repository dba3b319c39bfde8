"""Gives the posts of a batch their stories, one after the other, among the wordings that may be near them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from rules.story.candidates import MOST_HOLDERS
from rules.story.likeness import filed_under, shared
from rules.story.sketch import story_id

Item = tuple[str, tuple[int, ...], datetime]
"""A post to place: its key, its fingerprint, and when it was told."""


class Telling(Struct):
    """One wording of a story, when it was last told, and its number: the less, the earlier it was met."""

    fingerprint: tuple[int, ...]
    story: str
    at: datetime
    number: int


class Placed(Struct, frozen=True):
    """What became of a batch.

    `new` are the items, by their place in the batch, whose wordings are remembered from now on, and when each was last
    told. `moved` were known and have been told later than before. `gone` were known and are among `new` again.
    """

    stories: list[str]
    new: dict[int, datetime]
    moved: list[Telling]
    gone: list[Telling]


def place(
    items: Sequence[Item],
    near: Mapping[int, Sequence[Telling]],
    meeting: Collection[int],
    window: timedelta,
    renewed: int = 0,
) -> Placed:
    """Gives each item the story of the nearest wording told within `window` of it, else a new one.

    Nearest is who shares most, of those the wording met first. A wording told again after the window begins anew.
    `near`: the known wordings that may be near an item. `meeting`: the items that may be near another of the batch.
    Both go by the items' places; all others, as are nearly all, begin stories without being looked at. A known wording
    with a number below `renewed` would soon be forgotten: told again it is remembered anew, with its story.
    """
    batch = _Batch(items, window, renewed)
    for at in sorted({*near, *meeting}):
        batch.place(at, near.get(at, ()), at in meeting)
    return batch.placed()


class _Batch:
    def __init__(self, items: Sequence[Item], window: timedelta, renewed: int) -> None:
        self._items = items
        self._window = window
        self._renewed = renewed
        self._stories: dict[int, str] = {}
        self._told: dict[int, Telling] = {}  # of this batch, by the item that told it first
        self._holders: dict[int, list[Telling]] = {}  # of this batch, by number
        self._moved: dict[int, Telling] = {}
        self._gone: dict[int, Telling] = {}

    def place(self, at: int, near: Sequence[Telling], meets: bool) -> None:
        key, fingerprint, told = self._items[at]
        others = self._others(fingerprint, near, meets)
        same = next((one for one in reversed(others) if one.fingerprint == fingerprint), None)
        if same is not None and abs(told - same.at) <= self._window:
            self._stories[at] = same.story
            self._moved_to(same, told)
            if same.number < self._renewed:
                self._forget(same)
                self._begin(at, same.story, same.at, meets)
            return
        nearest = self._nearest(fingerprint, told, others)
        if same is not None:
            self._forget(same)
        self._stories[at] = story = story_id(key) if nearest is None else nearest.story
        self._begin(at, story, told, meets)

    def _others(self, fingerprint: tuple[int, ...], near: Sequence[Telling], meets: bool) -> Sequence[Telling]:
        """The newest of the wordings that may be near, however the posts were cut into batches; the oldest first."""
        if len(near) == 1 and not meets and not self._gone:
            return near
        others = {one.number: one for one in near if one.number not in self._gone}
        if meets:
            others |= {one.number: one for number in filed_under(fingerprint) for one in self._holders.get(number, ())}
        return [others[number] for number in sorted(others)[-MOST_HOLDERS:]]

    def _nearest(self, fingerprint: tuple[int, ...], told: datetime, others: Sequence[Telling]) -> Telling | None:
        best, most = None, 0
        for one in others:
            common = shared(fingerprint, one.fingerprint)
            if common > most and abs(told - one.at) <= self._window:
                best, most = one, common
        return best

    def _begin(self, at: int, story: str, told: datetime, meets: bool) -> None:
        fingerprint = self._items[at][1]
        telling = self._told[at] = Telling(fingerprint, story, told, _AFTER_ALL + at)
        if not meets:
            return
        for number in filed_under(fingerprint):
            holders = self._holders.setdefault(number, [])
            holders.append(telling)
            if len(holders) > MOST_HOLDERS:
                del holders[0]

    def _moved_to(self, telling: Telling, told: datetime) -> None:
        if told > telling.at:
            telling.at = told
            if telling.number < _AFTER_ALL:
                self._moved[telling.number] = telling

    def _forget(self, telling: Telling) -> None:
        if telling.number < _AFTER_ALL:
            self._moved.pop(telling.number, None)
            self._gone[telling.number] = telling
            return
        del self._told[telling.number - _AFTER_ALL]
        for number in filed_under(telling.fingerprint):
            self._holders[number] = [one for one in self._holders.get(number, ()) if one is not telling]

    def placed(self) -> Placed:
        stories = [self._stories.get(at) or story_id(key) for at, (key, _, _) in enumerate(self._items)]
        new = {
            at: self._told[at].at if at in self._told else told
            for at, (_, fingerprint, told) in enumerate(self._items)
            if at in self._told or (fingerprint and at not in self._stories)
        }
        return Placed(stories, new, list(self._moved.values()), list(self._gone.values()))


_AFTER_ALL = 2**62
"""What a batch tells came after all that is known: the numbers of its wordings begin here."""
