"""Keeps each brand's topics current, for readings to look for."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from listener.store import Store, StoreUnavailable, topics
from listener.store.topics import KeptTopics

log = logging.getLogger("listener")

PERIOD = timedelta(days=7)
"""How far back what is said is current."""

COUNT_EVERY = timedelta(hours=1)
COUNT_ANYWAY = timedelta(hours=24)
"""Without a new mention topics change only by growing old."""

_MOMENTS = timedelta(seconds=30)
"""By so much two looks may lie closer together than the schedule says; else every other one would be too early."""


class TopicWatch:
    """Counts the topics of the brands that were mentioned since they were counted last, an hour ago or longer."""

    def __init__(self, *, store: Store, brands: Sequence[str], clock: Callable[[], datetime]) -> None:
        self._store = store
        self._brands = tuple(brands)
        self._clock = clock

    def look(self) -> list[str]:
        """Counts what is due, one brand after the other; gives their names. A brand that fails stops no other."""
        now = self._clock()
        with self._store.read() as tx:
            kept = topics.kept_topics(tx)
            newest = {brand: topics.newest_of(tx, brand) for brand in self._brands}
        due = [brand for brand in self._brands if _is_due(kept.get(brand), newest[brand], now)]
        for brand in due:
            try:
                self._count(brand, newest[brand], now)
            except StoreUnavailable:
                raise
            except Exception:
                log.error("the topics of a brand could not be counted", extra={"brand": brand}, exc_info=True)
        if not set(kept) <= set(self._brands):
            with self._store.write() as tx:
                topics.forget_topics(tx, self._brands)
        return due

    def _count(self, brand: str, newest: int, now: datetime) -> None:
        with self._store.read() as tx:
            found = topics.count_topics(tx, brand, now - PERIOD, now, narrow=True)
        with self._store.write() as tx:
            topics.keep_topics(tx, found, newest, now)
        log.info("topics were counted", extra={"brand": brand, "topics": len(found.topics), "posts": found.posts})


def _is_due(kept: KeptTopics | None, newest: int, now: datetime) -> bool:
    if kept is None:
        return newest > 0
    age = now - kept.counted_at
    return age >= COUNT_ANYWAY or (newest != kept.newest and age >= COUNT_EVERY - _MOMENTS)
