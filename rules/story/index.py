"""The stories of a stream of posts, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from rules.story.candidates import Candidates, Filed
from rules.story.placing import Item, Telling, place
from rules.story.sketch import LONGEST, story_id

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BATCH = 1_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


class StoryIndex:
    """Gives each post its story: that of the nearest wording told within `window`, among the newest `most` wordings.

    Takes some 150 bytes a wording. For one thread at a time.
    """

    def __init__(self, window: timedelta = timedelta(days=7), most: int = 250_000) -> None:
        self._window = window
        self._candidates = Candidates(most)
        self._batch = max(min(_BATCH, most // 8), 1)
        self._told = _Told()

    def __len__(self) -> int:
        return len(self._candidates)

    @property
    def nbytes(self) -> int:
        """The memory that what is remembered takes."""
        return self._candidates.nbytes + self._told.nbytes

    def assign(self, key: str, fingerprint: tuple[int, ...], at: datetime) -> str:
        """Gives the story of one post; `assign_all` costs a fraction of it for each of many."""
        return self.assign_all([(key, fingerprint, at)])[0]

    def assign_all(self, items: Sequence[Item]) -> list[str]:
        """Gives the posts their stories, one after the other. However they are cut into batches, the same ones."""
        stories: list[str] = []
        for start in range(0, len(items), self._batch):
            stories += self._assigned(items[start : start + self._batch])
        return stories

    def _assigned(self, items: Sequence[Item]) -> list[str]:
        fingerprints = [fingerprint for _, fingerprint, _ in items]
        if not any(fingerprints):
            return [story_id(key) for key, _, _ in items]
        filed = Filed.of(fingerprints)
        found = self._candidates.find(filed)
        known = {number: self._told.telling(number) for some in found.values() for number in some}
        near = {at: [one for number in some if (one := known[number])] for at, some in found.items()}
        placed = place(items, near, filed.meeting().tolist(), self._window, self._candidates.ageing)
        for telling in placed.moved:
            self._told.move(telling.number, telling.at)
        for telling in placed.gone:
            self._told.forget(telling.number)
        if placed.new:
            told = list(placed.new.values())
            new = filed.only(list(placed.new))
            numbers = self._told.add(new, [placed.stories[at] for at in placed.new], told, self._candidates.oldest)
            self._candidates.add(new, numbers)
        return placed.stories


class _Told:
    """What is known of the wordings, in arrays that are rings: a wording stands at its number modulo their length."""

    def __init__(self) -> None:
        self._next = 1
        self._room(1_024)

    def _room(self, rows: int) -> None:
        import numpy as np

        self._numbers = np.zeros((rows, LONGEST), np.int64)
        self._counts = np.zeros(rows, np.uint8)  # 0: the wording was forgotten
        self._stories = np.zeros(rows, np.uint64)
        self._ticks = np.zeros(rows, np.int64)

    @property
    def nbytes(self) -> int:
        return self._numbers.nbytes + self._counts.nbytes + self._stories.nbytes + self._ticks.nbytes

    def add(self, new: Filed, stories: Sequence[str], told: Sequence[datetime], oldest: int) -> NDArray[np.int64]:
        """Gives the wordings their numbers; what came before `oldest` may be written over."""
        import numpy as np

        while self._next + len(told) - oldest > len(self._counts):
            self._grow(oldest)
        numbers = np.arange(self._next, self._next + len(told))
        self._next += len(told)
        at = numbers % len(self._counts)
        row = np.repeat(np.arange(len(at)), new.counts)
        column = np.arange(len(row)) - (np.cumsum(new.counts) - new.counts)[row]
        self._numbers[at[row], column] = new.numbers
        self._counts[at] = new.counts
        self._stories[at] = [int(story, 16) for story in stories]
        self._ticks[at] = [_ticks(one) for one in told]
        return numbers

    def telling(self, number: int) -> Telling | None:
        """The wording of a number, None where it was forgotten."""
        at = number % len(self._counts)
        if not (count := int(self._counts[at])):
            return None
        numbers = tuple(self._numbers[at, :count].tolist())
        return Telling(numbers, f"{self._stories[at]:016x}", _EPOCH + int(self._ticks[at]) * _TICK, number)

    def move(self, number: int, told: datetime) -> None:
        self._ticks[number % len(self._counts)] = _ticks(told)

    def forget(self, number: int) -> None:
        self._counts[number % len(self._counts)] = 0

    def _grow(self, oldest: int) -> None:
        import numpy as np

        numbers, counts, stories, ticks = self._numbers, self._counts, self._stories, self._ticks
        kept = np.arange(max(oldest, self._next - len(counts)), self._next)
        self._room(2 * len(counts))
        old, new = kept % len(counts), kept % len(self._counts)
        self._numbers[new], self._counts[new] = numbers[old], counts[old]
        self._stories[new], self._ticks[new] = stories[old], ticks[old]


def _ticks(told: datetime) -> int:
    return (told - _EPOCH) // _TICK
