"""Which asks of a source are left alone for a while, since they failed while others of the same source went well."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random

from msgspec import Struct

from listener.delivery.next_attempt import next_attempt
from sources.contract import SourceBusy, SourceError


class _Rest(Struct, frozen=True):
    error: SourceError
    failures: int
    until: datetime


class RestingAsks:
    """Remembers, while the process runs, the error of each failing ask and when it is asked again.

    So one closed instance of several is asked with growing patience, and the others keep their rhythm.
    """

    def __init__(self, jitter: Random) -> None:
        self._jitter = jitter
        self._resting: dict[tuple[str, str], _Rest] = {}

    def error(self, source: str, ask: str, now: datetime) -> SourceError | None:
        """The error that still stands for the ask, None where it may be asked."""
        rest = self._resting.get((source, ask))
        return None if rest is None or rest.until <= now else rest.error

    def take_in(self, source: str, failed: Mapping[str, SourceError], partly: bool, now: datetime) -> None:
        """Takes in a turn: its failing asks, and whether another one went well; if none did the source itself waits."""
        before = {key: rest for key, rest in self._resting.items() if key[0] == source}
        for key in before:
            del self._resting[key]
        for ask, error in failed.items() if partly else ():
            rest = before.get((source, ask))
            if rest is None or rest.until <= now:
                failures = 1 if rest is None else rest.failures + 1
                rest = _Rest(error, failures, next_attempt(failures, _asked_patience(error), now, self._jitter))
            self._resting[source, ask] = rest


def _asked_patience(error: SourceError) -> timedelta | None:
    """What a service asked for, where a source told its wish as the failure of one instance alone."""
    cause = error.__cause__
    return cause.retry_after if isinstance(cause, SourceBusy) else None
