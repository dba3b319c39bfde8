"""Where a reading of Jetstream stands: which host, which place there, and which time on all hosts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
from msgspec import Struct

from sources.contract import Cursor

CHANGE_OF_HOST = timedelta(minutes=1)
"""Read again when a host goes on where another stopped: each counts, and witnesses, by itself."""

SAME_HOST = timedelta(seconds=5)
"""Read again on a host that resumes by time alone: events arrive there in no strict order of their time."""

_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime.fromtimestamp(0, UTC)


class Standing(Struct, frozen=True, omit_defaults=True):
    """A place: `seq` counts on `host` alone (None: it resumes by time); `time` is in microseconds since 1970."""

    host: str
    time: int
    seq: int | None = None

    @property
    def at(self) -> datetime:
        return time_of_ticks(self.time)


def encode(standing: Standing) -> Cursor:
    """The standing as a cursor."""
    return msgspec.json.encode(standing).decode()


def decode(cursor: Cursor | None, now: datetime) -> Standing | None:
    """The standing of a cursor; None for one that is not ours, or lies in the future, where reading begins anew."""
    if not cursor:
        return None
    try:
        standing = msgspec.json.decode(cursor, type=Standing)
    except (msgspec.DecodeError, UnicodeError):
        return None
    ahead = now + timedelta(days=1)
    is_ours = 0 < standing.time < ticks_of(ahead) and (standing.seq is None or 0 < standing.seq < 2**63)
    return standing if is_ours else None


def ticks_of(time: datetime) -> int:
    """Microseconds since 1970."""
    return (time - _EPOCH) // _MICROSECOND


def time_of_ticks(ticks: int) -> datetime:
    """The time of so many microseconds since 1970."""
    return _EPOCH + ticks * _MICROSECOND
