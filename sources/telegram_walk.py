"""How a channel's history is read upwards, and what of it is read again for edits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
from msgspec import Struct

from sources.already_seen import Trace, digest_of
from sources.contract import Cursor
from sources.post import Post
from sources.telegram_post import Seen

MOST_AGAIN = 1_000
"""Messages that are read again at the most: ten requests a poll."""

MOST_ID = 2**31 - 1
"""What the protocol can tell as the id of a message."""

_VERSION = 1


class Standing(Struct, frozen=True, kw_only=True):
    """Where reading stands with one channel, which is known by its number and by the account's key to it.

    settled: all up to this id has been read, and is too old to be read again. place: up to where this walk has come,
    None between two walks. traces: what was seen above `settled`, by id.
    """

    version: int = _VERSION
    channel: int
    access_hash: int
    settled: int
    place: int | None = None
    traces: dict[int, Trace] = {}

    @property
    def low(self) -> int:
        """The id above which to read on."""
        return self.settled if self.place is None else self.place

    @property
    def newest(self) -> datetime | None:
        """When the newest message that is remembered was written."""
        times = [trace.position for trace in self.traces.values()]
        return datetime.fromtimestamp(max(times), UTC) if times else None


class Step(Struct, frozen=True, kw_only=True):
    """What one answer came to: what is new or has changed, and where reading stands now."""

    posts: Sequence[Post]
    standing: Standing
    more: bool


def standing_of(cursor: Cursor | None) -> Standing | None:
    """Reads a cursor; None where there is none that can be read: reading then begins anew, which only repeats."""
    try:
        standing = msgspec.json.decode(cursor or "", type=Standing)
        _ = standing.newest
    except (msgspec.DecodeError, ValueError, OverflowError, OSError):
        return None
    fits = 0 <= standing.low < MOST_ID and max(abs(standing.channel), abs(standing.access_hash)) < 2**63
    return standing if standing.version == _VERSION and fits else None


def advance(standing: Standing, seen: Sequence[Seen], now: datetime, reread: timedelta) -> Step:
    """Takes one answer in. Pure.

    A walk ends with the answer that shows nothing above its place, and with no other: Telegram leaves out of an answer
    what it may not show in a country, so that a short one is no sign of the end.
    """
    above = {one.id: one for one in seen if one.id > standing.low}
    posts: list[Post] = []
    traces = dict(standing.traces)
    for number in sorted(above):
        post = above[number].post
        digest = digest_of(post) if post is not None and (post.text or post.title) else ""
        known = traces.get(number)
        if post is not None and digest != (known.digest if known else ""):
            posts.append(post)
        traces[number] = Trace(position=above[number].at, digest=digest)
    settled, kept = _settle(standing.settled, traces, int((now - reread).timestamp()))
    place = max(above, default=None)
    after = msgspec.structs.replace(standing, settled=settled, place=place, traces=kept)
    return Step(posts=posts, standing=after, more=place is not None)


def _settle(settled: int, traces: Mapping[int, Trace], since: int) -> tuple[int, dict[int, Trace]]:
    """Moves the mark over what is too old to be read again, or too much. Ids grow with time, so a mark is enough."""
    old = [number for number, trace in traces.items() if trace.position < since]
    too_many = sorted(traces)[:-MOST_AGAIN]
    settled = max(settled, *old, *too_many) if old or too_many else settled
    return settled, {number: trace for number, trace in traces.items() if number > settled}
