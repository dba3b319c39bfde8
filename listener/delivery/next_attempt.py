"""When to try again: the one place that knows."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

BASE = timedelta(seconds=5)
CAP = timedelta(minutes=15)


def next_attempt(attempts: int, retry_after: timedelta | None, now: datetime, jitter: Random) -> datetime:
    """When the next try is due after `attempts` failed ones (at least 1).

    What the receiver asked for comes first; a second on top keeps clocks that differ a little from asking early.
    Without it, exponential growth from 5 s to 15 min with full jitter, never under a second
    (https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/).
    """
    if retry_after is not None:
        return now + max(retry_after, timedelta(0)) + timedelta(seconds=1)
    ceiling = min(CAP, BASE * (1 << min(max(attempts, 1) - 1, 20)))
    return now + max(timedelta(seconds=1), ceiling * jitter.random())


def spread(every: timedelta, jitter: Random) -> timedelta:
    """An interval moved by up to a tenth either way, so that sources do not all ask in the same second."""
    return every * (0.9 + 0.2 * jitter.random())
