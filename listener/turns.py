"""Writes down what came of a turn with a source: well again, failing, refused, or asked for patience."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from listener.delivery.next_attempt import next_attempt
from listener.health import Health, Trouble
from listener.purse import LOOK_AGAIN, OverBudget
from listener.store import Store, Tx
from listener.store import sources as states
from listener.store.turns import GoodTurn, record_successes
from sources.contract import Source, SourceBusy, SourceError, SourceRefused

log = logging.getLogger("listener.poll")

MONEY_PAUSE = timedelta(hours=24)

POLLS = "polls"
"""The part of a source that is polled; its streams are parts of their own."""


class Turns:
    """Decides what a failure means, in one place for polls and streams.

    A source that is read in several parts fails while one of them does, and is well again with the last.
    """

    def __init__(self, store: Store, health: Health, jitter: Random) -> None:
        self._store = store
        self._health = health
        self._jitter = jitter
        self._failing: dict[str, set[str]] = {}

    def went_well(
        self, source: Source, part: str, now: datetime, posts: int, next_at: datetime | None, notes: Sequence[str]
    ) -> None:
        """A turn without a failure. `next_at` None: when the source is polled next stays as it is."""
        told = "; ".join(dict.fromkeys(notes))
        turn = GoodTurn(source=source.name, at=now, posts=posts, next_at=next_at, notes=told)
        with self._store.write() as tx:
            self._record_well(tx, part, [turn])

    def polls_went_well(self, tx: Tx, turns: Sequence[GoodTurn]) -> list[None]:
        """As `went_well`, for polls of many sources in the caller's transaction."""
        self._record_well(tx, POLLS, turns)
        return [None] * len(turns)

    def _record_well(self, tx: Tx, part: str, turns: Sequence[GoodTurn]) -> None:
        whole = []
        for turn in turns:
            failing = self._failing.get(turn.source, set())
            failing.discard(part)
            if failing:
                states.record_part(tx, turn.source, turn.at, turn.posts, turn.next_at)
            else:
                whole.append(turn)
        failed_since = record_successes(tx, whole)
        for turn in whole:
            if turn.source in failed_since:
                self._health.tell_recovered(tx, turn.source, failed_since[turn.source], turn.at)

    def failed(
        self,
        source: Source,
        part: str,
        now: datetime,
        posts: int,
        next_at: datetime | None,
        errors: Sequence[SourceError],
        refused: SourceRefused | None,
        *,
        partly: bool = False,
    ) -> datetime:
        """A turn with at least one failure; gives when the next try is due.

        `refused` is the refusal, where nothing else came of the turn. `next_at` as in `went_well`. partly: other asks
        went well and keep their rhythm.
        """
        self._failing.setdefault(source.name, set()).add(part)
        message = "; ".join(dict.fromkeys(str(error) for error in errors))
        busy = next((error for error in errors if isinstance(error, SourceBusy)), None)
        with self._store.write() as tx:
            failures, since = states.record_failure(tx, source.name, now, message, next_at, posts=posts)
            again_at = next_attempt(failures, busy.retry_after if busy and not refused else None, now, self._jitter)
            if refused is not None:
                again_at = self._stop_asking(tx, source, refused, now) or again_at
            elif busy is not None:
                states.block_credential(tx, source.credential, again_at)
            elif next_at is not None and not partly:
                states.schedule_next(tx, source.name, max(next_at, again_at))
            if isinstance(refused, OverBudget):
                self._health.tell_over_budget(tx, source.name, str(refused), refused.month, now)
            else:
                trouble = Trouble(
                    source=source.name,
                    failures=failures,
                    since=since,
                    why=message,
                    refused=refused is not None,
                    partly=partly,
                )
                self._health.tell_failing(tx, trouble, now)
        log.warning("a source failed", extra={"source": source.name, "failures": failures, "error": message})
        return again_at

    @staticmethod
    def _stop_asking(tx: Tx, source: Source, refused: SourceRefused, now: datetime) -> datetime | None:
        if isinstance(refused, OverBudget):  # our own refusal, of this source alone
            again_at = min(refused.ends, now + LOOK_AGAIN)
            states.schedule_next(tx, source.name, again_at)
            return again_at
        if refused.why != "money":
            states.disable(tx, source.name, str(refused))
            return None
        states.block_credential(tx, source.credential, now + MONEY_PAUSE)
        return now + MONEY_PAUSE
